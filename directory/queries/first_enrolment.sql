-- Setting up a first factor at sign-in; every step asks again whether it may still be.

-- name: open_first_enrolment
INSERT INTO directory.first_enrolments (account_id, browser_hash, password_changed_at, created_at, until)
SELECT a.id, $2, $3, clock.now, clock.now + $4::interval
FROM directory.accounts AS a CROSS JOIN LATERAL (SELECT directory.now(a.tenant_id) AS now) AS clock
WHERE a.id = $1
RETURNING until

-- name: first_enrolment_account
SELECT account_id FROM directory.first_enrolments WHERE browser_hash = $1

-- name: first_enrolment_of_browser
SELECT n.id, n.until, n.pending_seed, n.pending_challenge, n.enrolled_factor_id, n.codes_issued_at, n.finished_at,
       CASE
           WHEN n.codes_issued_at IS NOT NULL THEN 'codes_issued'
           WHEN n.enrolled_factor_id IS NOT NULL THEN 'enrolled'
           ELSE 'begun'
       END AS state
FROM directory.first_enrolments AS n
JOIN directory.accounts AS a ON a.id = n.account_id
JOIN directory.passwords AS p ON p.account_id = a.id
LEFT JOIN directory.factors AS f ON f.id = n.enrolled_factor_id
WHERE n.browser_hash = $1 AND n.account_id = $2 AND n.finished_at IS NULL AND n.until > directory.now(a.tenant_id)
  AND a.status = 'active' AND NOT a.enrolment_required
  AND p.invalidated_at IS NULL AND p.changed_at = n.password_changed_at
  AND CASE WHEN n.enrolled_factor_id IS NULL THEN a.first_enrolment ELSE f.removed_at IS NULL END

-- name: first_enrolment_seed
UPDATE directory.first_enrolments SET pending_seed = $2 WHERE id = $1

-- name: first_enrolment_challenge
UPDATE directory.first_enrolments SET pending_challenge = $2 WHERE id = $1

-- name: first_enrolment_enrolled
UPDATE directory.first_enrolments
SET enrolled_factor_id = $2, pending_seed = NULL, pending_challenge = NULL
WHERE id = $1

-- name: first_enrolment_codes_issued
UPDATE directory.first_enrolments AS n SET codes_issued_at = directory.now(a.tenant_id)
FROM directory.accounts AS a WHERE n.id = $1 AND a.id = n.account_id

-- name: first_enrolment_finished
UPDATE directory.first_enrolments AS n SET finished_at = directory.now(a.tenant_id)
FROM directory.accounts AS a WHERE n.id = $1 AND a.id = n.account_id
