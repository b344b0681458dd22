"""Asking what the policy would ask for in a case (R26)."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from domain.case import Compromised, Reason
from starter.wishes.fields import Line, Strict


class ExplainCase(Strict):
    """About whom, and why."""

    subject: Annotated[Line, Field(min_length=1)]
    reason: Reason
    password_compromised: Compromised = Compromised.UNKNOWN
