"""Opening a case, and which cases to list."""

from __future__ import annotations

from enum import StrEnum

from pydantic import Field

from domain.case import Compromised, Intake, Reason
from starter.wishes.fields import Flag, Line, Strict, Text


class OpenCase(Strict):
    """What the agent states (R1 to R9). `subject` is a login name or an address on record, exactly."""

    subject: Line = Field(examples=["kim.reyes"], repr=False)
    reason: Reason
    cannot_complete_mfa: Flag
    password_compromised: Compromised
    ticket: Line | None = Field(default=None, examples=["HELP-1042"], max_length=200)
    statement: Text = Field(default="", repr=False)
    revoke_sessions_because: Text = Field(default="", repr=False)
    reset_password_because: Text = Field(default="", repr=False)

    def intake(self) -> Intake:
        """For the rules."""
        return Intake(**self.model_dump(exclude={"subject"}))


class ListedState(StrEnum):
    """Which cases to list."""

    OPEN = "open"
    CLOSED = "closed"
    ALL = "all"
