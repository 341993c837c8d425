-- 应发: for each worker, scheme and month of the period, what is due, what was settled, and the difference. The rule is
-- written in `subsidy_month`.
SELECT
    worker,
    scheme,
    month,
    level,
    post,
    rate_policy_version,
    due_fen,
    settled_fen,
    due_fen - settled_fen AS delta_fen,
    evidence
FROM subsidy_month
