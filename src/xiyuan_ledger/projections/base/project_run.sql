-- 项目运行: the stretches in which each project runs, from start_on up to, but not including, end_on (NULL: it runs on).
-- It runs from its start until it is suspended or closed, within the term of its contract: from its first day up to the end last
-- agreed, the last day included.
WITH turn AS (
    SELECT ledger, project, occurred_on, position, event_id, TRUE AS starts FROM project_started
    UNION ALL
    SELECT ledger, project, occurred_on, position, event_id, FALSE AS starts FROM project_suspended
    UNION ALL
    SELECT ledger, project, occurred_on, position, event_id, FALSE AS starts FROM project_closed
),
stretch AS (
    SELECT
        turn.*,
        lead(occurred_on) OVER (PARTITION BY ledger, project ORDER BY occurred_on, position) AS next_on
    FROM turn
),
agreed AS (
    SELECT ledger, project, "to" AS last_day, occurred_on, position FROM project_contracted
    UNION ALL
    SELECT ledger, project, "to" AS last_day, occurred_on, position FROM project_amended WHERE "to" IS NOT NULL
),
term_end AS (
    SELECT
        ledger,
        project,
        last_day,
        row_number() OVER (PARTITION BY ledger, project ORDER BY occurred_on DESC, position DESC) AS nth
    FROM agreed
),
term_start AS (
    SELECT
        ledger,
        project,
        "from" AS first_day,
        row_number() OVER (PARTITION BY ledger, project ORDER BY occurred_on DESC, position DESC) AS nth
    FROM project_contracted
),
run AS (
    SELECT
        stretch.ledger,
        stretch.project,
        GREATEST(stretch.occurred_on, COALESCE(term_start.first_day, stretch.occurred_on)) AS start_on,
        LEAST(COALESCE(stretch.next_on, term_end.last_day + 1), COALESCE(term_end.last_day + 1, stretch.next_on)) AS end_on,
        stretch.event_id AS started_by
    FROM stretch
    LEFT JOIN term_start
        ON term_start.ledger = stretch.ledger AND term_start.project = stretch.project AND term_start.nth = 1
    LEFT JOIN term_end ON term_end.ledger = stretch.ledger AND term_end.project = stretch.project AND term_end.nth = 1
    WHERE stretch.starts
)
SELECT ledger, project, start_on, end_on, started_by
FROM run
WHERE end_on IS NULL OR start_on < end_on
