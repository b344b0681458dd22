-- What is known about people beyond one case: how far the nightly reads are, and which names look alike.

-- A first sighting that nobody signed gives no age (R16: a database login alone makes no number old).
ALTER TABLE recovery.sightings ADD COLUMN signature bytea, ADD COLUMN key_id text;
GRANT UPDATE (signature, key_id) ON recovery.sightings TO recovery_app;

-- One round of reads a day and tenant. `started_at` and `last_id` are the round under way, `lease` is who reads now.
CREATE TABLE recovery.nightly_reads (
    tenant_id     uuid PRIMARY KEY REFERENCES recovery.tenants (id),
    due_at        timestamptz NOT NULL,
    started_at    timestamptz,
    last_id       text,
    accounts      integer NOT NULL DEFAULT 0,
    lease         uuid,
    leased_until  timestamptz,
    completed_at  timestamptz,
    accounts_then integer NOT NULL DEFAULT 0,
    approvers     integer,
    wanted        integer
);
GRANT SELECT, INSERT ON recovery.nightly_reads TO recovery_app;
GRANT UPDATE (due_at, started_at, last_id, accounts, lease, leased_until, completed_at, accounts_then, approvers, wanted)
    ON recovery.nightly_reads TO recovery_app;

-- R8: SHA-256 of the skeletons of logins and display names (UTS #39), never the names.
CREATE TABLE recovery.skeletons (
    tenant_id  uuid NOT NULL REFERENCES recovery.tenants (id),
    account_id text NOT NULL,
    person_id  text NOT NULL,
    what       text NOT NULL CHECK (what IN ('login', 'name')),
    hash       bytea NOT NULL,
    seen_at    timestamptz NOT NULL,
    PRIMARY KEY (tenant_id, account_id, what, hash)
);
CREATE INDEX skeletons_alike ON recovery.skeletons (tenant_id, what, hash);
GRANT SELECT, INSERT, DELETE ON recovery.skeletons TO recovery_app;
GRANT UPDATE (person_id, seen_at) ON recovery.skeletons TO recovery_app;
