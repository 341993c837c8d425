-- 考试期限: for each worker employed on the pin's day, until when she has to pass an examination, and whether she has.
-- The clock starts with the latest of: the policy's effective_from, the first day of her unbroken employment (by whomever), and - where
-- from_eligibility is on - the earliest day on which she might sit an examination. The deadline is the same day `years` later
-- (29 February becomes 28 February), or the latest extension, if that is later.
-- What counts is her first pass, by (occurred_on, position), that was not annulled by the pin's day, whichever the effect. Its basis date is
-- the day of the examination, of the results, or of the first registration of that level's certificate after the pass.
-- exempt goes before all else. Where no version of the policy is in force on the day, nobody has a deadline: no rows.
WITH version AS (
    SELECT
        adopted.*,
        pin.valid_on,
        row_number() OVER (PARTITION BY adopted.ledger ORDER BY adopted.position DESC) AS nth
    FROM policy_exam_deadline AS adopted
    JOIN pin ON pin.ledger = adopted.ledger
    WHERE adopted.effective_from <= pin.valid_on AND (adopted.effective_to IS NULL OR pin.valid_on < adopted.effective_to)
),
rule AS (
    SELECT * FROM version WHERE nth = 1
),
employed AS (
    SELECT
        employment.ledger,
        employment.worker,
        employment.employer,
        employment.opened_by,
        row_number() OVER (
            PARTITION BY employment.ledger, employment.worker ORDER BY employment.start_on, employment.employer
        ) AS nth
    FROM employment
    JOIN pin ON pin.ledger = employment.ledger
    WHERE employment.start_on <= pin.valid_on AND (employment.end_on IS NULL OR pin.valid_on < employment.end_on)
),
stretch AS (
    SELECT unbroken.ledger, unbroken.worker, unbroken.start_on, unbroken.opened_by
    FROM unbroken_employment AS unbroken
    JOIN pin ON pin.ledger = unbroken.ledger
    WHERE unbroken.counts_purchased
        AND unbroken.start_on <= pin.valid_on
        AND (unbroken.end_on IS NULL OR pin.valid_on < unbroken.end_on)
),
eligible AS (
    SELECT
        ledger,
        worker,
        eligible_on,
        event_id,
        row_number() OVER (PARTITION BY ledger, worker ORDER BY eligible_on, occurred_on, position) AS nth
    FROM worker_eligibility_assessed
),
extension AS (
    SELECT
        ledger,
        worker,
        until,
        event_id,
        row_number() OVER (PARTITION BY ledger, worker ORDER BY until DESC, occurred_on, position) AS nth
    FROM exam_deadline_extended
),
standing_pass AS (
    SELECT
        level_pass.*,
        row_number() OVER (PARTITION BY ledger, worker ORDER BY occurred_on, position) AS nth
    FROM level_pass
    WHERE annulled_effect IS NULL
),
certified AS (
    SELECT
        passed.ledger,
        passed.worker,
        term.registered_on,
        term.registered_by,
        row_number() OVER (PARTITION BY passed.ledger, passed.worker ORDER BY term.registered_on, term.position) AS nth
    FROM standing_pass AS passed
    JOIN certificate_term AS term
        ON term.ledger = passed.ledger
        AND term.worker = passed.worker
        AND term.level = passed.level
        AND term.registered_on >= passed.occurred_on
    WHERE passed.nth = 1
),
clock AS (
    SELECT
        employed.ledger,
        employed.worker,
        employed.employer,
        rule.valid_on,
        rule.version,
        rule.years,
        GREATEST(
            rule.effective_from,
            stretch.start_on,
            CASE WHEN rule.from_eligibility THEN COALESCE(eligible.eligible_on, stretch.start_on) ELSE stretch.start_on END
        ) AS clock_start,
        extension.until,
        rule.requires_eligibility AND eligible.worker IS NULL AS exempt,
        passed.level,
        CASE rule.basis
            WHEN 'exam_on' THEN passed.exam_on
            WHEN 'results_on' THEN passed.results_on
            ELSE certified.registered_on
        END AS passed_on,
        rule.event_id AS adopted_by,
        employed.opened_by AS employed_by,
        stretch.opened_by AS stretch_by,
        eligible.event_id AS assessed_by,
        extension.event_id AS extended_by,
        passed.passed_by,
        CASE WHEN rule.basis = 'certificate_on' THEN certified.registered_by END AS certified_by
    FROM rule
    JOIN employed ON employed.ledger = rule.ledger AND employed.nth = 1
    JOIN stretch ON stretch.ledger = employed.ledger AND stretch.worker = employed.worker
    LEFT JOIN eligible ON eligible.ledger = employed.ledger AND eligible.worker = employed.worker AND eligible.nth = 1
    LEFT JOIN extension ON extension.ledger = employed.ledger AND extension.worker = employed.worker AND extension.nth = 1
    LEFT JOIN standing_pass AS passed
        ON passed.ledger = employed.ledger AND passed.worker = employed.worker AND passed.nth = 1
    LEFT JOIN certified ON certified.ledger = employed.ledger AND certified.worker = employed.worker AND certified.nth = 1
),
dated AS (
    SELECT
        clock.*,
        GREATEST(CAST(clock_start + years * INTERVAL '1' YEAR AS DATE), COALESCE(until, clock_start)) AS deadline
    FROM clock
),
judged AS (
    SELECT
        dated.*,
        CASE
            WHEN exempt THEN 'exempt'
            WHEN passed_on <= deadline AND passed_on <= valid_on THEN 'met'
            WHEN valid_on > deadline THEN 'missed'
            ELSE 'running'
        END AS status
    FROM dated
),
proof AS (
    SELECT ledger, worker, adopted_by AS event_id FROM clock
    UNION
    SELECT ledger, worker, employed_by FROM clock
    UNION
    SELECT ledger, worker, stretch_by FROM clock
    UNION
    SELECT ledger, worker, assessed_by FROM clock
    UNION
    SELECT ledger, worker, extended_by FROM clock
    UNION
    SELECT ledger, worker, passed_by FROM clock
    UNION
    SELECT ledger, worker, certified_by FROM clock
    UNION
    SELECT ledger, worker, passed_by FROM level_pass WHERE annulled_by IS NOT NULL
    UNION
    SELECT ledger, worker, annulled_by FROM level_pass WHERE annulled_by IS NOT NULL
),
proven AS (
    SELECT ledger, worker, array_agg(event_id ORDER BY event_id) AS evidence
    FROM proof
    WHERE event_id IS NOT NULL
    GROUP BY ledger, worker
)
SELECT
    judged.worker,
    judged.employer,
    judged.clock_start,
    judged.deadline,
    judged.status,
    judged.passed_on,
    judged.level,
    CASE WHEN judged.status = 'running' THEN judged.deadline - judged.valid_on END AS days_left,
    judged.version AS policy_version,
    proven.evidence
FROM judged
JOIN proven ON proven.ledger = judged.ledger AND proven.worker = judged.worker
