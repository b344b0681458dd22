"""What sign-ins hold and small answers give back; no actor's name, role or tenant is ever among it (B04)."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any
from uuid import UUID

from pydantic import BaseModel, Field, JsonValue

from domain.people import Role
from service.case_view import CaseSummary
from service.reading import AccountSummary
from starter.wishes.factors import FactorResponse
from starter.wishes.fields import Identifier, Line, Secret, Strict


class SignInRequest(Strict):
    """The first half of a sign-in."""

    tenant: Line = Field(examples=["acme"])
    login: Line = Field(examples=["ada.osei"], repr=False)
    password: Secret = Field(examples=["…"])


class SignInChallenge(BaseModel):
    """Which factor is wanted; `webauthn_options` are `PublicKeyCredentialRequestOptions` as JSON."""

    transaction: str
    kinds: list[str]
    webauthn_options: dict[str, JsonValue] | None


class SignInFinish(Strict):
    """The second half of a sign-in."""

    tenant: Line = Field(examples=["acme"])
    transaction: Identifier = Field(repr=False)
    response: FactorResponse


class Person(BaseModel):
    """Who is signed in, with the roles of this moment. Times are UTC."""

    account_id: str
    person_id: str
    roles: list[Role]
    aal: int
    expires_at: datetime


class SignedInPerson(Person):
    """A new session; the token is shown here only."""

    token: str = Field(repr=False)


class Me(Person):
    """Who this token belongs to."""

    tenant: str


class Number(BaseModel):
    """A contact in full, shown once."""

    value: str = Field(repr=False)


class Cases(BaseModel):
    """Cases, newest first."""

    cases: list[CaseSummary]


class Accounts(BaseModel):
    """None, one, or all that have to be told apart."""

    accounts: list[AccountSummary]


class ImportDone(BaseModel):
    """How many people the document names, how many accounts are new, how many of the people have roles here."""

    people: int
    created: int
    members: int


class StepUpChallenge(BaseModel):
    """What to answer, and until when (UTC)."""

    id: UUID
    kinds: list[str]
    webauthn_options: dict[str, JsonValue] | None
    expires_at: datetime


class PresenceChecked(BaseModel):
    """The browser that showed the code; name it in the decision that binds it."""

    presence_id: str


def options(text: str | None) -> dict[str, Any] | None:
    """WebAuthn options as an object."""
    found: dict[str, Any] | None = None if text is None else json.loads(text)
    return found
