-- 连续在职: the stretches over which a worker was employed by anyone, without a day between: [start_on, end_on), end_on NULL: runs on.
-- Who leaves one employer on the day on which another hires her is employed without a break.
WITH reach AS (
    SELECT
        ledger,
        worker,
        start_on,
        COALESCE(end_on, DATE '9999-12-31') AS until,
        opened_by,
        MAX(COALESCE(end_on, DATE '9999-12-31')) OVER (
            PARTITION BY ledger, worker ORDER BY start_on, opened_by ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING
        ) AS until_before
    FROM employment
),
grouped AS (
    SELECT
        reach.*,
        SUM(CASE WHEN until_before >= start_on THEN 0 ELSE 1 END) OVER (
            PARTITION BY ledger, worker ORDER BY start_on, opened_by
        ) AS stretch
    FROM reach
)
SELECT
    ledger,
    worker,
    MIN(start_on) AS start_on,
    NULLIF(MAX(until), DATE '9999-12-31') AS end_on,
    MIN(CASE WHEN until_before >= start_on THEN NULL ELSE opened_by END) AS opened_by
FROM grouped
GROUP BY ledger, worker, stretch
