-- name: openings_today
SELECT count(*)::integer FROM recovery.cases c
WHERE c.tenant_id = $1 AND c.agent ->> 'person_id' = $2 AND c.opened_at > recovery.now($1) - interval '24 hours';

-- name: verdicts_today
SELECT count(*)::integer AS verdicts,
    (count(DISTINCT a.case_id) FILTER (WHERE c.agent ->> 'person_id' = $3))::integer AS pair
FROM recovery.acts a JOIN recovery.cases c ON c.id = a.case_id
WHERE a.kind = 'verdict' AND a.record -> 'actor' ->> 'person_id' = $2 AND c.tenant_id = $1
    AND a.at > recovery.now($1) - interval '24 hours' AND a.case_id <> $4;

-- name: claims_this_hour
-- The tenant's resets of the last hour; without the case of $2, where one is given.
SELECT count(*)::integer FROM recovery.cases c
WHERE c.tenant_id = $1 AND c.claimed_at > recovery.now($1) - interval '1 hour' AND c.id IS DISTINCT FROM $2::uuid;

-- name: tenant_lock_claims
-- Claims of one tenant are judged one after the other, or the brake would be a race.
SELECT pg_advisory_xact_lock(hashtextextended('recovery claims ' || $1::text, 0));

-- name: notice_order
INSERT INTO recovery.notice_orders (case_id, occasion, data, at)
SELECT c.id, $2, $3, recovery.now(c.tenant_id) FROM recovery.cases c WHERE c.id = $1
ON CONFLICT DO NOTHING RETURNING occasion;

-- name: watch_insert
INSERT INTO recovery.watches (case_id, tenant_id, subject_id, until)
SELECT c.id, c.tenant_id, c.subject_id, $2 FROM recovery.cases c WHERE c.id = $1 ON CONFLICT DO NOTHING;

-- name: watch_move
UPDATE recovery.watches SET version = version + 1, ended_at = $2 WHERE case_id = $1 RETURNING version;

-- name: watch_of_subject
SELECT case_id FROM recovery.watches WHERE tenant_id = $1 AND subject_id = $2 AND ended_at IS NULL;

-- name: watches_to_sweep
SELECT w.case_id, w.tenant_id, w.version FROM recovery.watches w
WHERE w.ended_at IS NULL AND w.case_id > $2 ORDER BY w.case_id LIMIT $1;

-- name: case_applied
UPDATE recovery.cases SET applied_seq = act_seq WHERE id = $1;

-- name: cases_overdue
SELECT id, tenant_id FROM recovery.cases
WHERE outcome IS NULL AND wiped_at IS NOT NULL AND enrol_by + $1::interval < recovery.now(tenant_id)
ORDER BY enrol_by LIMIT $2;
