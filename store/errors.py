"""What the store refuses because another caller was faster, with a stable code."""

from __future__ import annotations

from typing import ClassVar

from domain.errors import RecoveryError
from domain.refusal_codes import Kind


class AlreadyTaken(RecoveryError):
    """Somebody was faster with this subject, ticket or Idempotency-Key; look again."""

    code = "already_taken"
    kind = Kind.CONFLICT
    retryable: ClassVar[bool] = True
