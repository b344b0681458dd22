-- Policy rollout campaigns (R40): what was decided, where each one stands, whom it told and whom it put under the policy.

CREATE TABLE recovery.campaigns (
    id            uuid PRIMARY KEY,
    tenant_id     uuid NOT NULL REFERENCES recovery.tenants (id),
    group_name    text NOT NULL,
    -- A copy of what the starting act signs; believed only while the two agree.
    terms         jsonb NOT NULL,
    paused        boolean NOT NULL DEFAULT false,
    stage         text NOT NULL DEFAULT 'announcing'
        CHECK (stage IN ('announcing', 'waiting', 'reminding', 'enforcing', 'ended')),
    code          text NOT NULL DEFAULT 'starting',
    -- The last account of the present pass; how many days before the end the present and the latest reminder are.
    cursor        text,
    reminder      integer,
    reminded      integer,
    announced_at  timestamptz,
    next_batch_at timestamptz,
    counts        jsonb NOT NULL DEFAULT '{}',
    version       integer NOT NULL DEFAULT 0,
    act_seq       integer NOT NULL DEFAULT 0,
    applied_seq   integer NOT NULL DEFAULT 0 CHECK (applied_seq <= act_seq),
    step          jsonb,
    outcome       text CHECK (outcome IN ('completed', 'called_off')),
    started_at    timestamptz NOT NULL,
    ended_at      timestamptz,
    -- When the relay looks after the workflow next.
    bell_at       timestamptz NOT NULL DEFAULT clock_timestamp(),
    CHECK ((outcome IS NULL) = (ended_at IS NULL)),
    CHECK ((outcome IS NULL) = (stage <> 'ended'))
);
CREATE UNIQUE INDEX campaigns_one_running ON recovery.campaigns (tenant_id, group_name) WHERE ended_at IS NULL;
CREATE INDEX campaigns_recent ON recovery.campaigns (tenant_id, started_at DESC);

CREATE TABLE recovery.campaign_acts (
    id              uuid PRIMARY KEY,
    campaign_id     uuid NOT NULL REFERENCES recovery.campaigns (id),
    seq             integer NOT NULL CHECK (seq > 0),
    record          jsonb NOT NULL,
    signature       bytea NOT NULL,
    key_id          text NOT NULL,
    actor_account   text NOT NULL,
    idempotency_key text NOT NULL,
    request_digest  text NOT NULL,
    UNIQUE (campaign_id, seq),
    UNIQUE (actor_account, idempotency_key)
);

-- What became of each person at enforcement, once a campaign.
CREATE TABLE recovery.campaign_people (
    campaign_id uuid NOT NULL REFERENCES recovery.campaigns (id),
    account_id  text NOT NULL,
    result      text NOT NULL CHECK (result IN ('required', 'already_required', 'gone', 'failed')),
    code        text NOT NULL DEFAULT '',
    had_factor  boolean NOT NULL,
    at          timestamptz NOT NULL,
    PRIMARY KEY (campaign_id, account_id)
);
CREATE INDEX campaign_people_failed ON recovery.campaign_people (campaign_id, code) WHERE result = 'failed';

-- One message a person and stage, without an address: that is read when it is sent.
CREATE TABLE recovery.announcements (
    campaign_id uuid NOT NULL REFERENCES recovery.campaigns (id),
    account_id  text NOT NULL,
    stage       text NOT NULL CHECK (stage ~ '^(announced|reminder_[0-9]{1,2})$'),
    state       text NOT NULL DEFAULT 'queued' CHECK (state IN ('queued', 'sent', 'accepted', 'failed', 'unknown')),
    code        text NOT NULL DEFAULT '',
    channel     text,
    message_id  uuid NOT NULL,
    attempts    integer NOT NULL DEFAULT 0,
    created_at  timestamptz NOT NULL DEFAULT clock_timestamp(),
    next_at     timestamptz NOT NULL,
    sent_at     timestamptz,
    settled_at  timestamptz,
    PRIMARY KEY (campaign_id, account_id, stage)
);
CREATE INDEX announcements_waiting ON recovery.announcements (next_at) WHERE state = 'queued';
CREATE INDEX announcements_sent ON recovery.announcements (sent_at) WHERE state = 'sent';

GRANT SELECT, INSERT ON recovery.campaigns, recovery.campaign_acts, recovery.campaign_people, recovery.announcements
    TO recovery_app;
GRANT UPDATE (paused, stage, code, cursor, reminder, reminded, announced_at, next_batch_at, counts, version, act_seq,
    applied_seq, step, outcome, ended_at, bell_at) ON recovery.campaigns TO recovery_app;
GRANT UPDATE (state, code, channel, attempts, next_at, sent_at, settled_at) ON recovery.announcements TO recovery_app;
