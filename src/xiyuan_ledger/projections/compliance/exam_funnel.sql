-- 考试漏斗: for each year and level, how many workers registered, sat, passed, failed, and lost the pass again.
-- People, each counted once. sat: a score in any subject of the sitting (absent is none), or a pass or fail. passed: not annulled by the pin's day;
-- annulled: every pass taken back. The rate is passed of registered, not of sat: 21 of 88 registered are 23.86 %.
WITH mark AS (
    SELECT ledger, year, level, worker, 'registered' AS kind, event_id FROM exam_registered
    UNION ALL
    SELECT ledger, year, level, worker, 'sat', event_id FROM subject_scored WHERE score IS NOT NULL
    UNION ALL
    SELECT ledger, year, level, worker, 'sat', passed_by FROM level_pass
    UNION ALL
    SELECT ledger, year, level, worker, 'sat', event_id FROM exam_failed
    UNION ALL
    SELECT ledger, year, level, worker, 'passed', passed_by FROM level_pass WHERE annulled_by IS NULL
    UNION ALL
    SELECT ledger, year, level, worker, 'failed', event_id FROM exam_failed
    UNION ALL
    SELECT ledger, year, level, worker, 'annulled', annulled_by FROM level_pass WHERE annulled_by IS NOT NULL
),
counted AS (
    SELECT
        ledger,
        year,
        level,
        COUNT(DISTINCT CASE WHEN kind = 'registered' THEN worker END) AS registered,
        COUNT(DISTINCT CASE WHEN kind = 'sat' THEN worker END) AS sat,
        COUNT(DISTINCT CASE WHEN kind = 'passed' THEN worker END) AS passed,
        COUNT(DISTINCT CASE WHEN kind = 'failed' THEN worker END) AS failed,
        COUNT(DISTINCT CASE WHEN kind = 'annulled' THEN worker END) AS annulled
    FROM mark
    GROUP BY ledger, year, level
),
proven AS (
    SELECT ledger, year, level, array_agg(event_id ORDER BY event_id) AS evidence
    FROM (SELECT DISTINCT ledger, year, level, event_id FROM mark) AS proof
    GROUP BY ledger, year, level
)
SELECT
    counted.year,
    counted.level,
    counted.registered,
    counted.sat,
    counted.passed,
    counted.failed,
    counted.annulled,
    CASE
        WHEN counted.registered > 0
            THEN (counted.passed * 20000 + counted.registered) // (2 * counted.registered)
    END AS pass_rate_centi,
    proven.evidence
FROM counted
JOIN proven ON proven.ledger = counted.ledger AND proven.year = counted.year AND proven.level = counted.level
