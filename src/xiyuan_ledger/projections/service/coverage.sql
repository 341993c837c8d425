-- 覆盖率: for each approved project, how many people it is meant for, how many of them are enrolled, and how many were served.
-- eligible: the clients that its last contract or amendment with targets promises to reach; empty where none is named, since no fact
--   counts the people who would qualify.
-- registered: distinct people enrolled on the pin's day; merged people are one. coverage: registered against eligible.
-- served: distinct people served, or present as named participants, in the period, enrolled or not.
WITH approved AS (
    SELECT ledger, project, MIN(event_id) AS event_id FROM project_approved GROUP BY ledger, project
),
target AS (
    SELECT ledger, project, quantity, set_by FROM project_target WHERE indicator = 'clients'
),
enrolled AS (
    SELECT enrolment.ledger, enrolment.project, enrolment.person, enrolment.enrolled_by AS event_id
    FROM enrolment
    JOIN pin ON pin.ledger = enrolment.ledger
    WHERE enrolment.start_on <= pin.valid_on AND (enrolment.end_on IS NULL OR pin.valid_on < enrolment.end_on)
),
encounter AS (
    SELECT served.ledger, served.project, served.client, served.event_id
    FROM client_served AS served
    JOIN pin ON pin.ledger = served.ledger
    WHERE served.occurred_on <= pin.to_on AND (pin.from_on IS NULL OR pin.from_on <= served.occurred_on)
),
gathering AS (
    SELECT held.ledger, held.project, held.participants, held.event_id
    FROM session_held AS held
    JOIN pin ON pin.ledger = held.ledger
    WHERE held.occurred_on <= pin.to_on
        AND (pin.from_on IS NULL OR pin.from_on <= held.occurred_on)
        AND array_length(held.participants) > 0
),
met AS (
    SELECT ledger, project, client FROM encounter
    UNION
    SELECT gathering.ledger, gathering.project, listed.code
    FROM gathering
    CROSS JOIN UNNEST(gathering.participants) AS listed(code)
),
met_person AS (
    SELECT DISTINCT met.ledger, met.project, COALESCE(same.person, met.client) AS person
    FROM met
    LEFT JOIN merged_person AS same ON same.ledger = met.ledger AND same.client = met.client
),
registered AS (
    SELECT ledger, project, COUNT(DISTINCT person) AS people FROM enrolled GROUP BY ledger, project
),
served AS (
    SELECT ledger, project, COUNT(*) AS people FROM met_person GROUP BY ledger, project
),
person AS (
    SELECT ledger, project, person FROM enrolled
    UNION
    SELECT ledger, project, person FROM met_person
),
-- Every fact once: they are of different kinds, and each kind has one row a fact.
proof AS (
    SELECT ledger, project, event_id FROM approved
    UNION ALL
    SELECT ledger, project, set_by FROM target
    UNION ALL
    SELECT ledger, project, event_id FROM enrolled
    UNION ALL
    SELECT ledger, project, event_id FROM encounter
    UNION ALL
    SELECT ledger, project, event_id FROM gathering
    UNION ALL
    SELECT person.ledger, person.project, same.merged_by
    FROM person
    JOIN merged_person AS same ON same.ledger = person.ledger AND same.person = person.person
),
proven AS (
    SELECT ledger, project, array_agg(event_id) AS evidence FROM proof GROUP BY ledger, project
)
SELECT
    approved.project,
    target.quantity AS eligible,
    COALESCE(registered.people, 0) AS registered,
    COALESCE(served.people, 0) AS served,
    CASE
        WHEN target.quantity > 0 THEN (COALESCE(registered.people, 0) * 20000 + target.quantity) // (2 * target.quantity)
    END AS coverage_centi,
    proven.evidence
FROM approved
JOIN proven ON proven.ledger = approved.ledger AND proven.project = approved.project
LEFT JOIN target ON target.ledger = approved.ledger AND target.project = approved.project
LEFT JOIN registered ON registered.ledger = approved.ledger AND registered.project = approved.project
LEFT JOIN served ON served.ledger = approved.ledger AND served.project = approved.project
