-- 报销册: every claim: what it asks for, what the policy in force on its day pays of it, what was decided and paid.
-- Status: claimed, declined, approved, paid, returned (its payment came back: it is paid anew), or overpaid (it was paid, and
-- the pass behind it was annulled from the start). `payable`: approved, not paid, and the pass stands.
SELECT
    claim,
    worker,
    level,
    year,
    claimed_on,
    claimed_fen,
    eligible_fen,
    decided_on,
    approved_by,
    approved_fen,
    CASE
        WHEN paid_on IS NOT NULL AND returned_by IS NULL AND NOT pass_stands THEN 'overpaid'
        WHEN paid_on IS NOT NULL AND returned_by IS NULL THEN 'paid'
        WHEN paid_on IS NOT NULL THEN 'returned'
        WHEN approved THEN 'approved'
        WHEN decided_on IS NOT NULL THEN 'declined'
        ELSE 'claimed'
    END AS status,
    COALESCE(approved, FALSE) AND pass_stands AND (paid_on IS NULL OR returned_by IS NOT NULL) AS payable,
    paid_on,
    CASE WHEN paid_on IS NOT NULL AND returned_by IS NULL THEN approved_fen ELSE 0 END AS paid_fen,
    paid_run AS run,
    month,
    evidence
FROM reimbursement
