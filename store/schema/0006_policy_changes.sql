-- R26: policies are signed with a key outside the database; weaker ones are proposed, seconded and waited for.

-- The number of a version is no key: a row that nobody signed must not keep the place of the next one that is.
ALTER TABLE recovery.policies DROP CONSTRAINT policies_pkey;
ALTER TABLE recovery.policies ADD COLUMN id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY;
ALTER TABLE recovery.policies ADD COLUMN proposal_id uuid, ADD COLUMN signature bytea, ADD COLUMN key_id text;
CREATE INDEX policies_of_tenant ON recovery.policies (tenant_id, version DESC);
GRANT INSERT (tenant_id, version, document, at, by, proposal_id, signature, key_id) ON recovery.policies TO recovery_app;

-- Only added to: one signed row when it is proposed, one when it is seconded, one when it is withdrawn. What has been
-- withdrawn cannot be put back to how it stood before.
CREATE TABLE recovery.policy_proposals (
    id          bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    tenant_id   uuid NOT NULL REFERENCES recovery.tenants (id),
    proposal_id uuid NOT NULL,
    record      jsonb NOT NULL,
    signature   bytea NOT NULL,
    key_id      text NOT NULL
);
CREATE INDEX policy_proposals_on_version ON recovery.policy_proposals (tenant_id, (record ->> 'base_version'));
GRANT SELECT ON recovery.policy_proposals TO recovery_app;
GRANT INSERT (tenant_id, proposal_id, record, signature, key_id) ON recovery.policy_proposals TO recovery_app;

-- What the audit says of policies is compared with the rows that are there, every minute.
CREATE INDEX audit_events_of_policies ON recovery.audit_events (tenant_id, seq) WHERE type LIKE 'policy.%';

-- A step-up may be for a change of policy instead of a decision in a case; it is used up by either, once.
ALTER TABLE recovery.step_ups ALTER COLUMN case_id DROP NOT NULL;
ALTER TABLE recovery.step_ups ADD COLUMN used_for text;
GRANT UPDATE (used_for) ON recovery.step_ups TO recovery_app;
