-- 冲突: what in the facts contradicts itself or its rules, without having been refused: one row per finding.
-- rule: worker_in_two_places, client_in_two_places (finding_of_place); same_list, not_employed, outside_run, minor_without_consent
--   (finding_of_service); bulk_entry, post_without_level, exam_other_day, pre_exam_season (finding_of_office); paid_twice, overdrawn
--   (finding_of_money).
--   Each is defined in the relation of that name. The rules look at all of history; the period keeps the findings of its days.
-- severity: minor where entering or timing is at fault (bulk_entry, post_without_level, pre_exam_season), else major.
WITH finding AS (
    SELECT ledger, rule, finding, occurred_on, detail, subject, event_id FROM finding_of_place
    UNION ALL
    SELECT ledger, rule, finding, occurred_on, detail, subject, event_id FROM finding_of_service
    UNION ALL
    SELECT ledger, rule, finding, occurred_on, detail, subject, event_id FROM finding_of_office
    UNION ALL
    SELECT ledger, rule, finding, occurred_on, detail, subject, event_id FROM finding_of_money
)
SELECT
    finding.rule,
    CASE
        WHEN finding.rule IN ('bulk_entry', 'post_without_level', 'pre_exam_season') THEN 'minor'
        ELSE 'major'
    END AS severity,
    array_sort(array_distinct(array_agg(finding.subject) FILTER (WHERE finding.subject IS NOT NULL))) AS subjects,
    finding.occurred_on,
    finding.detail,
    array_sort(array_distinct(array_agg(finding.event_id) FILTER (WHERE finding.event_id IS NOT NULL))) AS evidence
FROM finding
JOIN pin ON pin.ledger = finding.ledger
WHERE finding.occurred_on <= pin.to_on AND (pin.from_on IS NULL OR pin.from_on <= finding.occurred_on)
GROUP BY finding.ledger, finding.rule, finding.finding, finding.occurred_on, finding.detail
