-- name: policies_of_tenant
-- Newest first: the first that is believed counts.
SELECT * FROM recovery.policies WHERE tenant_id = $1 ORDER BY version DESC, id DESC;

-- name: policy_put
INSERT INTO recovery.policies (tenant_id, version, document, at, by, proposal_id, signature, key_id)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8);

-- name: policy_lock
SELECT pg_advisory_xact_lock(hashtextextended('recovery policy ' || $1::text, 0));

-- name: proposals_of_tenant
SELECT * FROM recovery.policy_proposals WHERE tenant_id = $1 ORDER BY id;

-- name: proposals_on_version
SELECT * FROM recovery.policy_proposals WHERE tenant_id = $1 AND record ->> 'base_version' = $2 ORDER BY id;

-- name: proposal_put
INSERT INTO recovery.policy_proposals (tenant_id, proposal_id, record, signature, key_id) VALUES ($1, $2, $3, $4, $5);

-- name: tenants_with_policies
SELECT tenant_id FROM recovery.policies UNION SELECT tenant_id FROM recovery.policy_proposals;

-- name: policy_events
-- What the audit has of the versions and of the rows that were found forged.
SELECT type, text::jsonb -> 'data' ->> 'row' AS row,
    CASE WHEN text::jsonb -> 'data' ->> 'version' ~ '^[0-9]{1,9}$' THEN (text::jsonb -> 'data' ->> 'version')::integer END AS version
FROM recovery.audit_events
WHERE tenant_id = $1 AND type LIKE 'policy.%'
    AND type IN ('policy.founded', 'policy.changed', 'policy.weakening_took_effect', 'policy.row_forged',
        'policy.version_missing');
