-- 已结: what was settled for a worker, a scheme and a month: paid (before offsets), less what came back, was recovered or
-- written off. What a run kept back of a payment is recovered in the month that was overpaid, so it counts once. A line
-- that came back without having been paid settles nothing. Project instalments are settled by their transfers, see
-- `instalment`.
WITH movement AS (
    SELECT ledger, worker, scheme, month, amount_fen AS change_fen, event_id
    FROM line_answer
    WHERE NOT back AND scheme <> 'project-instalment'
    UNION ALL
    SELECT DISTINCT back.ledger, back.worker, back.scheme, back.month, -back.amount_fen, back.event_id
    FROM payment_returned AS back
    JOIN line_answer AS paid
        ON paid.ledger = back.ledger
        AND paid.worker = back.worker
        AND paid.scheme = back.scheme
        AND paid.month = back.month
        AND paid.run = back.run
        AND NOT paid.back
    UNION ALL
    SELECT ledger, worker, scheme, month, -amount_fen, event_id FROM clawback_recovered
    UNION ALL
    SELECT ledger, worker, scheme, month, -amount_fen, event_id FROM overpayment_written_off
)
SELECT
    ledger,
    worker,
    scheme,
    month,
    SUM(change_fen)::BIGINT AS settled_fen,
    array_sort(array_distinct(array_agg(event_id))) AS evidence
FROM movement
GROUP BY ledger, worker, scheme, month
