-- 产出: for each project, how much of every indicator was done in the period, and how far that fulfils what was promised.
-- A row stands for an indicator that has a target or for which anything was counted. Without a target the cell is empty; a target
-- of which nothing was recorded stands at 0.
-- clients: distinct people who were served, or present as named participants while enrolled; merged people are one. Where the policy
--   in force on the pin's day counts named_plus_headcount, the people present but not named are added.
-- person_times: named participants, people present but not named, and services. service_minutes: of sessions and of services.
-- teams: formed in the period by the implementer; members: people who belong to the implementer on the last day of the period.
-- volunteers: distinct volunteers whose hours were logged for the project in the period; volunteer_minutes: those hours.
-- total: what the services and the sessions of a project come to, with their ids; each fact is counted once, and its id carried along.
-- tally: an indicator's quantity and the facts that were counted. Evidence is also what it rests on: the target, the contract, the policy.
WITH served AS (
    SELECT served.ledger, served.project, served.client, served.minutes, served.event_id
    FROM client_served AS served
    JOIN pin ON pin.ledger = served.ledger
    WHERE served.occurred_on <= pin.to_on AND (pin.from_on IS NULL OR pin.from_on <= served.occurred_on)
),
held AS (
    SELECT
        held.ledger,
        held.project,
        held.occurred_on,
        held.minutes,
        held.participants,
        held.headcount,
        COALESCE(held.headcount, 0) + COALESCE(array_length(held.participants), 0) AS person_times,
        held.event_id
    FROM session_held AS held
    JOIN pin ON pin.ledger = held.ledger
    WHERE held.occurred_on <= pin.to_on AND (pin.from_on IS NULL OR pin.from_on <= held.occurred_on)
),
served_total AS (
    SELECT ledger, project, COUNT(*) AS services, SUM(minutes)::BIGINT AS minutes, array_agg(event_id) AS facts
    FROM served
    GROUP BY ledger, project
),
held_total AS (
    SELECT
        ledger,
        project,
        COUNT(*) AS sessions,
        SUM(minutes)::BIGINT AS minutes,
        SUM(person_times)::BIGINT AS person_times,
        array_agg(event_id) AS facts,
        array_agg(event_id) FILTER (WHERE person_times > 0) AS attended
    FROM held
    GROUP BY ledger, project
),
total AS (
    SELECT
        COALESCE(served.ledger, held.ledger) AS ledger,
        COALESCE(served.project, held.project) AS project,
        COALESCE(served.services, 0) AS services,
        COALESCE(served.minutes, 0) + COALESCE(held.minutes, 0) AS minutes,
        COALESCE(held.sessions, 0) AS sessions,
        COALESCE(held.person_times, 0) AS person_times,
        COALESCE(served.facts, ARRAY[]) AS served,
        COALESCE(held.facts, ARRAY[]) AS held,
        COALESCE(held.attended, ARRAY[]) AS attended
    FROM served_total AS served
    FULL JOIN held_total AS held ON held.ledger = served.ledger AND held.project = served.project
),
present AS (
    SELECT held.ledger, held.project, held.occurred_on, COALESCE(same.person, listed.code) AS person, held.event_id
    FROM held
    CROSS JOIN UNNEST(held.participants) AS listed(code)
    LEFT JOIN merged_person AS same ON same.ledger = held.ledger AND same.client = listed.code
),
present_enrolled AS (
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
member AS (
    SELECT change.ledger, change.org, COALESCE(same.person, change.person) AS person, MIN(change.event_id) AS event_id
    FROM membership_change AS change
    JOIN pin ON pin.ledger = change.ledger
    LEFT JOIN merged_person AS same ON same.ledger = change.ledger AND same.client = change.person
    WHERE change.joins AND change.occurred_on <= pin.to_on AND (change.next_on IS NULL OR pin.to_on < change.next_on)
    GROUP BY change.ledger, change.org, COALESCE(same.person, change.person)
),
served_client AS (
    SELECT DISTINCT ledger, project, client FROM served
),
client AS (
    SELECT served.ledger, served.project, COALESCE(same.person, served.client) AS person
    FROM served_client AS served
    LEFT JOIN merged_person AS same ON same.ledger = served.ledger AND same.client = served.client
    UNION
    SELECT ledger, project, person FROM present_enrolled
),
unnamed AS (
    SELECT held.ledger, held.project, held.headcount, held.event_id
    FROM held
    JOIN counting ON counting.ledger = held.ledger AND counting.nth = 1 AND counting.unduplicated = 'named_plus_headcount'
    WHERE held.headcount > 0
),
-- Besides the services, whose ids stand in the totals already.
client_proof AS (
    SELECT ledger, project, event_id FROM present_enrolled
    UNION
    SELECT ledger, project, enrolled_by AS event_id FROM present_enrolled
    UNION
    SELECT ledger, project, event_id FROM unnamed
    UNION
    SELECT client.ledger, client.project, same.merged_by AS event_id
    FROM client
    JOIN merged_person AS same ON same.ledger = client.ledger AND same.person = client.person
),
people AS (
    SELECT ledger, project, SUM(quantity)::BIGINT AS quantity, array_agg(event_id) FILTER (WHERE event_id IS NOT NULL) AS facts
    FROM (
        SELECT ledger, project, 1 AS quantity, NULL AS event_id FROM client
        UNION ALL
        SELECT ledger, project, headcount, NULL FROM unnamed
        UNION ALL
        SELECT ledger, project, 0, event_id FROM client_proof
    ) AS counted
    GROUP BY ledger, project
),
volunteered AS (
    SELECT
        logged.ledger,
        logged.project,
        COUNT(DISTINCT logged.volunteer) AS volunteers,
        SUM(logged.minutes)::BIGINT AS minutes,
        array_agg(logged.event_id) AS facts
    FROM volunteer_hours_logged AS logged
    JOIN pin ON pin.ledger = logged.ledger
    WHERE logged.project IS NOT NULL
        AND logged.occurred_on <= pin.to_on
        AND (pin.from_on IS NULL OR pin.from_on <= logged.occurred_on)
    GROUP BY logged.ledger, logged.project
),
tally AS (
    SELECT people.ledger, people.project, 'clients' AS indicator, people.quantity, array_concat(total.served, people.facts) AS facts
    FROM people
    JOIN total ON total.ledger = people.ledger AND total.project = people.project
    UNION ALL
    SELECT ledger, project, 'person_times', services + person_times, array_concat(served, attended)
    FROM total
    WHERE services + person_times > 0
    UNION ALL
    SELECT ledger, project, 'sessions', sessions, held FROM total WHERE sessions > 0
    UNION ALL
    SELECT ledger, project, 'service_minutes', minutes, array_concat(served, held) FROM total
    UNION ALL
    SELECT ledger, project, 'volunteers', volunteers, facts FROM volunteered
    UNION ALL
    SELECT ledger, project, 'volunteer_minutes', minutes, facts FROM volunteered
    UNION ALL
    SELECT implementer.ledger, implementer.project, 'teams', COUNT(*), array_agg(team.event_id)
    FROM implementer
    JOIN team ON team.ledger = implementer.ledger AND team.org = implementer.org
    WHERE implementer.nth = 1
    GROUP BY implementer.ledger, implementer.project
    UNION ALL
    SELECT implementer.ledger, implementer.project, 'members', COUNT(*), array_agg(member.event_id)
    FROM implementer
    JOIN member ON member.ledger = implementer.ledger AND member.org = implementer.org
    WHERE implementer.nth = 1
    GROUP BY implementer.ledger, implementer.project
),
output AS (
    SELECT
        COALESCE(tally.ledger, target.ledger) AS ledger,
        COALESCE(tally.project, target.project) AS project,
        COALESCE(tally.indicator, target.indicator) AS indicator,
        COALESCE(tally.quantity, 0) AS quantity,
        target.quantity AS target,
        target.set_by,
        COALESCE(tally.facts, ARRAY[]) AS facts
    FROM tally
    FULL JOIN project_target AS target
        ON target.ledger = tally.ledger AND target.project = tally.project AND target.indicator = tally.indicator
),
paper AS (
    SELECT ledger, project, indicator, set_by AS event_id FROM project_target
    UNION
    SELECT client.ledger, client.project, 'clients', counting.event_id
    FROM (
        SELECT ledger, project FROM project_target
        UNION
        SELECT ledger, project FROM client
        UNION
        SELECT ledger, project FROM unnamed
    ) AS client
    JOIN counting ON counting.ledger = client.ledger AND counting.nth = 1
    UNION
    SELECT ledger, project, 'teams', event_id FROM implementer WHERE nth = 1
    UNION
    SELECT ledger, project, 'members', event_id FROM implementer WHERE nth = 1
),
proof AS (
    SELECT ledger, project, 'clients' AS indicator, event_id FROM served
    UNION ALL
    SELECT ledger, project, 'clients', event_id FROM client_proof
    UNION ALL
    SELECT ledger, project, 'person_times', event_id FROM served
    UNION ALL
    SELECT ledger, project, 'person_times', event_id FROM held WHERE person_times > 0
    UNION ALL
    SELECT ledger, project, 'sessions', event_id FROM held
    UNION ALL
    SELECT ledger, project, 'service_minutes', event_id FROM served
    UNION ALL
    SELECT ledger, project, 'service_minutes', event_id FROM held
    UNION ALL
    SELECT logged.ledger, logged.project, named.indicator, logged.event_id
    FROM volunteer_hours_logged AS logged
    JOIN pin ON pin.ledger = logged.ledger
    CROSS JOIN (SELECT 'volunteers' AS indicator UNION ALL SELECT 'volunteer_minutes') AS named
    WHERE logged.project IS NOT NULL
        AND logged.occurred_on <= pin.to_on
        AND (pin.from_on IS NULL OR pin.from_on <= logged.occurred_on)
    UNION ALL
    SELECT implementer.ledger, implementer.project, 'teams', team.event_id
    FROM implementer
    JOIN team ON team.ledger = implementer.ledger AND team.org = implementer.org
    WHERE implementer.nth = 1
    UNION ALL
    SELECT implementer.ledger, implementer.project, 'members', member.event_id
    FROM implementer
    JOIN member ON member.ledger = implementer.ledger AND member.org = implementer.org
    WHERE implementer.nth = 1
    UNION ALL
    SELECT ledger, project, indicator, event_id FROM paper
)
SELECT
    output.project,
    output.indicator,
    output.quantity,
    output.target,
    CASE WHEN output.target > 0 THEN (output.quantity * 20000 + output.target) // (2 * output.target) END AS completion_centi,
    array_concat(output.facts, array_distinct(ARRAY[output.set_by, counting.event_id, implementer.event_id])) AS evidence
FROM output
LEFT JOIN counting ON counting.ledger = output.ledger AND counting.nth = 1 AND output.indicator = 'clients'
LEFT JOIN implementer
    ON implementer.ledger = output.ledger
    AND implementer.project = output.project
    AND implementer.nth = 1
    AND output.indicator IN ('teams', 'members')
