-- 及时性: for each project, worker and month, how long after the happening its services and sessions were written down.
-- The facts are services (of their worker) and sessions (of each of their workers; a session that names none stands in a row
-- without a worker). The month is that of the happening; lag: recorded date in Shanghai less the date of the happening, in days.
-- Median and p90 are nearest-rank. The shares add up to all: within_1 at most prompt_days, within_7 more than that but at most
-- late_days, later; both limits are those of the policy in force on the pin's day, and the shares are empty where none is.
-- after_notice is empty: notices of evaluation are not recorded yet.
WITH entered AS (
    SELECT ledger, project, worker, occurred_on, recorded_on - occurred_on AS lag, position, event_id FROM client_served
    UNION ALL
    SELECT DISTINCT
        held.ledger,
        held.project,
        listed.worker,
        held.occurred_on,
        held.recorded_on - held.occurred_on AS lag,
        held.position,
        held.event_id
    FROM session_held AS held
    CROSS JOIN UNNEST(held.workers) AS listed(worker)
    UNION ALL
    SELECT ledger, project, NULL AS worker, occurred_on, recorded_on - occurred_on AS lag, position, event_id
    FROM session_held
    WHERE COALESCE(array_length(workers), 0) = 0
),
asked AS (
    SELECT
        entered.ledger,
        entered.project,
        entered.worker,
        substr(CAST(entered.occurred_on AS VARCHAR), 1, 7) AS month,
        entered.lag,
        entered.position,
        entered.event_id
    FROM entered
    JOIN pin ON pin.ledger = entered.ledger
    WHERE entered.occurred_on <= pin.to_on AND (pin.from_on IS NULL OR pin.from_on <= entered.occurred_on)
),
ranked AS (
    SELECT
        asked.*,
        row_number() OVER (PARTITION BY ledger, project, worker, month ORDER BY lag, position) AS nth,
        COUNT(*) OVER (PARTITION BY ledger, project, worker, month) AS facts
    FROM asked
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
judged AS (
    SELECT
        ranked.*,
        CASE
            WHEN ranked.lag <= version.prompt_days THEN 'prompt'
            WHEN ranked.lag <= version.late_days THEN 'within'
            WHEN version.late_days < ranked.lag THEN 'late'
        END AS promptness,
        version.event_id AS judged_by
    FROM ranked
    LEFT JOIN version ON version.ledger = ranked.ledger AND version.nth = 1
),
counted AS (
    SELECT
        ledger,
        project,
        worker,
        month,
        facts,
        MIN(CASE WHEN nth = (facts + 1) // 2 THEN lag END) AS median_days,
        MIN(CASE WHEN nth = (9 * facts + 9) // 10 THEN lag END) AS p90_days,
        SUM(CASE WHEN promptness = 'prompt' THEN 1 WHEN promptness IS NOT NULL THEN 0 END)::BIGINT AS prompt,
        SUM(CASE WHEN promptness = 'within' THEN 1 WHEN promptness IS NOT NULL THEN 0 END)::BIGINT AS "within",
        SUM(CASE WHEN promptness = 'late' THEN 1 WHEN promptness IS NOT NULL THEN 0 END)::BIGINT AS late
    FROM judged
    GROUP BY ledger, project, worker, month, facts
),
proof AS (
    SELECT ledger, project, worker, month, event_id FROM judged
    UNION ALL
    SELECT DISTINCT ledger, project, worker, month, judged_by FROM judged WHERE judged_by IS NOT NULL
),
proven AS (
    SELECT ledger, project, worker, month, array_agg(event_id ORDER BY event_id) AS evidence
    FROM proof
    GROUP BY ledger, project, worker, month
)
SELECT
    counted.project,
    counted.worker,
    counted.month,
    counted.facts,
    counted.median_days,
    counted.p90_days,
    (counted.prompt * 20000 + counted.facts) // (2 * counted.facts) AS within_1_centi,
    (counted."within" * 20000 + counted.facts) // (2 * counted.facts) AS within_7_centi,
    (counted.late * 20000 + counted.facts) // (2 * counted.facts) AS later_centi,
    CAST(NULL AS BIGINT) AS after_notice_centi,
    proven.evidence
FROM counted
JOIN proven
    ON proven.ledger = counted.ledger
    AND proven.project = counted.project
    AND proven.worker IS NOT DISTINCT FROM counted.worker
    AND proven.month = counted.month
