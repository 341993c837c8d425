-- 纳入: when each client was in a project, as intervals from start_on up to, but not including, end_on (NULL: still in it).
-- person is the code that counts the client: her own, or that of the person into whom she was merged.
WITH turn AS (
    SELECT ledger, project, client, category, occurred_on, position, event_id, TRUE AS enters FROM client_enrolled
    UNION ALL
    SELECT ledger, project, client, NULL AS category, occurred_on, position, event_id, FALSE AS enters FROM client_exited
),
stretch AS (
    SELECT
        turn.*,
        lead(occurred_on) OVER (PARTITION BY ledger, project, client ORDER BY occurred_on, position) AS end_on,
        lead(event_id) OVER (PARTITION BY ledger, project, client ORDER BY occurred_on, position) AS exited_by
    FROM turn
)
SELECT
    stretch.ledger,
    stretch.project,
    stretch.client,
    COALESCE(merged_person.person, stretch.client) AS person,
    stretch.category,
    stretch.occurred_on AS start_on,
    stretch.end_on,
    stretch.event_id AS enrolled_by,
    stretch.exited_by
FROM stretch
LEFT JOIN merged_person ON merged_person.ledger = stretch.ledger AND merged_person.client = stretch.client
WHERE stretch.enters
