-- name: openings_by_agent
-- How close agents are to their brake (R41): the most openings of the last 24 hours, one row a person.
SELECT max(c.agent ->> 'account_id') AS account_id, count(*)::integer AS count FROM recovery.cases c
WHERE c.tenant_id = $1 AND c.opened_at > recovery.now($1) - interval '24 hours'
GROUP BY c.agent ->> 'person_id' ORDER BY 2 DESC, 1 LIMIT $2;

-- name: verdicts_by_approver
SELECT max(a.record -> 'actor' ->> 'account_id') AS account_id, count(*)::integer AS count
FROM recovery.acts a JOIN recovery.cases c ON c.id = a.case_id
WHERE a.kind = 'verdict' AND c.tenant_id = $1 AND a.at > recovery.now($1) - interval '24 hours'
GROUP BY a.record -> 'actor' ->> 'person_id' ORDER BY 2 DESC, 1 LIMIT $2;

-- name: verdicts_by_pair
SELECT max(a.record -> 'actor' ->> 'account_id') AS approver_id, max(c.agent ->> 'account_id') AS agent_id,
    count(DISTINCT a.case_id)::integer AS count
FROM recovery.acts a JOIN recovery.cases c ON c.id = a.case_id
WHERE a.kind = 'verdict' AND c.tenant_id = $1 AND a.at > recovery.now($1) - interval '24 hours'
GROUP BY a.record -> 'actor' ->> 'person_id', c.agent ->> 'person_id' ORDER BY 3 DESC, 1, 2 LIMIT $2;

-- name: open_cases_by_tier
-- Those whose reset has not begun: they are judged by the policy of their opening and by the one in force (R34).
SELECT c.tier, count(*)::integer AS count FROM recovery.cases c
WHERE c.tenant_id = $1 AND c.outcome IS NULL AND c.claimed_at IS NULL GROUP BY c.tier;
