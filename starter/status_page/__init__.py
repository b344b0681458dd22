"""The status page: where a case stands, for whoever is locked out and knows its short reference; no account needed."""
