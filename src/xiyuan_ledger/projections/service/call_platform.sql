-- 呼叫平台: for each category and community, the requests made in the period and how far they have come by the pin's day.
-- open: not fulfilled yet, whether somebody was sent or not; dispatched: somebody was sent, fulfilled or not.
-- hours_to_dispatch: from the day of the request to the day on which somebody was sent; days are recorded and no times, so it counts
-- 24 hours a day, and 0 on the same day. Median and p90 are nearest-rank, over the requests for which somebody was sent.
WITH made AS (
    SELECT
        asked.ledger,
        asked.category,
        asked.community,
        asked.position,
        asked.event_id AS requested_by,
        sent.event_id AS dispatched_by,
        done.event_id AS fulfilled_by,
        (sent.occurred_on - asked.occurred_on) * 24 AS hours
    FROM volunteer_service_requested AS asked
    JOIN pin ON pin.ledger = asked.ledger
    LEFT JOIN volunteer_dispatched AS sent ON sent.ledger = asked.ledger AND sent.request = asked.request
    LEFT JOIN volunteer_request_fulfilled AS done ON done.ledger = asked.ledger AND done.request = asked.request
    WHERE asked.occurred_on <= pin.to_on AND (pin.from_on IS NULL OR pin.from_on <= asked.occurred_on)
),
ranked AS (
    SELECT
        made.*,
        COUNT(dispatched_by) OVER (PARTITION BY ledger, category, community) AS sent,
        row_number() OVER (PARTITION BY ledger, category, community ORDER BY hours NULLS LAST, position) AS nth
    FROM made
),
counted AS (
    SELECT
        ledger,
        category,
        community,
        COUNT(*) AS requests,
        COUNT(*) - COUNT(fulfilled_by) AS still_open,
        COUNT(dispatched_by) AS dispatched,
        COUNT(fulfilled_by) AS fulfilled,
        MIN(CASE WHEN nth = (sent + 1) // 2 THEN hours END) AS median_hours,
        MIN(CASE WHEN nth = (9 * sent + 9) // 10 THEN hours END) AS p90_hours
    FROM ranked
    GROUP BY ledger, category, community
),
proof AS (
    SELECT ledger, category, community, requested_by AS event_id FROM made
    UNION ALL
    SELECT ledger, category, community, dispatched_by FROM made WHERE dispatched_by IS NOT NULL
    UNION ALL
    SELECT ledger, category, community, fulfilled_by FROM made WHERE fulfilled_by IS NOT NULL
),
proven AS (
    SELECT ledger, category, community, array_agg(event_id ORDER BY event_id) AS evidence
    FROM proof
    GROUP BY ledger, category, community
)
SELECT
    counted.category,
    counted.community,
    counted.requests,
    counted.still_open AS "open",
    counted.dispatched,
    counted.fulfilled,
    counted.median_hours AS hours_to_dispatch,
    counted.p90_hours AS hours_to_dispatch_p90,
    proven.evidence
FROM counted
JOIN proven
    ON proven.ledger = counted.ledger AND proven.category = counted.category AND proven.community = counted.community
