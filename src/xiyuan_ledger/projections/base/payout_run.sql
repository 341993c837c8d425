-- 发放批次: one row per run: its pin, what it committed to, who took which step, and how far it has come.
WITH instruction AS (
    SELECT ledger, run, MIN(occurred_on) AS instructed_on, array_agg(event_id) AS event_ids
    FROM payment_instructed
    GROUP BY ledger, run
)
SELECT
    opened.ledger,
    opened.run,
    opened.scheme,
    opened.month,
    opened.pin.position AS pin_position,
    opened.pin.valid_on AS pin_valid_on,
    opened.lines,
    opened.total_fen,
    opened.lines_digest,
    opened.occurred_on AS opened_on,
    opened.actor AS opened_by,
    approved.occurred_on AS approved_on,
    approved.approved_by,
    instruction.instructed_on,
    CASE
        WHEN closed.event_id IS NOT NULL THEN 'closed'
        WHEN rejected.event_id IS NOT NULL THEN 'rejected'
        WHEN instruction.instructed_on IS NOT NULL THEN 'instructed'
        WHEN approved.event_id IS NOT NULL THEN 'approved'
        ELSE 'open'
    END AS status,
    array_sort(
        array_concat(
            CASE WHEN approved.event_id IS NULL THEN ARRAY[opened.event_id] ELSE ARRAY[opened.event_id, approved.event_id] END,
            array_concat(
                COALESCE(instruction.event_ids, ARRAY[]),
                CASE
                    WHEN closed.event_id IS NOT NULL THEN ARRAY[closed.event_id]
                    WHEN rejected.event_id IS NOT NULL THEN ARRAY[rejected.event_id]
                    ELSE ARRAY[]
                END
            )
        )
    ) AS evidence
FROM payout_run_opened AS opened
LEFT JOIN payout_run_approved AS approved ON approved.ledger = opened.ledger AND approved.run = opened.run
LEFT JOIN payout_run_rejected AS rejected ON rejected.ledger = opened.ledger AND rejected.run = opened.run
LEFT JOIN payout_run_closed AS closed ON closed.ledger = opened.ledger AND closed.run = opened.run
LEFT JOIN instruction ON instruction.ledger = opened.ledger AND instruction.run = opened.run
