-- 同时两处: a worker, or a client, in two places at once. Rows: one per finding and subject, with the event that tells of it.
-- presence: who was where from when to when. role `worker`: who served or led, and workers who attended a training; `client`: who was
-- served, or present by name; merged people are one. place: the session's code; of a service its other side: the client for the
-- worker, the worker for the client. What does not say when it began is left out.
-- One finding per presence that begins before an earlier one of the same person has ended; where one ends as the other begins, there
-- is none. Earlier is by beginning, then by position. Its other side is, of the earlier ones, the one that lasts longest (tie: the one
-- recorded first): nobody is compared with everybody, and a day of many overlaps has as many findings as presences, less one.
WITH seen AS (
    SELECT ledger, 'worker' AS role, worker AS code, client AS place, starts_at, minutes, occurred_on, event_id
    FROM client_served
    WHERE starts_at IS NOT NULL
    UNION ALL
    SELECT ledger, 'client', client, worker, starts_at, minutes, occurred_on, event_id
    FROM client_served
    WHERE starts_at IS NOT NULL
    UNION ALL
    SELECT held.ledger, 'worker', listed.code, held.session, held.starts_at, held.minutes, held.occurred_on, held.event_id
    FROM session_held AS held
    CROSS JOIN UNNEST(held.workers) AS listed(code)
    UNION ALL
    SELECT held.ledger, 'client', listed.code, held.session, held.starts_at, held.minutes, held.occurred_on, held.event_id
    FROM session_held AS held
    CROSS JOIN UNNEST(held.participants) AS listed(code)
    UNION ALL
    SELECT held.ledger, 'worker', listed.code, held.session, held.starts_at, held.minutes, held.occurred_on, held.event_id
    FROM training_session_held AS held
    CROSS JOIN UNNEST(held.attendees) AS listed(code)
    JOIN (SELECT DISTINCT ledger, worker FROM worker_hired) AS staff
        ON staff.ledger = held.ledger AND staff.worker = listed.code
),
presence AS (
    SELECT
        seen.ledger,
        seen.role,
        COALESCE(same.person, seen.code) AS person,
        seen.place,
        seen.starts_at,
        seen.starts_at + seen.minutes * INTERVAL '1' MINUTE AS ends_at,
        seen.occurred_on,
        seen.event_id
    FROM seen
    LEFT JOIN merged_person AS same ON same.ledger = seen.ledger AND same.client = seen.code AND seen.role = 'client'
),
-- Whoever stands twice in one fact, by a code of hers and another, is there once: the second row follows the first.
followed AS (
    SELECT
        presence.*,
        LAG(event_id) OVER in_turn AS event_before,
        MAX(ends_at) OVER (in_turn ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) AS busy_until
    FROM presence
    WINDOW in_turn AS (PARTITION BY ledger, role, person ORDER BY starts_at, event_id)
),
paired AS (
    SELECT
        later.ledger,
        later.role,
        later.person,
        later.place,
        later.starts_at,
        later.ends_at,
        later.occurred_on,
        later.event_id,
        earlier.place AS earlier_place,
        earlier.starts_at AS earlier_starts_at,
        earlier.ends_at AS earlier_ends_at,
        earlier.event_id AS earlier_event_id,
        row_number() OVER (
            PARTITION BY later.ledger, later.role, later.person, later.event_id ORDER BY earlier.event_id
        ) AS nth
    FROM followed AS later
    JOIN presence AS earlier
        ON earlier.ledger = later.ledger
        AND earlier.role = later.role
        AND earlier.person = later.person
        AND earlier.ends_at = later.busy_until
        AND (earlier.starts_at, earlier.event_id) < (later.starts_at, later.event_id)
    WHERE later.starts_at < later.busy_until AND later.event_before <> later.event_id
),
finding AS (
    SELECT
        paired.*,
        role || '_in_two_places' AS rule,
        person || '/' || event_id AS finding,
        earlier_place || ' ' || CAST(earlier_starts_at AS VARCHAR) || '..' || CAST(earlier_ends_at AS VARCHAR) || '; '
            || place || ' ' || CAST(starts_at AS VARCHAR) || '..' || CAST(ends_at AS VARCHAR) AS detail
    FROM paired
    WHERE nth = 1
)
SELECT ledger, rule, finding, occurred_on, detail, place AS subject, event_id FROM finding
UNION ALL
SELECT ledger, rule, finding, occurred_on, detail, earlier_place, earlier_event_id FROM finding
UNION ALL
SELECT ledger, rule, finding, occurred_on, detail, person, NULL FROM finding
UNION ALL
SELECT finding.ledger, finding.rule, finding.finding, finding.occurred_on, finding.detail, NULL, same.merged_by
FROM finding
JOIN merged_person AS same ON same.ledger = finding.ledger AND same.person = finding.person
WHERE finding.role = 'client'
