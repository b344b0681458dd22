-- The rollout of many accounts at once; what one account gets is as in require_mfa.

-- name: lock_accounts
SELECT id FROM directory.accounts WHERE id = ANY ($1::uuid[]) ORDER BY id FOR NO KEY UPDATE

-- name: require_mfa_of
WITH fresh AS (
    SELECT a.id, a.tenant_id, w.command, a.mfa = 'required' AS already,
        -- An account that has a factor, lost one under the policy, or was held by a recovery gets no way in (R35).
        NOT (a.enrolment_required
            OR (a.status <> 'active' AND a.status_reason IS DISTINCT FROM 'imported')
            OR EXISTS (SELECT FROM directory.factors AS f
                WHERE f.account_id = a.id AND f.removed_at IS NULL
                  AND (f.kind IN ('totp', 'webauthn')
                    OR f.kind = 'backup_codes' AND EXISTS (
                        SELECT FROM directory.backup_codes AS b WHERE b.factor_id = f.id AND b.used_at IS NULL)))
        ) AS first
    FROM unnest($1::uuid[], $2::uuid[]) AS w (account_id, command) JOIN directory.accounts AS a ON a.id = w.account_id
    WHERE NOT EXISTS (SELECT FROM directory.commands AS c WHERE c.id = w.command)
), tightened AS (
    UPDATE directory.accounts AS a SET mfa = 'required', first_enrolment = fresh.first
    FROM fresh WHERE a.id = fresh.id AND NOT fresh.already
), recorded AS (
    INSERT INTO directory.commands (id, account_id, kind, arguments, result, at)
    SELECT fresh.command, fresh.id, 'require_mfa', '{}',
        jsonb_build_object('outcome', CASE WHEN fresh.already THEN 'already_required' ELSE 'required' END),
        directory.now(fresh.tenant_id)
    FROM fresh
), event AS (
    INSERT INTO directory.events (tenant_id, account_id, type, at, data)
    SELECT fresh.tenant_id, fresh.id, 'mfa.required', directory.now(fresh.tenant_id),
        jsonb_build_object('command', fresh.command::text)
    FROM fresh WHERE NOT fresh.already
    RETURNING tenant_id, seq
), pending AS (
    INSERT INTO directory.pending_events (consumer, seq)
    SELECT c.consumer, event.seq FROM event CROSS JOIN directory.event_consumers AS c
)
SELECT pg_notify('directory_events', changed.tenant_id::text) FROM (SELECT DISTINCT tenant_id FROM event) AS changed

-- name: rollout_results
SELECT w.account_id, a.id IS NOT NULL AS known, c.result ->> 'outcome' AS outcome,
    coalesce(c.account_id = w.account_id AND c.kind = 'require_mfa' AND c.arguments = '{}', false) AS ours
FROM unnest($1::uuid[], $2::uuid[]) AS w (account_id, command)
    LEFT JOIN directory.accounts AS a ON a.id = w.account_id
    LEFT JOIN directory.commands AS c ON c.id = w.command

-- name: accounts_without_factor
SELECT a.id FROM directory.accounts AS a
WHERE a.id = ANY ($1::uuid[]) AND NOT EXISTS (
    SELECT FROM directory.factors AS f
    WHERE f.account_id = a.id AND f.removed_at IS NULL AND f.kind IN ('totp', 'webauthn'))
