-- 及时性: for each project, worker and month, how long after the happening its services and sessions were written down.
-- The facts are services (of their worker) and sessions (of each of their workers; a session that names none stands in a row
-- without a worker). The month is that of the happening; lag: recorded date in Shanghai less the date of the happening, in days.
-- Median and p90 are nearest-rank. within_1 has a lag of at most prompt_days; within_7 of at most late_days, the prompt ones
-- included; later the rest, so that these two add up to all. Both limits are those of the policy in force on the pin's day, and
-- the shares are empty where none is. later is what is left of 10,000, so that rounding cannot part the two.
-- after_notice: of all facts of the row, the share written down after the notice of an evaluation in whose period they happened:
-- on a later day than the notice was given, or on that day at a later position. Empty where no such notice was given.
WITH entered AS (
    SELECT ledger, project, worker, occurred_on, recorded_on, position, recorded_on - occurred_on AS lag, event_id FROM client_served
    UNION ALL
    SELECT DISTINCT
        held.ledger,
        held.project,
        listed.worker,
        held.occurred_on,
        held.recorded_on,
        held.position,
        held.recorded_on - held.occurred_on AS lag,
        held.event_id
    FROM session_held AS held
    CROSS JOIN UNNEST(held.workers) AS listed(worker)
    UNION ALL
    SELECT ledger, project, NULL AS worker, occurred_on, recorded_on, position, recorded_on - occurred_on AS lag, event_id
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
notice AS (
    SELECT
        noticed.ledger,
        commissioned.project,
        commissioned."from" AS first_on,
        commissioned."to" AS last_on,
        noticed.occurred_on,
        noticed.position,
        noticed.event_id,
        commissioned.event_id AS commission_id
    FROM evaluation_noticed AS noticed
    JOIN evaluation_commissioned AS commissioned
        ON commissioned.ledger = noticed.ledger AND commissioned.evaluation = noticed.evaluation
),
noticed_row AS (
    SELECT
        entered.ledger,
        entered.project,
        entered.worker,
        date_trunc('month', entered.occurred_on) AS first_day,
        COUNT(
            DISTINCT CASE
                WHEN
                    entered.recorded_on > notice.occurred_on
                    OR (entered.recorded_on = notice.occurred_on AND entered.position > notice.position)
                    THEN entered.event_id
            END
        ) AS after_notice,
        array_distinct(array_concat(array_agg(notice.event_id), array_agg(notice.commission_id))) AS papers
    FROM entered
    JOIN pin ON pin.ledger = entered.ledger
    JOIN notice
        ON
            notice.ledger = entered.ledger
            AND notice.project = entered.project
            AND entered.occurred_on BETWEEN notice.first_on AND notice.last_on
    WHERE entered.occurred_on <= pin.to_on AND (pin.from_on IS NULL OR pin.from_on <= entered.occurred_on)
    GROUP BY entered.ledger, entered.project, entered.worker, date_trunc('month', entered.occurred_on)
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
),
monthly AS (
    SELECT
        entered.ledger,
        entered.project,
        entered.worker,
        substr(CAST(entered.occurred_on AS VARCHAR), 1, 7) AS month,
        entered.occurred_on,
        entered.event_id
    FROM entered
    JOIN pin ON pin.ledger = entered.ledger
    WHERE entered.occurred_on <= pin.to_on AND (pin.from_on IS NULL OR pin.from_on <= entered.occurred_on)
),
proof AS (
    SELECT ledger, project, worker, month, event_id FROM monthly
    UNION ALL
    SELECT DISTINCT monthly.ledger, monthly.project, monthly.worker, monthly.month, version.event_id
    FROM monthly
    JOIN version ON version.ledger = monthly.ledger AND version.nth = 1
    UNION ALL
    SELECT DISTINCT monthly.ledger, monthly.project, monthly.worker, monthly.month, paper.event_id
    FROM monthly
    JOIN (
        SELECT ledger, project, first_on, last_on, event_id FROM notice
        UNION
        SELECT ledger, project, first_on, last_on, commission_id FROM notice
    ) AS paper
        ON
            paper.ledger = monthly.ledger
            AND paper.project = monthly.project
            AND monthly.occurred_on BETWEEN paper.first_on AND paper.last_on
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
    (noticed_row.after_notice * 20000 + counted.facts) // (2 * counted.facts) AS after_notice_centi,
    array_concat(
        array_concat(counted.entries, CASE WHEN version.event_id IS NULL THEN [] ELSE [version.event_id] END),
        COALESCE(noticed_row.papers, [])
    ) AS evidence
FROM counted
LEFT JOIN noticed_row
    ON
        noticed_row.ledger = counted.ledger
        AND noticed_row.project = counted.project
        AND noticed_row.worker IS NOT DISTINCT FROM counted.worker
        AND noticed_row.first_day = counted.first_day
LEFT JOIN version ON version.ledger = counted.ledger AND version.nth = 1
