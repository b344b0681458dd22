"""The demonstration: real cases played through the HTTP API by people with real credentials."""
