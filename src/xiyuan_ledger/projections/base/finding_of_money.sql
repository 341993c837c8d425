-- 资金疑点: what was paid twice, and accounts below zero. Rows: one per finding and subject, with the event that tells of it.
-- paid_twice: an expense of an organisation with the amount, payee and date of an earlier one (by position), under another voucher; one
--   finding per repetition, with the first of them. A reversal does not undo the finding; a voiding does.
-- overdrawn: an account below zero at the end of a day on which `fund-channels` in mode `warn` was in force, and not at the end of the
--   day of movements before it: one finding per stretch below zero. Evidence: every movement of the account up to that day, the version.
WITH spent AS (
    SELECT
        ledger,
        org,
        channel,
        amount_fen,
        voucher,
        occurred_on,
        event_id,
        FIRST_VALUE(voucher) OVER alike AS first_voucher,
        FIRST_VALUE(event_id) OVER alike AS first_event,
        row_number() OVER alike AS nth
    FROM expense_recorded
    WINDOW alike AS (PARTITION BY ledger, org, amount_fen, payee, occurred_on ORDER BY position)
),
twice AS (
    SELECT spent.*, org || '/' || channel || ' ' || CAST(amount_fen AS VARCHAR) AS detail FROM spent WHERE nth > 1
),
movement AS (
    SELECT ledger, org, channel, occurred_on, event_id, amount_fen AS change_fen FROM funds_received
    UNION ALL
    SELECT ledger, org, channel, occurred_on, event_id, -amount_fen FROM expense_recorded
    UNION ALL
    SELECT ledger, org, channel, occurred_on, event_id, amount_fen FROM expense_reversed
    UNION ALL
    SELECT ledger, org, channel, occurred_on, event_id, -amount_fen FROM funds_transferred
    UNION ALL
    SELECT ledger, to_org, channel, occurred_on, event_id, amount_fen FROM funds_transferred
),
day_change AS (
    SELECT ledger, org, channel, occurred_on, SUM(change_fen)::BIGINT AS change_fen
    FROM movement
    GROUP BY ledger, org, channel, occurred_on
),
day_end AS (
    SELECT
        ledger,
        org,
        channel,
        occurred_on,
        change_fen,
        SUM(change_fen) OVER (PARTITION BY ledger, org, channel ORDER BY occurred_on)::BIGINT AS balance_fen
    FROM day_change
),
fallen AS (
    SELECT
        day_end.ledger,
        day_end.org,
        day_end.channel,
        day_end.occurred_on,
        day_end.balance_fen,
        rule.mode,
        rule.event_id AS adopted_by,
        row_number() OVER (
            PARTITION BY day_end.ledger, day_end.org, day_end.channel, day_end.occurred_on ORDER BY rule.position DESC
        ) AS nth
    FROM day_end
    JOIN policy_fund_channels AS rule
        ON rule.ledger = day_end.ledger
        AND rule.effective_from <= day_end.occurred_on
        AND (rule.effective_to IS NULL OR day_end.occurred_on < rule.effective_to)
    WHERE day_end.balance_fen < 0 AND day_end.balance_fen - day_end.change_fen >= 0
),
overdrawn AS (
    SELECT
        fallen.*,
        org || '/' || channel || '/' || CAST(occurred_on AS VARCHAR) AS finding,
        org || '/' || channel || ' ' || CAST(balance_fen AS VARCHAR) AS detail
    FROM fallen
    WHERE nth = 1 AND mode = 'warn'
)
SELECT ledger, 'paid_twice' AS rule, event_id AS finding, occurred_on, detail, voucher AS subject, event_id FROM twice
UNION ALL
SELECT ledger, 'paid_twice', event_id, occurred_on, detail, first_voucher, first_event FROM twice
UNION ALL
SELECT ledger, 'paid_twice', event_id, occurred_on, detail, org, NULL FROM twice
UNION ALL
SELECT ledger, 'overdrawn', finding, occurred_on, detail, org, adopted_by FROM overdrawn
UNION ALL
SELECT overdrawn.ledger, 'overdrawn', overdrawn.finding, overdrawn.occurred_on, overdrawn.detail, NULL, movement.event_id
FROM overdrawn
JOIN movement
    ON movement.ledger = overdrawn.ledger
    AND movement.org = overdrawn.org
    AND movement.channel = overdrawn.channel
    AND movement.occurred_on <= overdrawn.occurred_on
