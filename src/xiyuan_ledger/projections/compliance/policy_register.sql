-- 制度册: every version of every policy that was recorded up to the pin and neither corrected nor voided, also those
-- that begin later.
-- In force: of the versions that hold on the pin's day (effective_from <= day < effective_to), the one recorded
-- last.
WITH version AS (
    SELECT adopted.*
    FROM raw.policy_adopted AS adopted
    LEFT JOIN raw.superseded AS gone ON gone.ledger = adopted.ledger AND gone.position = adopted.position
    WHERE gone.position IS NULL
),
holding AS (
    SELECT version.ledger, version.policy, MAX(version.position) AS position
    FROM version
    JOIN pin ON pin.ledger = version.ledger
    WHERE version.effective_from <= pin.valid_on AND (version.effective_to IS NULL OR pin.valid_on < version.effective_to)
    GROUP BY version.ledger, version.policy
)
SELECT
    version.policy,
    version.version,
    version.effective_from,
    version.effective_to,
    version.authority,
    version.recorded_on,
    holding.position IS NOT NULL AS in_force,
    version.parameters,
    ARRAY[version.event_id] AS evidence
FROM version
LEFT JOIN holding
    ON holding.ledger = version.ledger AND holding.policy = version.policy AND holding.position = version.position
