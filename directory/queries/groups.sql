-- Groups of a tenant's accounts; `everyone` needs no rows.

-- name: members_of_group
SELECT m.account_id
FROM directory.group_members AS m JOIN directory.accounts AS a ON a.id = m.account_id
WHERE m.tenant_id = $1 AND m.name = $2 AND a.status = 'active' AND ($3::uuid IS NULL OR m.account_id > $3)
ORDER BY m.account_id LIMIT $4

-- name: size_of_group
SELECT count(*) FILTER (WHERE a.status = 'active') AS active, count(*) AS members
FROM directory.group_members AS m JOIN directory.accounts AS a ON a.id = m.account_id
WHERE m.tenant_id = $1 AND m.name = $2

-- name: active_accounts_in_order
SELECT id FROM directory.accounts
WHERE tenant_id = $1 AND status = 'active' AND ($2::uuid IS NULL OR id > $2)
ORDER BY id LIMIT $3

-- name: count_active_accounts
SELECT count(*) FROM directory.accounts WHERE tenant_id = $1 AND status = 'active'
