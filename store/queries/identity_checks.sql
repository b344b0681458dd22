-- name: identity_checks_count
SELECT count(*) FROM recovery.identity_checks WHERE case_id = $1;

-- name: identity_check_insert
INSERT INTO recovery.identity_checks
    (id, tenant_id, case_id, subject_person_id, started_by, state_hash, started_at, expires_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8);

-- name: identity_check_by_state
SELECT id, tenant_id, case_id, returns, outcome, expires_at <= recovery.now(tenant_id) AS expired,
    recovery.now(tenant_id) AS now
FROM recovery.identity_checks WHERE state_hash = $1;

-- name: identity_check_take
-- One return of the caller's browser at a time; the lease of a process that died runs out.
UPDATE recovery.identity_checks
SET taken_until = recovery.now(tenant_id) + $2::interval, returns = returns + 1
WHERE id = $1 AND outcome IS NULL AND expires_at > recovery.now(tenant_id) AND returns < $3
    AND (taken_until IS NULL OR taken_until <= recovery.now(tenant_id)
        -- From a clock that has since stepped back.
        OR taken_until > recovery.now(tenant_id) + $2::interval)
RETURNING id;

-- name: identity_check_returned
-- A return that leads nowhere is counted, so that a link gives its holder no way to fill the audit.
UPDATE recovery.identity_checks SET returns = returns + 1 WHERE id = $1 AND returns < $2 RETURNING id;

-- name: identity_check_release
UPDATE recovery.identity_checks SET taken_until = NULL, last_code = $2 WHERE id = $1 AND outcome IS NULL;

-- name: identity_check_lock
-- Two cases that are shown the same check wait here for each other.
SELECT pg_advisory_xact_lock(hashtextextended(encode($1::bytea, 'hex'), 0));

-- name: identity_check_served
SELECT EXISTS (SELECT FROM recovery.identity_checks WHERE check_digest = $1 AND outcome = 'verified' AND id <> $2);

-- name: identity_failed_before
SELECT EXISTS (
    SELECT FROM recovery.identity_checks
    WHERE tenant_id = $1 AND subject_person_id = $2 AND outcome = 'refused' AND identity && $3::bytea[] AND id <> $4
);

-- name: identity_check_finish
UPDATE recovery.identity_checks
SET outcome = $2, code = $3, trust_framework = $4, assurance_level = $5, verified_at = $6, check_digest = $7,
    identity = $8, failed_before = $9, finished_at = $10, taken_until = NULL
WHERE id = $1 AND outcome IS NULL RETURNING id;

-- name: identity_checks_of_case
SELECT id, started_by, started_at, expires_at, returns, outcome, coalesce(code, last_code) AS code, trust_framework,
    assurance_level, verified_at, failed_before, finished_at, expires_at <= recovery.now(tenant_id) AS expired
FROM recovery.identity_checks WHERE case_id = $1 AND tenant_id = $2 ORDER BY started_at DESC, id;
