-- 合同执行: for each project with a contract: its amount, what of its instalments has fallen due, what was paid, and what is
-- held back, with the reason: `midterm` or `final` where an evaluation is awaited, with its grade where it failed.
-- Paid counts the transfers from the purchaser to the implementer for the project, less those sent back; what was paid
-- beyond the instalments is in it too. Open is due and released, and not paid.
WITH movement AS (
    SELECT DISTINCT
        instalment.ledger,
        instalment.project,
        CASE WHEN sent.org = instalment.purchaser THEN sent.amount_fen ELSE -sent.amount_fen END AS change_fen,
        sent.event_id
    FROM instalment
    JOIN funds_transferred AS sent
        ON sent.ledger = instalment.ledger
        AND sent.project = instalment.project
        AND (
            (sent.org = instalment.purchaser AND sent.to_org = instalment.implementer)
            OR (sent.org = instalment.implementer AND sent.to_org = instalment.purchaser)
        )
),
sent AS (
    SELECT ledger, project, SUM(change_fen)::BIGINT AS paid_fen FROM movement GROUP BY ledger, project
),
told AS (
    SELECT
        ledger,
        project,
        purchaser,
        implementer,
        channel,
        SUM(amount_fen)::BIGINT AS contract_fen,
        SUM(CASE WHEN is_due THEN amount_fen ELSE 0 END)::BIGINT AS due_fen,
        SUM(CASE WHEN is_due AND NOT is_released THEN amount_fen ELSE 0 END)::BIGINT AS held_back_fen,
        SUM(CASE WHEN is_due AND is_released THEN amount_fen - paid_fen ELSE 0 END)::BIGINT AS open_fen,
        array_sort(
            array_distinct(
                array_agg(
                    CASE WHEN is_due AND NOT is_released THEN condition || COALESCE(':' || grade, '') END
                ) FILTER (WHERE is_due AND NOT is_released)
            )
        ) AS held_back_for,
        array_sort(array_distinct(flatten(array_agg(evidence)))) AS evidence
    FROM instalment
    GROUP BY ledger, project, purchaser, implementer, channel
)
SELECT
    told.project,
    told.purchaser,
    told.implementer,
    told.channel,
    told.contract_fen,
    told.due_fen,
    COALESCE(sent.paid_fen, 0) AS paid_fen,
    told.held_back_fen,
    COALESCE(told.held_back_for, ARRAY[]) AS held_back_for,
    told.open_fen,
    told.evidence
FROM told
LEFT JOIN sent ON sent.ledger = told.ledger AND sent.project = told.project
