-- name: policies_of_tenant
-- Newest first: the first that is believed counts.
SELECT * FROM recovery.policies WHERE tenant_id = $1 ORDER BY version DESC;

-- name: policy_put
INSERT INTO recovery.policies (tenant_id, version, document, at, by, proposal_id, signature, key_id)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8) ON CONFLICT DO NOTHING RETURNING version;

-- name: policy_lock
SELECT pg_advisory_xact_lock(hashtextextended('recovery policy ' || $1::text, 0));

-- name: proposals_of_tenant
SELECT * FROM recovery.policy_proposals WHERE tenant_id = $1 ORDER BY record ->> 'proposed_at' DESC, id;

-- name: proposals_open
SELECT * FROM recovery.policy_proposals
WHERE tenant_id = $1 AND applied_version IS NULL AND record ->> 'seconded_at' IS NOT NULL
    AND record ->> 'withdrawn_at' IS NULL ORDER BY record ->> 'seconded_at', id;

-- name: proposal_insert
INSERT INTO recovery.policy_proposals (id, tenant_id, record, signature, key_id) VALUES ($1, $2, $3, $4, $5);

-- name: proposal_update
UPDATE recovery.policy_proposals SET record = $2, signature = $3, key_id = $4 WHERE id = $1;

-- name: proposal_applied
UPDATE recovery.policy_proposals SET applied_version = $2 WHERE id = $1;

-- name: tenants_with_open_proposals
SELECT DISTINCT tenant_id FROM recovery.policy_proposals
WHERE applied_version IS NULL AND record ->> 'seconded_at' IS NOT NULL AND record ->> 'withdrawn_at' IS NULL;

-- name: step_up_consume_for_policy
UPDATE recovery.step_ups SET used_for = $2
WHERE id = $1 AND act_id IS NULL AND used_for IS NULL AND proof IS NOT NULL RETURNING id;
