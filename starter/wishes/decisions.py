"""What requests hold that decide something in a case; who decides is never among it (B04)."""

from __future__ import annotations

from typing import Annotated, Literal
from uuid import UUID

from pydantic import Field

from domain.acts import (
    Body,
    BreakGlassBody,
    CancelReason,
    CodesUnavailable,
    CodesUnavailableBody,
    CodesUsedBody,
    Confirmed,
    ExecuteBody,
    Method,
    PresenceBody,
    ReleaseBody,
    ReviewBody,
    Ruling,
    RulingBody,
    Verdict,
    VerdictBody,
    Waiver,
)
from domain.acts import Evidence as EvidenceOfAct
from service.step_up import StepUpAnswer
from starter.wishes.factors import FactorResponse
from starter.wishes.fields import Flag, Identifier, Line, Moment, Secret, Strict, Text


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
    """What was seen, and where it is kept (R17). Who vouches is an account id; what they are, the directory says."""

    seen: Text = Field(repr=False, examples=["Called the desk phone, asked what was lost, knew the voice."])
    reference: Line = Field(repr=False, max_length=200, examples=["call log 17"])
    contact_id: Identifier | None = None
    author_id: Identifier | None = None
    ticket_opened_at: Moment | None = None
    quotes_case: Flag = False
    author_confirmed: Confirmed | None = Field(default=None, description="How whoever vouches confirmed it (R14)")
    record_since: Moment | None = Field(default=None, description="Since when the photo compared with is on record")


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


class RulingStatement(Strict):
    """What an officer decides on every objection so far, or on a cooling-off of which no notice arrived (R24, R25)."""

    ruling: Ruling
    because: Text = Field(repr=False, examples=["Met the person at the gate; they had clicked by mistake."])

    def act(self) -> Body:
        """For the rules."""
        return RulingBody(ruling=self.ruling, because=self.because)


class ReleaseStatement(Strict):
    """Why a case that is held past a brake may go on (R41)."""

    because: Text = Field(repr=False, examples=["A phone shop burnt down; the agent has told me of every one of them."])

    def act(self) -> Body:
        """For the rules."""
        return ReleaseBody(because=self.because)


class BreakGlassStatement(Strict):
    """The one requirement that is waived, and why (R39)."""

    waives: Waiver
    because: Text = Field(repr=False, examples=["The harbour is without power and only she can close the gates."])

    def act(self) -> Body:
        """For the rules."""
        return BreakGlassBody(waives=self.waives, because=self.because)


class ReviewStatement(Strict):
    """What another officer found when they looked at a break-glass (R39)."""

    because: Text = Field(repr=False, examples=["Spoke with the harbour master, who confirms the outage."])

    def act(self) -> Body:
        """For the rules."""
        return ReviewBody(because=self.because)


class Rule(RulingStatement):
    """A ruling with its proof."""

    step_up: StepUp | None


class Release(ReleaseStatement):
    """A release with its proof."""

    step_up: StepUp | None


class BreakGlass(BreakGlassStatement):
    """A break-glass with its proof, which needs a phishing-resistant, hardware-bound key."""

    step_up: StepUp | None


class Review(ReviewStatement):
    """A review with its proof."""

    step_up: StepUp | None


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


class RulingDecision(RulingStatement):
    """A ruling to be proved."""

    kind: Literal["ruling"]


class ReleaseDecision(ReleaseStatement):
    """A release to be proved."""

    kind: Literal["release"]


class BreakGlassDecision(BreakGlassStatement):
    """A break-glass to be proved."""

    kind: Literal["break_glass"]


class ReviewDecision(ReviewStatement):
    """A review to be proved."""

    kind: Literal["review"]


class BeginStepUp(Strict):
    """The exact decision that a proof is to be given for (R28)."""

    decision: Annotated[
        VerdictDecision
        | PresenceDecision
        | ExecuteDecision
        | RulingDecision
        | ReleaseDecision
        | BreakGlassDecision
        | ReviewDecision,
        Field(discriminator="kind"),
    ]
