-- Second factors. A removed one is never touched again: every statement asks for removed_at IS NULL.

-- name: usable_kinds
SELECT DISTINCT CASE f.kind WHEN 'backup_codes' THEN 'backup_code' ELSE f.kind END
FROM directory.factors AS f
WHERE f.account_id = $1 AND f.removed_at IS NULL
  AND (f.kind IN ('totp', 'webauthn')
       OR f.kind = 'backup_codes'
          AND EXISTS (SELECT FROM directory.backup_codes AS b WHERE b.factor_id = f.id AND b.used_at IS NULL))

-- name: add_factor
INSERT INTO directory.factors (account_id, kind, label, enrolled_at)
SELECT a.id, $2, $3, directory.now(a.tenant_id) FROM directory.accounts AS a WHERE a.id = $1
RETURNING id

-- name: factor_of_account
SELECT kind, removed_at FROM directory.factors WHERE id = $1 AND account_id = $2

-- name: remove_factor
UPDATE directory.factors AS f SET removed_at = directory.now(a.tenant_id), removed_by = $3
FROM directory.accounts AS a
WHERE f.id = $1 AND f.account_id = $2 AND a.id = $2 AND f.removed_at IS NULL
RETURNING f.kind

-- name: forget_totp_seed
DELETE FROM directory.totp_seeds WHERE factor_id = $1

-- name: forget_backup_codes
DELETE FROM directory.backup_codes WHERE factor_id = $1 AND used_at IS NULL

-- name: add_totp_seed
INSERT INTO directory.totp_seeds (factor_id, seed_sealed, last_step) VALUES ($1, $2, $3)

-- name: totp_seeds
SELECT f.id, s.seed_sealed
FROM directory.factors AS f JOIN directory.totp_seeds AS s ON s.factor_id = f.id
WHERE f.account_id = $1 AND f.removed_at IS NULL ORDER BY f.enrolled_at DESC, f.id

-- name: accept_totp_step
WITH present AS (
    SELECT id, enrolled_at FROM directory.factors WHERE id = $1 AND removed_at IS NULL FOR NO KEY UPDATE
)
UPDATE directory.totp_seeds AS s SET last_step = $2
FROM present WHERE s.factor_id = present.id AND s.last_step < $2
RETURNING present.enrolled_at

-- name: add_webauthn_credential
INSERT INTO directory.webauthn_credentials
    (factor_id, credential_id, public_key, sign_count, user_verified, backup_eligible, backed_up, transports)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8)

-- name: webauthn_credentials
SELECT f.id, w.credential_id, w.public_key, w.sign_count, w.backup_eligible, w.transports
FROM directory.factors AS f JOIN directory.webauthn_credentials AS w ON w.factor_id = f.id
WHERE f.account_id = $1 AND f.removed_at IS NULL ORDER BY f.enrolled_at, f.id

-- name: accept_sign_count
WITH present AS (
    SELECT id, enrolled_at FROM directory.factors WHERE id = $1 AND removed_at IS NULL FOR NO KEY UPDATE
)
UPDATE directory.webauthn_credentials AS w SET sign_count = $2, backed_up = $3
FROM present
WHERE w.factor_id = present.id AND (w.sign_count < $2 OR w.sign_count = 0 AND $2 = 0)
RETURNING present.enrolled_at

-- name: backup_set
SELECT f.id, s.salt
FROM directory.factors AS f JOIN directory.backup_code_sets AS s ON s.factor_id = f.id
WHERE f.account_id = $1 AND f.removed_at IS NULL

-- name: use_backup_code
WITH present AS (
    SELECT id, enrolled_at FROM directory.factors WHERE id = $1 AND removed_at IS NULL FOR NO KEY UPDATE
)
UPDATE directory.backup_codes AS b SET used_at = $3
FROM present WHERE b.factor_id = present.id AND b.code_hash = $2 AND b.used_at IS NULL
RETURNING present.enrolled_at

-- name: backup_code_was_used
SELECT EXISTS (SELECT FROM directory.backup_codes WHERE factor_id = $1 AND code_hash = $2 AND used_at IS NOT NULL)

-- name: backup_codes_left
SELECT count(*) FROM directory.backup_codes WHERE factor_id = $1 AND used_at IS NULL

-- name: add_backup_set
INSERT INTO directory.backup_code_sets (factor_id, salt) VALUES ($1, $2)

-- name: add_backup_code
INSERT INTO directory.backup_codes (factor_id, code_hash) VALUES ($1, $2)

-- name: touch_factor
UPDATE directory.factors AS f SET last_used_at = directory.now(a.tenant_id)
FROM directory.accounts AS a WHERE f.id = $1 AND a.id = f.account_id

-- name: add_trusted_browser
INSERT INTO directory.trusted_browsers (factor_id, token_hash, expires_at)
SELECT f.id, $2, directory.now(a.tenant_id) + $3::interval
FROM directory.factors AS f JOIN directory.accounts AS a ON a.id = f.account_id WHERE f.id = $1

-- name: trusted_browser
SELECT f.id
FROM directory.trusted_browsers AS t
JOIN directory.factors AS f ON f.id = t.factor_id
JOIN directory.accounts AS a ON a.id = f.account_id
WHERE t.token_hash = $2 AND f.account_id = $1 AND f.removed_at IS NULL AND t.expires_at > directory.now(a.tenant_id)

-- name: own_factors
SELECT id, kind, label, enrolled_at, last_used_at
FROM directory.factors WHERE account_id = $1 AND removed_at IS NULL ORDER BY enrolled_at, id
