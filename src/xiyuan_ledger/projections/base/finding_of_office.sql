-- 办公疑点: entries in bulk, professional posts without a level, pre-exam classes out of season, results of another day. Rows: one per finding and subject,
-- with the event that tells of it.
-- bulk_entry: more than 30 services, sessions, trainings, outcomes and volunteers' hours that one actor recorded within one minute: each
--   thirty-first less than 60 seconds after the first. An entry with a `source` (file and row) is an import, and does not count. One
--   finding per run of such entries without a pause of a minute; it is dated by the last day of which they tell, and says when they were
--   recorded (UTC).
-- post_without_level: whoever filled a professional post and on some day of it held no level: from the day of the results on, until
--   the day of an annulment `from_decision`; a pass annulled `from_start` never counted. One finding per holding, on the first such day.
-- exam_other_day: a pass or fail that names another day of examination than the registration of that year and level. It stands, as only
--   year and level tie the two; but deadlines and subsidies go by the day that it names.
-- pre_exam_season: a pre-exam session in a month, or on a day of the week, that the `training-cadence` in force on its day leaves out.
WITH entry AS (
    SELECT ledger, actor, occurred_on, recorded_at, position, event_id FROM client_served WHERE source IS NULL
    UNION ALL
    SELECT ledger, actor, occurred_on, recorded_at, position, event_id FROM session_held WHERE source IS NULL
    UNION ALL
    SELECT ledger, actor, occurred_on, recorded_at, position, event_id FROM training_session_held WHERE source IS NULL
    UNION ALL
    SELECT ledger, actor, occurred_on, recorded_at, position, event_id FROM outcome_measured WHERE source IS NULL
    UNION ALL
    SELECT ledger, actor, occurred_on, recorded_at, position, event_id FROM volunteer_hours_logged WHERE source IS NULL
),
paced AS (
    SELECT
        entry.*,
        recorded_at - INTERVAL '1' MINUTE < LAG(recorded_at, 30) OVER by_actor AS crowded,
        LAG(recorded_at) OVER by_actor AS before_at
    FROM entry
    WINDOW by_actor AS (PARTITION BY ledger, actor ORDER BY position)
),
dense AS (
    SELECT
        paced.*,
        COUNT(CASE WHEN crowded THEN 1 END) OVER (
            PARTITION BY ledger, actor ORDER BY position ROWS BETWEEN CURRENT ROW AND 30 FOLLOWING
        ) > 0 AS in_bulk
    FROM paced
),
turned AS (
    SELECT
        dense.*,
        CASE
            WHEN LAG(in_bulk) OVER (PARTITION BY ledger, actor ORDER BY position)
                AND recorded_at - INTERVAL '1' MINUTE < before_at THEN 0
            ELSE 1
        END AS turn
    FROM dense
),
numbered AS (
    SELECT turned.*, SUM(turn) OVER (PARTITION BY ledger, actor ORDER BY position) AS burst FROM turned WHERE in_bulk
),
bulk AS (
    SELECT
        ledger,
        actor,
        burst,
        MAX(occurred_on) AS occurred_on,
        COUNT(*) AS entries,
        MIN(recorded_at) AS first_at,
        MIN(event_id) AS first_event
    FROM numbered
    GROUP BY ledger, actor, burst
),
held_level AS (
    SELECT
        ledger,
        worker,
        results_on AS start_on,
        annulled_on AS end_on
    FROM level_pass
    WHERE annulled_effect IS NULL OR annulled_effect = 'from_decision'
),
checked_day AS (
    SELECT ledger, post, worker, org, opened_by, start_on AS day FROM post_holding WHERE professional
    UNION
    SELECT holding.ledger, holding.post, holding.worker, holding.org, holding.opened_by, held_level.end_on
    FROM post_holding AS holding
    JOIN held_level
        ON held_level.ledger = holding.ledger
        AND held_level.worker = holding.worker
        AND holding.start_on < held_level.end_on
        AND (holding.end_on IS NULL OR held_level.end_on < holding.end_on)
    WHERE holding.professional
),
bare_day AS (
    SELECT checked_day.*
    FROM checked_day
    LEFT JOIN held_level
        ON held_level.ledger = checked_day.ledger
        AND held_level.worker = checked_day.worker
        AND held_level.start_on <= checked_day.day
        AND (held_level.end_on IS NULL OR checked_day.day < held_level.end_on)
    WHERE held_level.worker IS NULL
),
bare AS (
    SELECT ledger, post, worker, org, opened_by, post || '/' || opened_by AS finding, MIN(day) AS occurred_on
    FROM bare_day
    GROUP BY ledger, post, worker, org, opened_by
),
judged AS (
    SELECT
        held.ledger,
        held.session,
        held.starts_at,
        held.occurred_on,
        held.event_id,
        rule.event_id AS adopted_by,
        EXTRACT(month FROM held.occurred_on) = ANY(rule.pre_exam_months)
            AND (NOT rule.pre_exam_weekends_only OR EXTRACT(isodow FROM held.occurred_on) >= 6) AS in_season,
        row_number() OVER (PARTITION BY held.ledger, held.event_id ORDER BY rule.position DESC) AS nth
    FROM training_session_held AS held
    JOIN policy_training_cadence AS rule
        ON rule.ledger = held.ledger
        AND rule.effective_from <= held.occurred_on
        AND (rule.effective_to IS NULL OR held.occurred_on < rule.effective_to)
    WHERE held.programme = 'pre_exam'
),
exam_result AS (
    SELECT ledger, worker, level, year, exam_on, occurred_on, event_id FROM exam_passed
    UNION ALL
    SELECT ledger, worker, level, year, exam_on, occurred_on, event_id FROM exam_failed
),
misdated AS (
    SELECT
        exam_result.*,
        registered.event_id AS registered_by,
        exam_result.level || ' ' || CAST(exam_result.exam_on AS VARCHAR) || ' ' || CAST(registered.exam_on AS VARCHAR) AS detail
    FROM exam_result
    JOIN exam_registered AS registered
        ON registered.ledger = exam_result.ledger
        AND registered.worker = exam_result.worker
        AND registered.level = exam_result.level
        AND registered.year = exam_result.year
        AND registered.exam_on <> exam_result.exam_on
),
unseasonable AS (
    SELECT judged.*, session || ' ' || CAST(starts_at AS VARCHAR) AS detail FROM judged WHERE nth = 1 AND NOT in_season
)
SELECT
    bulk.ledger,
    'bulk_entry' AS rule,
    bulk.first_event AS finding,
    bulk.occurred_on,
    CAST(date_trunc('second', bulk.first_at) AS VARCHAR) || 'Z ' || CAST(bulk.entries AS VARCHAR) AS detail,
    bulk.actor AS subject,
    numbered.event_id
FROM bulk
JOIN numbered ON numbered.ledger = bulk.ledger AND numbered.actor = bulk.actor AND numbered.burst = bulk.burst
UNION ALL
SELECT ledger, 'post_without_level', finding, occurred_on, post || ' ' || org, post, opened_by FROM bare
UNION ALL
SELECT ledger, 'post_without_level', finding, occurred_on, post || ' ' || org, worker, opened_by FROM bare
UNION ALL
SELECT bare.ledger, 'post_without_level', bare.finding, bare.occurred_on, bare.post || ' ' || bare.org, NULL, pass.annulled_by
FROM bare
JOIN level_pass AS pass ON pass.ledger = bare.ledger AND pass.worker = bare.worker
UNION ALL
SELECT ledger, 'exam_other_day', event_id, occurred_on, detail, worker, event_id FROM misdated
UNION ALL
SELECT ledger, 'exam_other_day', event_id, occurred_on, detail, NULL, registered_by FROM misdated
UNION ALL
SELECT ledger, 'pre_exam_season', event_id, occurred_on, detail, session, event_id FROM unseasonable
UNION ALL
SELECT ledger, 'pre_exam_season', event_id, occurred_on, detail, NULL, adopted_by FROM unseasonable
