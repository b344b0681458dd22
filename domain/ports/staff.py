"""Signing in the people who work on cases, and their fresh proofs."""

from __future__ import annotations

from datetime import datetime
from typing import Protocol
from uuid import UUID

from domain.account import Fact


class Challenge(Fact):
    """What a person must answer: which kinds of factor serve, and the WebAuthn options as JSON if one does."""

    transaction: str
    kinds: tuple[str, ...]
    webauthn_options: str | None = None


class Login(Fact):
    """A completed sign-in of a member of staff."""

    account_id: str
    person_id: str
    aal: int


class ProvedFactor(Fact):
    """What a step-up showed."""

    aal: int
    phishing_resistant: bool
    hardware_bound: bool
    factor_kind: str
    enrolled_at: datetime | None = None


class StaffSignIn(Protocol):
    """Signing in the people who work on cases."""

    async def start(self, tenant_id: UUID, login: str, password: str) -> Challenge:
        """Check the password. Raises `SignInRefused`, `Throttled`."""
        ...

    async def finish(self, transaction: str, response: dict[str, object]) -> Login:
        """Check the factor. Raises `SignInRefused`."""
        ...


class StepUps(Protocol):
    """Fresh proofs of a person's assurance level over given content."""

    async def start(self, account_id: str, binding: bytes) -> Challenge:
        """Begin a proof over `binding`."""
        ...

    async def finish(self, transaction: str, response: dict[str, object], binding: bytes) -> ProvedFactor:
        """Check it. Raises `StepUpRefused`, `StepUpCodeReused`."""
        ...
