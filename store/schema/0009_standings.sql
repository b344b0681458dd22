-- Who somebody is in a tenant, asked in one place: since when they hold what, who gave it, when they were recovered.

-- When a case about somebody last ended in a recovery, whether they are a member or not.
CREATE VIEW recovery.recoveries WITH (security_invoker = true) AS
SELECT c.tenant_id, c.subject_person_id AS person_id, max(c.closed_at) AS recovered_at
FROM recovery.cases AS c
WHERE c.outcome = 'recovered'
GROUP BY c.tenant_id, c.subject_person_id;

-- Each login's row, with the person who gave it its roles and when its own person was last recovered.
CREATE VIEW recovery.standings WITH (security_invoker = true) AS
SELECT m.tenant_id, m.account_id, m.person_id, m.roles, m.founding, m.since, m.granted_by, m.signature, m.key_id,
    (SELECT g.person_id FROM recovery.members AS g
        WHERE g.tenant_id = m.tenant_id AND g.account_id = m.granted_by) AS granter,
    (SELECT r.recovered_at FROM recovery.recoveries AS r
        WHERE r.tenant_id = m.tenant_id AND r.person_id = m.person_id) AS recovered_at
FROM recovery.members AS m;

GRANT SELECT ON recovery.recoveries, recovery.standings TO recovery_app;
