-- 连续在职: the stretches over which a worker was employed by anyone, without a day between: [start_on, end_on), end_on NULL: runs on.
-- Who leaves one employer on the day on which another hires her is employed without a break. Rows with counts_purchased say so of every
-- employment, those without of the employments that are not purchased.
WITH counted AS (
    SELECT ledger, worker, start_on, end_on, opened_by, TRUE AS counts_purchased FROM employment
    UNION ALL
    SELECT ledger, worker, start_on, end_on, opened_by, FALSE FROM employment WHERE employment <> 'purchased'
),
reach AS (
    SELECT
        ledger,
        worker,
        counts_purchased,
        start_on,
        COALESCE(end_on, DATE '9999-12-31') AS until,
        opened_by,
        MAX(COALESCE(end_on, DATE '9999-12-31')) OVER (
            PARTITION BY ledger, worker, counts_purchased
            ORDER BY start_on, opened_by
            ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING
        ) AS until_before
    FROM counted
),
grouped AS (
    SELECT
        reach.*,
        SUM(CASE WHEN until_before >= start_on THEN 0 ELSE 1 END) OVER (
            PARTITION BY ledger, worker, counts_purchased ORDER BY start_on, opened_by
        ) AS stretch
    FROM reach
)
SELECT
    ledger,
    worker,
    counts_purchased,
    MIN(start_on) AS start_on,
    NULLIF(MAX(until), DATE '9999-12-31') AS end_on,
    MIN(CASE WHEN until_before >= start_on THEN NULL ELSE opened_by END) AS opened_by
FROM grouped
GROUP BY ledger, worker, counts_purchased, stretch
