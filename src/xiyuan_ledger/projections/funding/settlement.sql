-- 结算: the lines of a payout run of a scheme for a month, computed at the pin. A month up to it with a difference between
-- what is due and what was settled gives one line: regular (the month itself), arrears (an earlier one), or, where too much
-- was settled, an overpayment.
-- While a run of the scheme is open, the months up to its own belong to it: what it has not paid, and what did not come
-- back, is under way, and gives no line here. Unknown is never paid again.
-- Overpayments are netted against the same worker's lines, up to the share of their sum that policy `recovery` in force on
-- the pin's day allows, rounded down: largest line first, then the earlier month; largest overpayment first, then the
-- earlier month. `offset_fen` is what a line keeps back, `recovered_fen` what an overpayment gets of it.
WITH open_run AS (
    SELECT ledger, run, scheme, month FROM payout_run WHERE status NOT IN ('closed', 'rejected')
),
answered AS (
    SELECT DISTINCT ledger, run, worker, month FROM line_answer
),
candidate AS (
    SELECT
        payable.ledger,
        payable.worker,
        payable.scheme,
        payable.month,
        payable.payee,
        payable.due_fen,
        payable.settled_fen,
        payable.due_fen - payable.settled_fen AS delta_fen,
        payable.evidence,
        args.run_month AS run_month
    FROM payable
    JOIN args ON args.ledger = payable.ledger AND args.scheme = payable.scheme AND payable.month <= args.run_month
    WHERE payable.due_fen <> payable.settled_fen
),
under_way AS (
    SELECT DISTINCT candidate.ledger, candidate.worker, candidate.month
    FROM candidate
    JOIN open_run
        ON open_run.ledger = candidate.ledger
        AND open_run.scheme = candidate.scheme
        AND candidate.month <= open_run.month
    LEFT JOIN answered
        ON answered.ledger = candidate.ledger
        AND answered.run = open_run.run
        AND answered.worker = candidate.worker
        AND answered.month = candidate.month
    WHERE answered.run IS NULL
),
line AS (
    SELECT
        candidate.*,
        SUM(candidate.delta_fen) OVER before_it AS before_fen,
        SUM(CASE WHEN candidate.delta_fen > 0 THEN candidate.delta_fen ELSE 0 END) OVER of_worker AS paid_fen,
        SUM(CASE WHEN candidate.delta_fen < 0 THEN -candidate.delta_fen ELSE 0 END) OVER of_worker AS overpaid_fen
    FROM candidate
    LEFT JOIN under_way
        ON under_way.ledger = candidate.ledger
        AND under_way.worker = candidate.worker
        AND under_way.month = candidate.month
    WHERE under_way.worker IS NULL
    WINDOW
        of_worker AS (PARTITION BY candidate.ledger, candidate.worker),
        before_it AS (
            PARTITION BY candidate.ledger, candidate.worker, candidate.delta_fen > 0
            ORDER BY abs(candidate.delta_fen) DESC, candidate.month
            ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING
        )
),
cap AS (
    SELECT
        pin.ledger,
        recovery.offset_cap_centi,
        row_number() OVER (PARTITION BY pin.ledger ORDER BY recovery.position DESC) AS nth
    FROM pin
    JOIN policy_recovery AS recovery
        ON recovery.ledger = pin.ledger
        AND recovery.effective_from <= pin.valid_on
        AND (recovery.effective_to IS NULL OR pin.valid_on < recovery.effective_to)
),
netted AS (
    SELECT
        line.*,
        abs(COALESCE(line.before_fen, 0)) AS ahead_fen,
        LEAST(
            line.overpaid_fen,
            CAST((line.paid_fen * capped.centi - line.paid_fen * capped.centi % 10000) / 10000 AS BIGINT)
        ) AS kept_fen
    FROM line
    JOIN (
        SELECT pin.ledger, COALESCE(MAX(CASE WHEN cap.nth = 1 THEN cap.offset_cap_centi END), 0) AS centi
        FROM pin
        LEFT JOIN cap ON cap.ledger = pin.ledger
        GROUP BY pin.ledger
    ) AS capped
        ON capped.ledger = line.ledger
)
SELECT
    worker,
    scheme,
    month,
    payee,
    CASE WHEN delta_fen < 0 THEN 'overpayment' WHEN month = run_month THEN 'regular' ELSE 'arrears' END AS kind,
    due_fen,
    settled_fen,
    GREATEST(delta_fen, 0)::BIGINT AS amount_fen,
    CASE WHEN delta_fen > 0 THEN GREATEST(0, LEAST(delta_fen, kept_fen - ahead_fen)) ELSE 0 END::BIGINT AS offset_fen,
    CASE WHEN delta_fen > 0 THEN delta_fen - GREATEST(0, LEAST(delta_fen, kept_fen - ahead_fen)) ELSE 0 END::BIGINT AS net_fen,
    GREATEST(-delta_fen, 0)::BIGINT AS overpaid_fen,
    CASE WHEN delta_fen < 0 THEN GREATEST(0, LEAST(-delta_fen, kept_fen - ahead_fen)) ELSE 0 END::BIGINT AS recovered_fen,
    evidence
FROM netted
