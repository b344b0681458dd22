"""The ways in: HTTP API, command line, relay and the embedded servers. Doors have no rules of their own."""
