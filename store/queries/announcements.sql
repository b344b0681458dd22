-- Announcements and reminders of campaigns: put down in batches, leased and settled one by one.

-- name: announcements_insert
-- Due one after the other, so that sending is spread as well.
INSERT INTO recovery.announcements (campaign_id, account_id, stage, message_id, next_at)
SELECT $1, p.account_id, $2, p.message_id, clock_timestamp() + p.place * $5::interval
FROM unnest($3::text[], $4::uuid[]) WITH ORDINALITY AS p (account_id, message_id, place)
ON CONFLICT DO NOTHING RETURNING account_id;

-- name: announcements_claim
-- A lease; who comes back after it finds that `attempts` has moved on. A paused campaign sends nothing.
UPDATE recovery.announcements n
SET attempts = n.attempts + 1, next_at = clock_timestamp() + $2::interval
FROM recovery.campaigns c JOIN recovery.tenants t ON t.id = c.tenant_id
WHERE c.id = n.campaign_id AND (n.campaign_id, n.account_id, n.stage) IN (
    SELECT w.campaign_id, w.account_id, w.stage
    FROM recovery.announcements w JOIN recovery.campaigns p ON p.id = w.campaign_id
    WHERE w.state = 'queued' AND w.next_at <= clock_timestamp() AND NOT p.paused
    ORDER BY w.next_at LIMIT $1 FOR UPDATE OF w SKIP LOCKED)
RETURNING n.*, c.tenant_id, t.name AS tenant_name;

-- name: announcement_sending
UPDATE recovery.announcements SET state = 'sent', channel = $5, sent_at = clock_timestamp()
WHERE campaign_id = $1 AND account_id = $2 AND stage = $3 AND attempts = $4 AND state = 'queued' RETURNING message_id;

-- name: announcement_settle
UPDATE recovery.announcements SET state = $5, code = $6, settled_at = clock_timestamp()
WHERE campaign_id = $1 AND account_id = $2 AND stage = $3 AND attempts = $4 AND state IN ('queued', 'sent')
RETURNING message_id;

-- name: announcement_again
-- Not taken and certainly not delivered: tried again ever more seldom, for so long from its beginning.
UPDATE recovery.announcements
SET code = $5,
    state = CASE WHEN created_at + $6::interval < clock_timestamp() THEN 'failed' ELSE 'queued' END,
    settled_at = CASE WHEN created_at + $6::interval < clock_timestamp() THEN clock_timestamp() END,
    next_at = clock_timestamp() + least(interval '1 h', interval '30 s' * power(2, least(attempts - 1, 8)))
WHERE campaign_id = $1 AND account_id = $2 AND stage = $3 AND attempts = $4 AND state IN ('queued', 'sent')
RETURNING state;

-- name: announcements_lost
-- Handed over, it may be, by a relay that did not live to say so: never sent again, and shown.
UPDATE recovery.announcements SET state = 'unknown', code = 'interrupted', settled_at = clock_timestamp()
WHERE state = 'sent' AND sent_at + $1::interval < clock_timestamp();

-- name: announcements_withdraw
UPDATE recovery.announcements SET state = 'failed', code = 'campaign_called_off', settled_at = clock_timestamp()
WHERE campaign_id = $1 AND state = 'queued';

-- name: announcements_standing
SELECT stage, state, count(*) AS messages FROM recovery.announcements
WHERE campaign_id = $1 GROUP BY stage, state ORDER BY stage, state;
