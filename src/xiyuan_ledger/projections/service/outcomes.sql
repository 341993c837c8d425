-- 成效: for each project, client and instrument, the first measurement before, the last one after, and the change.
-- pre: the first of phase `pre`; post: the last of phase `post`, by (date, position). change: post - pre; empty while either is missing.
-- measurements counts all, interim ones too. Merged people are one.
WITH measured AS (
    SELECT
        outcome_measured.ledger,
        outcome_measured.project,
        COALESCE(same.person, outcome_measured.client) AS client,
        outcome_measured.instrument,
        outcome_measured.phase,
        outcome_measured.score,
        outcome_measured.occurred_on,
        outcome_measured.position,
        outcome_measured.event_id
    FROM outcome_measured
    LEFT JOIN merged_person AS same ON same.ledger = outcome_measured.ledger AND same.client = outcome_measured.client
),
ranked AS (
    SELECT
        measured.*,
        row_number() OVER (
            PARTITION BY ledger, project, client, instrument, phase ORDER BY occurred_on, position
        ) AS nth,
        row_number() OVER (
            PARTITION BY ledger, project, client, instrument, phase ORDER BY occurred_on DESC, position DESC
        ) AS nth_last
    FROM measured
),
compared AS (
    SELECT
        ledger,
        project,
        client,
        instrument,
        MAX(CASE WHEN phase = 'pre' AND nth = 1 THEN occurred_on END) AS pre_on,
        MAX(CASE WHEN phase = 'pre' AND nth = 1 THEN score END) AS pre,
        MAX(CASE WHEN phase = 'post' AND nth_last = 1 THEN occurred_on END) AS post_on,
        MAX(CASE WHEN phase = 'post' AND nth_last = 1 THEN score END) AS post,
        COUNT(*) AS measurements
    FROM ranked
    GROUP BY ledger, project, client, instrument
),
proof AS (
    SELECT ledger, project, client, instrument, event_id FROM measured
    UNION ALL
    SELECT compared.ledger, compared.project, compared.client, compared.instrument, same.merged_by
    FROM compared
    JOIN merged_person AS same ON same.ledger = compared.ledger AND same.person = compared.client
),
proven AS (
    SELECT ledger, project, client, instrument, array_agg(event_id ORDER BY event_id) AS evidence
    FROM proof
    GROUP BY ledger, project, client, instrument
)
SELECT
    compared.project,
    compared.client,
    compared.instrument,
    compared.pre_on,
    compared.pre,
    compared.post_on,
    compared.post,
    compared.post - compared.pre AS change,
    compared.measurements,
    proven.evidence
FROM compared
JOIN proven
    ON proven.ledger = compared.ledger
    AND proven.project = compared.project
    AND proven.client = compared.client
    AND proven.instrument = compared.instrument
