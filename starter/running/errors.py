"""What can go wrong while the whole product runs on this machine, each with a stable code."""

from __future__ import annotations

from domain.errors import RecoveryError


class RunningError(RecoveryError):
    """The product could not be run on this machine."""

    code = "running_error"

    def __init__(self, detail: str | None = None) -> None:
        message = (type(self).__doc__ or "").strip()
        super().__init__(f"{message} ({detail})" if detail else message)


class AlreadyRunning(RunningError):
    """The product runs already on this data folder; stop it with “recovery down”, or name another folder."""

    code = "already_running"


class ProcessDied(RunningError):
    """A process that belongs to the running product has ended by itself; its log says why."""

    code = "process_died"
    retryable = True


class ProcessNotReady(RunningError):
    """A process of the product did not become ready in time; its log says why."""

    code = "process_not_ready"
    retryable = True


class StillRunning(RunningError):
    """The running product could not be stopped; an operator must look at that process."""

    code = "still_running"


class OwnerAddressMissing(RunningError):
    """Addresses of database logins are given without the owner's: set RECOVERY_DATABASE_URL too, or none of them."""

    code = "owner_address_missing"


class FoundingDocumentUnreadable(RunningError):
    """The document with the founding people is not there or is no JSON object."""

    code = "founding_document_unreadable"
