-- 活动开展: for each project, kind of session and week, how many sessions were held, against the service cadence.
-- A week runs from Monday to Sunday and is named by ISO 8601 (2013-W09). The cadence is that in force on the pin's day. It asks for
-- the weeks that lie wholly in one run of the project, under the cadence (from its effective_from on) and in the period; such a week
-- has a row even if nothing was held in it. Other weeks have a row if anything was held, and nothing is required of them.
-- required_minutes: the week's sessions at their full length. met: as many sessions and minutes as required; short: fewer;
-- open: a required week that is not over before the pin's day. The minutes and people are those of the sessions inside the period.
WITH version AS (
    SELECT
        adopted.ledger,
        adopted.effective_from,
        adopted.effective_to,
        adopted.projects,
        adopted.event_id,
        row_number() OVER (PARTITION BY adopted.ledger ORDER BY adopted.position DESC) AS nth
    FROM policy_service_cadence AS adopted
    JOIN pin ON pin.ledger = adopted.ledger
    WHERE adopted.effective_from <= pin.valid_on AND (adopted.effective_to IS NULL OR pin.valid_on < adopted.effective_to)
),
cadence AS (
    SELECT
        version.ledger,
        version.effective_from,
        version.effective_to,
        version.event_id,
        entry.key AS project,
        json_extract_string(entry.value, '$.kind') AS kind,
        CAST(json_extract_string(entry.value, '$.per_week') AS BIGINT) AS per_week,
        CAST(json_extract_string(entry.value, '$.minutes') AS BIGINT) AS minutes
    FROM version
    CROSS JOIN json_each(version.projects) AS entry
    WHERE version.nth = 1
),
week AS (
    SELECT day AS monday, day + 7 AS next_monday FROM days WHERE day = CAST(date_trunc('week', day) AS DATE)
),
required AS (
    SELECT
        cadence.ledger,
        cadence.project,
        cadence.kind,
        week.monday,
        cadence.per_week,
        cadence.per_week * cadence.minutes AS minutes,
        pin.valid_on < week.next_monday AS still_open,
        cadence.event_id,
        project_run.started_by
    FROM cadence
    JOIN pin ON pin.ledger = cadence.ledger
    JOIN project_run ON project_run.ledger = cadence.ledger AND project_run.project = cadence.project
    JOIN week
        ON project_run.start_on <= week.monday
        AND (project_run.end_on IS NULL OR week.next_monday <= project_run.end_on)
        AND cadence.effective_from <= week.monday
        AND (cadence.effective_to IS NULL OR week.next_monday <= cadence.effective_to)
        AND (pin.from_on IS NULL OR pin.from_on <= week.monday)
        AND (week.next_monday <= pin.to_on + 1 OR (pin.to_on = pin.valid_on AND week.monday <= pin.to_on))
),
held AS (
    SELECT
        held.ledger,
        held.project,
        held.kind,
        CAST(date_trunc('week', held.occurred_on) AS DATE) AS monday,
        held.minutes,
        COALESCE(held.headcount, 0) + COALESCE(array_length(held.participants), 0) AS person_times,
        held.event_id
    FROM session_held AS held
    JOIN pin ON pin.ledger = held.ledger
    WHERE held.occurred_on <= pin.to_on AND (pin.from_on IS NULL OR pin.from_on <= held.occurred_on)
),
line AS (
    SELECT ledger, project, kind, monday, 1 AS sessions, minutes, person_times, event_id FROM held
    UNION ALL
    SELECT ledger, project, kind, monday, 0, 0, 0, event_id FROM required
    UNION ALL
    SELECT ledger, project, kind, monday, 0, 0, 0, started_by FROM required
),
met AS (
    SELECT
        ledger,
        project,
        kind,
        monday,
        SUM(sessions)::BIGINT AS sessions,
        SUM(minutes)::BIGINT AS minutes,
        SUM(person_times)::BIGINT AS person_times,
        array_agg(event_id ORDER BY event_id) FILTER (WHERE event_id IS NOT NULL) AS evidence
    FROM line
    GROUP BY ledger, project, kind, monday
)
SELECT
    met.project,
    met.kind,
    EXTRACT(isoyear FROM met.monday) || '-W' || lpad(CAST(EXTRACT(week FROM met.monday) AS VARCHAR), 2, '0') AS week,
    met.sessions,
    met.minutes,
    met.person_times,
    required.per_week AS required_per_week,
    required.minutes AS required_minutes,
    CASE
        WHEN required.per_week <= met.sessions THEN 0
        ELSE required.per_week - met.sessions
    END AS shortfall,
    CASE
        WHEN required.per_week IS NULL THEN NULL
        WHEN required.still_open THEN 'open'
        WHEN required.per_week <= met.sessions AND required.minutes <= met.minutes THEN 'met'
        ELSE 'short'
    END AS status,
    met.evidence
FROM met
LEFT JOIN required
    ON required.ledger = met.ledger
    AND required.project = met.project
    AND required.kind = met.kind
    AND required.monday = met.monday
