-- 孵化支持: for each organisation helped and kind of service, how often and how long it was supported in the period.
-- minutes: of the supports that say how long they took. providers: how many organisations gave it. last_on: the last of them.
SELECT
    support.org,
    support.service,
    COUNT(*) AS times,
    COALESCE(SUM(support.minutes), 0)::BIGINT AS minutes,
    COUNT(DISTINCT support."by") AS providers,
    MAX(support.occurred_on) AS last_on,
    array_agg(support.event_id ORDER BY support.event_id) AS evidence
FROM incubation_support_provided AS support
JOIN pin ON pin.ledger = support.ledger
WHERE support.occurred_on <= pin.to_on AND (pin.from_on IS NULL OR pin.from_on <= support.occurred_on)
GROUP BY support.ledger, support.org, support.service
