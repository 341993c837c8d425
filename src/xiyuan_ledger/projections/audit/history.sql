-- 个体历史: everything recorded about one subject up to the pin, in that order, corrected and voided facts included and marked.
-- A subject is a code. It is met where it names the stream (worker/W-001, account/XY-STREET/government) or is the value of a
-- field, also within a list; the quotation marks make it the whole value, and a field's name (a text before a colon) is none.
-- Facts that happen after the pin's day are left out, as everywhere. Without a subject there are no rows.
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
    CASE
        WHEN entry.superseded_by IS NULL THEN 'effective'
        WHEN successor.event_id IS NOT NULL THEN 'corrected'
        ELSE 'voided'
    END AS status,
    entry.superseded_by,
    CASE
        WHEN entry.superseded_by IS NULL THEN ARRAY[entry.event_id]
        ELSE ARRAY[entry.event_id, entry.superseded_by]
    END AS evidence
FROM envelope AS entry
JOIN pin ON pin.ledger = entry.ledger
JOIN args ON args.ledger = entry.ledger
LEFT JOIN closed_period AS closed
    ON closed.ledger = entry.ledger
    AND closed.month = substr(CAST(entry.occurred_on AS VARCHAR), 1, 7)
    AND closed.from_position < entry.position
    AND (closed.until_position IS NULL OR entry.position < closed.until_position)
LEFT JOIN revised_envelope AS successor
    ON successor.ledger = entry.ledger AND successor.event_id = entry.superseded_by AND successor.corrects = entry.event_id
WHERE entry.occurred_on <= pin.valid_on
    AND (
        position('/' || args.subject || '/' IN entry.stream || '/') > 0
        OR position('"' || args.subject || '"' IN replace(entry.fields, '"' || args.subject || '":', '')) > 0
    )
