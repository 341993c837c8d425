-- 及时性: for each project, worker and month, how long after the happening its services and sessions were written down.
-- The facts are services (of their worker) and sessions (of each of their workers; a session that names none stands in a row
-- without a worker). The month is that of the happening; lag: recorded date in Shanghai less the date of the happening, in days.
-- Median and p90 are nearest-rank. within_1 has a lag of at most prompt_days; within_7 of at most late_days, the prompt ones
-- included; later the rest, so that these two add up to all. Both limits are those of the policy in force on the pin's day, and
-- the shares are empty where none is. later is what is left of 10,000, so that rounding cannot part the two.
-- after_notice is empty: notices of evaluation are not recorded yet.
WITH entered AS (
    SELECT ledger, project, worker, occurred_on, recorded_on - occurred_on AS lag, event_id FROM client_served
    UNION ALL
    SELECT DISTINCT
        held.ledger,
        held.project,
        listed.worker,
        held.occurred_on,
        held.recorded_on - held.occurred_on AS lag,
        held.event_id
    FROM session_held AS held
    CROSS JOIN UNNEST(held.workers) AS listed(worker)
    UNION ALL
    SELECT ledger, project, NULL AS worker, occurred_on, recorded_on - occurred_on AS lag, event_id
    FROM session_held
    WHERE COALESCE(array_length(workers), 0) = 0
),
version AS (
    SELECT
        adopted.ledger,
        adopted.prompt_days,
        adopted.late_days,
        adopted.event_id,
        row_number() OVER (PARTITION BY adopted.ledger ORDER BY adopted.position DESC) AS nth
    FROM policy_record_timeliness AS adopted
    JOIN pin ON pin.ledger = adopted.ledger
    WHERE adopted.effective_from <= pin.valid_on AND (adopted.effective_to IS NULL OR pin.valid_on < adopted.effective_to)
),
counted AS (
    SELECT
        entered.ledger,
        entered.project,
        entered.worker,
        date_trunc('month', entered.occurred_on) AS first_day,
        COUNT(*) AS facts,
        array_sort(array_agg(entered.lag)) AS lags,
        COUNT(CASE WHEN entered.lag <= version.prompt_days THEN 1 END) AS prompt,
        COUNT(CASE WHEN entered.lag <= version.late_days THEN 1 END) AS "within",
        array_agg(entered.event_id) AS entries
    FROM entered
    JOIN pin ON pin.ledger = entered.ledger
    LEFT JOIN version ON version.ledger = entered.ledger AND version.nth = 1
    WHERE entered.occurred_on <= pin.to_on AND (pin.from_on IS NULL OR pin.from_on <= entered.occurred_on)
    GROUP BY entered.ledger, entered.project, entered.worker, date_trunc('month', entered.occurred_on)
)
SELECT
    counted.project,
    counted.worker,
    substr(CAST(counted.first_day AS VARCHAR), 1, 7) AS month,
    counted.facts,
    counted.lags[(counted.facts + 1) // 2] AS median_days,
    counted.lags[(9 * counted.facts + 9) // 10] AS p90_days,
    CASE WHEN version.nth = 1 THEN (counted.prompt * 20000 + counted.facts) // (2 * counted.facts) END AS within_1_centi,
    CASE WHEN version.nth = 1 THEN (counted."within" * 20000 + counted.facts) // (2 * counted.facts) END AS within_7_centi,
    CASE WHEN version.nth = 1 THEN 10000 - (counted."within" * 20000 + counted.facts) // (2 * counted.facts) END AS later_centi,
    CAST(NULL AS BIGINT) AS after_notice_centi,
    array_sort(
        CASE
            WHEN version.event_id IS NULL THEN counted.entries
            ELSE array_append(counted.entries, version.event_id)
        END
    ) AS evidence
FROM counted
LEFT JOIN version ON version.ledger = counted.ledger AND version.nth = 1
