-- R26: policies are signed with a key outside the database; weaker ones are proposed, seconded and waited for.

ALTER TABLE recovery.policies ADD COLUMN proposal_id uuid, ADD COLUMN signature bytea, ADD COLUMN key_id text;
GRANT INSERT ON recovery.policies TO recovery_app;

CREATE TABLE recovery.policy_proposals (
    id              uuid PRIMARY KEY,
    tenant_id       uuid NOT NULL REFERENCES recovery.tenants (id),
    record          jsonb NOT NULL,
    applied_version integer,
    signature       bytea NOT NULL,
    key_id          text NOT NULL
);
CREATE INDEX policy_proposals_of_tenant ON recovery.policy_proposals (tenant_id);
GRANT SELECT, INSERT ON recovery.policy_proposals TO recovery_app;
GRANT UPDATE (record, applied_version, signature, key_id) ON recovery.policy_proposals TO recovery_app;

-- A step-up may be for a change of policy instead of a decision in a case; it is used up by either, once.
ALTER TABLE recovery.step_ups ALTER COLUMN case_id DROP NOT NULL;
ALTER TABLE recovery.step_ups ADD COLUMN used_for text;
GRANT UPDATE (used_for) ON recovery.step_ups TO recovery_app;
