-- 组织名册: every organisation ever registered, as it stands on the pin's day.
-- Dissolved ones stay in it and are marked; a designation is held up to its last day (`until`), or for good.
-- Members: who joined and has not left; who leaves on a day was a member up to the day before.
WITH designated AS (
    SELECT
        granted.ledger,
        granted.org,
        array_agg(DISTINCT granted.designation ORDER BY granted.designation) AS designations
    FROM designation_granted AS granted
    JOIN pin ON pin.ledger = granted.ledger
    WHERE granted.until IS NULL OR pin.valid_on <= granted.until
    GROUP BY granted.ledger, granted.org
),
member AS (
    SELECT change.ledger, change.org, change.event_id
    FROM membership_change AS change
    JOIN pin ON pin.ledger = change.ledger
    WHERE change.joins AND (change.next_on IS NULL OR pin.valid_on < change.next_on)
),
member_count AS (
    SELECT ledger, org, COUNT(*) AS members FROM member GROUP BY ledger, org
),
proof AS (
    SELECT ledger, org, registered_by AS event_id FROM org_open
    UNION ALL
    SELECT ledger, org, status_by AS event_id FROM org_open WHERE status_by IS NOT NULL
    UNION ALL
    SELECT granted.ledger, granted.org, granted.event_id
    FROM designation_granted AS granted
    JOIN pin ON pin.ledger = granted.ledger
    WHERE granted.until IS NULL OR pin.valid_on <= granted.until
    UNION ALL
    SELECT ledger, org, event_id FROM member
),
proven AS (
    SELECT ledger, org, array_agg(event_id) AS evidence FROM proof GROUP BY ledger, org
)
SELECT
    standing.org,
    standing.kind,
    standing.name,
    standing.parent,
    standing.category,
    standing.registered_on,
    standing.status,
    standing.open,
    COALESCE(designated.designations, CAST(ARRAY[] AS VARCHAR[])) AS designations,
    COALESCE(member_count.members, 0) AS members,
    proven.evidence
FROM org_open AS standing
JOIN proven ON proven.ledger = standing.ledger AND proven.org = standing.org
LEFT JOIN designated ON designated.ledger = standing.ledger AND designated.org = standing.org
LEFT JOIN member_count ON member_count.ledger = standing.ledger AND member_count.org = standing.org
