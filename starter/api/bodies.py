"""What requests hold and small answers give back; nobody's name, role or tenant is ever among it (B04)."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import BaseModel, Field, JsonValue

from domain.case import Compromised, Intake, Reason
from domain.people import Role
from service.case_view import CaseSummary
from service.reading import AccountSummary
from starter.api.fields import Flag, Identifier, Line, Secret, Strict, Text


class TotpResponse(Strict):
    """A code typed from an authenticator app."""

    kind: Literal["totp"]
    code: Secret = Field(examples=["012345"])


class BackupCodeResponse(Strict):
    """A backup code; it signs in, and serves no step-up."""

    kind: Literal["backup_code"]
    code: Secret = Field(examples=["ABCD-EFGH-JKMN-PQRS"])


class WebAuthnResponse(Strict):
    """A browser's `PublicKeyCredential` as JSON."""

    kind: Literal["webauthn"]
    credential: dict[str, JsonValue] = Field(repr=False)


FactorResponse = Annotated[TotpResponse | BackupCodeResponse | WebAuthnResponse, Field(discriminator="kind")]


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


class Nothing(Strict):
    """An empty object, or no body at all."""


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


def options(text: str | None) -> dict[str, Any] | None:
    """WebAuthn options as an object."""
    found: dict[str, Any] | None = None if text is None else json.loads(text)
    return found
