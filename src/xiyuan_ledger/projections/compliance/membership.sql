-- 会员: for each organisation that ever had a member, how many it has on the last day of the period, and who came and
-- went in it.
-- Who leaves on a day was a member up to the day before; coming and going are counted as often as they happen.
-- Evidence: the joining of everyone who is a member on the last day, and every joining and leaving inside the
-- period.
WITH change AS (
    SELECT ledger, org, person, occurred_on, position, event_id, TRUE AS joins FROM member_joined
    UNION ALL
    SELECT ledger, org, person, occurred_on, position, event_id, FALSE AS joins FROM member_left
),
counted AS (
    SELECT
        change.ledger,
        change.org,
        change.event_id,
        change.joins,
        pin.from_on IS NULL OR pin.from_on <= change.occurred_on AS inside,
        row_number() OVER (
            PARTITION BY change.ledger, change.org, change.person ORDER BY change.occurred_on DESC, change.position DESC
        ) AS nth
    FROM change
    JOIN pin ON pin.ledger = change.ledger
    WHERE change.occurred_on <= pin.to_on
)
SELECT
    org,
    SUM(CASE WHEN nth = 1 AND joins THEN 1 ELSE 0 END)::BIGINT AS members,
    SUM(CASE WHEN inside AND joins THEN 1 ELSE 0 END)::BIGINT AS joined,
    SUM(CASE WHEN inside AND NOT joins THEN 1 ELSE 0 END)::BIGINT AS "left",
    COALESCE(
        array_agg(event_id ORDER BY event_id) FILTER (WHERE inside OR (nth = 1 AND joins)), CAST(ARRAY[] AS VARCHAR[])
    ) AS evidence
FROM counted
GROUP BY ledger, org
