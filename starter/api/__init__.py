"""The HTTP API under /api/v1: it reads requests and writes answers; what is allowed is decided behind it."""
