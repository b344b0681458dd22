"""What the store refuses because somebody else was faster, with a stable code."""

from __future__ import annotations

from typing import ClassVar

from domain.errors import RecoveryError


class AlreadyTaken(RecoveryError):
    """Somebody was faster with this subject, ticket or Idempotency-Key; look again."""

    code = "already_taken"
    retryable: ClassVar[bool] = True
