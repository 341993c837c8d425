-- 考试合格: one row per pass, with the annulment that took it back, if one did.
-- An annulment concerns the pass of its worker, level and year that came before it, by (occurred_on, position).
WITH answered AS (
    SELECT
        passed.ledger,
        passed.worker,
        passed.level,
        passed.year,
        passed.exam_on,
        passed.results_on,
        passed.occurred_on,
        passed.position,
        passed.event_id AS passed_by,
        annulled.effect AS annulled_effect,
        annulled.occurred_on AS annulled_on,
        annulled.event_id AS annulled_by,
        row_number() OVER (
            PARTITION BY passed.ledger, passed.event_id ORDER BY annulled.occurred_on, annulled.position
        ) AS nth
    FROM exam_passed AS passed
    LEFT JOIN exam_result_annulled AS annulled
        ON annulled.ledger = passed.ledger
        AND annulled.worker = passed.worker
        AND annulled.level = passed.level
        AND annulled.year = passed.year
        AND (passed.occurred_on, passed.position) < (annulled.occurred_on, annulled.position)
)
SELECT
    ledger,
    worker,
    level,
    year,
    exam_on,
    results_on,
    occurred_on,
    position,
    passed_by,
    annulled_effect,
    annulled_on,
    annulled_by
FROM answered
WHERE nth = 1
