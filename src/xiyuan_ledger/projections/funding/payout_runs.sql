-- 批次: every payout run: its pin, what it commits to, who took which step, and how far it has come.
-- A rejected run is over. `paid` and `returned` count its lines by the facts that name them.
WITH answered AS (
    SELECT ledger, run, worker, month, bool_or(back) AS back, SUM(net_fen)::BIGINT AS net_fen
    FROM line_answer
    GROUP BY ledger, run, worker, month
),
counted AS (
    SELECT
        ledger,
        run,
        SUM(CASE WHEN back THEN 0 ELSE 1 END)::BIGINT AS paid_lines,
        SUM(CASE WHEN back THEN 0 ELSE net_fen END)::BIGINT AS paid_fen,
        SUM(CASE WHEN back THEN 1 ELSE 0 END)::BIGINT AS returned_lines
    FROM answered
    GROUP BY ledger, run
)
SELECT
    run.run,
    run.scheme,
    run.month,
    run.status,
    run.lines,
    run.total_fen,
    COALESCE(counted.paid_lines, 0) AS paid_lines,
    COALESCE(counted.paid_fen, 0) AS paid_fen,
    COALESCE(counted.returned_lines, 0) AS returned_lines,
    run.opened_on,
    run.opened_by,
    run.approved_on,
    run.approved_by,
    run.instructed_on,
    run.pin_position,
    run.pin_valid_on,
    run.lines_digest,
    run.evidence
FROM payout_run AS run
LEFT JOIN counted ON counted.ledger = run.ledger AND counted.run = run.run
