"""The doors' logic: one implementation behind HTTP API, command line and console; it has no rules of its own."""
