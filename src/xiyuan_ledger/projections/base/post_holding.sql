-- 上岗: when each worker filled which post: one row per stretch, [start_on, end_on), end_on NULL: runs on.
-- PostFilled opens and PostVacated closes. Leaving the last employment ends the post for good; a dismissal ends it until the worker is
-- reinstated. Whoever is not employed on the day fills nothing. Facts are taken in order of (occurred_on, position).
WITH post AS (
    SELECT
        ledger,
        post,
        org,
        title,
        professional,
        row_number() OVER (PARTITION BY ledger, post ORDER BY occurred_on, position) AS nth
    FROM post_established
),
filler AS (
    SELECT DISTINCT ledger, post, worker FROM post_filled
),
-- The leavings after which nobody employs the worker.
last_left AS (
    SELECT DISTINCT gone.ledger, gone.worker, gone.occurred_on, gone.position, gone.event_id
    FROM worker_left AS gone
    JOIN employment AS ended
        ON ended.ledger = gone.ledger AND ended.worker = gone.worker AND ended.closed_by = gone.event_id
    LEFT JOIN employment AS other
        ON other.ledger = gone.ledger
        AND other.worker = gone.worker
        AND other.start_on <= gone.occurred_on
        AND (other.end_on IS NULL OR gone.occurred_on < other.end_on)
    WHERE other.worker IS NULL
),
opening AS (
    SELECT DISTINCT step.*
    FROM (
        SELECT ledger, post, worker, 'filled' AS kind, occurred_on, position, event_id FROM post_filled
        UNION ALL
        SELECT again.ledger, filler.post, again.worker, 'reinstated', again.occurred_on, again.position, again.event_id
        FROM worker_reinstated AS again
        JOIN filler ON filler.ledger = again.ledger AND filler.worker = again.worker
    ) AS step
    JOIN employment
        ON employment.ledger = step.ledger
        AND employment.worker = step.worker
        AND employment.start_on <= step.occurred_on
        AND (employment.end_on IS NULL OR step.occurred_on < employment.end_on)
),
step AS (
    SELECT ledger, post, worker, kind, occurred_on, position, event_id FROM opening
    UNION ALL
    SELECT ledger, post, worker, 'vacated', occurred_on, position, event_id FROM post_vacated
    UNION ALL
    SELECT gone.ledger, filler.post, gone.worker, 'left', gone.occurred_on, gone.position, gone.event_id
    FROM last_left AS gone
    JOIN filler ON filler.ledger = gone.ledger AND filler.worker = gone.worker
    UNION ALL
    SELECT ended.ledger, filler.post, ended.worker, 'dismissed', ended.occurred_on, ended.position, ended.event_id
    FROM worker_dismissed AS ended
    JOIN filler ON filler.ledger = ended.ledger AND filler.worker = ended.worker
),
-- A chapter begins with each filling, vacating and leaving; within it, dismissals and reinstatements follow.
chaptered AS (
    SELECT
        step.*,
        COUNT(CASE WHEN kind IN ('filled', 'vacated', 'left') THEN 1 END) OVER in_order AS chapter,
        LAG(kind) OVER in_order AS kind_before
    FROM step
    WINDOW in_order AS (PARTITION BY ledger, post, worker ORDER BY occurred_on, position)
),
-- A second dismissal while dismissed ends for good what the first one had ended: a reinstatement answers only the last.
judged AS (
    SELECT
        chaptered.*,
        FIRST_VALUE(kind) OVER in_chapter AS chapter_kind,
        MAX(CASE WHEN kind = 'dismissed' AND kind_before = 'dismissed' THEN 1 ELSE 0 END) OVER in_chapter AS ended_for_good
    FROM chaptered
    WINDOW in_chapter AS (PARTITION BY ledger, post, worker, chapter ORDER BY occurred_on, position)
),
state AS (
    SELECT
        judged.*,
        chapter_kind = 'filled' AND ended_for_good = 0 AND kind IN ('filled', 'reinstated') AS on_post
    FROM judged
),
turn AS (
    SELECT
        state.*,
        COALESCE(LAG(on_post) OVER (PARTITION BY ledger, post, worker ORDER BY occurred_on, position), FALSE) AS on_post_before
    FROM state
),
stretch AS (
    SELECT
        ledger,
        post,
        worker,
        on_post,
        occurred_on AS start_on,
        LEAD(occurred_on) OVER in_order AS end_on,
        event_id AS opened_by,
        LEAD(event_id) OVER in_order AS closed_by
    FROM turn
    WHERE on_post <> on_post_before
    WINDOW in_order AS (PARTITION BY ledger, post, worker ORDER BY occurred_on, position)
)
SELECT
    stretch.ledger,
    stretch.post,
    stretch.worker,
    post.org,
    post.title,
    post.professional,
    stretch.start_on,
    stretch.end_on,
    stretch.opened_by,
    stretch.closed_by
FROM stretch
LEFT JOIN post ON post.ledger = stretch.ledger AND post.post = stretch.post AND post.nth = 1
WHERE stretch.on_post AND (stretch.end_on IS NULL OR stretch.start_on < stretch.end_on)
