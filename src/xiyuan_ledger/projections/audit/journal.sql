-- 流水: the effective facts themselves, in the order in which they were recorded, by any filter: type, stream, subject, dates.
-- A subject is a code. It is met where it names the stream (worker/W-001, account/XY-STREET/government) or is the value of a
-- field, also within a list; the quotation marks make it the whole value, and a field's name (a text before a colon) is none.
-- The dates are those of the happening. lag_days: recorded date in Shanghai less that date.
-- late: the month of the happening was closed when it was recorded.
SELECT
    entry.position,
    entry.event_id,
    entry.type,
    entry.stream,
    entry.stream_version,
    entry.occurred_on,
    entry.recorded_at,
    entry.recorded_on - entry.occurred_on AS lag_days,
    closed.month IS NOT NULL AS late,
    entry.actor,
    entry.source,
    entry.key,
    entry.corrects,
    entry.reason,
    CASE WHEN entry.papers IS NOT NULL THEN CAST(to_json(entry.papers) AS VARCHAR) END AS papers,
    entry.fields,
    ARRAY[entry.event_id] AS evidence
FROM envelope AS entry
JOIN pin ON pin.ledger = entry.ledger
JOIN args ON args.ledger = entry.ledger
LEFT JOIN closed_period AS closed
    ON closed.ledger = entry.ledger
    AND closed.month = substr(CAST(entry.occurred_on AS VARCHAR), 1, 7)
    AND closed.from_position < entry.position
    AND (closed.until_position IS NULL OR entry.position < closed.until_position)
WHERE entry.superseded_by IS NULL
    AND entry.occurred_on <= pin.to_on
    AND (pin.from_on IS NULL OR pin.from_on <= entry.occurred_on)
    AND (args.type IS NULL OR args.type = entry.type)
    AND (args.stream IS NULL OR args.stream = entry.stream)
    AND (
        args.subject IS NULL
        OR position('/' || args.subject || '/' IN entry.stream || '/') > 0
        OR position('"' || args.subject || '"' IN replace(entry.fields, '"' || args.subject || '":', '')) > 0
    )
