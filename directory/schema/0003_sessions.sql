-- Signing in: attempts under way, brakes against guessing, and what a sign-in leaves behind. Tokens are stored hashed.

CREATE TABLE directory.transactions (
    id                  uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    account_id          uuid NOT NULL REFERENCES directory.accounts,
    purpose             text NOT NULL CHECK (purpose IN ('staff_sign_in', 'step_up', 'sign_in')),
    nonce               bytea NOT NULL,
    challenge           bytea NOT NULL,
    -- Which password opened it: a password invalidated or changed meanwhile closes it.
    password_changed_at timestamptz,
    created_at          timestamptz NOT NULL,
    expires_at          timestamptz NOT NULL,
    used_at             timestamptz
);
GRANT SELECT, INSERT, DELETE ON directory.transactions TO directory_app;
GRANT UPDATE (used_at) ON directory.transactions TO directory_app;

-- The times of the attempts within the window, and how many failed in a row.
CREATE TABLE directory.throttles (
    tenant_id   uuid NOT NULL,
    key         text NOT NULL,
    recent      timestamptz[] NOT NULL,
    consecutive integer NOT NULL,
    PRIMARY KEY (tenant_id, key)
);
GRANT SELECT, INSERT, UPDATE, DELETE ON directory.throttles TO directory_app;

CREATE TABLE directory.sessions (
    id             uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    account_id     uuid NOT NULL REFERENCES directory.accounts,
    token_hash     bytea NOT NULL UNIQUE,
    aal            smallint NOT NULL,
    amr            text[] NOT NULL,
    created_at     timestamptz NOT NULL,
    last_seen_at   timestamptz NOT NULL,
    idle_until     timestamptz NOT NULL,
    absolute_until timestamptz NOT NULL,
    ended_at       timestamptz
);
CREATE INDEX sessions_live ON directory.sessions (account_id) WHERE ended_at IS NULL;
GRANT SELECT, INSERT ON directory.sessions TO directory_app;
GRANT UPDATE (last_seen_at, idle_until, ended_at) ON directory.sessions TO directory_app;

CREATE TABLE directory.refresh_tokens (
    id         uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    account_id uuid NOT NULL REFERENCES directory.accounts,
    token_hash bytea NOT NULL UNIQUE,
    created_at timestamptz NOT NULL,
    expires_at timestamptz NOT NULL,
    revoked_at timestamptz
);
CREATE INDEX refresh_tokens_live ON directory.refresh_tokens (account_id) WHERE revoked_at IS NULL;
GRANT SELECT, INSERT ON directory.refresh_tokens TO directory_app;
GRANT UPDATE (revoked_at) ON directory.refresh_tokens TO directory_app;

CREATE TABLE directory.app_passwords (
    id         uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    account_id uuid NOT NULL REFERENCES directory.accounts,
    label      text NOT NULL,
    token_hash bytea NOT NULL UNIQUE,
    created_at timestamptz NOT NULL,
    revoked_at timestamptz
);
CREATE INDEX app_passwords_live ON directory.app_passwords (account_id) WHERE revoked_at IS NULL;
GRANT SELECT, INSERT ON directory.app_passwords TO directory_app;
GRANT UPDATE (revoked_at) ON directory.app_passwords TO directory_app;
