"""Deciding by pages: what is decided is shown once more with what it is signed over, then proved, then recorded.

The decision travels in the second form and is judged anew; the proof fits that one decision only (R28, B24).
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from uuid import UUID

from pydantic import TypeAdapter

from domain.acts import ActKind, Verdict, VerdictBody
from domain.errors import InputRefused, Refused, StepUpRefused
from domain.messages import Phase
from domain.refusal_codes import Code
from domain.texts import Text
from service import deciding, dry_run, mutual_proof
from service.case_view import turn_of
from service.deciding import NotProved
from service.naming import names_of
from service.step_up import StepUpAnswer
from starter.console.factor_forms import factor_response
from starter.console.refusals import PageStale, refusal
from starter.console.site import BASE
from starter.wishes.decisions import BeginStepUp

if TYPE_CHECKING:
    from collections.abc import Mapping

    from starlette.responses import Response

    from domain.acts import Body
    from domain.case_file import CaseFile
    from service.case_view import CaseView
    from service.naming import PersonName
    from service.reading import Read
    from service.step_up import StepUpChallenge
    from starter.console.refusals import Refusal
    from starter.console.visit import Visit

_BEGIN: TypeAdapter[BeginStepUp] = TypeAdapter(BeginStepUp)
_LONGEST = 20_000
_FORMS = frozenset({"webauthn", "totp"})
_HEADINGS = {
    ActKind.VERDICT: Text("Sign your verdict"),
    ActKind.PRESENCE: Text("Bind the caller's browser"),
    ActKind.EXECUTE: Text("Sign the reset"),
    ActKind.RULING: Text("Sign your ruling"),
    ActKind.RELEASE: Text("Sign the release"),
    ActKind.BREAK_GLASS: Text("Sign the break-glass"),
    ActKind.REVIEW: Text("Sign the review"),
}


@dataclass(frozen=True, kw_only=True)
class ToProve:
    """A page that asks for a proof: what is decided in words, where the answer goes, and what it carries there.

    All of it in the reader's language; `statements` are pairs of a name and what was chosen.
    """

    heading: str
    action: str
    hidden: Mapping[str, str]
    statements: tuple[tuple[str, str], ...] = ()
    context: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class _Decision:
    """A decision on its way: as it was sent, as the rules know it, and what its page had shown of the case."""

    read: Read
    case: CaseView
    sent: dict[str, Any]
    act: Body
    key: str
    seen: str

    @property
    def plan(self) -> str:
        """The digest of the plan that was shown."""
        return self.seen.partition(".")[0]


def seen_of(case: CaseView) -> str:
    """What a page has shown of a case: a decision made on another state is out of date (B07)."""
    return f"{case.plan.digest}.{case.phase.value}.{case.code}"


def require_fresh(case: CaseView, seen: str) -> None:
    """Raises `PageStale` unless this is what the page had shown."""
    if seen != seen_of(case):
        raise PageStale


async def begin(visit: Visit, decision: dict[str, Any], *, key: str, seen: str) -> Response:
    """Ask for the proof of a decision in the case that the path names; one that was recorded already leads on.

    Raises what refuses the decision itself, `PageStale`, and pydantic's `ValidationError` for its fields.
    """
    act = _BEGIN.validate_python({"decision": decision}).decision.act()
    read = await visit.case()
    this = _Decision(read, read.view(), decision, act, key, seen)
    if await _is_recorded(visit, this):
        return visit.go_to(_next_step(visit, this, read.file))
    return await _ask(visit, this)


async def finish(visit: Visit) -> Response:
    """Check the proof and record the decision; on to the person's next step, with a new session token."""
    fields = await visit.form()
    key, sent = visit.key(fields), _decision(fields)
    act = _BEGIN.validate_python({"decision": sent}).decision.act()
    read = await visit.case()
    this = _Decision(read, read.view(), sent, act, key, fields.get("seen", ""))
    if await _is_recorded(visit, this):
        return visit.go_to(_next_step(visit, this, read.file))
    try:
        answer = answer_of(fields) if "step_up" in fields else None
        recorded = await deciding.decide(
            visit.doors, visit.session, this.case.id, act, key=key, answer=answer, plan=this.plan, file=read.file
        )
    except (StepUpRefused, NotProved) as error:
        # The decision is still welcome, so it was the proof; every try needs a challenge of its own.
        kind = fields.get("kind", "")
        return await _ask(visit, this, refused=refusal(error, field=kind if kind in _FORMS else ""))
    if answer is not None:
        await visit.renew_session()
    path = _next_step(visit, this, recorded.file or read.file)
    return visit.go_to(path if recorded.delivered else f"{path}?heard=later")


def ask(visit: Visit, what: ToProve, begun: StepUpChallenge | None, *, refused: Refusal | None = None) -> Response:
    """The page that asks for a proof, also of what belongs to no case; nothing `begun` where none is needed."""
    return visit.page(
        "step_up.html",
        refusal=refused,
        what=what,
        kinds=begun.challenge.kinds if begun else (),
        options=(begun.challenge.webauthn_options if begun else None) or "null",
        expires_at=begun.expires_at if begun else None,
        hidden={**what.hidden, **({"step_up": str(begun.id)} if begun else {})},
        **what.context,
    )


def answer_of(fields: dict[str, str]) -> StepUpAnswer:
    """The answer in a form of `ask`. Raises `StepUpRefused`."""
    return StepUpAnswer(_step_up_id(fields), factor_response(fields))


async def _ask(visit: Visit, this: _Decision, *, refused: Refusal | None = None) -> Response:
    case, act, file = this.case, this.act, this.read.file
    if dry_run.needs_proof(file, visit.session.actor, act):
        begun = await deciding.begin_step_up(visit.doors, visit.session, case.id, act, plan=this.plan, file=file)
    else:
        begun = None
        hindered = dry_run.would_refuse(file, visit.session.actor, act)
        if hindered is not None:
            raise Refused(Code.of(hindered.code), hindered.sentence, {"rule": hindered.rule})
    phrase = None
    if act.kind is ActKind.PRESENCE:
        phrase = await mutual_proof.phrase_for(visit.doors, visit.session, case.id)
    what = ToProve(
        heading=visit.say(_HEADINGS[act.kind]),
        action=f"{BASE}/cases/{case.reference}/prove",
        hidden={"decision": json.dumps(this.sent), "key": this.key, "seen": this.seen},
        context={"case": case, "act": act, "phrase": phrase, "names": await _names(visit, act)},
    )
    return ask(visit, what, begun, refused=refused)


async def _names(visit: Visit, act: Body) -> dict[str, PersonName]:
    vouchers = [act.evidence.author_id] if isinstance(act, VerdictBody) and act.evidence.author_id else []
    return await names_of(visit.doors, vouchers, within=visit.session.tenant_id)


async def _is_recorded(visit: Visit, this: _Decision) -> bool:
    """Whether this is the second half of a double click, or the way back. Raises `PageStale` for an old page (B07)."""
    if this.seen == seen_of(this.case):
        return False
    try:
        known = await deciding.is_recorded(visit.doors, visit.session, this.case.id, this.act, key=this.key)
    except InputRefused:
        # The same page, filled in differently after it had been sent.
        known = False
    if not known:
        raise PageStale
    return True


def _next_step(visit: Visit, this: _Decision, file: CaseFile) -> str:
    """Where the one who decided has to go on, if it is their turn again in the case as it is now; else the case."""
    turn = turn_of(file, visit.session.actor)
    page = f"{BASE}/cases/{this.case.reference}"
    verified = isinstance(this.act, VerdictBody) and this.act.verdict is Verdict.VERIFIED
    if not verified or turn.waiting_for != "approver":
        return page
    if turn.phase is Phase.PRESENCE:
        return f"{page}/presence"
    # Drawn alone, and one method was not enough.
    return f"{page}/verify" if turn.drawn_alone and turn.phase is Phase.VERIFICATION else page


def _decision(fields: dict[str, str]) -> dict[str, Any]:
    text = fields.get("decision", "")
    try:
        found = json.loads(text) if len(text) <= _LONGEST else None
    except (ValueError, RecursionError):
        found = None
    if not isinstance(found, dict):
        raise InputRefused(Code.INVALID_REQUEST, "The form cannot be read; nothing was done.")
    return found


def _step_up_id(fields: dict[str, str]) -> UUID:
    try:
        return UUID(fields.get("step_up", ""))
    except ValueError:
        raise StepUpRefused from None
