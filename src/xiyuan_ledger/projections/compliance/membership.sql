-- 会员: for each organisation that ever had a member, how many it has on the last day of the period, and who came and
-- went in it.
-- Who leaves on a day was a member up to the day before; coming and going are counted as often as they happen.
-- Evidence: the joining of everyone who is a member on the last day, and every joining and leaving inside the
-- period.
WITH counted AS (
    SELECT
        change.ledger,
        change.org,
        change.event_id,
        change.joins,
        pin.from_on IS NULL OR pin.from_on <= change.occurred_on AS inside,
        change.joins AND (change.next_on IS NULL OR pin.to_on < change.next_on) AS belongs
    FROM membership_change AS change
    JOIN pin ON pin.ledger = change.ledger
    WHERE change.occurred_on <= pin.to_on
)
SELECT
    org,
    COUNT(CASE WHEN belongs THEN 1 END) AS members,
    COUNT(CASE WHEN inside AND joins THEN 1 END) AS joined,
    COUNT(CASE WHEN inside AND NOT joins THEN 1 END) AS "left",
    COALESCE(array_agg(event_id) FILTER (WHERE inside OR belongs), ARRAY[]) AS evidence
FROM counted
GROUP BY ledger, org
