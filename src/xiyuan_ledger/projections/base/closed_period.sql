-- 关账期: the stretches of the log, as positions, in which a month was closed: from its closing to its reopening, if it was.
-- What was recorded in between for the month is a late entry.
WITH turn AS (
    SELECT ledger, month, position, TRUE AS closes FROM period_closed
    UNION ALL
    SELECT ledger, month, position, FALSE AS closes FROM period_reopened
),
stretch AS (
    SELECT turn.*, lead(position) OVER (PARTITION BY ledger, month ORDER BY position) AS until_position
    FROM turn
)
SELECT ledger, month, position AS from_position, until_position
FROM stretch
WHERE closes
