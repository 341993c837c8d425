-- 已结: what was settled for a worker, a scheme and a month: paid, less what came back, was recovered or written off.
-- Empty while the catalogue has no payout facts; its columns are what subsidy_due counts on.
SELECT
    CAST(NULL AS VARCHAR) AS ledger,
    CAST(NULL AS VARCHAR) AS worker,
    CAST(NULL AS VARCHAR) AS scheme,
    CAST(NULL AS VARCHAR) AS month,
    CAST(NULL AS BIGINT) AS settled_fen,
    ARRAY[] AS evidence
WHERE FALSE
