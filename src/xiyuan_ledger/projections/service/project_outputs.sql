-- 产出: for each project, how much of every indicator was done in the period, and how far that fulfils what was promised.
-- A row stands for an indicator that has a target or for which anything was counted. Without a target the cell is empty; a target
-- of which nothing was recorded stands at 0.
-- clients: distinct people who were served, or present as named participants while enrolled; merged people are one. Where the policy
--   in force on the pin's day counts named_plus_headcount, the people present but not named are added.
-- person_times: named participants, people present but not named, and services. service_minutes: of sessions and of services.
-- teams: formed in the period by the implementer; members: people who belong to the implementer on the last day of the period.
-- volunteers, volunteer_minutes: volunteers' hours are not recorded yet, so nothing is counted.
-- tally: what each fact adds to an indicator, with its id where it is evidence, once. basis: the target, the contract, the policy.
WITH served AS (
    SELECT served.ledger, served.project, COALESCE(same.person, served.client) AS person, served.minutes, served.event_id
    FROM client_served AS served
    JOIN pin ON pin.ledger = served.ledger
    LEFT JOIN merged_person AS same ON same.ledger = served.ledger AND same.client = served.client
    WHERE served.occurred_on <= pin.to_on AND (pin.from_on IS NULL OR pin.from_on <= served.occurred_on)
),
held AS (
    SELECT held.ledger, held.project, held.occurred_on, held.minutes, held.participants, held.headcount, held.event_id
    FROM session_held AS held
    JOIN pin ON pin.ledger = held.ledger
    WHERE held.occurred_on <= pin.to_on AND (pin.from_on IS NULL OR pin.from_on <= held.occurred_on)
),
present AS (
    SELECT held.ledger, held.project, held.occurred_on, COALESCE(same.person, listed.code) AS person, held.event_id
    FROM held
    CROSS JOIN UNNEST(held.participants) AS listed(code)
    LEFT JOIN merged_person AS same ON same.ledger = held.ledger AND same.client = listed.code
),
reached AS (
    SELECT ledger, project, person, event_id, NULL AS enrolled_by FROM served
    UNION ALL
    SELECT present.ledger, present.project, present.person, present.event_id, enrolment.enrolled_by
    FROM present
    JOIN enrolment
        ON enrolment.ledger = present.ledger
        AND enrolment.project = present.project
        AND enrolment.person = present.person
        AND enrolment.start_on <= present.occurred_on
        AND (enrolment.end_on IS NULL OR present.occurred_on < enrolment.end_on)
),
counting AS (
    SELECT
        adopted.ledger,
        adopted.unduplicated,
        adopted.event_id,
        row_number() OVER (PARTITION BY adopted.ledger ORDER BY adopted.position DESC) AS nth
    FROM policy_counting AS adopted
    JOIN pin ON pin.ledger = adopted.ledger
    WHERE adopted.effective_from <= pin.valid_on AND (adopted.effective_to IS NULL OR pin.valid_on < adopted.effective_to)
),
implementer AS (
    SELECT
        contracted.ledger,
        contracted.project,
        contracted.implementer AS org,
        contracted.event_id,
        row_number() OVER (
            PARTITION BY contracted.ledger, contracted.project ORDER BY contracted.occurred_on DESC, contracted.position DESC
        ) AS nth
    FROM project_contracted AS contracted
),
team AS (
    SELECT formed.ledger, formed.org, formed.team, MIN(formed.event_id) AS event_id
    FROM team_formed AS formed
    JOIN pin ON pin.ledger = formed.ledger
    WHERE formed.occurred_on <= pin.to_on AND (pin.from_on IS NULL OR pin.from_on <= formed.occurred_on)
    GROUP BY formed.ledger, formed.org, formed.team
),
membership_turn AS (
    SELECT ledger, org, person, occurred_on, position, event_id, TRUE AS joins FROM member_joined
    UNION ALL
    SELECT ledger, org, person, occurred_on, position, event_id, FALSE AS joins FROM member_left
),
membership_last AS (
    SELECT
        turn.*,
        row_number() OVER (PARTITION BY turn.ledger, turn.org, turn.person ORDER BY turn.occurred_on DESC, turn.position DESC) AS nth
    FROM membership_turn AS turn
    JOIN pin ON pin.ledger = turn.ledger
    WHERE turn.occurred_on <= pin.to_on
),
member AS (
    SELECT last.ledger, last.org, COALESCE(same.person, last.person) AS person, MIN(last.event_id) AS event_id
    FROM membership_last AS last
    LEFT JOIN merged_person AS same ON same.ledger = last.ledger AND same.client = last.person
    WHERE last.nth = 1 AND last.joins
    GROUP BY last.ledger, last.org, COALESCE(same.person, last.person)
),
client AS (
    SELECT DISTINCT ledger, project, person FROM reached
),
unnamed AS (
    SELECT held.ledger, held.project, held.headcount, held.event_id
    FROM held
    JOIN counting ON counting.ledger = held.ledger AND counting.nth = 1 AND counting.unduplicated = 'named_plus_headcount'
    WHERE held.headcount > 0
),
client_proof AS (
    SELECT ledger, project, event_id FROM reached
    UNION
    SELECT ledger, project, enrolled_by AS event_id FROM reached WHERE enrolled_by IS NOT NULL
    UNION
    SELECT client.ledger, client.project, same.merged_by AS event_id
    FROM client
    JOIN merged_person AS same ON same.ledger = client.ledger AND same.person = client.person
    UNION
    SELECT ledger, project, event_id FROM unnamed
),
attended AS (
    SELECT ledger, project, COALESCE(headcount, 0) + COALESCE(array_length(participants), 0) AS person_times, event_id
    FROM held
),
tally AS (
    SELECT ledger, project, 'clients' AS indicator, 1 AS quantity, NULL AS event_id FROM client
    UNION ALL
    SELECT ledger, project, 'clients', headcount, NULL FROM unnamed
    UNION ALL
    SELECT ledger, project, 'clients', 0, event_id FROM client_proof
    UNION ALL
    SELECT ledger, project, 'person_times', 1, event_id FROM served
    UNION ALL
    SELECT ledger, project, 'person_times', person_times, event_id FROM attended WHERE person_times > 0
    UNION ALL
    SELECT ledger, project, 'sessions', 1, event_id FROM held
    UNION ALL
    SELECT ledger, project, 'service_minutes', minutes, event_id FROM served
    UNION ALL
    SELECT ledger, project, 'service_minutes', minutes, event_id FROM held
    UNION ALL
    SELECT implementer.ledger, implementer.project, 'teams', 1, team.event_id
    FROM implementer
    JOIN team ON team.ledger = implementer.ledger AND team.org = implementer.org
    WHERE implementer.nth = 1
    UNION ALL
    SELECT implementer.ledger, implementer.project, 'members', 1, member.event_id
    FROM implementer
    JOIN member ON member.ledger = implementer.ledger AND member.org = implementer.org
    WHERE implementer.nth = 1
    UNION ALL
    SELECT ledger, project, indicator, 0, NULL FROM project_target
),
quantity AS (
    SELECT ledger, project, indicator, SUM(quantity)::BIGINT AS quantity FROM tally GROUP BY ledger, project, indicator
),
basis AS (
    SELECT ledger, project, indicator, set_by AS event_id FROM project_target
    UNION
    SELECT quantity.ledger, quantity.project, quantity.indicator, counting.event_id
    FROM quantity
    JOIN counting ON counting.ledger = quantity.ledger AND counting.nth = 1
    WHERE quantity.indicator = 'clients' AND counting.event_id IS NOT NULL
    UNION
    SELECT quantity.ledger, quantity.project, quantity.indicator, implementer.event_id
    FROM quantity
    JOIN implementer
        ON implementer.ledger = quantity.ledger AND implementer.project = quantity.project AND implementer.nth = 1
    WHERE quantity.indicator IN ('teams', 'members')
),
proven AS (
    SELECT ledger, project, indicator, array_agg(event_id ORDER BY event_id) AS evidence
    FROM (
        SELECT ledger, project, indicator, event_id FROM tally WHERE event_id IS NOT NULL
        UNION ALL
        SELECT ledger, project, indicator, event_id FROM basis
    ) AS proof
    GROUP BY ledger, project, indicator
)
SELECT
    quantity.project,
    quantity.indicator,
    quantity.quantity,
    target.quantity AS target,
    CASE
        WHEN target.quantity > 0 THEN (quantity.quantity * 20000 + target.quantity) // (2 * target.quantity)
    END AS completion_centi,
    proven.evidence
FROM quantity
JOIN proven
    ON proven.ledger = quantity.ledger AND proven.project = quantity.project AND proven.indicator = quantity.indicator
LEFT JOIN project_target AS target
    ON target.ledger = quantity.ledger AND target.project = quantity.project AND target.indicator = quantity.indicator
