"""What requests hold and small answers give back; nobody's name, role or tenant is ever among it (B04)."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import BaseModel, Field, JsonValue

from domain.acts import (
    Body,
    CancelReason,
    CodesUnavailable,
    CodesUnavailableBody,
    CodesUsedBody,
    ExecuteBody,
    Method,
    PresenceBody,
    Verdict,
    VerdictBody,
)
from domain.acts import Evidence as EvidenceOfAct
from domain.case import Compromised, Intake, Reason
from domain.people import Role
from starter.api.fields import Flag, Identifier, Line, Moment, Secret, Strict, Text
from starter.service.case_view import CaseSummary
from starter.service.reading import AccountSummary
from starter.service.step_up import StepUpAnswer


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


class CodesCannotBeUsed(Strict):
    """Why the backup codes cannot be used (R11)."""

    unavailable: CodesUnavailable
    statement: Text = Field(repr=False, examples=["The printout was in the bag that was lost."])

    def act(self) -> Body:
        """For the rules."""
        return CodesUnavailableBody(why=self.unavailable, statement=self.statement)


class CodeWasUsed(Strict):
    """The observed sign-in with a backup code was the caller's (R11)."""

    used: Literal[True]

    def act(self) -> Body:
        """For the rules."""
        return CodesUsedBody()


class Evidence(Strict):
    """What was seen, and where it is kept (R17)."""

    seen: Text = Field(repr=False, examples=["Called the desk phone, asked what was lost, knew the voice."])
    reference: Line = Field(repr=False, max_length=200, examples=["call log 17"])
    contact_id: Identifier | None = None
    author_id: Identifier | None = None
    ticket_opened_at: Moment | None = None
    quotes_case: Flag = False


class VerdictStatement(Strict):
    """A verdict without its proof."""

    verdict: Verdict
    method: Method
    evidence: Evidence

    def act(self) -> Body:
        """For the rules."""
        evidence = EvidenceOfAct(**self.evidence.model_dump())
        return VerdictBody(verdict=self.verdict, method=self.method, evidence=evidence)


class StepUp(Strict):
    """The answer to a step-up that was begun for exactly this decision."""

    id: UUID
    response: FactorResponse

    def answer(self) -> StepUpAnswer:
        """For the doors."""
        return StepUpAnswer(self.id, self.response.model_dump())


class GiveVerdict(VerdictStatement):
    """A verdict with its proof."""

    step_up: StepUp | None


class PresenceCode(Strict):
    """The code that the subject's browser shows, as read out on the verified channel (R36)."""

    code: Secret


class BindPresence(Strict):
    """Bind the browser that showed the code."""

    presence_id: Identifier
    step_up: StepUp | None


class AskForReset(Strict):
    """The acting admin's request, proved over the plan (R27)."""

    step_up: StepUp | None


class Cancel(Strict):
    """Why the case shall end."""

    reason: CancelReason


class VerdictDecision(VerdictStatement):
    """A verdict to be proved."""

    kind: Literal["verdict"]


class PresenceDecision(Strict):
    """A presence to be proved."""

    kind: Literal["presence"]
    presence_id: Identifier

    def act(self) -> Body:
        """For the rules."""
        return PresenceBody(presence_id=self.presence_id)


class ExecuteDecision(Strict):
    """The request for the reset, to be proved."""

    kind: Literal["execute"]

    def act(self) -> Body:
        """For the rules."""
        return ExecuteBody()


class BeginStepUp(Strict):
    """The exact decision that a proof is to be given for (R28)."""

    decision: Annotated[VerdictDecision | PresenceDecision | ExecuteDecision, Field(discriminator="kind")]


class StepUpChallenge(BaseModel):
    """What to answer, and until when (UTC)."""

    id: UUID
    kinds: list[str]
    webauthn_options: dict[str, JsonValue] | None
    expires_at: datetime


class Nothing(Strict):
    """An empty object, or no body at all."""


class PresenceChecked(BaseModel):
    """The browser that showed the code; name it in the decision that binds it."""

    presence_id: str


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
