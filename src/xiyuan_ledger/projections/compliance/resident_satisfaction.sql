-- 居民满意度: for each review and subject, how many residents judged it, and how.
-- mean_centi: the mean score in hundredths of a point, half up; empty without ballots. distribution: how many gave 1, 2, 3, 4, 5.
WITH listed AS (
    SELECT DISTINCT opened.ledger, opened.review, entry.subject, opened.event_id
    FROM resident_review_opened AS opened
    CROSS JOIN UNNEST(opened.subjects) AS entry(subject)
),
line AS (
    SELECT ledger, review, subject, CAST(NULL AS BIGINT) AS score, event_id FROM listed
    UNION ALL
    SELECT ledger, review, subject, score, event_id FROM resident_review_submitted
),
counted AS (
    SELECT
        ledger,
        review,
        subject,
        COUNT(score) AS ballots,
        COALESCE(SUM(score), 0)::BIGINT AS points,
        array_agg(event_id ORDER BY event_id) AS evidence
    FROM line
    GROUP BY ledger, review, subject
),
scale AS (
    SELECT * FROM (VALUES (1), (2), (3), (4), (5)) AS grade(score)
),
spread AS (
    SELECT counted.ledger, counted.review, counted.subject, scale.score, COUNT(line.score) AS ballots
    FROM counted
    CROSS JOIN scale
    LEFT JOIN line
        ON line.ledger = counted.ledger
        AND line.review = counted.review
        AND line.subject = counted.subject
        AND line.score = scale.score
    GROUP BY counted.ledger, counted.review, counted.subject, scale.score
),
distributed AS (
    SELECT ledger, review, subject, array_agg(ballots ORDER BY score) AS distribution
    FROM spread
    GROUP BY ledger, review, subject
)
SELECT
    counted.review,
    counted.subject,
    counted.ballots,
    CASE
        WHEN counted.ballots > 0 THEN (counted.points * 200 + counted.ballots) // (2 * counted.ballots)
    END AS mean_centi,
    distributed.distribution,
    counted.evidence
FROM counted
JOIN distributed
    ON distributed.ledger = counted.ledger
    AND distributed.review = counted.review
    AND distributed.subject = counted.subject
