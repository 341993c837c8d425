-- 证书: for each worker and level passed, the certificate: registered or not, until when it is valid, what is due next.
-- One row per worker and level: of several passes of a level (each but the last annulled) the one that stands, else the latest. passed_on is the
-- day of the examination. A certificate is of the pass if it was registered on or after the day of the pass's results.
-- Shown is the term that was not revoked and ends last, else the revoked one that ends last. A certificate lapses the day after the last
-- valid_to of the terms that have begun. Where no version of certificate-registration is in force, what it dates is empty.
WITH version AS (
    SELECT
        adopted.*,
        row_number() OVER (PARTITION BY adopted.ledger ORDER BY adopted.position DESC) AS nth
    FROM policy_certificate_registration AS adopted
    JOIN pin ON pin.ledger = adopted.ledger
    WHERE adopted.effective_from <= pin.valid_on AND (adopted.effective_to IS NULL OR pin.valid_on < adopted.effective_to)
),
rule AS (
    SELECT * FROM version WHERE nth = 1
),
passed AS (
    SELECT
        level_pass.*,
        row_number() OVER (
            PARTITION BY ledger, worker, level
            ORDER BY CASE WHEN annulled_by IS NULL THEN 0 ELSE 1 END, occurred_on DESC, position DESC
        ) AS nth
    FROM level_pass
),
term AS (
    SELECT
        passed.ledger,
        passed.worker,
        passed.level,
        term.certificate,
        term.valid_from,
        term.valid_to,
        term.revoked_on,
        term.registered_by,
        term.revoked_by,
        MAX(CASE WHEN term.revoked_on IS NULL AND term.valid_from <= pin.valid_on THEN term.valid_to END) OVER (
            PARTITION BY passed.ledger, passed.worker, passed.level
        ) AS begun_valid_to,
        row_number() OVER (
            PARTITION BY passed.ledger, passed.worker, passed.level
            ORDER BY CASE WHEN term.revoked_on IS NULL THEN 0 ELSE 1 END, term.valid_to DESC, term.registered_on DESC, term.position DESC
        ) AS nth
    FROM passed
    JOIN pin ON pin.ledger = passed.ledger
    JOIN certificate_term AS term
        ON term.ledger = passed.ledger
        AND term.worker = passed.worker
        AND term.level = passed.level
        AND term.registered_on >= passed.occurred_on
    WHERE passed.nth = 1
),
judged AS (
    SELECT
        passed.ledger,
        passed.worker,
        passed.level,
        passed.exam_on AS passed_on,
        term.certificate,
        term.valid_from,
        term.valid_to,
        CASE
            WHEN passed.annulled_by IS NOT NULL THEN 'annulled'
            WHEN term.certificate IS NULL THEN 'unregistered'
            WHEN term.revoked_on IS NOT NULL THEN 'revoked'
            WHEN COALESCE(term.begun_valid_to, term.valid_to) < pin.valid_on THEN 'lapsed'
            ELSE 'valid'
        END AS status,
        passed.passed_by,
        passed.annulled_by
    FROM passed
    JOIN pin ON pin.ledger = passed.ledger
    LEFT JOIN term
        ON term.ledger = passed.ledger AND term.worker = passed.worker AND term.level = passed.level AND term.nth = 1
    WHERE passed.nth = 1
),
proof AS (
    SELECT ledger, worker, level, passed_by AS event_id FROM judged
    UNION
    SELECT ledger, worker, level, annulled_by FROM judged
    UNION
    SELECT ledger, worker, level, registered_by FROM term
    UNION
    SELECT ledger, worker, level, revoked_by FROM term
    UNION
    SELECT judged.ledger, judged.worker, judged.level, rule.event_id FROM judged JOIN rule ON rule.ledger = judged.ledger
),
proven AS (
    SELECT ledger, worker, level, array_agg(event_id ORDER BY event_id) AS evidence
    FROM proof
    WHERE event_id IS NOT NULL
    GROUP BY ledger, worker, level
)
SELECT
    judged.worker,
    judged.level,
    judged.passed_on,
    judged.certificate,
    judged.valid_from,
    judged.valid_to,
    judged.status,
    CASE
        WHEN judged.status IN ('valid', 'lapsed')
            THEN CAST(judged.valid_to - rule.renew_before_months * INTERVAL '1' MONTH AS DATE)
    END AS renew_from,
    CAST(judged.passed_on + rule.first_within_months * INTERVAL '1' MONTH AS DATE) AS first_registration_due,
    proven.evidence
FROM judged
JOIN proven ON proven.ledger = judged.ledger AND proven.worker = judged.worker AND proven.level = judged.level
LEFT JOIN rule ON rule.ledger = judged.ledger
