-- 社工站月报: for each service station and month, what its workers did, for how many, how long, and what residents thought of it.
-- Stations are the communities' service stations and the street's service centre. A month has the row _all for each station that stood
-- on a day of it, also if nothing was done; and a row for each type of service that was given in it. People do not add up over rows.
-- A service or session is a station's where one of its workers fills a post there on that day; with posts at two stations it counts at
-- both. Its type is the method of a service to one client, or the kind of a session.
-- people: distinct people served, or present by name; merged people are one. person_times: services, and people present at sessions.
-- volunteers: those who logged hours for a call from the station's community. ballots: of residents on the station, by day.
WITH station AS (
    SELECT
        ledger,
        org AS station,
        CASE WHEN kind = 'service_station' THEN parent END AS community,
        registered_on,
        CASE WHEN NOT open THEN status_on END AS closed_on,
        registered_by
    FROM org_open
    WHERE kind IN ('service_center', 'service_station')
),
station_month AS (
    SELECT station.ledger, station.station, station.community, periods.period AS month, station.registered_by
    FROM station
    JOIN pin ON pin.ledger = station.ledger
    JOIN periods
        ON periods.unit = 'month'
        AND station.registered_on <= periods.last_day
        AND (station.closed_on IS NULL OR periods.first_day < station.closed_on)
        AND periods.first_day <= pin.to_on
        AND (pin.from_on IS NULL OR pin.from_on <= periods.last_day)
    WHERE station.registered_on <= pin.to_on
        AND (pin.from_on IS NULL OR pin.from_on <= pin.to_on)
        AND (pin.from_on IS NULL OR station.closed_on IS NULL OR pin.from_on < station.closed_on)
),
-- Everything done in the period, once for each worker who did it.
done AS (
    SELECT
        served.ledger,
        served.worker,
        served.occurred_on,
        served.method AS service_type,
        1 AS services,
        0 AS sessions,
        1 AS person_times,
        served.minutes,
        served.event_id
    FROM client_served AS served
    UNION ALL
    SELECT
        held.ledger,
        listed.worker,
        held.occurred_on,
        held.kind,
        0,
        1,
        COALESCE(held.headcount, 0) + COALESCE(array_length(held.participants), 0),
        held.minutes,
        held.event_id
    FROM session_held AS held
    CROSS JOIN UNNEST(held.workers) AS listed(worker)
),
posted AS (
    SELECT
        done.*,
        station.station,
        substr(CAST(done.occurred_on AS VARCHAR), 1, 7) AS month,
        holding.opened_by
    FROM done
    JOIN pin ON pin.ledger = done.ledger
    JOIN post_holding AS holding
        ON holding.ledger = done.ledger
        AND holding.worker = done.worker
        AND holding.start_on <= done.occurred_on
        AND (holding.end_on IS NULL OR done.occurred_on < holding.end_on)
    JOIN station
        ON station.ledger = done.ledger
        AND station.station = holding.org
        AND station.registered_on <= done.occurred_on
        AND (station.closed_on IS NULL OR done.occurred_on < station.closed_on)
    WHERE done.occurred_on <= pin.to_on AND (pin.from_on IS NULL OR pin.from_on <= done.occurred_on)
),
-- Each once, however many of the station's workers did it.
once AS (
    SELECT DISTINCT ledger, station, month, service_type, services, sessions, person_times, minutes, event_id FROM posted
),
work AS (
    SELECT * FROM once
    UNION ALL
    SELECT * REPLACE ('_all' AS service_type) FROM once
),
total AS (
    SELECT
        ledger,
        station,
        month,
        service_type,
        SUM(services)::BIGINT AS services,
        SUM(sessions)::BIGINT AS sessions,
        SUM(person_times)::BIGINT AS person_times,
        SUM(minutes)::BIGINT AS minutes,
        array_agg(event_id) AS facts
    FROM work
    GROUP BY ledger, station, month, service_type
),
hand AS (
    SELECT DISTINCT ledger, station, month, service_type, worker, opened_by FROM posted
),
typed_hand AS (
    SELECT * FROM hand
    UNION ALL
    SELECT * REPLACE ('_all' AS service_type) FROM hand
),
doer AS (
    SELECT ledger, station, month, service_type, COUNT(DISTINCT worker) AS workers
    FROM typed_hand
    GROUP BY ledger, station, month, service_type
),
-- The codes that the facts name, each as the person that it is.
named AS (
    SELECT ledger, event_id, client AS code FROM client_served
    UNION ALL
    SELECT held.ledger, held.event_id, listed.code
    FROM session_held AS held
    CROSS JOIN UNNEST(held.participants) AS listed(code)
),
typed_person AS (
    SELECT DISTINCT
        once.ledger,
        once.station,
        once.month,
        once.service_type,
        COALESCE(same.person, named.code) AS person,
        same.merged_by
    FROM once
    JOIN named ON named.ledger = once.ledger AND named.event_id = once.event_id
    LEFT JOIN merged_person AS same ON same.ledger = named.ledger AND same.client = named.code
),
person AS (
    SELECT * FROM typed_person
    UNION ALL
    SELECT * REPLACE ('_all' AS service_type) FROM typed_person
),
met AS (
    SELECT ledger, station, month, service_type, COUNT(DISTINCT person) AS people
    FROM person
    GROUP BY ledger, station, month, service_type
),
called AS (
    SELECT
        logged.ledger,
        station.station,
        substr(CAST(logged.occurred_on AS VARCHAR), 1, 7) AS month,
        logged.volunteer,
        logged.minutes,
        logged.event_id,
        asked.event_id AS asked_by
    FROM volunteer_hours_logged AS logged
    JOIN pin ON pin.ledger = logged.ledger
    JOIN volunteer_service_requested AS asked ON asked.ledger = logged.ledger AND asked.request = logged.request
    JOIN station
        ON station.ledger = logged.ledger
        AND station.community = asked.community
        AND station.registered_on <= logged.occurred_on
        AND (station.closed_on IS NULL OR logged.occurred_on < station.closed_on)
    WHERE logged.occurred_on <= pin.to_on AND (pin.from_on IS NULL OR pin.from_on <= logged.occurred_on)
),
helped AS (
    SELECT ledger, station, month, COUNT(DISTINCT volunteer) AS volunteers, SUM(minutes)::BIGINT AS minutes
    FROM called
    GROUP BY ledger, station, month
),
ballot AS (
    SELECT
        given.ledger,
        station.station,
        substr(CAST(given.occurred_on AS VARCHAR), 1, 7) AS month,
        given.score,
        given.event_id
    FROM resident_review_submitted AS given
    JOIN pin ON pin.ledger = given.ledger
    JOIN station
        ON station.ledger = given.ledger
        AND station.station = given.subject
        AND station.registered_on <= given.occurred_on
        AND (station.closed_on IS NULL OR given.occurred_on < station.closed_on)
    WHERE given.occurred_on <= pin.to_on AND (pin.from_on IS NULL OR pin.from_on <= given.occurred_on)
),
judged AS (
    SELECT ledger, station, month, COUNT(*) AS ballots, SUM(score)::BIGINT AS points FROM ballot GROUP BY ledger, station, month
),
line AS (
    SELECT ledger, station, month, '_all' AS service_type FROM station_month
    UNION
    SELECT ledger, station, month, service_type FROM total
),
-- Besides what was done, whose ids stand in the totals already.
beside AS (
    SELECT line.ledger, line.station, line.month, line.service_type, station.registered_by AS event_id
    FROM line
    JOIN station ON station.ledger = line.ledger AND station.station = line.station
    UNION
    SELECT ledger, station, month, service_type, opened_by FROM typed_hand
    UNION
    SELECT ledger, station, month, service_type, merged_by FROM person WHERE merged_by IS NOT NULL
    UNION
    SELECT ledger, station, month, '_all', event_id FROM called
    UNION
    SELECT ledger, station, month, '_all', asked_by FROM called
    UNION
    SELECT ledger, station, month, '_all', event_id FROM ballot
),
proven AS (
    SELECT ledger, station, month, service_type, array_agg(event_id) AS evidence
    FROM beside
    GROUP BY ledger, station, month, service_type
),
proof AS (
    SELECT ledger, station, month, service_type, event_id FROM work
    UNION ALL
    SELECT ledger, station, month, service_type, event_id FROM beside
)
SELECT
    line.month,
    line.station,
    station.community,
    line.service_type,
    COALESCE(total.services, 0) AS services,
    COALESCE(total.sessions, 0) AS sessions,
    COALESCE(met.people, 0) AS people,
    COALESCE(total.person_times, 0) AS person_times,
    COALESCE(total.minutes, 0) AS minutes,
    COALESCE(doer.workers, 0) AS workers,
    CASE WHEN line.service_type = '_all' THEN COALESCE(helped.volunteers, 0) END AS volunteers,
    CASE WHEN line.service_type = '_all' THEN COALESCE(helped.minutes, 0) END AS volunteer_minutes,
    CASE WHEN line.service_type = '_all' THEN COALESCE(judged.ballots, 0) END AS ballots,
    CASE WHEN line.service_type = '_all' THEN (judged.points * 200 + judged.ballots) // (2 * judged.ballots) END AS mean_centi,
    array_concat(COALESCE(total.facts, ARRAY[]), proven.evidence) AS evidence
FROM line
JOIN station ON station.ledger = line.ledger AND station.station = line.station
JOIN proven
    ON proven.ledger = line.ledger
    AND proven.station = line.station
    AND proven.month = line.month
    AND proven.service_type = line.service_type
LEFT JOIN total
    ON total.ledger = line.ledger
    AND total.station = line.station
    AND total.month = line.month
    AND total.service_type = line.service_type
LEFT JOIN met
    ON met.ledger = line.ledger
    AND met.station = line.station
    AND met.month = line.month
    AND met.service_type = line.service_type
LEFT JOIN doer
    ON doer.ledger = line.ledger
    AND doer.station = line.station
    AND doer.month = line.month
    AND doer.service_type = line.service_type
LEFT JOIN helped ON helped.ledger = line.ledger AND helped.station = line.station AND helped.month = line.month
LEFT JOIN judged ON judged.ledger = line.ledger AND judged.station = line.station AND judged.month = line.month
