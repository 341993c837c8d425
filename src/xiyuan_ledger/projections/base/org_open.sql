-- 组织现状: one row per organisation that was registered by the pin's day, with its latest status.
-- The latest status is by (occurred_on, position); an organisation is open until it is dissolved: a suspended one
-- still stands.
SELECT
    registered.ledger,
    registered.org,
    registered.kind,
    registered.name,
    registered.parent,
    registered.category,
    registered.occurred_on AS registered_on,
    latest.status,
    latest.occurred_on AS status_on,
    COALESCE(latest.status, 'none') <> 'dissolved' AS open,
    registered.event_id AS registered_by,
    latest.event_id AS status_by
FROM organization_registered AS registered
LEFT JOIN (
    SELECT
        ledger,
        org,
        status,
        occurred_on,
        event_id,
        row_number() OVER (PARTITION BY ledger, org ORDER BY occurred_on DESC, position DESC) AS nth
    FROM organization_status_changed
) AS latest
    ON latest.ledger = registered.ledger AND latest.org = registered.org AND latest.nth = 1
