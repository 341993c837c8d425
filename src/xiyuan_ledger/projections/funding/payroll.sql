-- 发放表: the lines of every run, or of the one asked for, each computed again at its run's pin, and what became of them.
-- A line is paid or returned by the facts that name it and its run; else it stands as its run does, and once the bank was
-- told it is under way (`instructed`). An overpayment is nothing to be paid: it stands as its run does. A rejected run has
-- no lines any more.
WITH answered AS (
    SELECT
        ledger,
        run,
        worker,
        scheme,
        month,
        bool_or(back) AS back,
        bool_or(NOT back) AS was_paid,
        MIN(bank_ref) AS bank_ref,
        MIN(reason) AS reason,
        array_agg(event_id) AS event_ids
    FROM line_answer
    GROUP BY ledger, run, worker, scheme, month
)
SELECT
    run.run,
    line.worker,
    line.scheme,
    line.month,
    line.payee,
    line.kind,
    line.due_fen,
    line.amount_fen,
    line.offset_fen,
    line.net_fen,
    line.overpaid_fen,
    line.recovered_fen,
    CASE
        WHEN answered.back THEN 'returned'
        WHEN answered.run IS NOT NULL THEN 'paid'
        ELSE run.status
    END AS status,
    answered.bank_ref,
    COALESCE(answered.was_paid, FALSE) AS was_paid,
    answered.reason,
    array_sort(array_concat(run.evidence, COALESCE(answered.event_ids, ARRAY[]))) AS evidence
FROM run_line AS line
JOIN payout_run AS run ON run.ledger = line.ledger AND run.run = line.run
LEFT JOIN answered
    ON answered.ledger = line.ledger
    AND answered.run = line.run
    AND answered.worker = line.worker
    AND answered.month = line.month
WHERE run.status <> 'rejected'
