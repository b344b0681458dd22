-- Everything that satisfies MFA is a row here with an id of its own; removed ones stay as history (B02).

CREATE TABLE directory.factors (
    id           uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    account_id   uuid NOT NULL REFERENCES directory.accounts,
    kind         text NOT NULL CHECK (kind IN
                     ('totp', 'webauthn', 'backup_codes', 'sms', 'email_code', 'push', 'trusted_browser')),
    label        text NOT NULL,
    enrolled_at  timestamptz NOT NULL,
    last_used_at timestamptz,
    removed_at   timestamptz,
    removed_by   uuid
);
CREATE INDEX factors_present ON directory.factors (account_id) WHERE removed_at IS NULL;
CREATE UNIQUE INDEX factors_one_backup_set ON directory.factors (account_id)
    WHERE kind = 'backup_codes' AND removed_at IS NULL;
GRANT SELECT, INSERT ON directory.factors TO directory_app;
GRANT UPDATE (last_used_at, removed_at, removed_by) ON directory.factors TO directory_app;

CREATE TABLE directory.totp_seeds (
    factor_id   uuid PRIMARY KEY REFERENCES directory.factors,
    seed_sealed bytea NOT NULL,
    last_step   bigint NOT NULL DEFAULT 0
);
GRANT SELECT, INSERT, DELETE ON directory.totp_seeds TO directory_app;
GRANT UPDATE (last_step) ON directory.totp_seeds TO directory_app;

CREATE TABLE directory.webauthn_credentials (
    factor_id       uuid PRIMARY KEY REFERENCES directory.factors,
    credential_id   bytea NOT NULL,
    public_key      bytea NOT NULL,
    sign_count      bigint NOT NULL DEFAULT 0,
    user_verified   boolean NOT NULL,
    backup_eligible boolean NOT NULL,
    backed_up       boolean NOT NULL,
    transports      text[] NOT NULL DEFAULT '{}'
);
GRANT SELECT, INSERT ON directory.webauthn_credentials TO directory_app;
GRANT UPDATE (sign_count, backed_up) ON directory.webauthn_credentials TO directory_app;

CREATE TABLE directory.backup_code_sets (
    factor_id uuid PRIMARY KEY REFERENCES directory.factors,
    salt      bytea NOT NULL
);
GRANT SELECT, INSERT ON directory.backup_code_sets TO directory_app;

CREATE TABLE directory.backup_codes (
    factor_id uuid NOT NULL REFERENCES directory.backup_code_sets,
    code_hash bytea NOT NULL,
    used_at   timestamptz,
    PRIMARY KEY (factor_id, code_hash)
);
GRANT SELECT, INSERT, DELETE ON directory.backup_codes TO directory_app;
GRANT UPDATE (used_at) ON directory.backup_codes TO directory_app;

CREATE TABLE directory.trusted_browsers (
    factor_id  uuid PRIMARY KEY REFERENCES directory.factors,
    token_hash bytea NOT NULL UNIQUE,
    expires_at timestamptz NOT NULL
);
GRANT SELECT, INSERT ON directory.trusted_browsers TO directory_app;
