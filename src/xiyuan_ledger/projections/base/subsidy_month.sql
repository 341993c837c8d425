-- 应发月份: for each worker, scheme and month of the period, what is due, what was settled, and the difference.
-- A month counts when it has begun by the pin's day and touches the period; it is judged by the version of post-subsidy in force on its first day,
-- as known at the pin. Due is the rate of the highest level that counts in the month, to a worker who fills a post in it.
-- A level counts from the month of its start_rule on, as long as on the month's last day its pass is not annulled and one of its
-- certificate's terms stands: not revoked, and - with requires_registration - not lapsed. Terms that have begun by then go before later
-- ones; the terms of a pass are those registered on or after its results. With requires_registration a level never registered counts not.
-- A post counts by on_post: any, the first, the last, or every day of the month is among its days; only the days on which some employment
-- of hers is not purchased, but for counts_purchased. Fillings of one post without a day between are one; of several the one filled first is named.
-- How it is computed: months are numbered (12 * year + month), posts and levels become ranges of months, and only at the end is a
-- range written out month by month.
WITH asked_month AS (
    SELECT
        pin.ledger,
        periods.period AS month,
        EXTRACT(YEAR FROM periods.first_day) * 12 + EXTRACT(MONTH FROM periods.first_day) AS number,
        periods.first_day
    FROM periods
    JOIN pin ON periods.first_day <= pin.to_on AND (pin.from_on IS NULL OR pin.from_on <= periods.last_day)
    WHERE periods.unit = 'month'
),
month_version AS (
    SELECT
        asked_month.month,
        asked_month.number,
        adopted.*,
        row_number() OVER (PARTITION BY asked_month.ledger, asked_month.number ORDER BY adopted.position DESC) AS nth
    FROM asked_month
    JOIN policy_post_subsidy AS adopted
        ON adopted.ledger = asked_month.ledger
        AND adopted.effective_from <= asked_month.first_day
        AND (adopted.effective_to IS NULL OR asked_month.first_day < adopted.effective_to)
),
rule_month AS (
    SELECT
        month_version.*,
        number - row_number() OVER (PARTITION BY ledger, position ORDER BY number) AS stretch
    FROM month_version
    WHERE nth = 1
),
-- The months in a row for which one version was in force.
rule AS (
    SELECT
        ledger,
        position,
        version,
        start_rule,
        on_post,
        requires_registration,
        counts_purchased,
        rates_junior,
        rates_intermediate,
        rates_senior,
        event_id,
        MIN(number) AS first_month,
        MAX(number) AS last_month
    FROM rule_month
    GROUP BY
        ledger,
        position,
        version,
        start_rule,
        on_post,
        requires_registration,
        counts_purchased,
        rates_junior,
        rates_intermediate,
        rates_senior,
        event_id,
        stretch
),
post_reach AS (
    SELECT
        ledger,
        worker,
        post,
        start_on,
        COALESCE(end_on, DATE '9999-12-31') AS until,
        opened_by,
        MAX(COALESCE(end_on, DATE '9999-12-31')) OVER (
            PARTITION BY ledger, worker, post ORDER BY start_on, opened_by ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING
        ) AS until_before
    FROM post_holding
),
post_stretch AS (
    SELECT
        post_reach.*,
        SUM(CASE WHEN until_before >= start_on THEN 0 ELSE 1 END) OVER (
            PARTITION BY ledger, worker, post ORDER BY start_on, opened_by
        ) AS stretch
    FROM post_reach
),
filling AS (
    SELECT
        ledger,
        worker,
        post,
        MIN(start_on) AS start_on,
        MAX(until) AS until,
        MIN(CASE WHEN until_before >= start_on THEN NULL ELSE opened_by END) AS opened_by
    FROM post_stretch
    GROUP BY ledger, worker, post, stretch
),
-- The days on a post that count: all of them, and those in an employment that is not purchased.
presence AS (
    SELECT ledger, worker, post, start_on AS filled_on, start_on, until, opened_by, TRUE AS counts_purchased
    FROM filling
    UNION ALL
    SELECT
        filling.ledger,
        filling.worker,
        filling.post,
        filling.start_on,
        GREATEST(filling.start_on, own.start_on),
        LEAST(filling.until, COALESCE(own.end_on, filling.until)),
        filling.opened_by,
        FALSE
    FROM filling
    JOIN unbroken_employment AS own
        ON own.ledger = filling.ledger
        AND own.worker = filling.worker
        AND NOT own.counts_purchased
        AND own.start_on < filling.until
        AND (own.end_on IS NULL OR filling.start_on < own.end_on)
),
presence_month AS (
    SELECT
        presence.*,
        EXTRACT(YEAR FROM start_on) * 12 + EXTRACT(MONTH FROM start_on) AS start_month,
        CASE WHEN EXTRACT(DAY FROM start_on) = 1 THEN 0 ELSE 1 END AS start_late,
        EXTRACT(YEAR FROM until) * 12 + EXTRACT(MONTH FROM until) AS until_month,
        CASE WHEN EXTRACT(DAY FROM until) = 1 THEN 1 ELSE 0 END AS until_first
    FROM presence
),
post_months AS (
    SELECT
        presence.ledger,
        presence.worker,
        rule.position,
        rule.first_month,
        presence.post,
        presence.filled_on,
        presence.opened_by,
        GREATEST(
            rule.first_month,
            presence.start_month + CASE WHEN rule.on_post IN ('first_day', 'full_month') THEN presence.start_late ELSE 0 END
        ) AS from_month,
        LEAST(
            rule.last_month,
            presence.until_month
            - CASE WHEN rule.on_post IN ('last_day', 'full_month') THEN 1 ELSE presence.until_first END
        ) AS to_month
    FROM rule
    JOIN presence_month AS presence
        ON presence.ledger = rule.ledger AND presence.counts_purchased = rule.counts_purchased
),
-- Each pass that ever counts, with the terms registered on or after its results, and the first of them.
pass_term AS (
    SELECT
        passed.ledger,
        passed.worker,
        passed.level,
        CASE passed.level WHEN 'senior' THEN 3 WHEN 'intermediate' THEN 2 ELSE 1 END AS rank,
        passed.passed_by,
        passed.occurred_on AS passed_on,
        passed.position AS pass_position,
        term.valid_to,
        term.registered_by,
        term.registered_on,
        term.position AS term_position,
        FIRST_VALUE(term.registered_by) OVER of_pass AS first_registered_by,
        EXTRACT(YEAR FROM passed.exam_on) * 12 + EXTRACT(MONTH FROM passed.exam_on) AS exam_month,
        EXTRACT(YEAR FROM passed.results_on) * 12 + EXTRACT(MONTH FROM passed.results_on) AS results_month,
        FIRST_VALUE(EXTRACT(YEAR FROM term.registered_on) * 12 + EXTRACT(MONTH FROM term.registered_on)) OVER of_pass
            AS registered_month,
        EXTRACT(YEAR FROM passed.annulled_on) * 12 + EXTRACT(MONTH FROM passed.annulled_on) AS annulled_month,
        EXTRACT(YEAR FROM term.valid_from) * 12 + EXTRACT(MONTH FROM term.valid_from) AS begun_month,
        MIN(EXTRACT(YEAR FROM term.valid_from) * 12 + EXTRACT(MONTH FROM term.valid_from)) OVER (
            PARTITION BY passed.ledger, passed.passed_by
        ) AS first_begun_month,
        EXTRACT(YEAR FROM term.revoked_on) * 12 + EXTRACT(MONTH FROM term.revoked_on) AS revoked_month,
        EXTRACT(YEAR FROM term.valid_to + INTERVAL '1' DAY) * 12 + EXTRACT(MONTH FROM term.valid_to + INTERVAL '1' DAY)
            AS lapsed_month
    FROM level_pass AS passed
    LEFT JOIN certificate_term AS term
        ON term.ledger = passed.ledger
        AND term.worker = passed.worker
        AND term.level = passed.level
        AND term.registered_on >= passed.occurred_on
    WHERE passed.annulled_effect IS NULL OR passed.annulled_effect = 'from_decision'
    WINDOW of_pass AS (PARTITION BY passed.ledger, passed.passed_by ORDER BY term.registered_on, term.position)
),
-- A term counts from the month in which it begins; while none has begun, each counts ahead of its beginning.
term_months AS (
    SELECT pass_term.*, COALESCE(begun_month, 0) AS term_from, CAST(NULL AS BIGINT) AS term_to FROM pass_term
    UNION ALL
    SELECT pass_term.*, 0, first_begun_month - 1 FROM pass_term
),
level_months AS (
    SELECT
        term.ledger,
        term.worker,
        rule.position,
        rule.first_month,
        term.level,
        term.rank,
        term.passed_by,
        term.passed_on,
        term.pass_position,
        term.registered_by,
        term.registered_on,
        term.term_position,
        term.first_registered_by,
        term.valid_to,
        GREATEST(
            rule.first_month,
            term.term_from,
            CASE rule.start_rule
                WHEN 'pass_month' THEN term.exam_month
                WHEN 'results_month' THEN term.results_month
                WHEN 'registration_month' THEN term.registered_month
                ELSE term.registered_month + 1
            END
        ) AS from_month,
        LEAST(
            rule.last_month,
            COALESCE(term.term_to, rule.last_month),
            COALESCE(term.annulled_month - 1, rule.last_month),
            COALESCE(term.revoked_month - 1, rule.last_month),
            CASE WHEN rule.requires_registration THEN COALESCE(term.lapsed_month - 1, rule.last_month) ELSE rule.last_month END
        ) AS to_month
    FROM rule
    JOIN term_months AS term ON term.ledger = rule.ledger
    WHERE (term.registered_by IS NOT NULL OR NOT rule.requires_registration)
        AND (term.registered_month IS NOT NULL OR rule.start_rule IN ('pass_month', 'results_month'))
),
candidate AS (
    SELECT
        level.ledger,
        level.worker,
        level.position,
        level.first_month,
        level.level,
        level.rank,
        level.passed_by,
        level.passed_on,
        level.pass_position,
        level.registered_by,
        level.registered_on,
        level.term_position,
        level.first_registered_by,
        level.valid_to,
        post.post,
        post.filled_on,
        post.opened_by,
        GREATEST(level.from_month, post.from_month) AS from_month,
        LEAST(level.to_month, post.to_month) AS to_month
    FROM level_months AS level
    JOIN post_months AS post
        ON post.ledger = level.ledger
        AND post.worker = level.worker
        AND post.position = level.position
        AND post.first_month = level.first_month
        AND post.from_month <= level.to_month
        AND level.from_month <= post.to_month
    WHERE level.from_month <= level.to_month AND post.from_month <= post.to_month
),
-- A worker's months are cut where a candidate begins or ends: in each piece the same ones compete.
cut AS (
    SELECT ledger, worker, position, first_month, from_month AS number FROM candidate
    UNION
    SELECT ledger, worker, position, first_month, to_month + 1 FROM candidate
),
piece AS (
    SELECT
        ledger,
        worker,
        position,
        first_month,
        number AS from_month,
        LEAD(number) OVER (PARTITION BY ledger, worker, position, first_month ORDER BY number) - 1 AS to_month
    FROM cut
),
competing AS (
    SELECT
        piece.from_month AS piece_from,
        piece.to_month AS piece_to,
        candidate.*,
        row_number() OVER (
            PARTITION BY piece.ledger, piece.worker, piece.from_month
            ORDER BY
                candidate.rank DESC,
                candidate.passed_on,
                candidate.pass_position,
                candidate.valid_to DESC,
                candidate.registered_on,
                candidate.term_position,
                candidate.filled_on,
                candidate.post
        ) AS nth
    FROM piece
    JOIN candidate
        ON candidate.ledger = piece.ledger
        AND candidate.worker = piece.worker
        AND candidate.position = piece.position
        AND candidate.first_month = piece.first_month
        AND candidate.from_month <= piece.from_month
        AND piece.to_month <= candidate.to_month
),
due AS (
    SELECT
        best.ledger,
        best.worker,
        best.piece_from,
        best.piece_to,
        best.level,
        best.post,
        CASE best.level
            WHEN 'senior' THEN rule.rates_senior
            WHEN 'intermediate' THEN rule.rates_intermediate
            ELSE rule.rates_junior
        END AS due_fen,
        array_sort(
            array_distinct(
                ARRAY[rule.event_id, best.passed_by, best.first_registered_by, best.registered_by, best.opened_by]
            )
        ) AS due_by
    FROM competing AS best
    JOIN rule
        ON rule.ledger = best.ledger AND rule.position = best.position AND rule.first_month = best.first_month
    WHERE best.nth = 1
),
due_month AS (
    SELECT due.ledger, due.worker, asked_month.month, due.level, due.post, due.due_fen, due.due_by
    FROM due
    JOIN asked_month
        ON asked_month.ledger = due.ledger AND asked_month.number >= due.piece_from AND asked_month.number <= due.piece_to
    WHERE due.due_fen <> 0
),
settlement AS (
    SELECT settled.ledger, settled.worker, settled.month, settled.settled_fen, settled.evidence AS settled_by
    FROM settled
    JOIN asked_month ON asked_month.ledger = settled.ledger AND asked_month.month = settled.month
    WHERE settled.scheme = 'post-subsidy' AND settled.settled_fen <> 0
),
worker_month AS (
    SELECT
        COALESCE(due.ledger, settlement.ledger) AS ledger,
        COALESCE(due.worker, settlement.worker) AS worker,
        COALESCE(due.month, settlement.month) AS month,
        due.level,
        due.post,
        COALESCE(due.due_fen, 0) AS due_fen,
        COALESCE(settlement.settled_fen, 0) AS settled_fen,
        CASE
            WHEN settlement.settled_by IS NULL THEN due.due_by
            WHEN due.due_by IS NULL THEN settlement.settled_by
            ELSE array_sort(array_distinct(array_concat(due.due_by, settlement.settled_by)))
        END AS evidence
    FROM due_month AS due
    FULL JOIN settlement
        ON settlement.ledger = due.ledger AND settlement.worker = due.worker AND settlement.month = due.month
)
SELECT
    worker_month.ledger,
    worker_month.worker,
    'post-subsidy' AS scheme,
    worker_month.month,
    worker_month.level,
    worker_month.post,
    rule_month.version AS rate_policy_version,
    worker_month.due_fen,
    worker_month.settled_fen,
    worker_month.evidence
FROM worker_month
LEFT JOIN rule_month ON rule_month.ledger = worker_month.ledger AND rule_month.month = worker_month.month
