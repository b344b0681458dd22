-- Attempts, brakes, sessions and long-lived tokens; every expiry is judged by directory.now().

-- name: admit_attempt
INSERT INTO directory.throttles AS t (tenant_id, key, recent, consecutive)
VALUES ($1, $2, ARRAY[directory.now($1)], 1)
ON CONFLICT (tenant_id, key) DO UPDATE SET
    recent = (SELECT coalesce(array_agg(one), '{}') FROM unnest(t.recent) AS one WHERE one > directory.now($1) - $4::interval)
             || directory.now($1),
    consecutive = t.consecutive + 1
WHERE (SELECT count(*) FROM unnest(t.recent) AS one WHERE one > directory.now($1) - $4::interval) < $3
  AND t.consecutive < $5
RETURNING true

-- name: clear_attempts
DELETE FROM directory.throttles WHERE tenant_id = $1 AND key = $2

-- name: open_transaction
INSERT INTO directory.transactions
    (id, account_id, purpose, nonce, challenge, password_changed_at, created_at, expires_at)
SELECT $1, a.id, $3, $4, $5, $6, directory.now(a.tenant_id), directory.now(a.tenant_id) + $7::interval
FROM directory.accounts AS a WHERE a.id = $2

-- name: transaction_subject
SELECT t.account_id, t.nonce, t.challenge, a.tenant_id, a.person_id
FROM directory.transactions AS t JOIN directory.accounts AS a ON a.id = t.account_id
WHERE t.id = $1 AND t.purpose = $2

-- name: transaction_is_usable
SELECT EXISTS (
    SELECT
    FROM directory.transactions AS t
    JOIN directory.accounts AS a ON a.id = t.account_id
    LEFT JOIN directory.passwords AS p ON p.account_id = a.id
    WHERE t.id = $1 AND t.used_at IS NULL AND t.expires_at > directory.now(a.tenant_id)
      AND a.status = 'active' AND NOT a.enrolment_required
      AND (t.purpose = 'step_up' OR p.invalidated_at IS NULL AND p.changed_at = t.password_changed_at))

-- name: mark_transaction_used
UPDATE directory.transactions AS t SET used_at = directory.now(a.tenant_id)
FROM directory.accounts AS a WHERE t.id = $1 AND a.id = t.account_id AND t.used_at IS NULL
RETURNING t.used_at

-- name: open_session
INSERT INTO directory.sessions
    (account_id, token_hash, aal, amr, created_at, last_seen_at, idle_until, absolute_until)
SELECT a.id, $2, $3, $4, clock.now, clock.now, clock.now + $5::interval, clock.now + $6::interval
FROM directory.accounts AS a CROSS JOIN LATERAL (SELECT directory.now(a.tenant_id) AS now) AS clock
WHERE a.id = $1
RETURNING id, absolute_until

-- name: use_session
UPDATE directory.sessions AS s
SET last_seen_at = directory.now(a.tenant_id), idle_until = directory.now(a.tenant_id) + $2::interval
FROM directory.accounts AS a
WHERE s.token_hash = $1 AND a.id = s.account_id AND s.ended_at IS NULL AND a.status = 'active'
  AND s.idle_until > directory.now(a.tenant_id) AND s.absolute_until > directory.now(a.tenant_id)
RETURNING s.id, s.account_id, a.tenant_id, s.created_at, s.last_seen_at, s.aal, s.amr

-- name: session_is_live
SELECT EXISTS (
    SELECT FROM directory.sessions AS s JOIN directory.accounts AS a ON a.id = s.account_id
    WHERE s.id = $1 AND s.ended_at IS NULL AND a.status = 'active'
      AND s.idle_until > directory.now(a.tenant_id) AND s.absolute_until > directory.now(a.tenant_id))

-- name: own_sessions
SELECT s.id, s.account_id, a.tenant_id, s.created_at, s.last_seen_at, s.aal, s.amr, s.browser, s.address
FROM directory.sessions AS s JOIN directory.accounts AS a ON a.id = s.account_id
WHERE s.account_id = $1 AND s.ended_at IS NULL
  AND s.idle_until > directory.now(a.tenant_id) AND s.absolute_until > directory.now(a.tenant_id)
ORDER BY s.created_at, s.id

-- name: end_session
UPDATE directory.sessions AS s SET ended_at = directory.now(a.tenant_id)
FROM directory.accounts AS a
WHERE s.id = $1 AND s.account_id = $2 AND a.id = $2 AND s.ended_at IS NULL
RETURNING s.id

-- name: end_other_sessions
UPDATE directory.sessions AS s SET ended_at = directory.now(a.tenant_id)
FROM directory.accounts AS a
WHERE s.account_id = $1 AND a.id = $1 AND s.ended_at IS NULL AND s.id IS DISTINCT FROM $2
RETURNING s.id

-- name: revoke_refresh_tokens
UPDATE directory.refresh_tokens AS r SET revoked_at = directory.now(a.tenant_id)
FROM directory.accounts AS a
WHERE r.account_id = $1 AND a.id = $1 AND r.revoked_at IS NULL
RETURNING r.id

-- name: revoke_app_passwords
UPDATE directory.app_passwords AS w SET revoked_at = directory.now(a.tenant_id)
FROM directory.accounts AS a
WHERE w.account_id = $1 AND a.id = $1 AND w.revoked_at IS NULL
RETURNING w.id

-- name: add_refresh_token
INSERT INTO directory.refresh_tokens (account_id, token_hash, created_at, expires_at)
SELECT a.id, $2, directory.now(a.tenant_id), directory.now(a.tenant_id) + $3::interval
FROM directory.accounts AS a WHERE a.id = $1
RETURNING id

-- name: refresh_token_account
SELECT account_id FROM directory.refresh_tokens WHERE token_hash = $1

-- name: refresh_token_is_live
SELECT EXISTS (
    SELECT FROM directory.refresh_tokens AS r JOIN directory.accounts AS a ON a.id = r.account_id
    WHERE r.token_hash = $1 AND r.revoked_at IS NULL AND r.expires_at > directory.now(a.tenant_id)
      AND a.status = 'active')

-- name: add_app_password
INSERT INTO directory.app_passwords (account_id, label, token_hash, created_at)
SELECT a.id, $2, $3, directory.now(a.tenant_id) FROM directory.accounts AS a WHERE a.id = $1
RETURNING id

-- name: app_password_account
SELECT a.id
FROM directory.app_passwords AS w JOIN directory.accounts AS a ON a.id = w.account_id
WHERE a.tenant_id = $1 AND a.login = $2 AND a.status = 'active' AND w.token_hash = $3 AND w.revoked_at IS NULL

-- name: set_pending_app
INSERT INTO directory.pending_apps (session_id, seed, expires_at)
SELECT s.id, $2, directory.now(a.tenant_id) + $3::interval
FROM directory.sessions AS s JOIN directory.accounts AS a ON a.id = s.account_id WHERE s.id = $1
ON CONFLICT (session_id) DO UPDATE SET seed = excluded.seed, expires_at = excluded.expires_at

-- name: pending_app
SELECT p.seed
FROM directory.pending_apps AS p
JOIN directory.sessions AS s ON s.id = p.session_id
JOIN directory.accounts AS a ON a.id = s.account_id
WHERE p.session_id = $1 AND p.expires_at > directory.now(a.tenant_id)

-- name: forget_pending_app
DELETE FROM directory.pending_apps WHERE session_id = $1
