-- Tenants, people, their accounts and how to reach them; one clock for every rule.

GRANT USAGE ON SCHEMA directory TO directory_app;

-- Moved by tests as the owner; the application can only read it.
CREATE TABLE directory.test_clock (
    tenant_id uuid PRIMARY KEY,
    "offset"  interval NOT NULL
);
GRANT SELECT ON directory.test_clock TO directory_app;

-- Volatile on purpose: a statement that waited for a lock asks again.
CREATE FUNCTION directory.now(tenant uuid) RETURNS timestamptz
    LANGUAGE sql VOLATILE
    AS $$
        SELECT clock_timestamp() + coalesce(
            (SELECT c."offset" FROM directory.test_clock AS c WHERE c.tenant_id = tenant), interval '0')
    $$;

CREATE TABLE directory.tenants (
    id         uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    slug       text NOT NULL UNIQUE CHECK (slug ~ '^[a-z0-9][a-z0-9-]{0,62}$'),
    name       text NOT NULL,
    created_at timestamptz NOT NULL DEFAULT clock_timestamp()
);
GRANT SELECT, INSERT ON directory.tenants TO directory_app;

CREATE TABLE directory.persons (
    id           uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    tenant_id    uuid NOT NULL REFERENCES directory.tenants,
    external_key text NOT NULL,
    UNIQUE (tenant_id, external_key)
);
GRANT SELECT, INSERT ON directory.persons TO directory_app;

CREATE TABLE directory.accounts (
    id                    uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    tenant_id             uuid NOT NULL REFERENCES directory.tenants,
    external_key          text NOT NULL,
    person_id             uuid NOT NULL REFERENCES directory.persons,
    login                 text NOT NULL CHECK (login <> ''),
    display_name          text NOT NULL,
    status                text NOT NULL DEFAULT 'active' CHECK (status IN ('active', 'disabled', 'locked')),
    status_reason         text,
    mfa                   text NOT NULL DEFAULT 'required' CHECK (mfa IN ('required', 'optional', 'exempt')),
    -- Set when the last usable factor is removed or an enrolment granted; cleared by a confirmed factor (R35).
    enrolment_required    boolean NOT NULL DEFAULT false,
    roles                 text[] NOT NULL DEFAULT '{}',
    manager_id            uuid REFERENCES directory.accounts DEFERRABLE INITIALLY DEFERRED,
    contacts_frozen_until timestamptz,
    created_at            timestamptz NOT NULL,
    UNIQUE (tenant_id, login),
    UNIQUE (tenant_id, external_key)
);
-- lower() under the collation "C" changes ASCII letters only, so no foreign letter ever equals one of ours (B06).
CREATE INDEX accounts_ascii_login ON directory.accounts (tenant_id, lower(login COLLATE "C"));
GRANT SELECT, INSERT ON directory.accounts TO directory_app;
GRANT UPDATE (status, status_reason, enrolment_required, contacts_frozen_until) ON directory.accounts TO directory_app;

CREATE TABLE directory.contact_points (
    id          uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    account_id  uuid NOT NULL REFERENCES directory.accounts,
    kind        text NOT NULL CHECK (kind IN ('email', 'mobile', 'desk_phone')),
    value       text NOT NULL CHECK (value <> ''),
    bound_since timestamptz,
    replaced_at timestamptz
);
CREATE INDEX contact_points_account ON directory.contact_points (account_id);
CREATE INDEX contact_points_ascii_email ON directory.contact_points (lower(value COLLATE "C"))
    WHERE kind = 'email' AND replaced_at IS NULL;
GRANT SELECT, INSERT ON directory.contact_points TO directory_app;
GRANT UPDATE (replaced_at) ON directory.contact_points TO directory_app;

CREATE TABLE directory.passwords (
    account_id     uuid PRIMARY KEY REFERENCES directory.accounts,
    phc            text NOT NULL CHECK (phc LIKE '$argon2id$%'),
    changed_at     timestamptz NOT NULL,
    invalidated_at timestamptz
);
GRANT SELECT, INSERT, UPDATE ON directory.passwords TO directory_app;
