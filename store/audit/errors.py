"""What can go wrong with the audit chain, each with a stable code."""

from __future__ import annotations

from typing import ClassVar

from domain.errors import RecoveryError
from domain.refusal_codes import Kind


class NotCanonical(RecoveryError):
    """The audit event holds something that has no canonical text."""

    code = "audit_event_not_canonical"


class AppendOutsideTransaction(RecoveryError):
    """Audit events are appended inside the transaction of the act they tell of, at READ COMMITTED."""

    code = "audit_append_outside_transaction"


class ChainRefused(RecoveryError):
    """The database refused the audit events because they do not continue the tenant's chain."""

    code = "audit_chain_refused"


class ChainBusy(RecoveryError):
    """The tenant's audit chain is held by another transaction; try again."""

    code = "audit_chain_busy"
    kind = Kind.UNAVAILABLE
    retryable: ClassVar[bool] = True


class UnknownTenant(RecoveryError):
    """There is no such tenant to append audit events for."""

    code = "audit_tenant_unknown"


class HeadsFileBusy(RecoveryError):
    """Another process is already writing the file of signed chain heads."""

    code = "audit_heads_file_busy"
    retryable: ClassVar[bool] = True


class HeadsFileUnusable(RecoveryError):
    """The file of signed chain heads cannot be opened, or is not a plain file."""

    code = "audit_heads_file_unusable"
