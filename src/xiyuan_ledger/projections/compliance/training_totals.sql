-- 培训总量: per programme and year, what was held and who came, of the days asked for.
-- A class counts in the year in which it opened; a session in the year of its day. person_times are the attendances
-- listed, people the distinct codes among them; headcount are those present but not named, and empty where no
-- session gave one.
WITH class_opened AS (
    SELECT opened.ledger, opened.programme, EXTRACT(YEAR FROM opened.occurred_on)::BIGINT AS year, opened.event_id
    FROM training_class_opened AS opened
    JOIN pin ON pin.ledger = opened.ledger
    WHERE opened.occurred_on <= pin.to_on AND (pin.from_on IS NULL OR pin.from_on <= opened.occurred_on)
),
session AS (
    SELECT
        held.ledger,
        held.programme,
        EXTRACT(YEAR FROM held.occurred_on)::BIGINT AS year,
        held.event_id,
        held.minutes,
        held.headcount,
        held.attendees
    FROM training_session_held AS held
    JOIN pin ON pin.ledger = held.ledger
    WHERE held.occurred_on <= pin.to_on AND (pin.from_on IS NULL OR pin.from_on <= held.occurred_on)
),
attendance AS (
    SELECT session.ledger, session.programme, session.year, present.person
    FROM session
    CROSS JOIN UNNEST(session.attendees) AS present(person)
),
attended AS (
    SELECT ledger, programme, year, COUNT(*) AS person_times, COUNT(DISTINCT person) AS people
    FROM attendance
    GROUP BY ledger, programme, year
),
happening AS (
    SELECT ledger, programme, year, event_id, 1 AS class, 0 AS session, NULL AS headcount, 0 AS minutes FROM class_opened
    UNION ALL
    SELECT ledger, programme, year, event_id, 0 AS class, 1 AS session, headcount, minutes FROM session
),
total AS (
    SELECT
        ledger,
        programme,
        year,
        SUM(class)::BIGINT AS classes,
        SUM(session)::BIGINT AS sessions,
        SUM(headcount)::BIGINT AS headcount,
        SUM(minutes)::BIGINT AS minutes,
        array_agg(event_id ORDER BY event_id) AS evidence
    FROM happening
    GROUP BY ledger, programme, year
)
SELECT
    total.programme,
    total.year,
    total.classes,
    total.sessions,
    COALESCE(attended.person_times, 0) AS person_times,
    COALESCE(attended.people, 0) AS people,
    total.headcount,
    total.minutes,
    total.evidence
FROM total
LEFT JOIN attended
    ON attended.ledger = total.ledger AND attended.programme = total.programme AND attended.year = total.year
