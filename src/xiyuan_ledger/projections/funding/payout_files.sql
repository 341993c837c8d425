-- 付款进度: every payout run and the files that it sent to the bank: how many lines each has, and how many are settled.
-- A file is known by the source of its PaymentInstructed; what settles its lines has the same source. A run of which no
-- file was instructed yet is one row without a file. A line is settled once it is paid or has come back; it counts once.
-- What the bank does not say of is in transit: file_lines - settled_lines. A line that its offset takes up whole is in no
-- file, nor is one that was kept back for want of an account. A line is known by its entitlement: one of reimbursements by
-- those of the claims that it pays, one of project instalments by that in its voucher (run, project and month).
-- With `state` there are only the runs that stand so, and no lines of others are counted.
WITH step AS (
    SELECT ledger, run, 1 AS rank, event_id FROM payout_run_opened
    UNION ALL
    SELECT ledger, run, 2, event_id FROM payout_run_approved
    UNION ALL
    SELECT ledger, run, 3, event_id FROM payout_run_rejected
    UNION ALL
    SELECT ledger, run, 4, event_id FROM payout_run_closed
),
reached AS (
    SELECT ledger, run, MAX(rank) AS rank, array_agg(event_id) AS event_ids FROM step GROUP BY ledger, run
),
named AS (
    SELECT
        ledger,
        run,
        CASE rank WHEN 1 THEN 'opened' WHEN 2 THEN 'approved' WHEN 3 THEN 'rejected' ELSE 'closed' END AS state,
        event_ids
    FROM reached
),
stand AS (
    SELECT named.* FROM named JOIN args ON args.ledger = named.ledger AND (args.state IS NULL OR args.state = named.state)
),
told AS (
    SELECT told.* FROM payment_instructed AS told JOIN stand ON stand.ledger = told.ledger AND stand.run = told.run
),
file AS (
    SELECT DISTINCT ledger, source FROM told WHERE source IS NOT NULL
),
settlement AS (
    SELECT paid.ledger, paid.source, paid.stream AS line
    FROM subsidy_paid AS paid
    JOIN file ON file.ledger = paid.ledger AND file.source = paid.source
    WHERE paid.bank_ref <> 'offset'
    UNION
    SELECT back.ledger, back.source, back.stream
    FROM payment_returned AS back
    JOIN file ON file.ledger = back.ledger AND file.source = back.source
    WHERE back.bank_ref <> 'kept-back'
    UNION
    SELECT
        paid.ledger,
        paid.source,
        'entitlement/' || claim.worker || '/exam-reimbursement/' || substr(CAST(decided.occurred_on AS VARCHAR), 1, 7)
    FROM reimbursement_paid AS paid
    JOIN file ON file.ledger = paid.ledger AND file.source = paid.source
    JOIN reimbursement_claimed AS claim ON claim.ledger = paid.ledger AND claim.claim = paid.claim
    JOIN reimbursement_decided AS decided ON decided.ledger = paid.ledger AND decided.claim = paid.claim
    WHERE paid.run IS NOT NULL
    UNION
    SELECT
        sent.ledger,
        sent.source,
        'entitlement/' || sent.project || '/project-instalment/'
        || substr(sent.voucher, length(told.run || '-' || sent.project || '-') + 1)
    FROM funds_transferred AS sent
    JOIN told
        ON told.ledger = sent.ledger
        AND told.source = sent.source
        AND starts_with(sent.voucher, told.run || '-' || sent.project || '-')
),
settled_file AS (
    SELECT ledger, source, COUNT(*) AS lines FROM settlement GROUP BY ledger, source
)
SELECT
    opened.run,
    opened.scheme,
    opened.month,
    opened.lines,
    opened.total_fen,
    stand.state,
    told.source AS file,
    told.occurred_on AS instructed_on,
    told.lines AS file_lines,
    told.total_fen AS file_fen,
    CASE WHEN told.run IS NOT NULL THEN COALESCE(settled_file.lines, 0) END AS settled_lines,
    array_sort(
        CASE WHEN told.event_id IS NULL THEN stand.event_ids ELSE array_append(stand.event_ids, told.event_id) END
    ) AS evidence
FROM payout_run_opened AS opened
JOIN stand ON stand.ledger = opened.ledger AND stand.run = opened.run
LEFT JOIN told ON told.ledger = opened.ledger AND told.run = opened.run
LEFT JOIN settled_file ON settled_file.ledger = told.ledger AND settled_file.source = told.source
