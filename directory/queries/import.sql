-- The importer: everything in one transaction, by keys that the document's author chose.

-- name: import_lock
SELECT pg_advisory_xact_lock(hashtextextended('directory import ' || $1::text, 0))

-- name: import_tenant
INSERT INTO directory.tenants (slug, name) VALUES ($1, $2)
ON CONFLICT (slug) DO NOTHING

-- name: import_now
SELECT directory.now($1)

-- name: import_person
INSERT INTO directory.persons (id, tenant_id, external_key) VALUES ($1, $2, $3)
ON CONFLICT (tenant_id, external_key) DO NOTHING

-- name: imported_person
SELECT id FROM directory.persons WHERE tenant_id = $1 AND external_key = $2

-- name: imported_account
SELECT id, person_id FROM directory.accounts WHERE tenant_id = $1 AND external_key = $2

-- name: import_account
INSERT INTO directory.accounts (id, tenant_id, external_key, person_id, login, display_name, status, status_reason,
                                mfa, roles, created_at, manager_id, manager_since, sponsor_id, sponsor_since)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15)

-- name: import_contact
INSERT INTO directory.contact_points (account_id, kind, value, bound_since, replaced_at) VALUES ($1, $2, $3, $4, $5)

-- name: import_recovery_contact
INSERT INTO directory.recovery_contacts (account_id, contact_account_id, named_since) VALUES ($1, $2, $3)

-- name: import_group_member
INSERT INTO directory.group_members (tenant_id, name, account_id) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING

-- name: import_password
INSERT INTO directory.passwords (account_id, phc, changed_at) VALUES ($1, $2, $3)

-- name: import_factor
INSERT INTO directory.factors (account_id, kind, label, enrolled_at) VALUES ($1, $2, $3, $4) RETURNING id
