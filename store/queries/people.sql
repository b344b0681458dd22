-- name: member_of_account
SELECT m.*, NULL::text AS granter, NULL::timestamptz AS recovered_at
FROM recovery.members m WHERE m.tenant_id = $1 AND m.account_id = $2;

-- name: members_of_people
SELECT * FROM recovery.standings WHERE tenant_id = $1 AND person_id = ANY ($2::text[]) ORDER BY account_id;

-- name: members_with_role
-- With all their logins, for those who hold the role by one.
SELECT * FROM recovery.standings WHERE tenant_id = $1 AND person_id IN
    (SELECT r.person_id FROM recovery.members r WHERE r.tenant_id = $1 AND $2 = ANY (r.roles))
ORDER BY account_id;

-- name: members_of_tenant
SELECT * FROM recovery.standings WHERE tenant_id = $1 ORDER BY account_id;

-- name: members_granted_by_person
SELECT * FROM recovery.standings WHERE tenant_id = $1 AND granted_by IN
    (SELECT g.account_id FROM recovery.members g WHERE g.tenant_id = $1 AND g.person_id = $2)
ORDER BY account_id;

-- name: person_recovered_at
SELECT recovered_at FROM recovery.recoveries WHERE tenant_id = $1 AND person_id = $2;

-- name: roles_lock
-- Roles of one tenant change one after the other, or what was audited as the state before would be a guess.
SELECT pg_advisory_xact_lock(hashtextextended('recovery roles ' || $1::text, 0));

-- name: member_put
INSERT INTO recovery.members (tenant_id, account_id, person_id, roles, founding, since, granted_by, signature, key_id)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)
ON CONFLICT (tenant_id, account_id) DO UPDATE
SET roles = excluded.roles, person_id = excluded.person_id, founding = excluded.founding, since = excluded.since,
    granted_by = excluded.granted_by, signature = excluded.signature, key_id = excluded.key_id;

-- name: session_insert
INSERT INTO recovery.sessions (id, token_hash, tenant_id, account_id, person_id, aal, created_at, seen_at, expires_at)
VALUES ($1, $2, $3, $4, $5, $6, recovery.now($3), recovery.now($3), recovery.now($3) + $7::interval)
RETURNING expires_at;

-- name: session_use
UPDATE recovery.sessions s SET seen_at = recovery.now(s.tenant_id)
WHERE s.token_hash = $1 AND (s.ended_at IS NULL OR s.ended_at > recovery.now(s.tenant_id))
  AND s.expires_at > recovery.now(s.tenant_id) AND s.seen_at + $2::interval > recovery.now(s.tenant_id)
RETURNING s.id, s.tenant_id, s.account_id, s.person_id, s.aal, s.expires_at;

-- name: session_look
-- The same without counting as use: for a page that keeps itself up to date while its reader does not touch it.
SELECT s.id, s.tenant_id, s.account_id, s.person_id, s.aal, s.expires_at FROM recovery.sessions s
WHERE s.token_hash = $1 AND (s.ended_at IS NULL OR s.ended_at > recovery.now(s.tenant_id))
  AND s.expires_at > recovery.now(s.tenant_id) AND s.seen_at + $2::interval > recovery.now(s.tenant_id);

-- name: session_succeed
-- A new session in the place of one that ends in a moment: with its level, and living no longer than it would have.
WITH old AS (
    UPDATE recovery.sessions s SET ended_at = LEAST(s.ended_at, recovery.now(s.tenant_id) + $4::interval)
    WHERE s.id = $3 AND (s.ended_at IS NULL OR s.ended_at > recovery.now(s.tenant_id))
    RETURNING s.tenant_id, s.account_id, s.person_id, s.aal, s.expires_at
)
INSERT INTO recovery.sessions (id, token_hash, tenant_id, account_id, person_id, aal, created_at, seen_at, expires_at)
SELECT $1, $2, tenant_id, account_id, person_id, aal, recovery.now(tenant_id), recovery.now(tenant_id), expires_at
FROM old
RETURNING id;

-- name: session_end
UPDATE recovery.sessions SET ended_at = recovery.now(tenant_id)
WHERE id = $1 AND (ended_at IS NULL OR ended_at > recovery.now(tenant_id));

-- name: step_up_insert
INSERT INTO recovery.step_ups (id, tenant_id, account_id, person_id, case_id, binding, transaction, created_at, expires_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, recovery.now($2), recovery.now($2) + $8::interval)
RETURNING expires_at;

-- name: step_up_read
SELECT *, expires_at > recovery.now(tenant_id) AS alive FROM recovery.step_ups WHERE id = $1 AND tenant_id = $2;

-- name: step_up_proved
UPDATE recovery.step_ups SET proof = $2, proved_at = recovery.now(tenant_id) WHERE id = $1 AND proof IS NULL
RETURNING proved_at;

-- name: step_up_use_up
-- One proof, one use: for an act ($2) or for a change of policy ($3).
UPDATE recovery.step_ups SET act_id = $2, used_for = $3
WHERE id = $1 AND act_id IS NULL AND used_for IS NULL AND proof IS NOT NULL RETURNING id;

-- name: presence_checked
INSERT INTO recovery.presence_checks (presence_id, case_id, account_id, at)
SELECT $1, c.id, $3, recovery.now(c.tenant_id) FROM recovery.cases c WHERE c.id = $2;

-- name: presence_check_use
UPDATE recovery.presence_checks p SET act_id = $4
FROM recovery.cases c
WHERE c.id = p.case_id AND p.presence_id = $1 AND p.case_id = $2 AND p.account_id = $3 AND p.act_id IS NULL
  AND p.at > recovery.now(c.tenant_id) - interval '10 minutes'
RETURNING p.presence_id;

-- name: sessions_end_of_account
UPDATE recovery.sessions SET ended_at = recovery.now(tenant_id)
WHERE tenant_id = $1 AND account_id = $2 AND (ended_at IS NULL OR ended_at > recovery.now(tenant_id));

-- name: step_up_count_try
-- Counted before it is checked (R27, B14): the row is only updated while tries are left.
INSERT INTO recovery.step_up_tries AS t (tenant_id, person_id, tries) VALUES ($1, $2, 1)
ON CONFLICT (tenant_id, person_id) DO UPDATE
SET tries = CASE WHEN t.locked_until IS NOT NULL AND t.locked_until <= recovery.now($1) THEN 1 ELSE t.tries + 1 END,
    locked_until = CASE
        WHEN t.locked_until IS NOT NULL AND t.locked_until <= recovery.now($1) THEN NULL
        WHEN t.tries + 1 >= $3 THEN recovery.now($1) + $4::interval
        ELSE t.locked_until END
WHERE t.tries < $3 OR t.locked_until <= recovery.now($1)
RETURNING tries;

-- name: step_up_forgive
UPDATE recovery.step_up_tries SET tries = 0, locked_until = NULL WHERE tenant_id = $1 AND person_id = $2;

-- name: idempotency_take
INSERT INTO recovery.idempotency (tenant_id, actor, key, request_digest, at)
VALUES ($1, $2, $3, $4, recovery.now($1)) ON CONFLICT DO NOTHING RETURNING key;

-- name: idempotency_purge
DELETE FROM recovery.idempotency WHERE at < clock_timestamp() - interval '7 days';

-- name: idempotency_read
SELECT request_digest, answer FROM recovery.idempotency WHERE tenant_id = $1 AND actor = $2 AND key = $3;

-- name: idempotency_answer
UPDATE recovery.idempotency SET answer = $4 WHERE tenant_id = $1 AND actor = $2 AND key = $3;
