-- 服务疑点: lists handed in twice, services by who was not employed, services outside the project's run, minors without consent.
-- Rows: one per finding and subject, with the event that tells of it.
-- same_list: a session of a project whose named participants, five or more, are those of an earlier session of it, by (date, position);
--   one finding per repetition, with the first of them. Merged people are one.
-- not_employed: a service or session on a day on which its worker was employed by nobody; also a code that was never hired.
-- outside_run: a service or session on a day on which its project does not run: before its start or contract, after its end, suspended.
-- minor_without_consent: a client whose year of birth makes her under 18 all through the year in which she was first enrolled, served
--   or present by name, and for whom no guardian had given consent, for whatever purpose, by that day.
WITH happening AS (
    SELECT ledger, project, client AS place, occurred_on, event_id FROM client_served
    UNION ALL
    SELECT ledger, project, session, occurred_on, event_id FROM session_held
),
present AS (
    SELECT
        held.ledger,
        held.project,
        held.session,
        held.occurred_on,
        held.position,
        held.event_id,
        listed.code,
        COALESCE(same.person, listed.code) AS person
    FROM session_held AS held
    CROSS JOIN UNNEST(held.participants) AS listed(code)
    LEFT JOIN merged_person AS same ON same.ledger = held.ledger AND same.client = listed.code
),
list AS (
    SELECT ledger, project, session, occurred_on, position, event_id, string_agg(DISTINCT person, ',' ORDER BY person) AS people
    FROM present
    GROUP BY ledger, project, session, occurred_on, position, event_id
    HAVING COUNT(DISTINCT person) >= 5
),
repeated AS (
    SELECT
        list.*,
        FIRST_VALUE(session) OVER by_people AS first_session,
        FIRST_VALUE(event_id) OVER by_people AS first_event,
        row_number() OVER by_people AS nth
    FROM list
    WINDOW by_people AS (PARTITION BY ledger, project, people ORDER BY occurred_on, position)
),
same_list AS (
    SELECT
        repeated.*,
        project || ' ' || CAST(LENGTH(people) - LENGTH(REPLACE(people, ',', '')) + 1 AS VARCHAR) AS detail
    FROM repeated
    WHERE nth > 1
),
on_duty AS (
    SELECT ledger, worker, client AS place, occurred_on, event_id FROM client_served
    UNION ALL
    SELECT held.ledger, listed.code, held.session, held.occurred_on, held.event_id
    FROM session_held AS held
    CROSS JOIN UNNEST(held.workers) AS listed(code)
),
duty_day AS (
    SELECT DISTINCT ledger, worker, occurred_on FROM on_duty
),
employed_day AS (
    SELECT DISTINCT duty_day.ledger, duty_day.worker, duty_day.occurred_on
    FROM duty_day
    JOIN employment
        ON employment.ledger = duty_day.ledger
        AND employment.worker = duty_day.worker
        AND employment.start_on <= duty_day.occurred_on
        AND (employment.end_on IS NULL OR duty_day.occurred_on < employment.end_on)
),
not_employed AS (
    SELECT on_duty.*
    FROM on_duty
    LEFT JOIN employed_day AS employed
        ON employed.ledger = on_duty.ledger
        AND employed.worker = on_duty.worker
        AND employed.occurred_on = on_duty.occurred_on
    WHERE employed.worker IS NULL
),
project_day AS (
    SELECT DISTINCT ledger, project, occurred_on FROM happening
),
running_day AS (
    SELECT DISTINCT project_day.ledger, project_day.project, project_day.occurred_on
    FROM project_day
    JOIN project_run
        ON project_run.ledger = project_day.ledger
        AND project_run.project = project_day.project
        AND project_run.start_on <= project_day.occurred_on
        AND (project_run.end_on IS NULL OR project_day.occurred_on < project_run.end_on)
),
outside_run AS (
    SELECT happening.*
    FROM happening
    LEFT JOIN running_day AS running
        ON running.ledger = happening.ledger
        AND running.project = happening.project
        AND running.occurred_on = happening.occurred_on
    WHERE running.project IS NULL
),
contact AS (
    SELECT ledger, client, occurred_on, event_id FROM client_enrolled
    UNION ALL
    SELECT ledger, client, occurred_on, event_id FROM client_served
    UNION ALL
    SELECT ledger, code, occurred_on, event_id FROM present
),
-- If she was a minor at any contact, then at the first one.
first_contact AS (
    SELECT
        known.ledger,
        known.client,
        known.birth_year,
        known.event_id AS registered_by,
        contact.occurred_on,
        contact.event_id,
        COALESCE(same.person, known.client) AS person,
        row_number() OVER (
            PARTITION BY known.ledger, known.client ORDER BY contact.occurred_on, contact.event_id
        ) AS nth
    FROM client_registered AS known
    JOIN contact
        ON contact.ledger = known.ledger
        AND contact.client = known.client
        AND EXTRACT(year FROM contact.occurred_on) - known.birth_year < 18
    LEFT JOIN merged_person AS same ON same.ledger = known.ledger AND same.client = known.client
),
consent AS (
    SELECT given.ledger, COALESCE(same.person, given.client) AS person, MIN(given.occurred_on) AS given_on
    FROM consent_recorded AS given
    LEFT JOIN merged_person AS same ON same.ledger = given.ledger AND same.client = given.client
    WHERE given.given AND given.by_guardian
    GROUP BY given.ledger, COALESCE(same.person, given.client)
),
minor AS (
    SELECT
        met.ledger,
        met.client,
        met.occurred_on,
        met.registered_by,
        met.event_id,
        met.client || ' *' || CAST(met.birth_year AS VARCHAR) AS detail
    FROM first_contact AS met
    LEFT JOIN consent
        ON consent.ledger = met.ledger AND consent.person = met.person AND consent.given_on <= met.occurred_on
    WHERE met.nth = 1 AND consent.person IS NULL
)
SELECT ledger, 'same_list' AS rule, event_id AS finding, occurred_on, detail, session AS subject, event_id FROM same_list
UNION ALL
SELECT ledger, 'same_list', event_id, occurred_on, detail, first_session, first_event FROM same_list
UNION ALL
SELECT again.ledger, 'same_list', again.event_id, again.occurred_on, again.detail, NULL, same.merged_by
FROM same_list AS again
JOIN present ON present.ledger = again.ledger AND present.event_id IN (again.event_id, again.first_event)
JOIN merged_person AS same ON same.ledger = present.ledger AND same.client = present.code
UNION ALL
SELECT ledger, 'not_employed', worker || '/' || event_id, occurred_on, worker || ' ' || place, worker, event_id FROM not_employed
UNION ALL
SELECT ledger, 'not_employed', worker || '/' || event_id, occurred_on, worker || ' ' || place, place, event_id FROM not_employed
UNION ALL
SELECT ledger, 'outside_run', event_id, occurred_on, project || ' ' || place, project, event_id FROM outside_run
UNION ALL
SELECT ledger, 'outside_run', event_id, occurred_on, project || ' ' || place, place, event_id FROM outside_run
UNION ALL
SELECT ledger, 'minor_without_consent', client, occurred_on, detail, client, event_id FROM minor
UNION ALL
SELECT ledger, 'minor_without_consent', client, occurred_on, detail, client, registered_by FROM minor
