-- Who granted which role since when is signed, risk signals stand in the case, and what is told and watched has its rows.

-- A row that nobody signed gives no role (R12 of the reserve list: a database login alone decides nothing).
ALTER TABLE recovery.members ADD COLUMN signature bytea, ADD COLUMN key_id text;
GRANT UPDATE (founding, signature, key_id) ON recovery.members TO recovery_app;

-- R8: what stood out when the case opened, shown to agent and approver.
ALTER TABLE recovery.cases ADD COLUMN risks jsonb NOT NULL DEFAULT '[]';

-- R23: what is to be told about a case; the relay makes one notice of it for each contact point.
CREATE TABLE recovery.notice_orders (
    case_id     uuid NOT NULL REFERENCES recovery.cases (id),
    occasion    text NOT NULL,
    data        jsonb NOT NULL DEFAULT '{}',
    at          timestamptz NOT NULL,
    expanded_at timestamptz,
    PRIMARY KEY (case_id, occasion)
);
CREATE INDEX notice_orders_waiting ON recovery.notice_orders (at) WHERE expanded_at IS NULL;
GRANT SELECT, INSERT ON recovery.notice_orders TO recovery_app;
GRANT UPDATE (expanded_at) ON recovery.notice_orders TO recovery_app;

-- R38: a recovered account is watched beyond its case.
CREATE TABLE recovery.watches (
    case_id    uuid PRIMARY KEY REFERENCES recovery.cases (id),
    tenant_id  uuid NOT NULL REFERENCES recovery.tenants (id),
    subject_id text NOT NULL,
    until      timestamptz NOT NULL,
    version    integer NOT NULL DEFAULT 0,
    ended_at   timestamptz
);
CREATE INDEX watches_open ON recovery.watches (tenant_id, subject_id) WHERE ended_at IS NULL;
GRANT SELECT, INSERT ON recovery.watches TO recovery_app;
GRANT UPDATE (version, ended_at) ON recovery.watches TO recovery_app;

-- R16: since when our own nightly reads have seen a contact point or a manager unchanged.
CREATE TABLE recovery.sightings (
    tenant_id     uuid NOT NULL REFERENCES recovery.tenants (id),
    account_id    text NOT NULL,
    what          text NOT NULL CHECK (what IN ('contact', 'manager', 'sponsor')),
    fingerprint   bytea NOT NULL,
    first_seen_at timestamptz NOT NULL,
    last_seen_at  timestamptz NOT NULL,
    PRIMARY KEY (tenant_id, account_id, what, fingerprint)
);
GRANT SELECT, INSERT, DELETE ON recovery.sightings TO recovery_app;
GRANT UPDATE (first_seen_at, last_seen_at) ON recovery.sightings TO recovery_app;

-- R41 counts by person and by day.
CREATE INDEX cases_by_agent ON recovery.cases (tenant_id, (agent ->> 'person_id'), opened_at);
CREATE INDEX cases_by_subject_person ON recovery.cases (tenant_id, subject_person_id, opened_at);
CREATE INDEX cases_claimed ON recovery.cases (tenant_id, claimed_at) WHERE claimed_at IS NOT NULL;
CREATE INDEX acts_by_person ON recovery.acts ((record -> 'actor' ->> 'person_id'), at) WHERE kind = 'verdict';
CREATE INDEX acts_break_glass ON recovery.acts (case_id) WHERE kind = 'break_glass';
