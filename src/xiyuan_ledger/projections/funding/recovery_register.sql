-- 追回册: for each worker, scheme and month for which more was settled than is due as now known, or was determined, recovered
-- or written off.
-- open = settled - due, where that is positive; overpaid = recovered + written off + open. `determined` is what was written
-- down as paid too much: no more than that can be recovered or written off.
WITH change AS (
    SELECT ledger, worker, scheme, month, 'determined' AS kind, amount_fen, event_id FROM overpayment_determined
    UNION ALL
    SELECT ledger, worker, scheme, month, 'recovered', amount_fen, event_id FROM clawback_recovered
    UNION ALL
    SELECT ledger, worker, scheme, month, 'written off', amount_fen, event_id FROM overpayment_written_off
),
changed AS (
    SELECT
        ledger,
        worker,
        scheme,
        month,
        SUM(CASE WHEN kind = 'determined' THEN amount_fen ELSE 0 END)::BIGINT AS determined_fen,
        SUM(CASE WHEN kind = 'recovered' THEN amount_fen ELSE 0 END)::BIGINT AS recovered_fen,
        SUM(CASE WHEN kind = 'written off' THEN amount_fen ELSE 0 END)::BIGINT AS written_off_fen,
        array_agg(event_id) AS event_ids
    FROM change
    GROUP BY ledger, worker, scheme, month
),
overpaid AS (
    SELECT ledger, worker, scheme, month, settled_fen - due_fen AS open_fen, evidence
    FROM payable
    WHERE settled_fen > due_fen
)
SELECT
    COALESCE(overpaid.worker, changed.worker) AS worker,
    COALESCE(overpaid.scheme, changed.scheme) AS scheme,
    COALESCE(overpaid.month, changed.month) AS month,
    COALESCE(overpaid.open_fen, 0) + COALESCE(changed.recovered_fen, 0) + COALESCE(changed.written_off_fen, 0) AS overpaid_fen,
    COALESCE(changed.determined_fen, 0) AS determined_fen,
    COALESCE(changed.recovered_fen, 0) AS recovered_fen,
    COALESCE(changed.written_off_fen, 0) AS written_off_fen,
    COALESCE(overpaid.open_fen, 0) AS open_fen,
    array_sort(
        array_distinct(array_concat(COALESCE(overpaid.evidence, ARRAY[]), COALESCE(changed.event_ids, ARRAY[])))
    ) AS evidence
FROM overpaid
FULL JOIN changed
    ON changed.ledger = overpaid.ledger
    AND changed.worker = overpaid.worker
    AND changed.scheme = overpaid.scheme
    AND changed.month = overpaid.month
