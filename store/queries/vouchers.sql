-- name: person_recovered_at
SELECT max(c.closed_at) FROM recovery.cases c
WHERE c.tenant_id = $1 AND c.subject_person_id = $2 AND c.outcome = 'recovered';

-- name: members_granted_by_person
SELECT m.*, $2::text AS granter, NULL::timestamptz AS recovered_at
FROM recovery.members m
WHERE m.tenant_id = $1 AND m.granted_by IN
    (SELECT g.account_id FROM recovery.members g WHERE g.tenant_id = $1 AND g.person_id = $2)
ORDER BY m.account_id;
