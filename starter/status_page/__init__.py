"""The status page: where a case stands, for the locked-out person who knows its short reference; no account needed."""
