-- 场地使用: for each venue and month, how often and how long it was booked, and how many bookings were cancelled.
-- A booking belongs to the month, and to the period, of the day on which it begins, also past midnight - whenever it was made.
-- bookings and minutes are those of bookings that stand on the pin's day; a cancelled one counts as cancelled only.
WITH booking AS (
    SELECT
        booked.ledger,
        booked.venue,
        substr(CAST(booked.starts_at AS VARCHAR), 1, 7) AS month,
        booked.minutes,
        booked.event_id AS booked_by,
        given_up.event_id AS cancelled_by
    FROM venue_booked AS booked
    JOIN pin ON pin.ledger = booked.ledger
    LEFT JOIN venue_booking_cancelled AS given_up
        ON given_up.ledger = booked.ledger AND given_up.venue = booked.venue AND given_up.booking = booked.booking
    WHERE CAST(booked.starts_at AS DATE) <= pin.to_on
        AND (pin.from_on IS NULL OR pin.from_on <= CAST(booked.starts_at AS DATE))
),
used AS (
    SELECT
        ledger,
        venue,
        month,
        COUNT(*) - COUNT(cancelled_by) AS bookings,
        SUM(CASE WHEN cancelled_by IS NULL THEN minutes ELSE 0 END)::BIGINT AS minutes,
        COUNT(cancelled_by) AS cancelled
    FROM booking
    GROUP BY ledger, venue, month
),
proof AS (
    SELECT ledger, venue, month, booked_by AS event_id FROM booking
    UNION ALL
    SELECT ledger, venue, month, cancelled_by FROM booking WHERE cancelled_by IS NOT NULL
    UNION ALL
    SELECT used.ledger, used.venue, used.month, registered.event_id
    FROM used
    JOIN venue_registered AS registered ON registered.ledger = used.ledger AND registered.venue = used.venue
),
proven AS (
    SELECT ledger, venue, month, array_agg(event_id ORDER BY event_id) AS evidence FROM proof GROUP BY ledger, venue, month
)
SELECT
    used.venue,
    used.month,
    registered.org,
    registered.kind,
    registered.area_m2,
    registered.converted_from_office,
    used.bookings,
    used.minutes,
    used.cancelled,
    proven.evidence
FROM used
JOIN proven ON proven.ledger = used.ledger AND proven.venue = used.venue AND proven.month = used.month
LEFT JOIN venue_registered AS registered ON registered.ledger = used.ledger AND registered.venue = used.venue
