-- 站点人员: for the street's centre and each community's station, members and professional posts: required, filled,
-- missing, and who.
-- Professionals are on a professional post of that organisation and hold a level; who fills such a post without a
-- level does not count. Members are on its other posts; who is also there as a professional is not counted twice.
-- Someone with posts at two organisations counts at both. Organisations that are dissolved are left out. A level is
-- held when passed by the pin's day and not annulled by then. Required: the version in force on that day.
WITH version AS (
    SELECT
        adopted.*,
        row_number() OVER (PARTITION BY adopted.ledger ORDER BY adopted.position DESC) AS nth
    FROM policy_station_staffing AS adopted
    JOIN pin ON pin.ledger = adopted.ledger
    WHERE adopted.effective_from <= pin.valid_on AND (adopted.effective_to IS NULL OR pin.valid_on < adopted.effective_to)
),
place AS (
    SELECT
        standing.ledger,
        standing.org,
        standing.kind,
        CASE WHEN standing.kind = 'service_station' THEN standing.parent END AS community,
        CASE WHEN standing.kind = 'service_center' THEN version.center_members ELSE version.station_members END
            AS members_required,
        CASE WHEN standing.kind = 'service_center' THEN version.center_professional ELSE version.station_professional END
            AS professional_required,
        standing.registered_by,
        version.event_id AS adopted_by
    FROM org_open AS standing
    JOIN version ON version.ledger = standing.ledger AND version.nth = 1
    WHERE standing.open AND standing.kind IN ('service_center', 'service_station')
),
passed AS (
    SELECT
        ledger,
        worker,
        passed_by,
        row_number() OVER (PARTITION BY ledger, worker ORDER BY results_on, passed_by) AS nth
    FROM level_pass
    WHERE annulled_effect IS NULL
),
seat AS (
    SELECT holding.ledger, holding.org, holding.worker, holding.professional, holding.opened_by
    FROM post_holding AS holding
    JOIN pin ON pin.ledger = holding.ledger
    WHERE holding.start_on <= pin.valid_on AND (holding.end_on IS NULL OR pin.valid_on < holding.end_on)
),
professional AS (
    SELECT seat.ledger, seat.org, seat.worker, MIN(seat.opened_by) AS opened_by, MIN(passed.passed_by) AS passed_by
    FROM seat
    JOIN passed ON passed.ledger = seat.ledger AND passed.worker = seat.worker AND passed.nth = 1
    WHERE seat.professional
    GROUP BY seat.ledger, seat.org, seat.worker
),
member AS (
    SELECT seat.ledger, seat.org, seat.worker, MIN(seat.opened_by) AS opened_by
    FROM seat
    LEFT JOIN professional
        ON professional.ledger = seat.ledger AND professional.org = seat.org AND professional.worker = seat.worker
    WHERE NOT seat.professional AND professional.worker IS NULL
    GROUP BY seat.ledger, seat.org, seat.worker
),
members AS (
    SELECT ledger, org, COUNT(*) AS filled, array_agg(worker ORDER BY worker) AS workers FROM member GROUP BY ledger, org
),
professionals AS (
    SELECT ledger, org, COUNT(*) AS filled, array_agg(worker ORDER BY worker) AS workers
    FROM professional
    GROUP BY ledger, org
),
proof AS (
    SELECT ledger, org, registered_by AS event_id FROM place
    UNION
    SELECT ledger, org, adopted_by FROM place WHERE adopted_by IS NOT NULL
    UNION
    SELECT ledger, org, opened_by FROM member
    UNION
    SELECT ledger, org, opened_by FROM professional
    UNION
    SELECT ledger, org, passed_by FROM professional
),
proven AS (
    SELECT ledger, org, array_agg(event_id ORDER BY event_id) AS evidence FROM proof GROUP BY ledger, org
)
SELECT
    place.org,
    place.kind,
    place.community,
    place.members_required,
    COALESCE(members.filled, 0) AS members_filled,
    GREATEST(place.members_required - COALESCE(members.filled, 0), 0) AS members_gap,
    place.professional_required,
    COALESCE(professionals.filled, 0) AS professional_filled,
    GREATEST(place.professional_required - COALESCE(professionals.filled, 0), 0) AS professional_gap,
    COALESCE(members.workers, CAST(ARRAY[] AS VARCHAR[])) AS members,
    COALESCE(professionals.workers, CAST(ARRAY[] AS VARCHAR[])) AS professionals,
    proven.evidence
FROM place
JOIN proven ON proven.ledger = place.ledger AND proven.org = place.org
LEFT JOIN members ON members.ledger = place.ledger AND members.org = place.org
LEFT JOIN professionals ON professionals.ledger = place.ledger AND professionals.org = place.org
