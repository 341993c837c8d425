-- 在职: when each worker was employed by whom: one row per unbroken stretch at one employer, [start_on, end_on), end_on NULL: runs on.
-- WorkerHired opens; WorkerLeft, and WorkerDismissed for every employer at once, close; WorkerReinstated takes up again what the
-- dismissal before it ended. A stretch of no day is left out. Facts are taken in order of (occurred_on, position).
WITH step AS (
    SELECT ledger, worker, employer, employment, 'hired' AS kind, occurred_on, position, event_id FROM worker_hired
    UNION ALL
    SELECT ledger, worker, employer, NULL, 'left', occurred_on, position, event_id FROM worker_left
    UNION ALL
    SELECT ended.ledger, ended.worker, place.employer, NULL, 'dismissed', ended.occurred_on, ended.position, ended.event_id
    FROM worker_dismissed AS ended
    JOIN (SELECT DISTINCT ledger, worker, employer FROM worker_hired) AS place
        ON place.ledger = ended.ledger AND place.worker = ended.worker
    UNION ALL
    SELECT again.ledger, again.worker, place.employer, NULL, 'reinstated', again.occurred_on, again.position, again.event_id
    FROM worker_reinstated AS again
    JOIN (SELECT DISTINCT ledger, worker, employer FROM worker_hired) AS place
        ON place.ledger = again.ledger AND place.worker = again.worker
),
-- A chapter begins with each hiring and each leaving; within it, dismissals and reinstatements follow.
chaptered AS (
    SELECT
        step.*,
        COUNT(CASE WHEN kind IN ('hired', 'left') THEN 1 END) OVER in_order AS chapter,
        LAG(kind) OVER in_order AS kind_before
    FROM step
    WINDOW in_order AS (PARTITION BY ledger, worker, employer ORDER BY occurred_on, position)
),
-- A second dismissal while dismissed ends for good what the first one had ended: a reinstatement answers only the last.
judged AS (
    SELECT
        chaptered.*,
        FIRST_VALUE(kind) OVER in_chapter AS chapter_kind,
        FIRST_VALUE(employment) OVER in_chapter AS chapter_employment,
        MAX(CASE WHEN kind = 'dismissed' AND kind_before = 'dismissed' THEN 1 ELSE 0 END) OVER in_chapter AS ended_for_good
    FROM chaptered
    WINDOW in_chapter AS (PARTITION BY ledger, worker, employer, chapter ORDER BY occurred_on, position)
),
state AS (
    SELECT
        judged.*,
        chapter_kind = 'hired' AND ended_for_good = 0 AND kind IN ('hired', 'reinstated') AS employed
    FROM judged
),
turn AS (
    SELECT
        state.*,
        COALESCE(LAG(employed) OVER (PARTITION BY ledger, worker, employer ORDER BY occurred_on, position), FALSE) AS employed_before
    FROM state
),
stretch AS (
    SELECT
        ledger,
        worker,
        employer,
        chapter_employment AS employment,
        employed,
        occurred_on AS start_on,
        LEAD(occurred_on) OVER in_order AS end_on,
        event_id AS opened_by,
        LEAD(event_id) OVER in_order AS closed_by
    FROM turn
    WHERE employed <> employed_before
    WINDOW in_order AS (PARTITION BY ledger, worker, employer ORDER BY occurred_on, position)
)
SELECT ledger, worker, employer, employment, start_on, end_on, opened_by, closed_by
FROM stretch
WHERE employed AND (end_on IS NULL OR start_on < end_on)
