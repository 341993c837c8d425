-- 人员合并: for every client code that was merged into another, the code of the person who survives it at last.
-- A survivor may herself be merged later; the chain is followed to its end. A code is merged once; should it stand there twice, the
-- first merging (by date, then position) holds. merged_by is the merging of this very code.
-- That two codes are one person holds for all days, not only from the merging on.
WITH RECURSIVE step AS (
    SELECT ledger, merged, client, event_id
    FROM (
        SELECT
            persons_merged.*,
            row_number() OVER (PARTITION BY ledger, merged ORDER BY occurred_on, position) AS nth
        FROM persons_merged
    ) AS merging
    WHERE nth = 1
),
chain AS (
    SELECT ledger, merged AS client, client AS person FROM step
    UNION
    SELECT chain.ledger, chain.client, further.client AS person
    FROM chain
    JOIN step AS further ON further.ledger = chain.ledger AND further.merged = chain.person
)
SELECT chain.ledger, chain.client, chain.person, step.event_id AS merged_by
FROM chain
JOIN step ON step.ledger = chain.ledger AND step.merged = chain.client
LEFT JOIN step AS further ON further.ledger = chain.ledger AND further.merged = chain.person
WHERE further.merged IS NULL
