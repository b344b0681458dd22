-- Tenants, their people and policies, cases, acts, the outbox, operations and step-ups.
-- The application's login role gets exactly the rights listed at the end.

CREATE TABLE recovery.tenants (
    id         uuid PRIMARY KEY,
    slug       text NOT NULL UNIQUE CHECK (slug ~ '^[a-z][a-z0-9-]{0,62}$'),
    name       text NOT NULL,
    created_at timestamptz NOT NULL DEFAULT clock_timestamp()
);

-- Tests move a tenant's clock here, as owner; the application can only read it.
CREATE TABLE recovery.test_clock (
    tenant_id uuid PRIMARY KEY REFERENCES recovery.tenants (id),
    ahead     interval NOT NULL
);

-- The one clock of all rules (architecture decision 3).
CREATE FUNCTION recovery.now(p_tenant uuid) RETURNS timestamptz
LANGUAGE sql VOLATILE PARALLEL SAFE
SET search_path = pg_catalog, pg_temp
AS $$
    SELECT clock_timestamp() + coalesce((SELECT c.ahead FROM recovery.test_clock AS c WHERE c.tenant_id = p_tenant), interval '0');
$$;

CREATE TABLE recovery.members (
    tenant_id  uuid NOT NULL REFERENCES recovery.tenants (id),
    account_id text NOT NULL,
    person_id  text NOT NULL,
    roles      text[] NOT NULL,
    founding   boolean NOT NULL DEFAULT false,
    since      timestamptz NOT NULL,
    granted_by text,
    PRIMARY KEY (tenant_id, account_id)
);
CREATE INDEX members_person ON recovery.members (tenant_id, person_id);

CREATE TABLE recovery.policies (
    tenant_id uuid NOT NULL REFERENCES recovery.tenants (id),
    version   integer NOT NULL CHECK (version > 0),
    document  jsonb NOT NULL,
    at        timestamptz NOT NULL,
    by        text,
    PRIMARY KEY (tenant_id, version)
);

CREATE TABLE recovery.cases (
    id                uuid PRIMARY KEY,
    tenant_id         uuid NOT NULL REFERENCES recovery.tenants (id),
    subject_id        text NOT NULL,
    subject_person_id text NOT NULL,
    agent             jsonb NOT NULL,
    acting_admin      jsonb NOT NULL,
    intake            jsonb NOT NULL,
    tier              text NOT NULL,
    policy            jsonb NOT NULL,
    snapshot          jsonb NOT NULL,
    plan              jsonb NOT NULL,
    plan_version      integer NOT NULL DEFAULT 1,
    phase             text NOT NULL,
    code              text NOT NULL,
    outcome           text,
    version           integer NOT NULL DEFAULT 0,
    act_seq           integer NOT NULL DEFAULT 0,
    applied_seq       integer NOT NULL DEFAULT 0,
    step              jsonb,
    opened_at         timestamptz NOT NULL,
    expires_at        timestamptz NOT NULL,
    contained_at      timestamptz,
    claimed_at        timestamptz,
    enrol_by          timestamptz,
    presence_id       text,
    wiped_at          timestamptz,
    attempt           integer NOT NULL DEFAULT 0,
    closed_at         timestamptz,
    continuation      integer NOT NULL DEFAULT 0,
    CHECK ((outcome IS NULL) = (closed_at IS NULL)),
    CHECK (applied_seq <= act_seq)
);
-- R5: at most one open case per subject.
CREATE UNIQUE INDEX cases_one_open ON recovery.cases (tenant_id, subject_id) WHERE outcome IS NULL;
-- R7: one ticket serves one case.
CREATE UNIQUE INDEX cases_one_ticket ON recovery.cases (tenant_id, (intake ->> 'ticket')) WHERE intake ->> 'ticket' IS NOT NULL;
CREATE INDEX cases_recent ON recovery.cases (tenant_id, opened_at DESC);

CREATE TABLE recovery.acts (
    id              uuid PRIMARY KEY,
    case_id         uuid NOT NULL REFERENCES recovery.cases (id),
    seq             integer NOT NULL CHECK (seq > 0),
    kind            text NOT NULL,
    record          jsonb NOT NULL,
    signature       bytea NOT NULL,
    key_id          text NOT NULL,
    idempotency_key text,
    request_digest  text,
    actor_account   text,
    at              timestamptz NOT NULL,
    UNIQUE (case_id, seq)
);
CREATE UNIQUE INDEX acts_idempotency ON recovery.acts (actor_account, idempotency_key) WHERE idempotency_key IS NOT NULL;

CREATE TABLE recovery.outbox (
    id       bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    case_id  uuid NOT NULL REFERENCES recovery.cases (id),
    act_id   uuid NOT NULL REFERENCES recovery.acts (id),
    act_seq  integer NOT NULL,
    next_at  timestamptz NOT NULL DEFAULT clock_timestamp(),
    attempts integer NOT NULL DEFAULT 0,
    done_at  timestamptz
);
CREATE INDEX outbox_waiting ON recovery.outbox (next_at) WHERE done_at IS NULL;

CREATE TABLE recovery.operations (
    id            uuid PRIMARY KEY,
    case_id       uuid NOT NULL REFERENCES recovery.cases (id),
    key           text NOT NULL,
    ordinal       integer NOT NULL,
    stage         text NOT NULL,
    kind          text NOT NULL,
    target        text NOT NULL DEFAULT '',
    factor_kind   text,
    justification text NOT NULL,
    state         text NOT NULL DEFAULT 'planned' CHECK (state IN ('planned', 'sent', 'done')),
    attempt       integer NOT NULL DEFAULT 0,
    sent_at       timestamptz,
    done_at       timestamptz,
    result        text,
    UNIQUE (case_id, key)
);

CREATE TABLE recovery.observations (
    event_id   text NOT NULL,
    tenant_id  uuid NOT NULL REFERENCES recovery.tenants (id),
    account_id text NOT NULL,
    type       text NOT NULL,
    at         timestamptz NOT NULL,
    case_id    uuid REFERENCES recovery.cases (id),
    PRIMARY KEY (tenant_id, event_id)
);

CREATE TABLE recovery.step_ups (
    id          uuid PRIMARY KEY,
    tenant_id   uuid NOT NULL REFERENCES recovery.tenants (id),
    account_id  text NOT NULL,
    person_id   text NOT NULL,
    case_id     uuid NOT NULL REFERENCES recovery.cases (id),
    binding     text NOT NULL,
    transaction text NOT NULL,
    created_at  timestamptz NOT NULL,
    expires_at  timestamptz NOT NULL,
    proof       jsonb,
    proved_at   timestamptz,
    act_id      uuid REFERENCES recovery.acts (id)
);

-- Which approver matched which browser's code for which case; one decision uses it up (R36).
CREATE TABLE recovery.presence_checks (
    presence_id text NOT NULL,
    case_id     uuid NOT NULL REFERENCES recovery.cases (id),
    account_id  text NOT NULL,
    at          timestamptz NOT NULL,
    act_id      uuid REFERENCES recovery.acts (id),
    PRIMARY KEY (presence_id, case_id, account_id)
);

CREATE TABLE recovery.step_up_tries (
    tenant_id    uuid NOT NULL REFERENCES recovery.tenants (id),
    person_id    text NOT NULL,
    tries        integer NOT NULL DEFAULT 0,
    locked_until timestamptz,
    PRIMARY KEY (tenant_id, person_id)
);

CREATE TABLE recovery.sessions (
    id          uuid PRIMARY KEY,
    token_hash  bytea NOT NULL UNIQUE,
    tenant_id   uuid NOT NULL REFERENCES recovery.tenants (id),
    account_id  text NOT NULL,
    person_id   text NOT NULL,
    aal         integer NOT NULL,
    created_at  timestamptz NOT NULL,
    seen_at     timestamptz NOT NULL,
    expires_at  timestamptz NOT NULL,
    ended_at    timestamptz
);

-- Answers of POST requests that make no act; `answer` holds ids only, never a secret.
CREATE TABLE recovery.idempotency (
    tenant_id      uuid NOT NULL REFERENCES recovery.tenants (id),
    actor          text NOT NULL,
    key            text NOT NULL,
    request_digest text NOT NULL,
    answer         jsonb,
    at             timestamptz NOT NULL,
    PRIMARY KEY (tenant_id, actor, key)
);

GRANT USAGE ON SCHEMA recovery TO recovery_app;
GRANT SELECT ON ALL TABLES IN SCHEMA recovery TO recovery_app;
GRANT INSERT ON recovery.cases, recovery.acts, recovery.outbox, recovery.operations, recovery.observations,
    recovery.step_ups, recovery.presence_checks, recovery.step_up_tries, recovery.sessions, recovery.idempotency, recovery.members TO recovery_app;
GRANT UPDATE (phase, code, outcome, version, act_seq, applied_seq, step, snapshot, plan, plan_version, contained_at,
    claimed_at, enrol_by, presence_id, wiped_at, attempt, closed_at, continuation) ON recovery.cases TO recovery_app;
GRANT UPDATE (next_at, attempts, done_at) ON recovery.outbox TO recovery_app;
GRANT UPDATE (state, attempt, sent_at, done_at, result) ON recovery.operations TO recovery_app;
-- Operations of a claim that was withdrawn before anything was sent are forgotten with it.
GRANT DELETE ON recovery.operations TO recovery_app;
-- Answers are kept for a week; strangers' sign-ins would fill the table otherwise.
GRANT DELETE ON recovery.idempotency TO recovery_app;
GRANT UPDATE (proof, proved_at, act_id) ON recovery.step_ups TO recovery_app;
GRANT UPDATE (act_id) ON recovery.presence_checks TO recovery_app;
GRANT UPDATE (tries, locked_until) ON recovery.step_up_tries TO recovery_app;
GRANT UPDATE (seen_at, ended_at) ON recovery.sessions TO recovery_app;
GRANT UPDATE (answer) ON recovery.idempotency TO recovery_app;
GRANT UPDATE (roles, person_id, since, granted_by) ON recovery.members TO recovery_app;
GRANT EXECUTE ON FUNCTION recovery.now(uuid) TO recovery_app;
