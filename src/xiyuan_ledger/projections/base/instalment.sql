-- 分期款: one row per instalment of a project's contract, in the order in which they fall due; whether an evaluation that it
-- waits for releases it; and what of the transfers from the purchaser to the implementer for the project covers it.
-- An instalment without a condition is released. One with a condition is released by the last conclusion of an evaluation
-- of the project in that phase, if its grade is not `fail`. Transfers, less those sent back, cover released instalments
-- that have fallen due by the pin's day first, then other released ones, each in its order.
WITH contract AS (
    SELECT
        contracted.*,
        approved.purchaser,
        row_number() OVER (
            PARTITION BY contracted.ledger, contracted.project ORDER BY contracted.occurred_on DESC, contracted.position DESC
        ) AS nth
    FROM project_contracted AS contracted
    JOIN project_approved AS approved ON approved.ledger = contracted.ledger AND approved.project = contracted.project
),
part AS (
    SELECT
        contract.ledger,
        contract.project,
        contract.purchaser,
        contract.implementer,
        contract.channel,
        contract.event_id AS contracted_by,
        listed.entry.due_on AS due_on,
        listed.entry.amount_fen AS amount_fen,
        listed.entry.condition AS condition
    FROM contract
    CROSS JOIN UNNEST(contract.instalments) AS listed(entry)
    WHERE contract.nth = 1
),
concluded AS (
    SELECT
        asked.ledger,
        asked.project,
        asked.phase,
        concluded.grade,
        concluded.event_id,
        row_number() OVER (
            PARTITION BY asked.ledger, asked.project, asked.phase ORDER BY concluded.occurred_on DESC, concluded.position DESC
        ) AS nth
    FROM evaluation_commissioned AS asked
    JOIN evaluation_concluded AS concluded
        ON concluded.ledger = asked.ledger AND concluded.evaluation = asked.evaluation
),
released AS (
    SELECT
        part.*,
        part.condition = 'none' OR COALESCE(concluded.grade <> 'fail', FALSE) AS is_released,
        concluded.grade,
        concluded.event_id AS concluded_by,
        part.due_on <= pin.valid_on AS is_due
    FROM part
    JOIN pin ON pin.ledger = part.ledger
    LEFT JOIN concluded
        ON concluded.ledger = part.ledger
        AND concluded.project = part.project
        AND concluded.phase = part.condition
        AND concluded.nth = 1
),
ranked AS (
    SELECT
        released.*,
        row_number() OVER (PARTITION BY ledger, project ORDER BY due_on, condition, amount_fen) AS nth,
        row_number() OVER (
            PARTITION BY ledger, project
            ORDER BY CASE WHEN is_released AND is_due THEN 0 WHEN is_released THEN 1 ELSE 2 END, due_on, condition, amount_fen
        ) AS turn
    FROM released
),
movement AS (
    SELECT
        ranked.ledger,
        ranked.project,
        CASE WHEN sent.org = ranked.purchaser THEN sent.amount_fen ELSE -sent.amount_fen END AS change_fen,
        sent.event_id
    FROM ranked
    JOIN funds_transferred AS sent
        ON sent.ledger = ranked.ledger
        AND sent.project = ranked.project
        AND (
            (sent.org = ranked.purchaser AND sent.to_org = ranked.implementer)
            OR (sent.org = ranked.implementer AND sent.to_org = ranked.purchaser)
        )
    WHERE ranked.nth = 1
),
sent AS (
    SELECT ledger, project, SUM(change_fen)::BIGINT AS sent_fen, array_agg(event_id) AS event_ids
    FROM movement
    GROUP BY ledger, project
),
covered AS (
    SELECT
        ranked.*,
        COALESCE(sent.sent_fen, 0) AS sent_fen,
        sent.event_ids,
        COALESCE(
            SUM(ranked.amount_fen) OVER (
                PARTITION BY ranked.ledger, ranked.project ORDER BY ranked.turn ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING
            ),
            0
        ) AS ahead_fen
    FROM ranked
    LEFT JOIN sent ON sent.ledger = ranked.ledger AND sent.project = ranked.project
)
SELECT
    ledger,
    project,
    purchaser,
    implementer,
    channel,
    nth,
    due_on,
    substr(CAST(due_on AS VARCHAR), 1, 7) AS month,
    amount_fen,
    condition,
    is_due,
    is_released,
    grade,
    GREATEST(0, LEAST(amount_fen, sent_fen - ahead_fen))::BIGINT AS paid_fen,
    array_sort(
        array_distinct(
            array_concat(
                CASE WHEN concluded_by IS NULL THEN ARRAY[contracted_by] ELSE ARRAY[contracted_by, concluded_by] END,
                COALESCE(event_ids, ARRAY[])
            )
        )
    ) AS evidence
FROM covered
