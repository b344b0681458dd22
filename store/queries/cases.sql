-- name: tenant_by_slug
SELECT id, slug, name FROM recovery.tenants WHERE slug = $1;

-- name: tenants_all
SELECT id, slug, name FROM recovery.tenants ORDER BY slug;

-- name: tenant_now
SELECT recovery.now($1);

-- name: case_insert
INSERT INTO recovery.cases (id, tenant_id, subject_id, subject_person_id, agent, acting_admin, intake, tier, policy, snapshot,
    plan, phase, code, opened_at, expires_at, risks, act_seq)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17);

-- name: case_lock
SELECT id FROM recovery.cases WHERE id = $1 AND tenant_id = $2 FOR UPDATE;

-- name: case_open_of_subject
SELECT id FROM recovery.cases WHERE tenant_id = $1 AND subject_id = $2 AND outcome IS NULL;

-- name: case_of_ticket
SELECT id FROM recovery.cases WHERE tenant_id = $1 AND intake ->> 'ticket' = $2;

-- name: cases_list
SELECT * FROM recovery.cases
WHERE tenant_id = $1 AND ($2::boolean IS NULL OR (outcome IS NULL) = $2) AND subject_person_id <> $4
ORDER BY opened_at DESC, id LIMIT $3;

-- name: case_by_reference
SELECT id FROM recovery.cases WHERE tenant_id = $1 AND replace(id::text, '-', '') LIKE $2 || '%' LIMIT 2;

-- name: case_move
UPDATE recovery.cases
SET phase = $3, code = $4, version = version + 1, applied_seq = $5, step = $6
WHERE id = $1 AND version = $2
RETURNING version;

-- name: case_close
UPDATE recovery.cases SET outcome = $2, closed_at = $3 WHERE id = $1;

-- name: case_claim
UPDATE recovery.cases SET claimed_at = $2, enrol_by = $3, presence_id = $4 WHERE id = $1;

-- name: case_unclaim
UPDATE recovery.cases SET claimed_at = NULL, enrol_by = NULL, presence_id = NULL WHERE id = $1;

-- name: case_wiped
UPDATE recovery.cases SET wiped_at = $2 WHERE id = $1;

-- name: case_contained
UPDATE recovery.cases SET contained_at = $2 WHERE id = $1;

-- name: case_replan
UPDATE recovery.cases SET snapshot = $2, plan = $3, plan_version = plan_version + 1 WHERE id = $1;

-- name: case_take_attempt
UPDATE recovery.cases SET attempt = attempt + 1 WHERE id = $1 RETURNING attempt;

-- name: case_count_act
UPDATE recovery.cases SET act_seq = act_seq + 1 WHERE id = $1 RETURNING act_seq;

-- name: case_continuation
UPDATE recovery.cases SET continuation = continuation + 1 WHERE id = $1 RETURNING continuation;

-- name: cases_to_sweep
SELECT id, tenant_id, version, continuation, claimed_at IS NOT NULL AS claimed
FROM recovery.cases WHERE outcome IS NULL AND id > $2 ORDER BY id LIMIT $1;

-- name: act_insert
INSERT INTO recovery.acts (id, case_id, seq, kind, record, signature, key_id, idempotency_key, request_digest, actor_account, at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11);

-- name: act_by_key
SELECT id, case_id, request_digest FROM recovery.acts WHERE actor_account = $1 AND idempotency_key = $2;

-- name: acts_unknown
SELECT wanted.id FROM unnest($2::uuid[]) AS wanted (id)
WHERE NOT EXISTS (SELECT FROM recovery.acts a WHERE a.id = wanted.id AND a.case_id = $1);

-- name: outbox_insert
INSERT INTO recovery.outbox (case_id, act_id, act_seq) VALUES ($1, $2, $3) RETURNING id;

-- name: outbox_claim
-- One row at a time is leased by pushing its next look away, so that two relays never ring for the same row at once.
UPDATE recovery.outbox o
SET attempts = o.attempts + 1, next_at = clock_timestamp() + least(interval '30 s', interval '1 s' * power(2, least(o.attempts, 5)))
FROM recovery.cases c
WHERE c.id = o.case_id
  AND o.id IN (
    SELECT w.id FROM recovery.outbox w
    WHERE w.done_at IS NULL AND w.next_at <= clock_timestamp() AND ($1::bigint IS NULL OR w.id = $1)
    ORDER BY w.next_at LIMIT $2 FOR UPDATE SKIP LOCKED)
RETURNING o.id, o.case_id, o.act_id, o.act_seq, o.attempts, c.tenant_id, c.applied_seq, c.version, c.continuation, c.outcome,
    EXISTS (SELECT FROM recovery.watches w WHERE w.case_id = c.id AND w.ended_at IS NULL) AS watched;

-- name: outbox_close_applied
UPDATE recovery.outbox o SET done_at = clock_timestamp()
FROM recovery.cases c
WHERE o.case_id = c.id AND o.done_at IS NULL AND (c.applied_seq >= o.act_seq OR (c.outcome IS NOT NULL
    AND NOT EXISTS (SELECT FROM recovery.watches w WHERE w.case_id = c.id AND w.ended_at IS NULL)));

-- name: operation_insert
INSERT INTO recovery.operations (id, case_id, key, ordinal, stage, kind, target, factor_kind, justification)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9) ON CONFLICT (case_id, key) DO NOTHING;

-- name: operations_of_case
SELECT * FROM recovery.operations WHERE case_id = $1 ORDER BY ordinal;

-- name: operations_forget_unsent
DELETE FROM recovery.operations WHERE case_id = $1 AND stage = $2 AND state = 'planned';

-- name: operation_sent
UPDATE recovery.operations o SET state = 'sent', attempt = $3, sent_at = coalesce(o.sent_at, recovery.now(c.tenant_id))
FROM recovery.cases c
WHERE c.id = o.case_id AND c.attempt = $3 AND o.case_id = $1 AND o.key = $2 AND o.state <> 'done'
RETURNING o.id;

-- name: operation_done
UPDATE recovery.operations o SET state = 'done', done_at = recovery.now(c.tenant_id), result = $3
FROM recovery.cases c
WHERE c.id = o.case_id AND o.case_id = $1 AND o.key = $2 AND o.state = 'sent'
RETURNING o.id;

-- name: operation_is_ours
SELECT EXISTS (SELECT FROM recovery.operations WHERE id::text = $1);

-- name: observation_insert
INSERT INTO recovery.observations (event_id, tenant_id, account_id, type, at, case_id)
VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT DO NOTHING RETURNING event_id;
