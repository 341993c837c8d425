-- 培训频次: for each programme and period since the policy took effect, whether it was held often enough.
-- The version is the one in force on the pin's day; the first period is the first to begin on or after its
-- effective_from, the last the one that holds that day. A period is judged once its end and the grace days have
-- passed, and is open before. held: the effective sessions inside it, two on one day counted twice; late_held:
-- those of them written down after its end and grace. A period asked for leaves out the periods that lie wholly
-- outside of it.
WITH version AS (
    SELECT
        adopted.ledger,
        adopted.effective_from,
        adopted.event_id,
        CAST(adopted.grace_days AS INTEGER) AS grace_days,
        adopted.programmes,
        row_number() OVER (PARTITION BY adopted.ledger ORDER BY adopted.position DESC) AS nth
    FROM policy_training_cadence AS adopted
    JOIN pin ON pin.ledger = adopted.ledger
    WHERE adopted.effective_from <= pin.valid_on AND (adopted.effective_to IS NULL OR pin.valid_on < adopted.effective_to)
),
rule AS (
    SELECT
        version.ledger,
        version.effective_from,
        version.event_id,
        version.grace_days,
        entry.programme,
        entry.min_count,
        entry.per
    FROM version
    CROSS JOIN UNNEST(version.programmes) AS listed(entry)
    WHERE version.nth = 1
),
due AS (
    SELECT
        rule.ledger,
        rule.programme,
        rule.min_count,
        rule.event_id,
        periods.period,
        periods.first_day,
        periods.last_day,
        periods.last_day + rule.grace_days AS judged_after
    FROM rule
    JOIN pin ON pin.ledger = rule.ledger
    JOIN periods ON periods.unit = rule.per AND rule.effective_from <= periods.first_day
    WHERE periods.first_day <= pin.to_on AND (pin.from_on IS NULL OR pin.from_on <= periods.last_day)
),
held AS (
    SELECT
        due.ledger,
        due.programme,
        due.period,
        COUNT(*) AS held,
        SUM(CASE WHEN session.recorded_on > due.judged_after THEN 1 ELSE 0 END)::BIGINT AS late_held,
        array_agg(session.event_id ORDER BY session.event_id) AS sessions
    FROM due
    JOIN training_session_held AS session
        ON session.ledger = due.ledger
        AND session.programme = due.programme
        AND session.occurred_on BETWEEN due.first_day AND due.last_day
    GROUP BY due.ledger, due.programme, due.period
),
proof AS (
    SELECT ledger, programme, period, event_id FROM due WHERE event_id IS NOT NULL
    UNION ALL
    SELECT held.ledger, held.programme, held.period, listed.event_id
    FROM held
    CROSS JOIN UNNEST(held.sessions) AS listed(event_id)
),
proven AS (
    SELECT ledger, programme, period, array_agg(event_id ORDER BY event_id) AS evidence
    FROM proof
    GROUP BY ledger, programme, period
)
SELECT
    due.programme,
    due.period,
    due.min_count AS required,
    COALESCE(held.held, 0) AS held,
    COALESCE(held.late_held, 0) AS late_held,
    GREATEST(due.min_count - COALESCE(held.held, 0), 0) AS shortfall,
    CASE
        WHEN pin.valid_on <= due.judged_after THEN 'open'
        WHEN due.min_count <= COALESCE(held.held, 0) THEN 'met'
        ELSE 'short'
    END AS status,
    COALESCE(proven.evidence, ARRAY[]) AS evidence
FROM due
JOIN pin ON pin.ledger = due.ledger
LEFT JOIN held ON held.ledger = due.ledger AND held.programme = due.programme AND held.period = due.period
LEFT JOIN proven ON proven.ledger = due.ledger AND proven.programme = due.programme AND proven.period = due.period
