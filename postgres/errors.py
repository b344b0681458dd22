"""What can go wrong between us and PostgreSQL, each with a stable code; imports nothing of ours."""

from __future__ import annotations

from typing import ClassVar


class DatabaseError(Exception):
    """The database could not do what was asked."""

    code: ClassVar[str] = "database_error"
    retryable: ClassVar[bool] = False

    def __init__(self, message: str | None = None) -> None:
        super().__init__(message or (type(self).__doc__ or "").strip())


class DatabaseUnreachable(DatabaseError):
    """The database cannot be reached; check that it runs and that its address is right."""

    code = "database_unreachable"
    retryable = True


class MigrationDrift(DatabaseError):
    """A migration that was already applied has been edited since; restore the file as it was."""

    code = "migration_drift"


class MigrationGap(DatabaseError):
    """The migration files are not numbered 0001, 0002, … without gaps."""

    code = "migration_gap"


class SchemaTooNew(DatabaseError):
    """The database was migrated by a newer release than this one; upgrade before starting."""

    code = "schema_too_new"


class QueryFileMalformed(DatabaseError):
    """A query file must consist of blocks that each begin with a line '-- name: …'."""

    code = "query_file_malformed"
