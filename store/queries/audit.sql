-- name: audit_lock
-- Lock the tenant's head and say what the next event follows; the time is taken under the lock.
SELECT seq, hash, at, clock_held FROM recovery.audit_lock($1)

-- name: audit_append
-- The only way into the chain; checks sequence, predecessor and hash itself.
SELECT recovery.audit_append($1, $2, $3, $4, $5)

-- name: audit_chain
-- A tenant's whole line in order, for the checker and exports: nothing here may make a reader fail on a tampered row.
SELECT
    seq, id::text AS id, to_char(at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') AS at, type, actor_kind, actor_id,
    subject_id, case_id::text AS case_id, outcome, coalesce(text, '') AS text, coalesce(hash, '') AS hash,
    coalesce(signature, '') AS signature, coalesce(key_id, '') AS key_id
FROM recovery.audit_events
WHERE tenant_id = $1
ORDER BY seq

-- name: audit_chain_of_case
-- One case's last events, newest first.
SELECT seq, id, at, type, actor_kind, actor_id, subject_id, case_id, outcome, text
FROM recovery.audit_events
WHERE tenant_id = $1 AND case_id = $2
ORDER BY seq DESC
LIMIT $3

-- name: audit_page
-- The newest events before a sequence number (NULL: from the newest), for pages.
SELECT seq, id, at, type, actor_kind, actor_id, subject_id, case_id, outcome, text
FROM recovery.audit_events
WHERE tenant_id = $1 AND ($2::bigint IS NULL OR seq < $2)
ORDER BY seq DESC
LIMIT $3

-- name: audit_head
-- Where one tenant's line ends, according to the database.
SELECT seq, hash FROM recovery.audit_heads WHERE tenant_id = $1

-- name: audit_tenants
-- Every tenant that has events or a head.
SELECT tenant_id FROM recovery.audit_heads
UNION
SELECT DISTINCT tenant_id FROM recovery.audit_events
ORDER BY tenant_id

-- name: audit_heads_to_sign
-- Each line's end with the event that stands there, and the clock of the rules.
SELECT h.tenant_id, h.seq, h.hash, recovery.now(h.tenant_id) AS now, e.text, e.hash AS event_hash, e.signature, e.key_id
FROM recovery.audit_heads AS h
LEFT JOIN recovery.audit_events AS e ON e.tenant_id = h.tenant_id AND e.seq = h.seq
WHERE h.seq > 0
ORDER BY h.tenant_id

-- name: audit_hash_at
-- What the database says the hash of one event is.
SELECT hash FROM recovery.audit_events WHERE tenant_id = $1 AND seq = $2
