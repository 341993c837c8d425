-- 发放单: for each worker, what each run paid for which month: regular, arrears and by hand, what was kept back of it, what
-- arrived. A line that came back is named with nothing paid; the next run pays it anew.
WITH paid AS (
    SELECT ledger, run, worker, scheme, month, amount_fen, net_fen, bank_ref, event_id, back FROM line_answer
    WHERE scheme <> 'project-instalment'
),
line AS (
    SELECT
        ledger,
        run,
        worker,
        scheme,
        month,
        bool_or(back) AS back,
        SUM(CASE WHEN back THEN 0 ELSE amount_fen END)::BIGINT AS amount_fen,
        SUM(CASE WHEN back THEN 0 ELSE amount_fen - net_fen END)::BIGINT AS offset_fen,
        SUM(CASE WHEN back THEN 0 ELSE net_fen END)::BIGINT AS net_fen,
        array_sort(array_distinct(array_agg(event_id))) AS evidence
    FROM paid
    GROUP BY ledger, run, worker, scheme, month
),
first_paid AS (
    SELECT ledger, worker, scheme, month, run, MIN(occurred_on) AS paid_on
    FROM (
        SELECT ledger, worker, scheme, month, run, occurred_on FROM subsidy_paid
        UNION ALL
        SELECT
            paid.ledger,
            claim.worker,
            'exam-reimbursement',
            substr(CAST(decided.occurred_on AS VARCHAR), 1, 7),
            paid.run,
            paid.occurred_on
        FROM reimbursement_paid AS paid
        JOIN reimbursement_claimed AS claim ON claim.ledger = paid.ledger AND claim.claim = paid.claim
        JOIN reimbursement_decided AS decided ON decided.ledger = paid.ledger AND decided.claim = paid.claim
    ) AS every
    GROUP BY ledger, worker, scheme, month, run
)
SELECT
    line.worker,
    line.scheme,
    line.run,
    line.month,
    first_paid.paid_on,
    line.amount_fen,
    line.offset_fen,
    CASE WHEN line.back THEN 0 ELSE line.net_fen END AS net_fen,
    line.back AS returned,
    line.evidence
FROM line
LEFT JOIN first_paid
    ON first_paid.ledger = line.ledger
    AND first_paid.worker = line.worker
    AND first_paid.scheme = line.scheme
    AND first_paid.month = line.month
    AND first_paid.run IS NOT DISTINCT FROM line.run
