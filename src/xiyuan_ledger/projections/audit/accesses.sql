-- 访问: who looked at which record, about whom and for what, in the order in which it was recorded.
SELECT
    accessed.position,
    accessed.occurred_on,
    accessed.actor,
    accessed.view,
    accessed.purpose,
    accessed.subject,
    accessed.fields,
    accessed.recipient,
    ARRAY[accessed.event_id] AS evidence
FROM record_accessed AS accessed
JOIN pin ON pin.ledger = accessed.ledger
WHERE accessed.occurred_on <= pin.to_on AND (pin.from_on IS NULL OR pin.from_on <= accessed.occurred_on)
