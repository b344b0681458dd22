-- name: tenant_of_id
SELECT id, slug, name FROM recovery.tenants WHERE id = $1;

-- name: case_pulse
-- All that a waiting reader needs to know whether to look again.
SELECT c.version, c.act_seq,
    (SELECT count(*) FROM recovery.notices n WHERE n.case_id = c.id AND n.settled_at IS NOT NULL) AS told
FROM recovery.cases c WHERE c.id = $1 AND c.tenant_id = $2;

-- name: contacts_revealed_to
-- Which contacts of the case this account has seen in full (R16).
SELECT DISTINCT e.text::jsonb -> 'data' ->> 'contact' AS contact_id FROM recovery.audit_events AS e
WHERE e.case_id = $1 AND e.type = $2 AND e.actor_id = $3 AND e.text::jsonb -> 'data' ? 'contact';
