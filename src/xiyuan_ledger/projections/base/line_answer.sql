-- 回盘: what became of a line of a run: paid, or returned (`back`), a row for each fact that says so.
-- A line of reimbursements is paid by the payments of its claims, in the month in which they were decided (`run` is NULL
-- where a claim was paid without one); a line of project instalments by the transfer whose voucher is the run, the
-- project and the month. `reason` says why a line came back.
SELECT
    ledger,
    run,
    worker,
    scheme,
    month,
    amount_fen,
    amount_fen - offset_fen AS net_fen,
    bank_ref,
    FALSE AS back,
    event_id,
    CAST(NULL AS VARCHAR) AS reason
FROM subsidy_paid
UNION ALL
SELECT ledger, run, worker, scheme, month, amount_fen, amount_fen, bank_ref, TRUE AS back, event_id, reason
FROM payment_returned
UNION ALL
SELECT
    paid.ledger,
    paid.run,
    claim.worker,
    'exam-reimbursement' AS scheme,
    substr(CAST(decided.occurred_on AS VARCHAR), 1, 7) AS month,
    decided.amount_fen,
    decided.amount_fen AS net_fen,
    paid.bank_ref,
    FALSE AS back,
    paid.event_id,
    NULL AS reason
FROM reimbursement_paid AS paid
JOIN reimbursement_claimed AS claim ON claim.ledger = paid.ledger AND claim.claim = paid.claim
JOIN reimbursement_decided AS decided ON decided.ledger = paid.ledger AND decided.claim = paid.claim
UNION ALL
SELECT
    sent.ledger,
    opened.run,
    sent.project,
    opened.scheme,
    substr(sent.voucher, length(opened.run || '-' || sent.project || '-') + 1) AS month,
    sent.amount_fen,
    sent.amount_fen AS net_fen,
    sent.voucher,
    FALSE AS back,
    sent.event_id,
    NULL AS reason
FROM funds_transferred AS sent
JOIN payout_run_opened AS opened
    ON opened.ledger = sent.ledger
    AND opened.scheme = 'project-instalment'
    AND starts_with(sent.voucher, opened.run || '-' || sent.project || '-')
