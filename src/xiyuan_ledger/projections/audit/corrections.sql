-- 更正: every fact that was corrected or voided, by what, by whom and why, with the chain of its versions.
-- The facts are those whose correction or voiding was recorded up to the pin, and that happened in the period by their own account.
-- chain: the fact as first recorded and its corrections in turn. head_effective: the last of them stands; not, if it was voided.
WITH RECURSIVE link AS (
    SELECT ledger, corrects AS older, event_id AS newer FROM revised_envelope WHERE corrects IS NOT NULL
),
gone AS (
    SELECT ledger, event_id, type, stream, occurred_on, recorded_at, corrects, superseded_by
    FROM revised_envelope
    WHERE superseded_by IS NOT NULL
),
descent AS (
    SELECT ledger, event_id AS origin, event_id FROM gone WHERE corrects IS NULL
    UNION ALL
    SELECT descent.ledger, descent.origin, link.newer AS event_id
    FROM descent
    JOIN link ON link.ledger = descent.ledger AND link.older = descent.event_id
),
chain AS (
    SELECT ledger, origin, array_agg(event_id ORDER BY event_id) AS versions, MAX(event_id) AS head
    FROM descent
    GROUP BY ledger, origin
),
proven AS (
    SELECT ledger, event, array_agg(event_id ORDER BY event_id) AS evidence
    FROM (
        SELECT descent.ledger, descent.event_id AS event, kin.event_id
        FROM descent
        JOIN descent AS kin ON kin.ledger = descent.ledger AND kin.origin = descent.origin
        UNION
        SELECT ledger, event_id AS event, superseded_by AS event_id FROM gone
    ) AS proof
    GROUP BY ledger, event
),
superseding AS (
    SELECT successor.ledger, successor.event_id, successor.corrects, successor.recorded_at, successor.actor, successor.reason
    FROM revised_envelope AS successor
    JOIN gone ON gone.ledger = successor.ledger AND gone.superseded_by = successor.event_id
)
SELECT
    gone.event_id AS event,
    gone.type,
    gone.stream,
    gone.occurred_on,
    gone.recorded_at,
    gone.superseded_by,
    CASE WHEN superseding.corrects = gone.event_id THEN 'corrected' ELSE 'voided' END AS how,
    superseding.recorded_at AS superseded_at,
    superseding.actor AS by_actor,
    superseding.reason,
    chain.versions AS chain,
    head_gone.event_id IS NULL AS head_effective,
    proven.evidence
FROM gone
JOIN pin ON pin.ledger = gone.ledger
JOIN descent ON descent.ledger = gone.ledger AND descent.event_id = gone.event_id
JOIN chain ON chain.ledger = descent.ledger AND chain.origin = descent.origin
JOIN proven ON proven.ledger = gone.ledger AND proven.event = gone.event_id
LEFT JOIN superseding ON superseding.ledger = gone.ledger AND superseding.event_id = gone.superseded_by
LEFT JOIN gone AS head_gone ON head_gone.ledger = chain.ledger AND head_gone.event_id = chain.head
WHERE gone.occurred_on <= pin.to_on AND (pin.from_on IS NULL OR pin.from_on <= gone.occurred_on)
