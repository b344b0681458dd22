-- name: presence_last_checked
SELECT p.presence_id FROM recovery.presence_checks p JOIN recovery.cases c ON c.id = p.case_id
WHERE p.case_id = $1 AND c.tenant_id = $2 AND p.account_id = $3 ORDER BY p.at DESC, p.presence_id LIMIT 1;
