-- 发放收支: what payouts take from an account and bring back to it.
-- What a run paid, and what the bank returned of it, is of the account that its file debited, as `PaymentInstructed` names
-- it; where it names none, of the account that the scheme's policy named on the day of the run's pin (of versions known at
-- the pin, if there are such). What was paid without a run, or is handed back, is of the account of the policy in force on
-- that day.
-- A payment spends what left, after its offset. What the bank returns after it was paid comes back as a reversal, as does
-- what is recovered by hand; what a run keeps back never left. Project instalments are transfers, and not told here.
WITH paid AS (
    SELECT ledger, run, worker, scheme, month, occurred_on, amount_fen - offset_fen AS fen, event_id FROM subsidy_paid
    UNION ALL
    SELECT
        payment.ledger,
        payment.run,
        claim.worker,
        'exam-reimbursement' AS scheme,
        substr(CAST(decided.occurred_on AS VARCHAR), 1, 7) AS month,
        payment.occurred_on,
        decided.amount_fen,
        payment.event_id
    FROM reimbursement_paid AS payment
    JOIN reimbursement_claimed AS claim ON claim.ledger = payment.ledger AND claim.claim = payment.claim
    JOIN reimbursement_decided AS decided ON decided.ledger = payment.ledger AND decided.claim = payment.claim
),
paid_line AS (
    SELECT ledger, run, worker, scheme, month, MIN(occurred_on) AS paid_on FROM paid GROUP BY ledger, run, worker, scheme, month
),
told AS (
    SELECT
        ledger,
        run,
        org,
        channel,
        row_number() OVER (PARTITION BY ledger, run ORDER BY position) AS nth
    FROM payment_instructed
    WHERE org IS NOT NULL AND channel IS NOT NULL
),
moved AS (
    SELECT ledger, scheme, run, occurred_on AS account_on, occurred_on, 'spent' AS kind, fen, event_id FROM paid WHERE fen > 0
    UNION ALL
    SELECT back.ledger, back.scheme, back.run, paid_line.paid_on, back.occurred_on, 'reversed', back.amount_fen, back.event_id
    FROM payment_returned AS back
    JOIN paid_line
        ON paid_line.ledger = back.ledger
        AND paid_line.run = back.run
        AND paid_line.worker = back.worker
        AND paid_line.scheme = back.scheme
        AND paid_line.month = back.month
    UNION ALL
    SELECT ledger, scheme, run, occurred_on, occurred_on, 'reversed', amount_fen, event_id
    FROM clawback_recovered
    WHERE run IS NULL
),
movement AS (
    SELECT
        moved.ledger,
        moved.scheme,
        COALESCE(opened.pin.valid_on, moved.account_on) AS account_on,
        opened.pin.position AS known_at,
        moved.occurred_on,
        moved.kind,
        moved.fen,
        moved.event_id,
        told.org,
        told.channel
    FROM moved
    LEFT JOIN payout_run_opened AS opened ON opened.ledger = moved.ledger AND opened.run = moved.run
    LEFT JOIN told ON told.ledger = moved.ledger AND told.run = moved.run AND told.nth = 1
),
adopted AS (
    SELECT ledger, 'post-subsidy' AS scheme, position, effective_from, effective_to, account_org, account_channel
    FROM policy_post_subsidy
    UNION ALL
    SELECT ledger, 'exam-reimbursement', position, effective_from, effective_to, account_org, account_channel
    FROM policy_exam_reimbursement
),
day AS (
    SELECT DISTINCT ledger, scheme, account_on, COALESCE(known_at, -1) AS known_at FROM movement WHERE org IS NULL
),
account AS (
    SELECT
        day.ledger,
        day.scheme,
        day.account_on,
        day.known_at,
        adopted.account_org,
        adopted.account_channel,
        row_number() OVER (
            PARTITION BY day.ledger, day.scheme, day.account_on, day.known_at
            ORDER BY CASE WHEN adopted.position <= day.known_at THEN 0 ELSE 1 END, adopted.position DESC
        ) AS nth
    FROM day
    JOIN adopted
        ON adopted.ledger = day.ledger
        AND adopted.scheme = day.scheme
        AND adopted.effective_from <= day.account_on
        AND (adopted.effective_to IS NULL OR day.account_on < adopted.effective_to)
)
SELECT
    movement.ledger,
    COALESCE(movement.org, account.account_org) AS org,
    COALESCE(movement.channel, account.account_channel) AS channel,
    movement.occurred_on,
    movement.event_id,
    movement.kind,
    movement.fen AS amount_fen
FROM movement
LEFT JOIN account
    ON account.ledger = movement.ledger
    AND account.scheme = movement.scheme
    AND account.account_on = movement.account_on
    AND account.known_at = COALESCE(movement.known_at, -1)
    AND account.nth = 1
WHERE COALESCE(movement.org, account.account_org) IS NOT NULL
