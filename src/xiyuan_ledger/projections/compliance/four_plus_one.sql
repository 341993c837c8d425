-- 4+1: for each open community and grassroots kind, whether enough qualified workers are on post at the
-- organisation of that kind.
-- A worker counts where she fills a post at an open organisation of that kind directly under that community, and is
-- qualified: `passed` - a level passed and not annulled by the pin's day; `registered` - besides, a certificate of
-- that level, registered after the pass and not revoked, that is valid on that day. With count_purchased off, who
-- is employed on purchased seats only does not count. One person counts once: of the posts at which she could
-- count, for the one filled first (tie: the lowest post code). plus_one = station_professional: the service station
-- needs one more, and that one on a professional post; who is on another post cannot fill that place. plus_one =
-- centre_professional: one more row, without community: one qualified worker on a professional post at the street's
-- service centre. filled: how many of `workers` fill a place, also beyond what is required; gap: the places left
-- open.
WITH version AS (
    SELECT
        adopted.*,
        row_number() OVER (PARTITION BY adopted.ledger ORDER BY adopted.position DESC) AS nth
    FROM policy_four_plus_one AS adopted
    JOIN pin ON pin.ledger = adopted.ledger
    WHERE adopted.effective_from <= pin.valid_on AND (adopted.effective_to IS NULL OR pin.valid_on < adopted.effective_to)
),
rule AS (
    SELECT * FROM version WHERE nth = 1
),
wanted AS (
    SELECT DISTINCT
        community.ledger,
        community.org AS community,
        listed.kind,
        rule.min_per_kind AS ordinary,
        CASE WHEN rule.plus_one = 'station_professional' AND listed.kind = 'service_station' THEN 1 ELSE 0 END AS extra,
        FALSE AS professional_only,
        community.registered_by,
        rule.event_id AS adopted_by
    FROM rule
    CROSS JOIN UNNEST(rule.org_kinds) AS listed(kind)
    JOIN org_open AS community
        ON community.ledger = rule.ledger AND community.kind = 'community' AND community.open
    UNION ALL
    SELECT ledger, NULL, 'service_center', 0, 1, TRUE, NULL, event_id
    FROM rule
    WHERE plus_one = 'centre_professional'
),
place AS (
    SELECT
        wanted.ledger,
        wanted.community,
        wanted.kind,
        wanted.professional_only,
        standing.org,
        standing.registered_by
    FROM wanted
    JOIN org_open AS standing
        ON standing.ledger = wanted.ledger
        AND standing.kind = wanted.kind
        AND standing.open
        AND (wanted.professional_only OR standing.parent = wanted.community)
),
passed AS (
    SELECT ledger, worker, level, results_on, passed_by
    FROM level_pass
    WHERE annulled_effect IS NULL
),
registered AS (
    SELECT term.ledger, term.worker, term.level, term.registered_on, term.registered_by
    FROM certificate_term AS term
    JOIN pin ON pin.ledger = term.ledger
    WHERE term.revoked_by IS NULL AND pin.valid_on BETWEEN term.valid_from AND term.valid_to
),
qualification AS (
    SELECT passed.ledger, passed.worker, passed.results_on, passed.passed_by, NULL AS registered_by
    FROM passed
    JOIN rule ON rule.ledger = passed.ledger AND rule.qualification = 'passed'
    UNION ALL
    SELECT passed.ledger, passed.worker, passed.results_on, passed.passed_by, registered.registered_by
    FROM passed
    JOIN rule ON rule.ledger = passed.ledger AND rule.qualification = 'registered'
    JOIN registered
        ON registered.ledger = passed.ledger
        AND registered.worker = passed.worker
        AND registered.level = passed.level
        AND registered.registered_on >= passed.results_on
),
ranked_qualification AS (
    SELECT
        qualification.*,
        row_number() OVER (PARTITION BY ledger, worker ORDER BY results_on, passed_by, registered_by) AS nth
    FROM qualification
),
in_house AS (
    SELECT DISTINCT employment.ledger, employment.worker
    FROM employment
    JOIN pin ON pin.ledger = employment.ledger
    WHERE employment.employment <> 'purchased'
        AND employment.start_on <= pin.valid_on
        AND (employment.end_on IS NULL OR pin.valid_on < employment.end_on)
),
candidate AS (
    SELECT
        place.ledger,
        place.community,
        place.kind,
        holding.worker,
        holding.professional,
        holding.opened_by,
        qualified.passed_by,
        qualified.registered_by,
        row_number() OVER (PARTITION BY holding.ledger, holding.worker ORDER BY holding.start_on, holding.post) AS nth
    FROM place
    JOIN rule ON rule.ledger = place.ledger
    JOIN pin ON pin.ledger = place.ledger
    JOIN post_holding AS holding
        ON holding.ledger = place.ledger
        AND holding.org = place.org
        AND holding.start_on <= pin.valid_on
        AND (holding.end_on IS NULL OR pin.valid_on < holding.end_on)
        AND (holding.professional OR NOT place.professional_only)
    JOIN ranked_qualification AS qualified
        ON qualified.ledger = holding.ledger AND qualified.worker = holding.worker AND qualified.nth = 1
    LEFT JOIN in_house ON in_house.ledger = holding.ledger AND in_house.worker = holding.worker
    WHERE rule.count_purchased OR in_house.worker IS NOT NULL
),
counted AS (
    SELECT * FROM candidate WHERE nth = 1
),
present AS (
    SELECT
        ledger,
        community,
        kind,
        COUNT(*) AS people,
        MAX(CASE WHEN professional THEN 1 ELSE 0 END) AS any_professional,
        array_agg(worker ORDER BY worker) AS workers
    FROM counted
    GROUP BY ledger, community, kind
),
organisation AS (
    SELECT ledger, community, kind, MIN(org) AS org FROM place GROUP BY ledger, community, kind
),
proof AS (
    SELECT ledger, community, kind, adopted_by AS event_id FROM wanted
    UNION
    SELECT ledger, community, kind, registered_by FROM wanted
    UNION
    SELECT ledger, community, kind, registered_by FROM place
    UNION
    SELECT ledger, community, kind, opened_by FROM counted
    UNION
    SELECT ledger, community, kind, passed_by FROM counted
    UNION
    SELECT ledger, community, kind, registered_by FROM counted
),
proven AS (
    SELECT ledger, community, kind, array_agg(event_id ORDER BY event_id) AS evidence
    FROM proof
    WHERE event_id IS NOT NULL
    GROUP BY ledger, community, kind
),
filling AS (
    SELECT
        wanted.ledger,
        wanted.community,
        wanted.kind,
        organisation.org,
        wanted.ordinary + wanted.extra AS required,
        CASE
            WHEN wanted.extra = 0 OR present.any_professional = 1 THEN COALESCE(present.people, 0)
            ELSE LEAST(COALESCE(present.people, 0), wanted.ordinary)
        END AS filled,
        present.workers,
        proven.evidence
    FROM wanted
    LEFT JOIN organisation
        ON organisation.ledger = wanted.ledger
        AND organisation.community IS NOT DISTINCT FROM wanted.community
        AND organisation.kind = wanted.kind
    LEFT JOIN present
        ON present.ledger = wanted.ledger
        AND present.community IS NOT DISTINCT FROM wanted.community
        AND present.kind = wanted.kind
    LEFT JOIN proven
        ON proven.ledger = wanted.ledger
        AND proven.community IS NOT DISTINCT FROM wanted.community
        AND proven.kind = wanted.kind
)
SELECT
    community,
    kind,
    org,
    required,
    filled,
    GREATEST(required - filled, 0) AS gap,
    COALESCE(workers, CAST(ARRAY[] AS VARCHAR[])) AS workers,
    COALESCE(evidence, ARRAY[]) AS evidence
FROM filling
