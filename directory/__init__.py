"""The built-in identity provider: accounts, factors, sessions, in a schema and at a web origin of its own."""
