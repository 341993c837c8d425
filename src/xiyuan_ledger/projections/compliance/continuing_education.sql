-- 继续教育: for each worker and certificate period, the minutes required and credited.
-- A period is the term of one registration, first and last day included. The level that sets the requirement is the highest held at the
-- period's end, or on the pin's day, if earlier: passed by then and not annulled; where none is held any more, the certificate's own.
-- Credited: each continuing_education session that she attended, once; ContinuingEducationCredited, but not for a session that she
-- attended by its list, nor twice for one session; any degree in the period as the full requirement, once.
-- Where no version of the policy is in force on the pin's day, nothing is required: no rows.
WITH version AS (
    SELECT
        adopted.*,
        pin.valid_on,
        row_number() OVER (PARTITION BY adopted.ledger ORDER BY adopted.position DESC) AS nth
    FROM policy_continuing_education AS adopted
    JOIN pin ON pin.ledger = adopted.ledger
    WHERE adopted.effective_from <= pin.valid_on AND (adopted.effective_to IS NULL OR pin.valid_on < adopted.effective_to)
),
rule AS (
    SELECT * FROM version WHERE nth = 1
),
term AS (
    SELECT
        certificate.ledger,
        certificate.worker,
        certificate.level,
        certificate.certificate,
        certificate.valid_from,
        certificate.valid_to,
        certificate.event_id,
        LEAST(certificate.valid_to, rule.valid_on) AS judged_on
    FROM certificate_registered AS certificate
    JOIN rule ON rule.ledger = certificate.ledger
),
held AS (
    SELECT
        term.ledger,
        term.event_id,
        passed.level,
        passed.passed_by,
        row_number() OVER (
            PARTITION BY term.ledger, term.event_id
            ORDER BY
                CASE passed.level WHEN 'senior' THEN 3 WHEN 'intermediate' THEN 2 ELSE 1 END DESC,
                passed.occurred_on,
                passed.position
        ) AS nth
    FROM term
    JOIN level_pass AS passed
        ON passed.ledger = term.ledger
        AND passed.worker = term.worker
        AND passed.occurred_on <= term.judged_on
        AND (
            passed.annulled_effect IS NULL
            OR (passed.annulled_effect = 'from_decision' AND term.judged_on < passed.annulled_on)
        )
),
required AS (
    SELECT
        term.*,
        COALESCE(held.level, term.level) AS held_level,
        held.passed_by,
        CASE COALESCE(held.level, term.level)
            WHEN 'senior' THEN rule.minutes_senior
            WHEN 'intermediate' THEN rule.minutes_intermediate
            ELSE rule.minutes_junior
        END AS required_minutes,
        rule.valid_on,
        rule.event_id AS adopted_by
    FROM term
    JOIN rule ON rule.ledger = term.ledger
    LEFT JOIN held ON held.ledger = term.ledger AND held.event_id = term.event_id AND held.nth = 1
),
attended AS (
    SELECT DISTINCT
        session.ledger,
        person.code AS worker,
        session.session,
        session.occurred_on,
        session.minutes,
        session.event_id
    FROM training_session_held AS session
    CROSS JOIN UNNEST(session.attendees) AS person(code)
    WHERE session.programme = 'continuing_education'
),
entered AS (
    SELECT
        credited.ledger,
        credited.worker,
        credited.occurred_on,
        credited.minutes,
        credited.basis,
        credited.event_id,
        row_number() OVER (
            PARTITION BY
                credited.ledger,
                credited.worker,
                credited.session,
                CASE WHEN credited.session IS NULL THEN credited.event_id END
            ORDER BY credited.occurred_on, credited.position
        ) AS nth
    FROM continuing_education_credited AS credited
    LEFT JOIN attended
        ON attended.ledger = credited.ledger
        AND attended.worker = credited.worker
        AND attended.session = credited.session
    WHERE attended.session IS NULL
),
credit AS (
    SELECT ledger, worker, occurred_on, minutes, 'session' AS basis, event_id FROM attended
    UNION ALL
    SELECT ledger, worker, occurred_on, minutes, basis, event_id FROM entered WHERE nth = 1
),
credited AS (
    SELECT
        required.ledger,
        required.event_id AS term_by,
        credit.event_id,
        CASE WHEN credit.basis = 'degree' THEN 0 ELSE credit.minutes END AS minutes,
        CASE WHEN credit.basis = 'degree' THEN required.required_minutes ELSE 0 END AS degree_minutes
    FROM required
    JOIN credit
        ON credit.ledger = required.ledger
        AND credit.worker = required.worker
        AND credit.occurred_on BETWEEN required.valid_from AND required.valid_to
),
summed AS (
    SELECT ledger, term_by, CAST(SUM(minutes) AS BIGINT) + MAX(degree_minutes) AS credited_minutes
    FROM credited
    GROUP BY ledger, term_by
),
proof AS (
    SELECT ledger, event_id AS term_by, event_id FROM required
    UNION
    SELECT ledger, event_id, passed_by FROM required
    UNION
    SELECT ledger, event_id, adopted_by FROM required
    UNION
    SELECT ledger, term_by, event_id FROM credited
),
proven AS (
    SELECT ledger, term_by, array_agg(event_id ORDER BY event_id) AS evidence
    FROM proof
    WHERE event_id IS NOT NULL
    GROUP BY ledger, term_by
)
SELECT
    required.worker,
    required.held_level AS level,
    required.certificate,
    required.valid_from AS period_from,
    required.valid_to AS period_to,
    required.required_minutes,
    COALESCE(summed.credited_minutes, 0) AS credited_minutes,
    GREATEST(required.required_minutes - COALESCE(summed.credited_minutes, 0), 0) AS missing_minutes,
    CASE
        WHEN COALESCE(summed.credited_minutes, 0) >= required.required_minutes THEN 'met'
        WHEN required.valid_on <= required.valid_to THEN 'running'
        ELSE 'short'
    END AS status,
    proven.evidence
FROM required
JOIN proven ON proven.ledger = required.ledger AND proven.term_by = required.event_id
LEFT JOIN summed ON summed.ledger = required.ledger AND summed.term_by = required.event_id
