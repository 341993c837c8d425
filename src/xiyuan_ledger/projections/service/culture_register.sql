-- 文化名册: for each organisation that formed a team or has a cultural star, its teams, the communities they are of, its members and stars.
-- teams: formed by the pin's day, each code once; communities: those that the teams' first forming names. members: on that day.
-- stars: distinct people selected, for whatever year.
WITH formed AS (
    SELECT
        ledger,
        org,
        team,
        community,
        event_id,
        row_number() OVER (PARTITION BY ledger, org, team ORDER BY occurred_on, position) AS nth
    FROM team_formed
),
team AS (
    SELECT ledger, org, team, community, event_id FROM formed WHERE nth = 1
),
turn AS (
    SELECT ledger, org, person, occurred_on, position, event_id, TRUE AS joins FROM member_joined
    UNION ALL
    SELECT ledger, org, person, occurred_on, position, event_id, FALSE AS joins FROM member_left
),
last_turn AS (
    SELECT
        turn.*,
        row_number() OVER (PARTITION BY ledger, org, person ORDER BY occurred_on DESC, position DESC) AS nth
    FROM turn
),
member AS (
    SELECT ledger, org, person, event_id FROM last_turn WHERE nth = 1 AND joins
),
cultural AS (
    SELECT ledger, org FROM team
    UNION
    SELECT ledger, org FROM cultural_star_selected
),
line AS (
    SELECT ledger, org, team, community, NULL AS member, NULL AS star, event_id FROM team
    UNION ALL
    SELECT member.ledger, member.org, NULL, NULL, member.person, NULL, member.event_id
    FROM member
    JOIN cultural ON cultural.ledger = member.ledger AND cultural.org = member.org
    UNION ALL
    SELECT ledger, org, NULL, NULL, NULL, person, event_id FROM cultural_star_selected
)
SELECT
    org,
    COUNT(team) AS teams,
    COUNT(DISTINCT community) AS communities,
    COUNT(member) AS members,
    COUNT(DISTINCT star) AS stars,
    array_agg(event_id ORDER BY event_id) AS evidence
FROM line
GROUP BY ledger, org
