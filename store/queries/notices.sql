-- name: notice_orders_claim
-- Pushed away while one relay works on it, so that it comes back where that relay dies.
UPDATE recovery.notice_orders o
SET attempts = o.attempts + 1, next_at = clock_timestamp() + least(interval '10 min', interval '5 s' * power(2, least(o.attempts, 7)))
FROM recovery.cases c
WHERE c.id = o.case_id AND (o.case_id, o.occasion) IN (
    SELECT w.case_id, w.occasion FROM recovery.notice_orders w
    WHERE w.expanded_at IS NULL AND w.next_at <= clock_timestamp()
    ORDER BY w.next_at LIMIT $1 FOR UPDATE SKIP LOCKED)
RETURNING o.case_id, o.occasion, o.data, o.at, o.attempts, c.tenant_id;

-- name: notice_order_expanded
UPDATE recovery.notice_orders SET expanded_at = clock_timestamp() WHERE case_id = $1 AND occasion = $2;

-- name: notice_insert
INSERT INTO recovery.notices (id, tenant_id, case_id, occasion, audience, contact_id, contact_kind, address, about, told_at,
    seal, seal_key)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12) ON CONFLICT DO NOTHING;

-- name: notices_claim
-- A lease, as with orders; who comes back after it finds that `attempts` has moved on.
UPDATE recovery.notices n
SET attempts = n.attempts + 1, next_at = clock_timestamp() + $3::interval
FROM recovery.tenants t
WHERE t.id = n.tenant_id AND n.id IN (
    SELECT w.id FROM recovery.notices w
    WHERE w.state = 'waiting' AND w.next_at <= clock_timestamp() AND w.contact_kind = ANY ($1::text[])
    ORDER BY w.next_at LIMIT $2 FOR UPDATE SKIP LOCKED)
RETURNING n.*, t.name AS tenant_name;

-- name: notice_sending
UPDATE recovery.notices SET state = 'sending', channel = $3, sending_at = clock_timestamp()
WHERE id = $1 AND attempts = $2 AND state = 'waiting' RETURNING id;

-- name: stop_link_insert
INSERT INTO recovery.stop_links (token_hash, notice_id, expires_at)
SELECT $1, n.id, recovery.now(n.tenant_id) + $3::interval FROM recovery.notices n WHERE n.id = $2;

-- name: notice_settle
UPDATE recovery.notices
SET state = $3, code = $4, result_seal = $5, result_key = $6, settled_at = clock_timestamp(), next_at = clock_timestamp()
WHERE id = $1 AND attempts = $2 AND state IN ('waiting', 'sending') RETURNING id;

-- name: notice_again
-- Not taken and certainly not delivered: tried again ever more seldom, for so long from its beginning.
UPDATE recovery.notices
SET code = $3,
    state = CASE WHEN created_at + $4::interval < clock_timestamp() THEN 'failed' ELSE 'waiting' END,
    settled_at = CASE WHEN created_at + $4::interval < clock_timestamp() THEN clock_timestamp() END,
    next_at = clock_timestamp() + CASE WHEN created_at + $4::interval < clock_timestamp() THEN interval '0'
        ELSE least(interval '30 min', interval '10 s' * power(2, least(attempts - 1, 8))) END
WHERE id = $1 AND attempts = $2 AND state IN ('waiting', 'sending') RETURNING state;

-- name: notices_lost
-- Handed over, it may be, by a relay that did not live to say so: never sent again, and shown.
UPDATE recovery.notices
SET state = 'unknown', code = 'interrupted', settled_at = clock_timestamp(), next_at = clock_timestamp()
WHERE state = 'sending' AND sending_at + $1::interval < clock_timestamp();

-- name: notices_unserved
UPDATE recovery.notices
SET state = 'failed', code = 'no_channel', settled_at = clock_timestamp(), next_at = clock_timestamp()
WHERE state = 'waiting' AND NOT contact_kind = ANY ($1::text[]);

-- name: notices_to_record
UPDATE recovery.notices n SET next_at = clock_timestamp() + interval '30 s'
WHERE n.id IN (
    SELECT w.id FROM recovery.notices w
    WHERE w.settled_at IS NOT NULL AND w.recorded_at IS NULL AND w.next_at <= clock_timestamp()
    ORDER BY w.next_at LIMIT $1 FOR UPDATE SKIP LOCKED)
RETURNING n.*;

-- name: notice_recorded
UPDATE recovery.notices SET recorded_at = clock_timestamp() WHERE id = $1 AND recorded_at IS NULL RETURNING id;

-- name: notices_of_case
SELECT n.id, n.occasion, n.audience, n.contact_id, n.contact_kind, n.state, n.code, n.channel, n.attempts, n.told_at,
    n.settled_at, n.objected_at
FROM recovery.notices n WHERE n.case_id = $1 AND n.tenant_id = $2 ORDER BY n.told_at, n.occasion, n.contact_id;

-- name: stop_link_read
SELECT n.id, n.tenant_id, n.case_id, n.occasion, n.contact_id, t.name AS tenant_name
FROM recovery.stop_links l JOIN recovery.notices n ON n.id = l.notice_id JOIN recovery.tenants t ON t.id = n.tenant_id
WHERE l.token_hash = $1 AND l.expires_at > recovery.now(n.tenant_id);

-- name: notice_objected
UPDATE recovery.notices n SET objected_at = recovery.now(n.tenant_id)
WHERE n.id = $1 AND n.objected_at IS NULL RETURNING id;

-- name: kept_notice_insert
INSERT INTO recovery.kept_notices (notice_id, subject, text, contact) VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING;

-- name: kept_notices_purge
DELETE FROM recovery.kept_notices WHERE notice_id IN
    (SELECT notice_id FROM recovery.kept_notices ORDER BY at DESC, notice_id OFFSET $1);

-- name: kept_notices_recent
SELECT at, subject, text, contact FROM recovery.kept_notices ORDER BY at DESC, notice_id LIMIT $1;
