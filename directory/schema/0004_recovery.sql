-- Presence, the enrolment it leads to, admin commands (each once) and events (each delivered to each consumer).

CREATE TABLE directory.presences (
    id                  uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    tenant_id           uuid NOT NULL REFERENCES directory.tenants,
    -- Empty for a decoy: an identifier that belongs to nobody is answered like any other (B06).
    account_id          uuid REFERENCES directory.accounts,
    browser_hash        bytea NOT NULL,
    code_hash           bytea NOT NULL,
    password_changed_at timestamptz,
    created_at          timestamptz NOT NULL,
    last_seen_at        timestamptz NOT NULL,
    expires_at          timestamptz NOT NULL,
    confirmed_at        timestamptz,
    granted_at          timestamptz,
    superseded_at       timestamptz
);
CREATE INDEX presences_browser ON directory.presences (browser_hash);
CREATE INDEX presences_account ON directory.presences (account_id) WHERE superseded_at IS NULL;
GRANT SELECT, INSERT, DELETE ON directory.presences TO directory_app;
GRANT UPDATE (last_seen_at, expires_at, confirmed_at, granted_at, superseded_at) ON directory.presences TO directory_app;

CREATE TABLE directory.enrolments (
    id                 uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    account_id         uuid NOT NULL REFERENCES directory.accounts,
    presence_id        uuid NOT NULL REFERENCES directory.presences,
    until              timestamptz NOT NULL,
    choose_password    boolean NOT NULL,
    granted_at         timestamptz NOT NULL,
    granted_by         uuid NOT NULL,
    begun_at           timestamptz,
    password_chosen_at timestamptz,
    pending_seed       bytea,
    pending_challenge  bytea,
    enrolled_factor_id uuid REFERENCES directory.factors,
    codes_issued_at    timestamptz,
    completed_at       timestamptz,
    session_issued_at  timestamptz,
    closed_at          timestamptz
);
CREATE UNIQUE INDEX enrolments_one_open ON directory.enrolments (account_id)
    WHERE completed_at IS NULL AND closed_at IS NULL;
CREATE INDEX enrolments_presence ON directory.enrolments (presence_id);
CREATE INDEX enrolments_account ON directory.enrolments (account_id, granted_at);
GRANT SELECT, INSERT ON directory.enrolments TO directory_app;
GRANT UPDATE (begun_at, password_chosen_at, pending_seed, pending_challenge, enrolled_factor_id, codes_issued_at,
              completed_at, session_issued_at, closed_at) ON directory.enrolments TO directory_app;

-- A new TOTP app set up from the profile, until its first code confirms it.
CREATE TABLE directory.pending_apps (
    session_id uuid PRIMARY KEY REFERENCES directory.sessions,
    seed       bytea NOT NULL,
    expires_at timestamptz NOT NULL
);
GRANT SELECT, INSERT, UPDATE, DELETE ON directory.pending_apps TO directory_app;

CREATE TABLE directory.commands (
    id         uuid PRIMARY KEY,
    account_id uuid NOT NULL REFERENCES directory.accounts,
    kind       text NOT NULL,
    arguments  text NOT NULL,
    result     jsonb NOT NULL,
    at         timestamptz NOT NULL
);
GRANT SELECT, INSERT ON directory.commands TO directory_app;

CREATE TABLE directory.events (
    seq        bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    id         uuid NOT NULL UNIQUE DEFAULT gen_random_uuid(),
    tenant_id  uuid NOT NULL REFERENCES directory.tenants,
    account_id uuid NOT NULL REFERENCES directory.accounts,
    type       text NOT NULL,
    at         timestamptz NOT NULL,
    data       jsonb NOT NULL
);
CREATE INDEX events_account ON directory.events (account_id, at);
GRANT SELECT, INSERT ON directory.events TO directory_app;

-- A mark per consumer and event: an event committed late is never skipped, as it would be behind a cursor.
CREATE TABLE directory.event_marks (
    consumer text NOT NULL,
    event_id uuid NOT NULL REFERENCES directory.events (id),
    PRIMARY KEY (consumer, event_id)
);
GRANT SELECT, INSERT ON directory.event_marks TO directory_app;

-- A factor enrolled in time counts: only what has none yet can expire (R37).
CREATE FUNCTION directory.enrolment_state(one directory.enrolments, now timestamptz) RETURNS text
    LANGUAGE sql IMMUTABLE
    AS $$
        SELECT CASE
            WHEN one.completed_at IS NOT NULL THEN 'completed'
            WHEN one.closed_at IS NOT NULL THEN 'closed'
            WHEN one.codes_issued_at IS NOT NULL THEN 'codes_issued'
            WHEN one.enrolled_factor_id IS NOT NULL THEN 'enrolled'
            WHEN now >= one.until THEN 'expired'
            WHEN one.begun_at IS NOT NULL THEN 'begun'
            ELSE 'granted'
        END
    $$;

-- An unconfirmed presence ends with its code, a confirmed one when its time is over, a granted one with its grant.
CREATE FUNCTION directory.presence_state(one directory.presences, now timestamptz) RETURNS text
    LANGUAGE sql IMMUTABLE
    AS $$
        SELECT CASE
            WHEN one.superseded_at IS NOT NULL THEN 'superseded'
            WHEN one.granted_at IS NOT NULL THEN 'granted'
            WHEN now >= one.expires_at THEN 'expired'
            WHEN one.confirmed_at IS NOT NULL THEN 'confirmed'
            ELSE 'waiting'
        END
    $$;
