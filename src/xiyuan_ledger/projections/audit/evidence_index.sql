-- 凭据索引: every paper that proves a fact, by its digest, and the facts that it proves; effective facts that happened in the period.
-- A paper may be named by several facts, under several kinds: kind and note are those of the fact recorded first that names it (of its
-- papers with this digest the first by kind, then by note; one without a note comes last).
WITH named AS (
    SELECT entry.ledger, entry.event_id, listed.paper.digest AS digest, listed.paper.kind AS kind, listed.paper.note AS note
    FROM envelope AS entry
    JOIN pin ON pin.ledger = entry.ledger
    CROSS JOIN UNNEST(entry.papers) AS listed(paper)
    WHERE entry.superseded_by IS NULL
        AND entry.occurred_on <= pin.to_on
        AND (pin.from_on IS NULL OR pin.from_on <= entry.occurred_on)
),
ranked AS (
    SELECT
        named.*,
        row_number() OVER (PARTITION BY ledger, digest ORDER BY event_id, kind, note NULLS LAST) AS nth
    FROM named
)
SELECT
    digest,
    MAX(CASE WHEN nth = 1 THEN kind END) AS kind,
    MAX(CASE WHEN nth = 1 THEN note END) AS note,
    COUNT(DISTINCT event_id) AS events,
    array_agg(DISTINCT event_id ORDER BY event_id) AS evidence
FROM ranked
GROUP BY ledger, digest
