-- 个案量: for each project that ever had a case, the cases opened and closed in the period, and those open at its end.
-- A case is open from the day it is opened up to, but not including, the day it is closed. with_plan: of the cases open at the period's
-- end, those whose plan was agreed by then. clients: how many people the open cases are about; merged people are one.
-- Evidence: the openings and closings of the period, and what opened and planned the cases that are open at its end.
WITH plan AS (
    SELECT agreed.ledger, agreed."case", MIN(agreed.event_id) AS event_id
    FROM case_plan_agreed AS agreed
    JOIN pin ON pin.ledger = agreed.ledger
    WHERE agreed.occurred_on <= pin.to_on
    GROUP BY agreed.ledger, agreed."case"
),
closing AS (
    SELECT
        ended.ledger,
        ended."case",
        ended.occurred_on,
        ended.event_id,
        row_number() OVER (PARTITION BY ended.ledger, ended."case" ORDER BY ended.occurred_on, ended.position) AS nth
    FROM case_closed AS ended
    JOIN pin ON pin.ledger = ended.ledger
    WHERE ended.occurred_on <= pin.to_on
),
judged AS (
    SELECT
        opened.ledger,
        opened.project,
        COALESCE(same.person, opened.client) AS person,
        pin.from_on IS NULL OR pin.from_on <= opened.occurred_on AS opens,
        closing.event_id IS NOT NULL AND (pin.from_on IS NULL OR pin.from_on <= closing.occurred_on) AS closes,
        closing.event_id IS NULL AS still_open,
        plan.event_id IS NOT NULL AS planned,
        opened.event_id AS opened_by,
        closing.event_id AS closed_by,
        plan.event_id AS planned_by
    FROM case_opened AS opened
    JOIN pin ON pin.ledger = opened.ledger
    LEFT JOIN closing ON closing.ledger = opened.ledger AND closing."case" = opened."case" AND closing.nth = 1
    LEFT JOIN plan ON plan.ledger = opened.ledger AND plan."case" = opened."case"
    LEFT JOIN merged_person AS same ON same.ledger = opened.ledger AND same.client = opened.client
    WHERE opened.occurred_on <= pin.to_on
),
proof AS (
    SELECT ledger, project, opened_by AS event_id FROM judged WHERE opens OR still_open
    UNION ALL
    SELECT ledger, project, closed_by FROM judged WHERE closes
    UNION ALL
    SELECT ledger, project, planned_by FROM judged WHERE still_open AND planned
    UNION ALL
    SELECT judged.ledger, judged.project, same.merged_by
    FROM judged
    JOIN merged_person AS same ON same.ledger = judged.ledger AND same.person = judged.person
    WHERE judged.still_open
),
proven AS (
    SELECT ledger, project, array_agg(DISTINCT event_id ORDER BY event_id) AS evidence FROM proof GROUP BY ledger, project
),
counted AS (
    SELECT
        ledger,
        project,
        SUM(CASE WHEN opens THEN 1 ELSE 0 END)::BIGINT AS opened,
        SUM(CASE WHEN closes THEN 1 ELSE 0 END)::BIGINT AS closed,
        SUM(CASE WHEN still_open THEN 1 ELSE 0 END)::BIGINT AS "open",
        SUM(CASE WHEN still_open AND planned THEN 1 ELSE 0 END)::BIGINT AS with_plan,
        COUNT(DISTINCT CASE WHEN still_open THEN person END) AS clients
    FROM judged
    GROUP BY ledger, project
)
SELECT
    counted.project,
    counted.opened,
    counted.closed,
    counted."open",
    counted.with_plan,
    counted.clients,
    COALESCE(proven.evidence, ARRAY[]) AS evidence
FROM counted
LEFT JOIN proven ON proven.ledger = counted.ledger AND proven.project = counted.project
