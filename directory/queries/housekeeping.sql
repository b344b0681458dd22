-- What has no meaning any more. Commands, events and removed factors are history and stay.

-- name: purge_transactions
DELETE FROM directory.transactions AS t USING directory.accounts AS a
WHERE a.id = t.account_id AND t.expires_at < directory.now(a.tenant_id) - interval '1 day'

-- name: purge_throttles
DELETE FROM directory.throttles
WHERE key NOT LIKE 'second_factor:%'
  AND NOT EXISTS (SELECT FROM unnest(recent) AS one WHERE one > directory.now(tenant_id) - interval '1 day')

-- name: purge_presences
DELETE FROM directory.presences AS p
WHERE p.created_at < directory.now(p.tenant_id) - interval '7 days'
  AND NOT EXISTS (SELECT FROM directory.enrolments AS n WHERE n.presence_id = p.id)

-- name: purge_pending_apps
DELETE FROM directory.pending_apps AS p USING directory.sessions AS s, directory.accounts AS a
WHERE s.id = p.session_id AND a.id = s.account_id AND p.expires_at < directory.now(a.tenant_id)

-- name: purge_first_enrolments
DELETE FROM directory.first_enrolments AS n USING directory.accounts AS a
WHERE a.id = n.account_id AND n.until < directory.now(a.tenant_id) - interval '1 day'

-- name: purge_pending_keys
DELETE FROM directory.pending_keys AS p USING directory.sessions AS s, directory.accounts AS a
WHERE s.id = p.session_id AND a.id = s.account_id AND p.expires_at < directory.now(a.tenant_id)
