-- R14: checks of identity documents at a verification provider. A row holds codes and digests, nothing of the document:
-- the state is a digest of what the link carries, `identity` are keyed digests of who the document names, `check_digest` one of
-- the provider's check. What counts is the signed act of the case; this table only brings the caller's browser back to it.
CREATE TABLE recovery.identity_checks (
    id                uuid PRIMARY KEY,
    tenant_id         uuid NOT NULL REFERENCES recovery.tenants (id),
    case_id           uuid NOT NULL REFERENCES recovery.cases (id),
    subject_person_id text NOT NULL,
    started_by        text NOT NULL,
    state_hash        bytea NOT NULL UNIQUE,
    started_at        timestamptz NOT NULL,
    expires_at        timestamptz NOT NULL,
    returns           integer NOT NULL DEFAULT 0,
    taken_until       timestamptz,
    last_code         text,
    outcome           text CHECK (outcome IN ('verified', 'refused', 'failed')),
    code              text,
    trust_framework   text,
    assurance_level   text,
    verified_at       timestamptz,
    check_digest      bytea,
    identity          bytea[],
    failed_before     boolean NOT NULL DEFAULT false,
    finished_at       timestamptz,
    CHECK ((outcome IS NULL) = (finished_at IS NULL))
);
CREATE INDEX identity_checks_of_case ON recovery.identity_checks (case_id, started_at);
CREATE INDEX identity_checks_refused ON recovery.identity_checks (tenant_id, subject_person_id) WHERE outcome = 'refused';
-- One check serves one case.
CREATE UNIQUE INDEX identity_checks_once ON recovery.identity_checks (check_digest) WHERE outcome = 'verified';
GRANT SELECT, INSERT ON recovery.identity_checks TO recovery_app;
GRANT UPDATE (returns, taken_until, last_code, outcome, code, trust_framework, assurance_level, verified_at, check_digest,
    identity, failed_before, finished_at)
    ON recovery.identity_checks TO recovery_app;
