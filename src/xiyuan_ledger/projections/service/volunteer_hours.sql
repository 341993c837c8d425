-- 志愿服务时长: for each volunteer, category and station, how often and how long service was given in the period.
-- A row stands for a category for which the volunteer is classified at the end of the period, or in which hours were logged in it;
-- a volunteer without either has one row without a category. So every registered volunteer is here, also one who gave no hours.
-- station: where the volunteer is registered. Of several classifications the last holds.
WITH registered AS (
    SELECT entered.ledger, entered.volunteer, entered.station, entered.event_id
    FROM volunteer_registered AS entered
    JOIN pin ON pin.ledger = entered.ledger
    WHERE entered.occurred_on <= pin.to_on
),
classification AS (
    SELECT
        classified.ledger,
        classified.volunteer,
        classified.categories,
        classified.event_id,
        row_number() OVER (
            PARTITION BY classified.ledger, classified.volunteer ORDER BY classified.occurred_on DESC, classified.position DESC
        ) AS nth
    FROM volunteer_classified AS classified
    JOIN pin ON pin.ledger = classified.ledger
    WHERE classified.occurred_on <= pin.to_on
),
line AS (
    SELECT given.ledger, given.volunteer, given.category, 1 AS logs, given.minutes, given.event_id
    FROM volunteer_hours_logged AS given
    JOIN pin ON pin.ledger = given.ledger
    WHERE given.occurred_on <= pin.to_on AND (pin.from_on IS NULL OR pin.from_on <= given.occurred_on)
    UNION ALL
    SELECT DISTINCT last.ledger, last.volunteer, listed.code AS category, 0 AS logs, 0 AS minutes, last.event_id
    FROM classification AS last
    CROSS JOIN UNNEST(last.categories) AS listed(code)
    WHERE last.nth = 1
),
enrolled AS (
    SELECT DISTINCT
        registered.ledger, registered.volunteer, line.category, 0 AS logs, 0 AS minutes, registered.event_id
    FROM registered
    LEFT JOIN line ON line.ledger = registered.ledger AND line.volunteer = registered.volunteer
),
whole AS (
    SELECT ledger, volunteer, category, logs, minutes, event_id FROM line
    UNION ALL
    SELECT ledger, volunteer, category, logs, minutes, event_id FROM enrolled
),
counted AS (
    SELECT
        ledger,
        volunteer,
        category,
        SUM(logs)::BIGINT AS logs,
        SUM(minutes)::BIGINT AS minutes,
        array_agg(event_id ORDER BY event_id) AS evidence
    FROM whole
    GROUP BY ledger, volunteer, category
)
SELECT counted.volunteer, counted.category, registered.station, counted.logs, counted.minutes, counted.evidence
FROM counted
LEFT JOIN registered ON registered.ledger = counted.ledger AND registered.volunteer = counted.volunteer
