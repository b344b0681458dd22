-- Presence, enrolment and commands.

-- name: begin_presence
INSERT INTO directory.presences
    (id, tenant_id, account_id, browser_hash, code_hash, password_changed_at, created_at, last_seen_at, expires_at)
SELECT $1, $2, $3, $4, $5, $6, clock.now, clock.now, clock.now + $7::interval
FROM (SELECT directory.now($2) AS now) AS clock
RETURNING expires_at

-- name: supersede_browser_presences
UPDATE directory.presences SET superseded_at = directory.now(tenant_id)
WHERE browser_hash = $1 AND superseded_at IS NULL AND granted_at IS NULL

-- name: supersede_account_presences
UPDATE directory.presences SET superseded_at = directory.now(tenant_id)
WHERE account_id = $1 AND id <> $2 AND superseded_at IS NULL AND granted_at IS NULL AND confirmed_at IS NOT NULL

-- name: presence_of_browser
SELECT p.id, p.tenant_id, p.account_id, p.expires_at, p.password_changed_at,
       directory.presence_state(p, directory.now(p.tenant_id)) AS state,
       n.until, n.closed_at, n.session_issued_at, directory.now(p.tenant_id) >= n.until AS past
FROM directory.presences AS p
LEFT JOIN LATERAL (
    SELECT * FROM directory.enrolments AS e WHERE e.presence_id = p.id ORDER BY e.granted_at DESC LIMIT 1) AS n ON true
WHERE p.browser_hash = $1
ORDER BY p.created_at DESC, p.superseded_at IS NOT NULL LIMIT 1

-- name: see_browser
UPDATE directory.presences SET last_seen_at = directory.now(tenant_id) WHERE id = $1

-- name: waiting_presence
SELECT p.id,
       coalesce(w.changed_at = p.password_changed_at AND w.invalidated_at IS NULL, false) AS password_verified
FROM directory.presences AS p LEFT JOIN directory.passwords AS w ON w.account_id = p.account_id
WHERE p.account_id = $1 AND p.code_hash = $2
  AND directory.presence_state(p, directory.now(p.tenant_id)) = 'waiting'
FOR NO KEY UPDATE OF p

-- name: confirm_presence
UPDATE directory.presences
SET confirmed_at = directory.now(tenant_id), expires_at = directory.now(tenant_id) + $2::interval
WHERE id = $1

-- name: read_presence
SELECT p.id, p.account_id, directory.presence_state(p, directory.now(p.tenant_id)) AS state,
       coalesce(w.changed_at = p.password_changed_at AND w.invalidated_at IS NULL, false) AS password_verified,
       p.confirmed_at, p.last_seen_at, p.expires_at
FROM directory.presences AS p LEFT JOIN directory.passwords AS w ON w.account_id = p.account_id
WHERE p.id = $1 AND p.account_id IS NOT NULL

-- name: mark_presence_granted
UPDATE directory.presences SET granted_at = directory.now(tenant_id) WHERE id = $1

-- name: close_enrolments
UPDATE directory.enrolments AS n SET closed_at = directory.now(a.tenant_id), pending_seed = NULL
FROM directory.accounts AS a
WHERE n.account_id = $1 AND a.id = $1 AND n.completed_at IS NULL AND n.closed_at IS NULL

-- name: grant_enrolment
INSERT INTO directory.enrolments (account_id, presence_id, until, choose_password, granted_by, granted_at)
SELECT a.id, $2, $3, $4, $5, directory.now(a.tenant_id) FROM directory.accounts AS a WHERE a.id = $1

-- name: enrolment_account
SELECT n.account_id
FROM directory.presences AS p JOIN directory.enrolments AS n ON n.presence_id = p.id
WHERE p.browser_hash = $1 ORDER BY n.granted_at DESC LIMIT 1

-- name: enrolment_of_browser
SELECT n.id, n.account_id, n.until, n.choose_password, n.begun_at, n.password_chosen_at, n.pending_seed,
       n.pending_challenge, n.enrolled_factor_id, n.codes_issued_at, n.completed_at, n.session_issued_at,
       directory.enrolment_state(n, directory.now(p.tenant_id)) AS state,
       n.closed_at IS NOT NULL OR directory.now(p.tenant_id) >= n.until AS over
FROM directory.presences AS p JOIN directory.enrolments AS n ON n.presence_id = p.id
WHERE p.browser_hash = $1 AND n.account_id = $2 ORDER BY n.granted_at DESC LIMIT 1

-- name: enrolment_begun
UPDATE directory.enrolments AS n SET begun_at = directory.now(a.tenant_id)
FROM directory.accounts AS a WHERE n.id = $1 AND a.id = n.account_id

-- name: enrolment_password_chosen
UPDATE directory.enrolments SET password_chosen_at = $2 WHERE id = $1

-- name: enrolment_pending_seed
UPDATE directory.enrolments SET pending_seed = $2 WHERE id = $1

-- name: enrolment_pending_challenge
UPDATE directory.enrolments SET pending_challenge = $2 WHERE id = $1

-- name: enrolment_enrolled
UPDATE directory.enrolments SET enrolled_factor_id = $2, pending_seed = NULL, pending_challenge = NULL WHERE id = $1

-- name: enrolment_codes_issued
UPDATE directory.enrolments AS n SET codes_issued_at = directory.now(a.tenant_id)
FROM directory.accounts AS a WHERE n.id = $1 AND a.id = n.account_id

-- name: enrolment_completed
UPDATE directory.enrolments AS n SET completed_at = directory.now(a.tenant_id)
FROM directory.accounts AS a WHERE n.id = $1 AND a.id = n.account_id

-- name: enrolment_session_issued
UPDATE directory.enrolments AS n SET session_issued_at = directory.now(a.tenant_id)
FROM directory.accounts AS a WHERE n.id = $1 AND a.id = n.account_id

-- name: command
SELECT account_id, kind, arguments, result FROM directory.commands WHERE id = $1

-- name: record_command
INSERT INTO directory.commands (id, account_id, kind, arguments, result, at)
SELECT $1, a.id, $3, $4, $5, directory.now(a.tenant_id) FROM directory.accounts AS a WHERE a.id = $2
