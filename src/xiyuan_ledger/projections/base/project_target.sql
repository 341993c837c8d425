-- 指标: what was promised last for each project, one row per indicator. A later contract or amendment that names targets
-- takes the place of all targets before it. set_by is the fact that set it.
WITH agreed AS (
    SELECT ledger, project, targets, occurred_on, position, event_id FROM project_contracted
    UNION ALL
    SELECT ledger, project, targets, occurred_on, position, event_id FROM project_amended WHERE targets IS NOT NULL
),
latest AS (
    SELECT
        agreed.*,
        row_number() OVER (PARTITION BY ledger, project ORDER BY occurred_on DESC, position DESC) AS nth
    FROM agreed
)
SELECT
    latest.ledger,
    latest.project,
    listed.target.indicator AS indicator,
    SUM(listed.target.quantity)::BIGINT AS quantity,
    latest.event_id AS set_by
FROM latest
CROSS JOIN UNNEST(latest.targets) AS listed(target)
WHERE latest.nth = 1
GROUP BY latest.ledger, latest.project, listed.target.indicator, latest.event_id
