-- 收支: per organisation, channel and project (or none), what the account had, took in, gave out and has, over the
-- period.
-- opening + received + reversed + transferred in - spent - transferred out = closing, to the fen, in every row and
-- every sum. Opening is everything before the period's first day; without one, the statement begins with the
-- ledger, and opening is 0. A reversal belongs to the project of the expense that it reverses (by organisation,
-- channel and voucher). A transfer goes out for `org` and comes in for `to_org`, within the channel, under the
-- project that it names. period: 2013-03, 2013-Q1 or 2013 where the days are exactly those, else first..last day;
-- ..last day from the beginning. Subsidies and reimbursements paid are spending of the account that their scheme
-- names, under no project; what comes back of them is reversed.
WITH expense_project AS (
    SELECT DISTINCT ledger, org, channel, voucher, project FROM expense_recorded WHERE project IS NOT NULL
),
movement AS (
    SELECT ledger, org, channel, project, occurred_on, event_id, 'received' AS kind, amount_fen FROM funds_received
    UNION ALL
    SELECT ledger, org, channel, project, occurred_on, event_id, 'spent', amount_fen FROM expense_recorded
    UNION ALL
    SELECT back.ledger, back.org, back.channel, expense.project, back.occurred_on, back.event_id, 'reversed', back.amount_fen
    FROM expense_reversed AS back
    LEFT JOIN expense_project AS expense
        ON expense.ledger = back.ledger
        AND expense.org = back.org
        AND expense.channel = back.channel
        AND expense.voucher = back.voucher
    UNION ALL
    SELECT ledger, org, channel, project, occurred_on, event_id, 'out', amount_fen FROM funds_transferred
    UNION ALL
    SELECT ledger, to_org, channel, project, occurred_on, event_id, 'in', amount_fen FROM funds_transferred
    UNION ALL
    SELECT ledger, org, channel, CAST(NULL AS VARCHAR), occurred_on, event_id, kind, amount_fen FROM payout_movement
),
dated AS (
    SELECT
        movement.*,
        pin.from_on IS NULL OR pin.from_on <= movement.occurred_on AS inside,
        CASE WHEN movement.kind IN ('spent', 'out') THEN -movement.amount_fen ELSE movement.amount_fen END AS change_fen
    FROM movement
    JOIN pin ON pin.ledger = movement.ledger
    WHERE movement.occurred_on <= pin.to_on
),
label AS (
    SELECT
        pin.ledger,
        COALESCE(
            MIN(named.period), COALESCE(CAST(MIN(pin.from_on) AS VARCHAR), '') || '..' || CAST(MIN(pin.to_on) AS VARCHAR)
        ) AS period
    FROM pin
    LEFT JOIN periods AS named ON named.first_day = pin.from_on AND named.last_day = pin.to_on
    GROUP BY pin.ledger
),
statement AS (
    SELECT
        ledger,
        org,
        channel,
        project,
        SUM(CASE WHEN inside THEN 0 ELSE change_fen END)::BIGINT AS opening_fen,
        SUM(CASE WHEN inside AND kind = 'received' THEN amount_fen ELSE 0 END)::BIGINT AS received_fen,
        SUM(CASE WHEN inside AND kind = 'spent' THEN amount_fen ELSE 0 END)::BIGINT AS spent_fen,
        SUM(CASE WHEN inside AND kind = 'reversed' THEN amount_fen ELSE 0 END)::BIGINT AS reversed_fen,
        SUM(CASE WHEN inside AND kind = 'in' THEN amount_fen ELSE 0 END)::BIGINT AS transferred_in_fen,
        SUM(CASE WHEN inside AND kind = 'out' THEN amount_fen ELSE 0 END)::BIGINT AS transferred_out_fen,
        SUM(change_fen)::BIGINT AS closing_fen,
        array_distinct(array_agg(event_id)) AS evidence
    FROM dated
    GROUP BY ledger, org, channel, project
),
proof AS (
    SELECT DISTINCT ledger, org, channel, project, event_id FROM dated
)
SELECT
    statement.org,
    statement.channel,
    statement.project,
    label.period,
    statement.opening_fen,
    statement.received_fen,
    statement.spent_fen,
    statement.reversed_fen,
    statement.transferred_in_fen,
    statement.transferred_out_fen,
    statement.closing_fen,
    statement.evidence
FROM statement
JOIN label ON label.ledger = statement.ledger
