-- 预算执行: per project, category and channel, what the budget allows, what was spent of it, and what is left.
-- The budget of a project is its latest by (occurred_on, position) up to the pin's day; it takes the place of
-- earlier ones as a whole. Spent: the project's expenses less what was reversed of them, whichever organisation
-- paid. Spending that no budget line allows is shown with approved empty: that is not a budget of 0; left and
-- executed are then empty too, and it is overrun. executed_centi: spent / approved in hundredths of a percent,
-- rounded half up.
WITH ranked_budget AS (
    SELECT
        budget.*,
        row_number() OVER (
            PARTITION BY budget.ledger, budget.project ORDER BY budget.occurred_on DESC, budget.position DESC
        ) AS nth
    FROM budget_approved AS budget
),
approved AS (
    SELECT
        budget.ledger,
        budget.project,
        entry.category,
        entry.channel,
        SUM(entry.amount_fen)::BIGINT AS approved_fen,
        MIN(budget.event_id) AS event_id
    FROM ranked_budget AS budget
    CROSS JOIN UNNEST(budget.lines) AS listed(entry)
    WHERE budget.nth = 1
    GROUP BY budget.ledger, budget.project, entry.category, entry.channel
),
movement AS (
    SELECT ledger, project, category, channel, event_id, amount_fen FROM expense_recorded WHERE project IS NOT NULL
    UNION ALL
    SELECT back.ledger, expense.project, expense.category, expense.channel, back.event_id, -back.amount_fen
    FROM expense_reversed AS back
    JOIN expense_recorded AS expense
        ON expense.ledger = back.ledger
        AND expense.org = back.org
        AND expense.channel = back.channel
        AND expense.voucher = back.voucher
    WHERE expense.project IS NOT NULL
),
spent AS (
    SELECT ledger, project, category, channel, SUM(amount_fen)::BIGINT AS spent_fen
    FROM movement
    GROUP BY ledger, project, category, channel
),
proof AS (
    SELECT ledger, project, category, channel, event_id FROM approved
    UNION ALL
    SELECT ledger, project, category, channel, event_id FROM movement
),
proven AS (
    SELECT ledger, project, category, channel, array_sort(array_distinct(array_agg(event_id))) AS evidence
    FROM proof
    GROUP BY ledger, project, category, channel
)
SELECT
    proven.project,
    proven.category,
    proven.channel,
    approved.approved_fen,
    COALESCE(spent.spent_fen, 0) AS spent_fen,
    approved.approved_fen - COALESCE(spent.spent_fen, 0) AS left_fen,
    CASE
        WHEN approved.approved_fen > 0
            THEN (COALESCE(spent.spent_fen, 0) * 20000 + approved.approved_fen) // (2 * approved.approved_fen)
    END AS executed_centi,
    COALESCE(spent.spent_fen, 0) > COALESCE(approved.approved_fen, 0) AS overrun,
    proven.evidence
FROM proven
LEFT JOIN approved USING (ledger, project, category, channel)
LEFT JOIN spent USING (ledger, project, category, channel)
