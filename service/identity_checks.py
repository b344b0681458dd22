"""The door of identity-document checks: an approver starts one, the caller's browser brings its result back (R14)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import TYPE_CHECKING
from uuid import UUID

from pydantic import BaseModel

from domain.acts import ObservationBody
from domain.audit import EventOutcome, EventType, Reported
from domain.errors import ProviderRefused, ProviderUnavailable
from domain.events import by_person, by_product, refusal
from domain.identity_document import LINK_LASTS, DocumentCheck, act_of_check, judge, may_start
from domain.policy.access import may_read_case
from domain.policy.decision import Decision, refuse
from domain.policy.genuine import is_genuine
from domain.refusal_codes import Code
from store.identity_checks import (
    CheckResult,
    check_of_state,
    checks_of_case,
    checks_started,
    count_return,
    failed_before,
    finish_check,
    has_served_before,
    put_check,
    release_check,
    take_check,
)
from store.page import lock_case

if TYPE_CHECKING:
    from domain.audit import AuditEvent
    from domain.case_file import CaseFile
    from domain.ports import IdentityDocuments, NewIds
    from service.check_tokens import CheckTokens
    from service.doors import Ring
    from service.sessions import Session
    from store.identity_checks import CheckStanding, WaitingCheck
    from store.ledger import Ledger
    from store.page import Page
    from store.unit import Unit

LEASE = timedelta(seconds=60)
"""For so long one return has the check for itself; above all the patience that a provider is given."""
MOST_RETURNS = 5
"""So often the caller's browser may come back, counting those that lead nowhere."""


class Ending(StrEnum):
    """What the caller is told: where to go on, and never what the check said."""

    FINISHED = "finished"
    TRY_AGAIN = "try_again"
    NEW_LINK = "new_link"
    UNKNOWN = "unknown"


@dataclass(frozen=True)
class IdentityChecks:
    """The door's parts, wired in compose/ where a verification provider is set up."""

    ledger: Ledger
    tokens: CheckTokens
    ring: Ring
    new_id: NewIds
    provider: IdentityDocuments


@dataclass(frozen=True)
class Started:
    """A new check. The link is shown once, for the caller alone; it names no person."""

    id: UUID
    link: str
    expires_at: datetime

    def __repr__(self) -> str:
        return f"Started(id={self.id})"


@dataclass(frozen=True)
class Returned:
    """What a browser brought back: `state`, and the code, or the provider's word that there is none."""

    state: str
    code: str | None

    def __repr__(self) -> str:
        return "Returned(…)"


class CheckView(BaseModel):
    """A check as approvers see it: a verdict's evidence quotes `reference`, `code` says why. Times are UTC.

    `failed_before` is a risk signal: the same document was refused for this person before (R8).
    """

    reference: UUID
    state: str
    code: str | None
    started_by: str
    started_at: datetime
    expires_at: datetime
    finished_at: datetime | None
    verified_at: datetime | None
    trust_framework: str | None
    assurance_level: str | None
    failed_before: bool


async def start(checks: IdentityChecks, session: Session, file: CaseFile) -> Started:
    """Start a check for a case that this request has read; the same request again starts another one.

    Raises `Refused` with the rule's code and what the provider raises; both are audited.
    """
    await _ask(checks, session, file)
    case_id = file.case.id
    check_id, state = checks.new_id(), checks.tokens.new_state()
    link = await _link(checks, session, case_id, check_id, state)
    async with checks.ledger.page(session.tenant_id, case_id, reader=session.actor.person_id) as page:
        decision = await _may_start(page.unit, session, page.file)
        expires_at = page.now + LINK_LASTS
        if decision.allowed:
            state_hash, by = checks.tokens.state_hash(state), session.actor.account_id
            await put_check(page, check_id, started_by=by, state_hash=state_hash, expires_at=expires_at)
            page.audit(
                by_person(
                    session.actor,
                    EventType.IDENTITY_CHECK_STARTED,
                    subject_id=page.case.subject_id,
                    case_id=case_id,
                    check=str(check_id),
                )
            )
        else:
            page.audit(_refused(session, page.file, decision))
    decision.enforce()
    return Started(check_id, link, expires_at)


async def returned(checks: IdentityChecks, what: Returned) -> Ending:
    """Take in what the caller's browser brought; a state that is not ours changes nothing.

    While the provider is away, or says that there is no result, the check waits on and the same link works again.
    An answer that cannot be trusted ends it.
    """
    one = await _known(checks, what.state)
    if one is None:
        return Ending.UNKNOWN
    if what.code is None:
        return await _leads_nowhere(checks, one, "provider_gave_none", Ending.TRY_AGAIN)
    if not await take_check(checks.ledger, one.id, lease=LEASE, most_returns=MOST_RETURNS):
        return await _leads_nowhere(checks, one, _why_not(one), Ending.UNKNOWN)
    try:
        found = await _result(checks, one, what.state, what.code)
    except ProviderUnavailable as error:
        return await _released(checks, one, error.code)
    except ProviderRefused as error:
        # A wrong or foreign code says nothing about the document: any holder of the link may have made it up.
        if error.code == "identity_code_refused":
            return await _released(checks, one, error.code)
        return await _failed(checks, one, error.code)
    return await _finish(checks, one, found)


async def of_case(checks: IdentityChecks, session: Session, file: CaseFile) -> list[CheckView]:
    """The checks of a case, newest first. Raises `Refused` for a case about oneself."""
    may_read_case(session.actor, file.case.subject_person_id).enforce()
    return [_view(one) for one in await checks_of_case(checks.ledger, session.tenant_id, file.case.id)]


async def _ask(checks: IdentityChecks, session: Session, file: CaseFile) -> None:
    """Before the provider is asked for anything, without a lock; asked again under it, where it counts."""
    async with checks.ledger.unit(session.tenant_id) as unit:
        decision = await _may_start(unit, session, file)
        if not decision.allowed:
            unit.audit(_refused(session, file, decision))
    decision.enforce()


async def _may_start(unit: Unit, session: Session, file: CaseFile) -> Decision:
    return may_start(session.actor, file, started=await checks_started(unit, file.case.id))


async def _link(checks: IdentityChecks, session: Session, case_id: UUID, check_id: UUID, state: str) -> str:
    tokens = checks.tokens
    try:
        return await checks.provider.link(
            state=state,
            nonce=tokens.nonce(state, check_id, case_id),
            verifier=tokens.verifier(state, check_id, case_id),
        )
    except (ProviderUnavailable, ProviderRefused) as error:
        event = by_person(
            session.actor, EventType.IDENTITY_CHECK_STARTED, EventOutcome.FAILURE, case_id=case_id, code=error.code
        )
        await checks.ledger.audit(session.tenant_id, event)
        raise


async def _known(checks: IdentityChecks, state: str) -> WaitingCheck | None:
    digest = checks.tokens.state_hash(state)
    return await check_of_state(checks.ledger, digest) if digest is not None else None


async def _result(checks: IdentityChecks, one: WaitingCheck, state: str, code: str) -> DocumentCheck:
    tokens, check_id, case_id = checks.tokens, one.id, one.case_id
    return await checks.provider.result(
        code=code,
        nonce=tokens.nonce(state, check_id, case_id),
        verifier=tokens.verifier(state, check_id, case_id),
        now=one.now,
    )


def _why_not(one: WaitingCheck) -> str:
    if one.ended:
        return Code.CHECK_USED
    return "check_expired" if one.expired else "check_busy"


async def _leads_nowhere(checks: IdentityChecks, one: WaitingCheck, code: str, ending: Ending) -> Ending:
    if not await count_return(checks.ledger, one.id, most_returns=MOST_RETURNS):
        return Ending.NEW_LINK if ending is Ending.TRY_AGAIN else ending
    async with checks.ledger.page(one.tenant_id, one.case_id) as page:
        if code == "provider_gave_none":
            await release_check(page.unit, one.id, code)
        page.audit(_came_back(page, one, code))
    return Ending.UNKNOWN if one.ended or one.expired else ending


async def _released(checks: IdentityChecks, one: WaitingCheck, code: str) -> Ending:
    async with checks.ledger.page(one.tenant_id, one.case_id) as page:
        await release_check(page.unit, one.id, code)
        page.audit(_came_back(page, one, code))
    return Ending.TRY_AGAIN if one.returns + 1 < MOST_RETURNS else Ending.NEW_LINK


async def _failed(checks: IdentityChecks, one: WaitingCheck, code: str) -> Ending:
    async with checks.ledger.page(one.tenant_id, one.case_id) as page:
        if await finish_check(page, one.id, CheckResult(outcome="failed", code=code)):
            page.audit(
                by_product(
                    page.case, EventType.IDENTITY_CHECK_FINISHED, EventOutcome.FAILURE, check=str(one.id), code=code
                )
            )
    return Ending.NEW_LINK


async def _finish(checks: IdentityChecks, one: WaitingCheck, found: DocumentCheck) -> Ending:
    rung = 0
    async with checks.ledger.unit(one.tenant_id) as unit:
        page = await lock_case(unit, one.case_id)
        digest, identity = checks.tokens.check_digest(found), checks.tokens.identity(found)
        decision = await _judge(page, one, found, digest)
        failed = await failed_before(unit, page.case.subject_person_id, identity, besides=one.id)
        code = "verified" if decision.allowed else decision.code
        result = CheckResult(
            outcome="verified" if decision.allowed else "refused", code=code, trust_framework=found.trust_framework,
            assurance_level=found.assurance_level, verified_at=found.verified_at, check_digest=digest,
            identity=identity, failed_before=failed,
        )  # fmt: skip
        if not await finish_check(page, one.id, result):
            return Ending.UNKNOWN
        # Codes and ids only: what the document says ends here (R44).
        details: dict[str, object] = {"check": str(one.id), "code": code, "failed_before": failed}
        event = EventOutcome.SUCCESS if decision.allowed else EventOutcome.DENIED
        page.audit(
            by_product(page.case, EventType.IDENTITY_CHECK_FINISHED, event, assurance=found.trust_framework, **details)
        )
        if page.case.outcome is None:
            body = ObservationBody(
                event=Reported.DOCUMENT_VERIFIED if decision.allowed else Reported.DOCUMENT_REFUSED,
                event_id=str(one.id),
                at=found.verified_at,
            )
            _, rung = await page.add_act(act_id=act_of_check(one.id), actor=None, body=body)
    if rung:
        await checks.ring(rung)
    return Ending.FINISHED


async def _judge(page: Page, one: WaitingCheck, found: DocumentCheck, digest: bytes) -> Decision:
    case = page.case
    if case.outcome is not None:
        return refuse("R5", Code.CASE_CLOSED, "The case ended meanwhile.")
    if not (genuine := is_genuine(case)).allowed:
        return genuine
    if await has_served_before(page.unit, digest, besides=one.id):
        return refuse("R14", Code.CHECK_USED, "This check has served a case already.")
    return judge(found, display_name=case.snapshot.display_name, opened_at=case.opened_at, now=page.now)


def _came_back(page: Page, one: WaitingCheck, code: str) -> AuditEvent:
    return by_product(page.case, EventType.IDENTITY_CHECK_RETURNED, EventOutcome.FAILURE, check=str(one.id), code=code)


def _refused(session: Session, file: CaseFile, decision: Decision) -> AuditEvent:
    return refusal(
        session.actor,
        EventType.DECISION_REFUSED,
        decision,
        subject_id=file.case.subject_id,
        case_id=file.case.id,
        asked="identity_check",
    )


def _view(one: CheckStanding) -> CheckView:
    used_up = one.returns >= MOST_RETURNS
    waiting = "expired" if one.expired else "failed" if used_up else "waiting"
    return CheckView(
        reference=one.id,
        state=one.outcome or waiting,
        code=one.code,
        started_by=one.started_by,
        started_at=one.started_at,
        expires_at=one.expires_at,
        finished_at=one.finished_at,
        verified_at=one.verified_at,
        trust_framework=one.trust_framework,
        assurance_level=one.assurance_level,
        failed_before=one.failed_before,
    )
