-- R23, R24: one row for each notice to each address, and the stop links that were sent with them.

-- An order that cannot be made into notices yet is tried again, and holds back no other.
ALTER TABLE recovery.notice_orders
    ADD COLUMN next_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    ADD COLUMN attempts integer NOT NULL DEFAULT 0;
GRANT UPDATE (next_at, attempts) ON recovery.notice_orders TO recovery_app;

-- `seal` is a signature with a key outside the database over what is told to which address, `result_seal` over its acceptance:
-- a row that was written past the relay is not sent, and an acceptance that was written past it starts no cooling-off.
CREATE TABLE recovery.notices (
    id           uuid PRIMARY KEY,
    tenant_id    uuid NOT NULL REFERENCES recovery.tenants (id),
    case_id      uuid NOT NULL REFERENCES recovery.cases (id),
    occasion     text NOT NULL,
    audience     text NOT NULL,
    contact_id   text NOT NULL,
    contact_kind text NOT NULL,
    address      text NOT NULL,
    about        jsonb NOT NULL DEFAULT '{}',
    told_at      timestamptz NOT NULL,
    seal         bytea NOT NULL,
    seal_key     text NOT NULL,
    state        text NOT NULL DEFAULT 'waiting' CHECK (state IN ('waiting', 'sending', 'accepted', 'failed', 'unknown')),
    code         text NOT NULL DEFAULT '',
    channel      text,
    attempts     integer NOT NULL DEFAULT 0,
    created_at   timestamptz NOT NULL DEFAULT clock_timestamp(),
    next_at      timestamptz NOT NULL DEFAULT clock_timestamp(),
    sending_at   timestamptz,
    settled_at   timestamptz,
    result_seal  bytea,
    result_key   text,
    recorded_at  timestamptz,
    objected_at  timestamptz,
    -- Each address once an occasion, by whatever ways it is known.
    UNIQUE (case_id, occasion, address),
    CHECK ((settled_at IS NOT NULL) = (state IN ('accepted', 'failed', 'unknown')))
);
CREATE INDEX notices_waiting ON recovery.notices (next_at) WHERE state = 'waiting';
CREATE INDEX notices_sending ON recovery.notices (sending_at) WHERE state = 'sending';
CREATE INDEX notices_unrecorded ON recovery.notices (next_at) WHERE settled_at IS NOT NULL AND recorded_at IS NULL;
GRANT SELECT, INSERT ON recovery.notices TO recovery_app;
GRANT UPDATE (state, code, channel, attempts, next_at, sending_at, settled_at, result_seal, result_key,
    recorded_at, objected_at)
    ON recovery.notices TO recovery_app;

-- One for each attempt that carried a link: the token itself is nowhere on our side.
CREATE TABLE recovery.stop_links (
    token_hash bytea PRIMARY KEY,
    notice_id  uuid NOT NULL REFERENCES recovery.notices (id),
    expires_at timestamptz NOT NULL
);
GRANT SELECT, INSERT ON recovery.stop_links TO recovery_app;

-- What the development channel accepted; empty where notices leave for real.
CREATE TABLE recovery.kept_notices (
    -- A notice's, or a campaign's announcement's.
    notice_id uuid PRIMARY KEY,
    at        timestamptz NOT NULL DEFAULT clock_timestamp(),
    subject   text NOT NULL,
    text      text NOT NULL,
    contact   text NOT NULL
);
CREATE INDEX kept_notices_recent ON recovery.kept_notices (at DESC);
GRANT SELECT, INSERT, DELETE ON recovery.kept_notices TO recovery_app;
