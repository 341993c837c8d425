-- 入会退会: every joining and leaving of an organisation, with the day of the same person's next one there (next_on; NULL: none since).
-- On a day D someone is a member through a joining with occurred_on <= D whose next_on is empty or later than D: who leaves on a day was
-- a member up to the day before. Facts are taken in order of (occurred_on, position).
WITH change AS (
    SELECT ledger, org, person, occurred_on, event_id, TRUE AS joins FROM member_joined
    UNION ALL
    SELECT ledger, org, person, occurred_on, event_id, FALSE AS joins FROM member_left
)
SELECT
    ledger,
    org,
    person,
    occurred_on,
    event_id,
    joins,
    LEAD(occurred_on) OVER (PARTITION BY ledger, org, person ORDER BY occurred_on, event_id) AS next_on
FROM change
