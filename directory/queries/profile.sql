-- What only a profile asks for.

-- name: set_pending_key
INSERT INTO directory.pending_keys (session_id, challenge, expires_at)
SELECT s.id, $2, directory.now(a.tenant_id) + $3::interval
FROM directory.sessions AS s JOIN directory.accounts AS a ON a.id = s.account_id WHERE s.id = $1
ON CONFLICT (session_id) DO UPDATE SET challenge = excluded.challenge, expires_at = excluded.expires_at

-- name: pending_key
SELECT p.challenge
FROM directory.pending_keys AS p
JOIN directory.sessions AS s ON s.id = p.session_id
JOIN directory.accounts AS a ON a.id = s.account_id
WHERE p.session_id = $1 AND p.expires_at > directory.now(a.tenant_id)

-- name: forget_pending_key
DELETE FROM directory.pending_keys WHERE session_id = $1

-- name: rename_factor
UPDATE directory.factors SET label = $3
WHERE id = $1 AND account_id = $2 AND removed_at IS NULL AND kind <> 'backup_codes'
RETURNING id

-- name: session_seen_from
UPDATE directory.sessions SET browser = $2, address = $3 WHERE id = $1
