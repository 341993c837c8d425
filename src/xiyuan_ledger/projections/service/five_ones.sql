-- 五个一: for each family and year, which of the five items it was given.
-- The project and the items are those of `service-cadence` in force on the pin's day; without `five_ones` there are no rows. A family is
-- a client enrolled in the project on some day of a year that the period touches, or given an item in the period; merged people are one.
-- Given are the services of the project with one of the items, in the year and in the period; an item counts once a year.
-- met: all five; open: items are missing and the year is not over before the pin's day; short: it is over.
WITH version AS (
    SELECT
        adopted.ledger,
        adopted.five_ones_project AS project,
        adopted.five_ones_items AS items,
        adopted.event_id,
        row_number() OVER (PARTITION BY adopted.ledger ORDER BY adopted.position DESC) AS nth
    FROM policy_service_cadence AS adopted
    JOIN pin ON pin.ledger = adopted.ledger
    WHERE adopted.effective_from <= pin.valid_on AND (adopted.effective_to IS NULL OR pin.valid_on < adopted.effective_to)
),
rule AS (
    SELECT ledger, project, items, event_id FROM version WHERE nth = 1 AND project IS NOT NULL
),
wanted AS (
    SELECT DISTINCT rule.ledger, rule.project, listed.item FROM rule CROSS JOIN UNNEST(rule.items) AS listed(item)
),
year AS (
    SELECT
        pin.ledger,
        periods.period AS name,
        GREATEST(periods.first_day, COALESCE(pin.from_on, periods.first_day)) AS first_day,
        LEAST(periods.last_day, pin.to_on) AS last_day,
        periods.last_day < pin.valid_on AS over_by_now
    FROM periods
    JOIN pin ON periods.first_day <= pin.to_on AND (pin.from_on IS NULL OR pin.from_on <= periods.last_day)
    WHERE periods.unit = 'year'
),
given AS (
    SELECT
        served.ledger,
        COALESCE(same.person, served.client) AS person,
        year.name AS year,
        served.item,
        served.event_id
    FROM client_served AS served
    JOIN wanted ON wanted.ledger = served.ledger AND wanted.project = served.project AND wanted.item = served.item
    JOIN year ON year.ledger = served.ledger AND served.occurred_on BETWEEN year.first_day AND year.last_day
    LEFT JOIN merged_person AS same ON same.ledger = served.ledger AND same.client = served.client
),
enrolled AS (
    SELECT enrolment.ledger, enrolment.person, year.name AS year, enrolment.enrolled_by AS event_id
    FROM enrolment
    JOIN rule ON rule.ledger = enrolment.ledger AND rule.project = enrolment.project
    JOIN year
        ON year.ledger = enrolment.ledger
        AND enrolment.start_on <= year.last_day
        AND (enrolment.end_on IS NULL OR (year.first_day < enrolment.end_on AND enrolment.start_on < enrolment.end_on))
),
family AS (
    SELECT ledger, person, year FROM enrolled
    UNION
    SELECT ledger, person, year FROM given
),
expected AS (
    SELECT family.ledger, family.person, family.year, wanted.item
    FROM family
    JOIN wanted ON wanted.ledger = family.ledger
),
tally AS (
    SELECT
        expected.ledger,
        expected.person,
        expected.year,
        COUNT(*) AS required,
        COUNT(had.item) AS delivered,
        array_agg(expected.item ORDER BY expected.item) FILTER (WHERE had.item IS NULL) AS missing
    FROM expected
    LEFT JOIN (SELECT DISTINCT ledger, person, year, item FROM given) AS had
        ON had.ledger = expected.ledger
        AND had.person = expected.person
        AND had.year = expected.year
        AND had.item = expected.item
    GROUP BY expected.ledger, expected.person, expected.year
),
proof AS (
    SELECT ledger, person, year, event_id FROM enrolled
    UNION ALL
    SELECT ledger, person, year, event_id FROM given
    UNION ALL
    SELECT family.ledger, family.person, family.year, rule.event_id
    FROM family
    JOIN rule ON rule.ledger = family.ledger
    UNION ALL
    SELECT family.ledger, family.person, family.year, same.merged_by
    FROM family
    JOIN merged_person AS same ON same.ledger = family.ledger AND same.person = family.person
),
proven AS (
    SELECT
        ledger,
        person,
        year,
        array_agg(DISTINCT event_id ORDER BY event_id) FILTER (WHERE event_id IS NOT NULL) AS evidence
    FROM proof
    GROUP BY ledger, person, year
)
SELECT
    tally.person AS client,
    CAST(tally.year AS BIGINT) AS year,
    tally.delivered,
    tally.required,
    COALESCE(tally.missing, CAST(ARRAY[] AS VARCHAR[])) AS missing,
    CASE
        WHEN tally.delivered = tally.required THEN 'met'
        WHEN year.over_by_now THEN 'short'
        ELSE 'open'
    END AS status,
    proven.evidence
FROM tally
JOIN year ON year.ledger = tally.ledger AND year.name = tally.year
JOIN proven ON proven.ledger = tally.ledger AND proven.person = tally.person AND proven.year = tally.year
