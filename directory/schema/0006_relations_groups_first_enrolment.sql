-- Who vouches for whom and since when, groups, setting up a first factor at sign-in, and frozen contacts.

ALTER TABLE directory.accounts
    ADD COLUMN manager_since timestamptz,
    ADD COLUMN sponsor_id    uuid REFERENCES directory.accounts DEFERRABLE INITIALLY DEFERRED,
    ADD COLUMN sponsor_since timestamptz,
    -- Put under the MFA policy without a factor: the next sign-in may set one up (R40). Never with enrolment_required (R35).
    ADD COLUMN first_enrolment boolean NOT NULL DEFAULT false,
    ADD CONSTRAINT no_first_enrolment_in_a_recovery CHECK (NOT (first_enrolment AND enrolment_required));
GRANT UPDATE (mfa, first_enrolment) ON directory.accounts TO directory_app;
-- For reading a tenant batch by batch.
CREATE INDEX accounts_in_order ON directory.accounts (tenant_id, id);

CREATE TABLE directory.recovery_contacts (
    account_id         uuid NOT NULL REFERENCES directory.accounts,
    contact_account_id uuid NOT NULL REFERENCES directory.accounts,
    named_since        timestamptz,
    PRIMARY KEY (account_id, contact_account_id),
    CHECK (account_id <> contact_account_id)
);
GRANT SELECT, INSERT ON directory.recovery_contacts TO directory_app;

CREATE TABLE directory.group_members (
    tenant_id  uuid NOT NULL REFERENCES directory.tenants,
    name       text NOT NULL CHECK (name ~ '^[a-z0-9][a-z0-9-]{0,62}$' AND name <> 'everyone'),
    account_id uuid NOT NULL REFERENCES directory.accounts,
    PRIMARY KEY (tenant_id, name, account_id)
);
GRANT SELECT, INSERT ON directory.group_members TO directory_app;

-- A sign-in that was met by the need to set up a first factor, in the browser that gave the password.
CREATE TABLE directory.first_enrolments (
    id                  uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    account_id          uuid NOT NULL REFERENCES directory.accounts,
    browser_hash        bytea NOT NULL UNIQUE,
    -- Which password opened it: a password invalidated or changed meanwhile closes it.
    password_changed_at timestamptz NOT NULL,
    created_at          timestamptz NOT NULL,
    until               timestamptz NOT NULL,
    pending_seed        bytea,
    pending_challenge   bytea,
    enrolled_factor_id  uuid REFERENCES directory.factors,
    codes_issued_at     timestamptz,
    finished_at         timestamptz
);
CREATE INDEX first_enrolments_until ON directory.first_enrolments (until);
GRANT SELECT, INSERT, DELETE ON directory.first_enrolments TO directory_app;
GRANT UPDATE (pending_seed, pending_challenge, enrolled_factor_id, codes_issued_at, finished_at)
    ON directory.first_enrolments TO directory_app;

-- R38: whatever way a contact is changed, not while it is frozen.
CREATE FUNCTION directory.refuse_frozen_contacts() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
    BEGIN
        IF EXISTS (
            SELECT FROM directory.accounts AS a
            WHERE a.id = coalesce(NEW.account_id, OLD.account_id) AND a.contacts_frozen_until > directory.now(a.tenant_id))
        THEN
            RAISE EXCEPTION 'the contacts of this account are frozen' USING ERRCODE = 'object_not_in_prerequisite_state';
        END IF;
        RETURN coalesce(NEW, OLD);
    END
    $$;
CREATE TRIGGER frozen_contacts BEFORE INSERT OR UPDATE OR DELETE ON directory.contact_points
    FOR EACH ROW EXECUTE FUNCTION directory.refuse_frozen_contacts();
