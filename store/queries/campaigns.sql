-- Campaigns: deciding, looking, moving, and what doors show.

-- name: campaign_insert
INSERT INTO recovery.campaigns (id, tenant_id, group_name, terms, started_at, act_seq) VALUES ($1, $2, $3, $4, $5, 1);

-- name: campaign_act_insert
INSERT INTO recovery.campaign_acts
    (id, campaign_id, seq, record, signature, key_id, actor_account, idempotency_key, request_digest)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9);

-- name: campaign_act_by_key
SELECT campaign_id, request_digest FROM recovery.campaign_acts WHERE actor_account = $1 AND idempotency_key = $2;

-- name: campaign_acts_of
SELECT id, seq, record, signature, key_id FROM recovery.campaign_acts WHERE campaign_id = $1 ORDER BY seq;

-- name: campaign_running_of_group
SELECT id FROM recovery.campaigns WHERE tenant_id = $1 AND group_name = $2 AND ended_at IS NULL;

-- name: campaign_lock
SELECT * FROM recovery.campaigns WHERE id = $1 AND tenant_id = $2 FOR UPDATE;

-- name: campaign_read
SELECT * FROM recovery.campaigns WHERE id = $1 AND tenant_id = $2;

-- name: campaigns_list
SELECT * FROM recovery.campaigns WHERE tenant_id = $1 ORDER BY started_at DESC, id LIMIT $2;

-- name: campaign_decided
-- The relay is to look at once.
UPDATE recovery.campaigns SET act_seq = $2, paused = $3, bell_at = clock_timestamp() WHERE id = $1;

-- name: campaign_move
UPDATE recovery.campaigns
SET stage = $3, code = $4, cursor = $5, reminder = $6, reminded = $7, announced_at = $8, next_batch_at = $9, counts = $10,
    outcome = $11, ended_at = $12, step = $13, version = version + 1, applied_seq = act_seq
WHERE id = $1 AND version = $2;

-- name: campaign_people_insert
INSERT INTO recovery.campaign_people (campaign_id, account_id, result, code, had_factor, at)
SELECT $1, p.account_id, p.result, p.code, p.had_factor, $6
FROM unnest($2::text[], $3::text[], $4::text[], $5::boolean[]) AS p (account_id, result, code, had_factor)
ON CONFLICT DO NOTHING RETURNING account_id;

-- name: campaign_failures
SELECT code, count(*) AS people FROM recovery.campaign_people
WHERE campaign_id = $1 AND result = 'failed' GROUP BY code ORDER BY code;

-- name: campaigns_to_ring
-- Looked after one relay at a time: soon again while a decision has not arrived, else every half minute.
UPDATE recovery.campaigns c
SET bell_at = clock_timestamp() + CASE WHEN c.act_seq > c.applied_seq THEN interval '3 s' ELSE interval '30 s' END
WHERE c.id IN (
    SELECT w.id FROM recovery.campaigns w
    WHERE w.ended_at IS NULL AND w.bell_at <= clock_timestamp()
    ORDER BY w.bell_at LIMIT $1 FOR UPDATE SKIP LOCKED)
RETURNING c.id, c.tenant_id, c.version, c.act_seq, c.applied_seq,
    (SELECT a.id FROM recovery.campaign_acts a WHERE a.campaign_id = c.id ORDER BY a.seq DESC LIMIT 1) AS act_id;
