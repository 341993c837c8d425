-- 评分表: each indicator of every evaluation: its weight, what each party gave, what it scores; and the total with its grade.
-- The scorecard is that in force on the day of the commission. An indicator scores what the last revision says; else the mean of
-- the parties that scored it by their weights, half up; else, unscored, 0. A party scores an indicator once.
-- The total is the sum over the indicators. Its grade is the first band, from the highest on, that begins at or below it; a
-- finding with severity veto leaves the lowest band.
WITH card AS (
    SELECT
        commissioned.ledger,
        commissioned.evaluation,
        commissioned.project,
        commissioned.event_id AS commission_id,
        adopted.event_id AS policy_id,
        adopted.dimensions,
        adopted.bands,
        adopted.parties_third_party,
        adopted.parties_purchaser,
        adopted.parties_clients,
        adopted.parties_community,
        row_number() OVER (
            PARTITION BY commissioned.ledger, commissioned.evaluation ORDER BY adopted.position DESC
        ) AS nth
    FROM evaluation_commissioned AS commissioned
    JOIN policy_scorecard AS adopted ON adopted.ledger = commissioned.ledger
    WHERE adopted.effective_from <= commissioned.occurred_on
        AND (adopted.effective_to IS NULL OR commissioned.occurred_on < adopted.effective_to)
),
dimension AS (
    SELECT card.*, entry.part.code AS dimension, entry.part.indicators AS indicators
    FROM card
    CROSS JOIN UNNEST(card.dimensions) AS entry(part)
    WHERE card.nth = 1
),
rule AS (
    SELECT
        dimension.*,
        entry.part.code AS indicator,
        entry.part.kind AS kind,
        entry.part.weight_centi AS weight_centi
    FROM dimension
    CROSS JOIN UNNEST(dimension.indicators) AS entry(part)
),
given AS (
    SELECT
        scored.ledger,
        scored.evaluation,
        scored.indicator,
        MAX(CASE WHEN scored.party = 'third_party' THEN scored.score_centi END) AS third_party,
        MAX(CASE WHEN scored.party = 'purchaser' THEN scored.score_centi END) AS purchaser,
        MAX(CASE WHEN scored.party = 'clients' THEN scored.score_centi END) AS clients,
        MAX(CASE WHEN scored.party = 'community' THEN scored.score_centi END) AS community,
        array_agg(scored.event_id) AS papers
    FROM indicator_scored AS scored
    GROUP BY scored.ledger, scored.evaluation, scored.indicator
),
revision AS (
    SELECT
        revised.ledger,
        revised.evaluation,
        revised.indicator,
        revised.score_centi,
        row_number() OVER (
            PARTITION BY revised.ledger, revised.evaluation, revised.indicator
            ORDER BY revised.occurred_on DESC, revised.position DESC
        ) AS nth
    FROM score_revised AS revised
),
disputed AS (
    SELECT ledger, evaluation, indicator, array_agg(event_id) AS papers
    FROM (
        SELECT ledger, evaluation, indicator, event_id FROM objection_raised
        UNION ALL
        SELECT ledger, evaluation, indicator, event_id FROM score_revised
    ) AS said
    GROUP BY ledger, evaluation, indicator
),
weighed AS (
    SELECT
        rule.*,
        given.third_party,
        given.purchaser,
        given.clients,
        given.community,
        given.papers AS given_papers,
        disputed.papers AS disputed_papers,
        revision.score_centi AS revised_centi,
        COALESCE(given.third_party * rule.parties_third_party, 0)
        + COALESCE(given.purchaser * rule.parties_purchaser, 0)
        + COALESCE(given.clients * rule.parties_clients, 0)
        + COALESCE(given.community * rule.parties_community, 0) AS points,
        CASE WHEN given.third_party IS NULL THEN 0 ELSE rule.parties_third_party END
        + CASE WHEN given.purchaser IS NULL THEN 0 ELSE rule.parties_purchaser END
        + CASE WHEN given.clients IS NULL THEN 0 ELSE rule.parties_clients END
        + CASE WHEN given.community IS NULL THEN 0 ELSE rule.parties_community END AS parts
    FROM rule
    LEFT JOIN given
        ON given.ledger = rule.ledger AND given.evaluation = rule.evaluation AND given.indicator = rule.indicator
    LEFT JOIN disputed
        ON disputed.ledger = rule.ledger
        AND disputed.evaluation = rule.evaluation
        AND disputed.indicator = rule.indicator
    LEFT JOIN revision
        ON revision.ledger = rule.ledger
        AND revision.evaluation = rule.evaluation
        AND revision.indicator = rule.indicator
        AND revision.nth = 1
),
line AS (
    SELECT
        weighed.*,
        CASE
            WHEN weighed.revised_centi IS NOT NULL THEN weighed.revised_centi
            WHEN weighed.parts > 0 THEN (2 * weighed.points + weighed.parts) // (2 * weighed.parts)
            ELSE 0
        END AS score_centi,
        CASE
            WHEN weighed.revised_centi IS NOT NULL THEN 'revised'
            WHEN weighed.given_papers IS NOT NULL THEN 'scored'
            WHEN weighed.kind = 'veto' THEN 'veto'
            ELSE 'unscored'
        END AS state
    FROM weighed
),
veto AS (
    SELECT ledger, evaluation, array_agg(event_id) AS papers
    FROM finding_raised
    WHERE severity = 'veto'
    GROUP BY ledger, evaluation
),
total AS (
    SELECT
        line.ledger,
        line.evaluation,
        SUM(line.weight_centi)::BIGINT AS weight_centi,
        SUM(line.score_centi)::BIGINT AS score_centi
    FROM line
    GROUP BY line.ledger, line.evaluation
),
band AS (
    SELECT
        card.ledger,
        card.evaluation,
        entry.part.grade AS grade,
        row_number() OVER (
            PARTITION BY card.ledger, card.evaluation
            ORDER BY
                CASE WHEN veto.papers IS NULL THEN -entry.part.from_centi ELSE entry.part.from_centi END
        ) AS nth
    FROM card
    CROSS JOIN UNNEST(card.bands) AS entry(part)
    JOIN total ON total.ledger = card.ledger AND total.evaluation = card.evaluation
    LEFT JOIN veto ON veto.ledger = card.ledger AND veto.evaluation = card.evaluation
    WHERE card.nth = 1 AND entry.part.from_centi <= total.score_centi
)
SELECT
    line.evaluation,
    line.project,
    line.dimension,
    line.indicator,
    line.kind,
    line.weight_centi,
    line.third_party AS third_party_score_centi,
    line.purchaser AS purchaser_score_centi,
    line.clients AS clients_score_centi,
    line.community AS community_score_centi,
    line.score_centi,
    line.state,
    CAST(NULL AS VARCHAR) AS grade,
    array_sort(
        array_concat(
            CASE WHEN line.policy_id IS NULL THEN [line.commission_id] ELSE [line.commission_id, line.policy_id] END,
            array_concat(COALESCE(line.given_papers, []), COALESCE(line.disputed_papers, []))
        )
    ) AS evidence
FROM line
UNION ALL
SELECT
    card.evaluation,
    card.project,
    '_total' AS dimension,
    '_total' AS indicator,
    CAST(NULL AS VARCHAR) AS kind,
    total.weight_centi,
    CAST(NULL AS BIGINT) AS third_party_score_centi,
    CAST(NULL AS BIGINT) AS purchaser_score_centi,
    CAST(NULL AS BIGINT) AS clients_score_centi,
    CAST(NULL AS BIGINT) AS community_score_centi,
    total.score_centi,
    CASE WHEN concluded.event_id IS NULL THEN 'open' ELSE 'concluded' END AS state,
    band.grade,
    array_sort(
        array_concat(
            CASE WHEN card.policy_id IS NULL THEN [card.commission_id] ELSE [card.commission_id, card.policy_id] END,
            array_concat(
                COALESCE(veto.papers, []),
                CASE WHEN concluded.event_id IS NULL THEN [] ELSE [concluded.event_id] END
            )
        )
    ) AS evidence
FROM card
JOIN total ON total.ledger = card.ledger AND total.evaluation = card.evaluation
JOIN band ON band.ledger = card.ledger AND band.evaluation = card.evaluation AND band.nth = 1
LEFT JOIN veto ON veto.ledger = card.ledger AND veto.evaluation = card.evaluation
LEFT JOIN evaluation_concluded AS concluded
    ON concluded.ledger = card.ledger AND concluded.evaluation = card.evaluation
WHERE card.nth = 1
