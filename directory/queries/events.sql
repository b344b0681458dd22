-- Events: written with what they report, waiting for each consumer until it has acknowledged them.

-- name: emit_event
WITH event AS (
    INSERT INTO directory.events (tenant_id, account_id, type, at, data)
    SELECT a.tenant_id, a.id, $2, directory.now(a.tenant_id), $3 FROM directory.accounts AS a WHERE a.id = $1
    RETURNING tenant_id, seq
), pending AS (
    INSERT INTO directory.pending_events (consumer, seq)
    SELECT c.consumer, event.seq FROM event CROSS JOIN directory.event_consumers AS c
)
SELECT pg_notify('directory_events', tenant_id::text) FROM event

-- name: is_known_consumer
SELECT EXISTS (SELECT FROM directory.event_consumers WHERE consumer = $1)

-- name: halt_emitters
LOCK TABLE directory.event_consumers IN ACCESS EXCLUSIVE MODE

-- name: take_up_consumer
WITH fresh AS (
    INSERT INTO directory.event_consumers (consumer) VALUES ($1) ON CONFLICT DO NOTHING RETURNING consumer
)
INSERT INTO directory.pending_events (consumer, seq)
SELECT fresh.consumer, e.seq FROM fresh CROSS JOIN directory.events AS e

-- name: undelivered_events
SELECT e.id, e.seq, e.type, e.account_id, e.tenant_id, e.at, e.data
FROM directory.pending_events AS p JOIN directory.events AS e ON e.seq = p.seq
WHERE p.consumer = $1 AND ($3::uuid IS NULL OR e.tenant_id = $3)
ORDER BY p.seq LIMIT $2

-- name: acknowledge_events
DELETE FROM directory.pending_events AS p USING directory.events AS e
WHERE p.consumer = $1 AND e.seq = p.seq AND e.id = ANY ($2::uuid[])
