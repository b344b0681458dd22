-- name: case_files
-- Cases with all that rules and readers must know of them, at one instant: one row for however many cases, so that
-- what they share is sent once. Rows within it carry their columns in the order that store/case_files.py names.
WITH wanted AS MATERIALIZED (
    SELECT * FROM recovery.cases WHERE tenant_id = $1 AND id = ANY ($2::uuid[])
), written AS MATERIALIZED (
    SELECT a.* FROM recovery.acts a JOIN wanted w ON w.id = a.case_id
), drawn AS (
    -- Lax: what an insider wrote past the doors may be of any shape, and must keep no case from being read.
    SELECT jsonb_path_query(record, 'lax $.body.approvers[*]') #>> '{}' AS account_id FROM written WHERE kind = 'drawn'
), named AS MATERIALIZED (
    SELECT subject_person_id AS person_id FROM wanted
    UNION SELECT agent ->> 'person_id' FROM wanted
    UNION SELECT acting_admin ->> 'person_id' FROM wanted
    UNION SELECT record -> 'actor' ->> 'person_id' FROM written
    UNION SELECT unnest($3::text[])
    UNION SELECT m.person_id FROM recovery.members m JOIN drawn d ON d.account_id = m.account_id WHERE m.tenant_id = $1
), people AS MATERIALIZED (
    SELECT person_id FROM named
    UNION SELECT g.person_id FROM named n
        JOIN recovery.members m ON m.tenant_id = $1 AND m.person_id = n.person_id
        JOIN recovery.members g ON g.tenant_id = $1 AND g.account_id = m.granted_by
)
SELECT recovery.now($1) AS now,
    ARRAY (SELECT ROW (c.id, c.tenant_id, c.subject_id, c.subject_person_id, c.agent::text, c.acting_admin::text,
            c.intake::text, c.tier, c.policy::text, c.snapshot::text, c.plan::text, c.plan_version, c.phase, c.code,
            c.outcome, c.version, c.act_seq, c.applied_seq, c.opened_at, c.expires_at, c.contained_at, c.claimed_at,
            c.enrol_by, c.presence_id, c.wiped_at, c.attempt, c.closed_at, c.step::text, c.risks::text)
        FROM wanted c) AS cases,
    ARRAY (SELECT ROW (a.case_id, a.id, a.seq, a.kind, a.record::text, a.signature, a.key_id)
        FROM written a ORDER BY a.case_id, a.seq) AS acts,
    ARRAY (SELECT ROW (m.tenant_id, m.account_id, m.person_id, m.roles, m.founding, m.since, m.granted_by, m.signature,
            m.key_id, m.granter, m.recovered_at)
        FROM recovery.standings m JOIN people p ON p.person_id = m.person_id
        WHERE m.tenant_id = $1 ORDER BY m.account_id) AS members,
    ARRAY (SELECT ROW (w.case_id, w.until, w.version, w.ended_at)
        FROM recovery.watches w JOIN wanted c ON c.id = w.case_id) AS watches,
    ARRAY (SELECT ROW (p.id, p.tenant_id, p.version, p.document::text, p.at, p.by, p.proposal_id, p.signature, p.key_id)
        FROM recovery.policies p WHERE p.tenant_id = $1 ORDER BY p.version DESC, p.id DESC) AS policies,
    ARRAY (SELECT ROW (p.id, p.record::text, p.signature, p.key_id)
        FROM recovery.policy_proposals p WHERE p.tenant_id = $1 ORDER BY p.id) AS proposals;
