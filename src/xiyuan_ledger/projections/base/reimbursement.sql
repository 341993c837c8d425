-- 报销单: one row per claim: what it asks for, what the policy in force on the day of the claim pays of it, what was decided
-- and paid, and whether the pass to which its sitting led still stands.
-- Eligible are receipts of the policy's kinds, up to its cap, while no more than `window_months` lie between the results
-- and the claim. The pass is the last one of the level whose results came on or before the day of the claim. It stands
-- unless it was annulled; once the claim is paid, an annulment from the decision on takes nothing back.
WITH receipt AS (
    SELECT claimed.ledger, claimed.claim, listed.entry.kind AS kind, listed.entry.amount_fen AS amount_fen
    FROM reimbursement_claimed AS claimed
    CROSS JOIN UNNEST(claimed.receipts) AS listed(entry)
),
rule AS (
    SELECT
        claimed.ledger,
        claimed.claim,
        adopted.kinds,
        adopted.cap_fen,
        adopted.window_months,
        adopted.event_id,
        row_number() OVER (PARTITION BY claimed.ledger, claimed.claim ORDER BY adopted.position DESC) AS nth
    FROM reimbursement_claimed AS claimed
    JOIN policy_exam_reimbursement AS adopted
        ON adopted.ledger = claimed.ledger
        AND adopted.effective_from <= claimed.occurred_on
        AND (adopted.effective_to IS NULL OR claimed.occurred_on < adopted.effective_to)
),
receipts AS (
    SELECT
        receipt.ledger,
        receipt.claim,
        SUM(receipt.amount_fen)::BIGINT AS claimed_fen,
        SUM(CASE WHEN array_contains(rule.kinds, receipt.kind) THEN receipt.amount_fen ELSE 0 END)::BIGINT AS allowed_fen
    FROM receipt
    LEFT JOIN rule ON rule.ledger = receipt.ledger AND rule.claim = receipt.claim AND rule.nth = 1
    GROUP BY receipt.ledger, receipt.claim
),
passed AS (
    SELECT
        claimed.ledger,
        claimed.claim,
        level_pass.results_on,
        level_pass.passed_by,
        level_pass.annulled_effect,
        level_pass.annulled_by,
        row_number() OVER (
            PARTITION BY claimed.ledger, claimed.claim ORDER BY level_pass.occurred_on DESC, level_pass.position DESC
        ) AS nth
    FROM reimbursement_claimed AS claimed
    JOIN level_pass
        ON level_pass.ledger = claimed.ledger
        AND level_pass.worker = claimed.worker
        AND level_pass.level = claimed.level
        AND level_pass.occurred_on <= claimed.occurred_on
),
payment AS (
    SELECT
        paid.ledger,
        paid.claim,
        paid.run,
        paid.occurred_on,
        back.event_id AS returned_by,
        row_number() OVER (
            PARTITION BY paid.ledger, paid.claim
            ORDER BY CASE WHEN back.event_id IS NULL THEN 0 ELSE 1 END, paid.position DESC
        ) AS nth,
        array_agg(paid.event_id) OVER (PARTITION BY paid.ledger, paid.claim) AS event_ids
    FROM reimbursement_paid AS paid
    JOIN reimbursement_claimed AS claimed ON claimed.ledger = paid.ledger AND claimed.claim = paid.claim
    JOIN reimbursement_decided AS decided ON decided.ledger = paid.ledger AND decided.claim = paid.claim
    LEFT JOIN payment_returned AS back
        ON back.ledger = paid.ledger
        AND back.run = paid.run
        AND back.worker = claimed.worker
        AND back.scheme = 'exam-reimbursement'
        AND back.month = substr(CAST(decided.occurred_on AS VARCHAR), 1, 7)
)
SELECT
    claimed.ledger,
    claimed.claim,
    claimed.worker,
    claimed.level,
    claimed.year,
    claimed.occurred_on AS claimed_on,
    receipts.claimed_fen,
    CASE
        WHEN rule.claim IS NULL OR passed.claim IS NULL THEN 0
        WHEN claimed.occurred_on >= passed.results_on + to_months(CAST(rule.window_months AS INTEGER)) THEN 0
        ELSE LEAST(receipts.allowed_fen, COALESCE(rule.cap_fen, receipts.allowed_fen))
    END AS eligible_fen,
    decided.occurred_on AS decided_on,
    decided.approved,
    decided.approved_by,
    COALESCE(decided.amount_fen, 0) AS approved_fen,
    substr(CAST(decided.occurred_on AS VARCHAR), 1, 7) AS month,
    payment.run AS paid_run,
    payment.occurred_on AS paid_on,
    payment.returned_by,
    CASE
        WHEN passed.claim IS NULL THEN FALSE
        WHEN passed.annulled_effect IS NULL THEN TRUE
        ELSE payment.claim IS NOT NULL AND payment.returned_by IS NULL AND passed.annulled_effect = 'from_decision'
    END AS pass_stands,
    array_sort(
        array_distinct(
            array_concat(
                array_concat(
                    CASE
                        WHEN decided.event_id IS NULL THEN ARRAY[claimed.event_id]
                        ELSE ARRAY[claimed.event_id, decided.event_id]
                    END,
                    CASE
                        WHEN passed.claim IS NULL THEN ARRAY[]
                        WHEN passed.annulled_by IS NULL THEN ARRAY[passed.passed_by]
                        ELSE ARRAY[passed.passed_by, passed.annulled_by]
                    END
                ),
                array_concat(
                    COALESCE(payment.event_ids, ARRAY[]),
                    CASE WHEN payment.returned_by IS NULL THEN ARRAY[] ELSE ARRAY[payment.returned_by] END
                )
            )
        )
    ) AS evidence
FROM reimbursement_claimed AS claimed
JOIN receipts ON receipts.ledger = claimed.ledger AND receipts.claim = claimed.claim
LEFT JOIN rule ON rule.ledger = claimed.ledger AND rule.claim = claimed.claim AND rule.nth = 1
LEFT JOIN passed ON passed.ledger = claimed.ledger AND passed.claim = claimed.claim AND passed.nth = 1
LEFT JOIN reimbursement_decided AS decided ON decided.ledger = claimed.ledger AND decided.claim = claimed.claim
LEFT JOIN payment ON payment.ledger = claimed.ledger AND payment.claim = claimed.claim AND payment.nth = 1
