-- What a profile shows and changes: a passkey being set up, names of factors, and which browser a session is, and where.

-- A passkey that is being set up from the profile, until its authenticator answers.
CREATE TABLE directory.pending_keys (
    session_id uuid PRIMARY KEY REFERENCES directory.sessions,
    challenge  bytea NOT NULL,
    expires_at timestamptz NOT NULL
);
GRANT SELECT, INSERT, UPDATE, DELETE ON directory.pending_keys TO directory_app;

-- Told to the account's owner alone; sessions of before have none.
ALTER TABLE directory.sessions
    ADD COLUMN browser text CHECK (length(browser) <= 60),
    ADD COLUMN address text CHECK (length(address) <= 45);
GRANT UPDATE (browser, address) ON directory.sessions TO directory_app;

GRANT UPDATE (label) ON directory.factors TO directory_app;
