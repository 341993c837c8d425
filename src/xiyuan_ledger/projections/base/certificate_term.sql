-- 证书有效期: one row per registration or renewal of a certificate: its term, and the revocation that withdrew it, if one did.
-- A revocation concerns the registrations of its certificate that came before it, by (occurred_on, position).
WITH answered AS (
    SELECT
        registered.ledger,
        registered.worker,
        registered.level,
        registered.certificate,
        registered.valid_from,
        registered.valid_to,
        registered.renewal,
        registered.occurred_on AS registered_on,
        registered.position,
        registered.event_id AS registered_by,
        revoked.occurred_on AS revoked_on,
        revoked.event_id AS revoked_by,
        row_number() OVER (
            PARTITION BY registered.ledger, registered.event_id ORDER BY revoked.occurred_on, revoked.position
        ) AS nth
    FROM certificate_registered AS registered
    LEFT JOIN certificate_revoked AS revoked
        ON revoked.ledger = registered.ledger
        AND revoked.worker = registered.worker
        AND revoked.certificate = registered.certificate
        AND (registered.occurred_on, registered.position) < (revoked.occurred_on, revoked.position)
)
SELECT
    ledger,
    worker,
    level,
    certificate,
    valid_from,
    valid_to,
    renewal,
    registered_on,
    position,
    registered_by,
    revoked_on,
    revoked_by
FROM answered
WHERE nth = 1
