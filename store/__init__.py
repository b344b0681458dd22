"""Our tables through asyncpg: cases, acts, outbox, operations, sessions and the audit chain; no ORM, no rules."""
