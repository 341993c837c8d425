-- 应付: what is due and what was settled, for every scheme that a run can pay, by worker (for instalments: project) and
-- month. A claim belongs to the month in which it was decided, an instalment to the month in which it falls due.
WITH decided AS (
    SELECT
        ledger,
        worker,
        month,
        SUM(CASE WHEN approved AND pass_stands THEN approved_fen ELSE 0 END)::BIGINT AS due_fen,
        array_agg(evidence) AS evidences
    FROM reimbursement
    WHERE decided_on IS NOT NULL
    GROUP BY ledger, worker, month
),
due_part AS (
    SELECT
        ledger,
        project,
        month,
        implementer,
        SUM(amount_fen)::BIGINT AS due_fen,
        SUM(paid_fen)::BIGINT AS paid_fen,
        array_agg(evidence) AS evidences
    FROM instalment
    WHERE is_due AND is_released
    GROUP BY ledger, project, month, implementer
)
SELECT ledger, worker, scheme, month, worker AS payee, due_fen, settled_fen, evidence FROM subsidy_month
UNION ALL
SELECT
    COALESCE(decided.ledger, settled.ledger),
    COALESCE(decided.worker, settled.worker),
    'exam-reimbursement' AS scheme,
    COALESCE(decided.month, settled.month),
    COALESCE(decided.worker, settled.worker) AS payee,
    COALESCE(decided.due_fen, 0),
    COALESCE(settled.settled_fen, 0),
    array_sort(
        array_distinct(array_concat(COALESCE(flatten(decided.evidences), ARRAY[]), COALESCE(settled.evidence, ARRAY[])))
    )
FROM decided
FULL JOIN (SELECT * FROM settled WHERE scheme = 'exam-reimbursement') AS settled
    ON settled.ledger = decided.ledger AND settled.worker = decided.worker AND settled.month = decided.month
UNION ALL
SELECT
    ledger,
    project AS worker,
    'project-instalment' AS scheme,
    month,
    implementer AS payee,
    due_fen,
    paid_fen AS settled_fen,
    array_sort(array_distinct(flatten(evidences)))
FROM due_part
