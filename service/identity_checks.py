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
from store.page import lock_case
from store.statements import SQL

if TYPE_CHECKING:
    from domain.audit import AuditEvent
    from domain.ports import IdentityDocuments, NewIds
    from service.check_tokens import CheckTokens
    from service.doors import Ring
    from service.sessions import Session
    from store.ledger import Ledger
    from store.page import Page
    from store.statements import Row

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
    """A new check. The link is shown once, for the caller alone; it names nobody."""

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


async def start(checks: IdentityChecks, session: Session, case_id: UUID) -> Started:
    """Start a check for this case; the same request again starts another one.

    Raises `Refused` with the rule's code, `CaseNotFound`, and what the provider raises; both are audited.
    """
    await _ask(checks, session, case_id)
    check_id, state = checks.new_id(), checks.tokens.new_state()
    link = await _link(checks, session, case_id, check_id, state)
    async with checks.ledger.page(session.tenant_id, case_id, reader=session.actor.person_id) as page:
        decision = await _may_start(page, session)
        expires_at = page.now + LINK_LASTS
        if decision.allowed:
            await page.unit.connection.execute(
                SQL["identity_check_insert"], check_id, page.case.tenant_id, case_id, page.case.subject_person_id,
                session.actor.account_id, checks.tokens.state_hash(state), page.now, expires_at,
            )  # fmt: skip
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
            page.audit(_refused(session, page, decision))
    decision.enforce()
    return Started(check_id, link, expires_at)


async def returned(checks: IdentityChecks, what: Returned) -> Ending:
    """Take in what the caller's browser brought; a state that is not ours changes nothing.

    While the provider is away, or says that there is no result, the check waits on and the same link works again.
    An answer that cannot be trusted ends it.
    """
    row = await _known(checks, what.state)
    if row is None:
        return Ending.UNKNOWN
    if what.code is None:
        return await _leads_nowhere(checks, row, "provider_gave_none", Ending.TRY_AGAIN)
    if await checks.ledger.pool.fetchval(SQL["identity_check_take"], row["id"], LEASE, MOST_RETURNS) is None:
        return await _leads_nowhere(checks, row, _why_not(row), Ending.UNKNOWN)
    try:
        found = await _result(checks, row, what.state, what.code)
    except ProviderUnavailable as error:
        return await _released(checks, row, error.code)
    except ProviderRefused as error:
        # A wrong or foreign code says nothing about the document: whoever has the link may have made it up.
        if error.code == "identity_code_refused":
            return await _released(checks, row, error.code)
        return await _failed(checks, row, error.code)
    return await _finish(checks, row, found)


async def of_case(checks: IdentityChecks, session: Session, case_id: UUID) -> list[CheckView]:
    """The checks of a case, newest first. Raises `CaseNotFound`, `Refused` for a case about oneself."""
    case, _ = await checks.ledger.read_case(session.tenant_id, case_id)
    may_read_case(session.actor, case.subject_person_id).enforce()
    rows = await checks.ledger.pool.fetch(SQL["identity_checks_of_case"], case_id, session.tenant_id)
    return [_view(row) for row in rows]


async def _ask(checks: IdentityChecks, session: Session, case_id: UUID) -> None:
    """Before the provider is asked for anything; asked again under the lock, where it counts."""
    async with checks.ledger.page(session.tenant_id, case_id, reader=session.actor.person_id) as page:
        decision = await _may_start(page, session)
        if not decision.allowed:
            page.audit(_refused(session, page, decision))
    decision.enforce()


async def _may_start(page: Page, session: Session) -> Decision:
    started: int = await page.unit.connection.fetchval(SQL["identity_checks_count"], page.case.id)
    return may_start(session.actor, page.file, started=started)


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


async def _known(checks: IdentityChecks, state: str) -> Row | None:
    digest = checks.tokens.state_hash(state)
    if digest is None:
        return None
    row: Row | None = await checks.ledger.pool.fetchrow(SQL["identity_check_by_state"], digest)
    return row


async def _result(checks: IdentityChecks, row: Row, state: str, code: str) -> DocumentCheck:
    tokens, check_id, case_id = checks.tokens, row["id"], row["case_id"]
    return await checks.provider.result(
        code=code,
        nonce=tokens.nonce(state, check_id, case_id),
        verifier=tokens.verifier(state, check_id, case_id),
        now=row["now"],
    )


def _why_not(row: Row) -> str:
    if row["outcome"] is not None:
        return "check_used"
    return "check_expired" if row["expired"] else "check_busy"


async def _leads_nowhere(checks: IdentityChecks, row: Row, code: str, ending: Ending) -> Ending:
    counted = await checks.ledger.pool.fetchval(SQL["identity_check_returned"], row["id"], MOST_RETURNS)
    if counted is None:
        return Ending.NEW_LINK if ending is Ending.TRY_AGAIN else ending
    async with checks.ledger.page(row["tenant_id"], row["case_id"]) as page:
        if code == "provider_gave_none":
            await page.unit.connection.execute(SQL["identity_check_release"], row["id"], code)
        page.audit(_came_back(page, row, code))
    return ending if row["outcome"] is None and not row["expired"] else Ending.UNKNOWN


async def _released(checks: IdentityChecks, row: Row, code: str) -> Ending:
    async with checks.ledger.page(row["tenant_id"], row["case_id"]) as page:
        await page.unit.connection.execute(SQL["identity_check_release"], row["id"], code)
        page.audit(_came_back(page, row, code))
    return Ending.TRY_AGAIN if row["returns"] + 1 < MOST_RETURNS else Ending.NEW_LINK


async def _failed(checks: IdentityChecks, row: Row, code: str) -> Ending:
    async with checks.ledger.page(row["tenant_id"], row["case_id"]) as page:
        nothing = (None, None, None, None, None, False)
        if await _write(page, row, "failed", code, *nothing):
            page.audit(
                by_product(
                    page.case, EventType.IDENTITY_CHECK_FINISHED, EventOutcome.FAILURE, check=str(row["id"]), code=code
                )
            )
    return Ending.NEW_LINK


async def _finish(checks: IdentityChecks, row: Row, found: DocumentCheck) -> Ending:
    rung = 0
    async with checks.ledger.unit(row["tenant_id"]) as unit:
        page = await lock_case(unit, row["case_id"])
        digest, identity = checks.tokens.check_digest(found), checks.tokens.identity(found)
        decision = await _judge(page, row, found, digest)
        failed_before = await unit.connection.fetchval(
            SQL["identity_failed_before"], page.case.tenant_id, page.case.subject_person_id, identity, row["id"]
        )
        outcome = "verified" if decision.allowed else "refused"
        code = "verified" if decision.allowed else decision.code
        new = await _write(
            page, row, outcome, code, found.trust_framework, found.assurance_level, found.verified_at, digest,
            identity, failed_before,
        )  # fmt: skip
        if not new:
            return Ending.UNKNOWN
        # Codes and ids only: what the document says ends here (R44).
        details: dict[str, object] = {"check": str(row["id"]), "code": code, "failed_before": failed_before}
        event = EventOutcome.SUCCESS if decision.allowed else EventOutcome.DENIED
        page.audit(
            by_product(page.case, EventType.IDENTITY_CHECK_FINISHED, event, assurance=found.trust_framework, **details)
        )
        if page.case.outcome is None:
            body = ObservationBody(
                event=Reported.DOCUMENT_VERIFIED if decision.allowed else Reported.DOCUMENT_REFUSED,
                event_id=str(row["id"]),
                at=found.verified_at,
            )
            _, rung = await page.add_act(act_id=act_of_check(row["id"]), actor=None, body=body)
    if rung:
        await checks.ring(rung)
    return Ending.FINISHED


async def _judge(page: Page, row: Row, found: DocumentCheck, digest: bytes) -> Decision:
    case = page.case
    if case.outcome is not None:
        return refuse("R5", Code.CASE_CLOSED, "The case ended meanwhile.")
    if not (genuine := is_genuine(case)).allowed:
        return genuine
    await page.unit.connection.execute(SQL["identity_check_lock"], digest)
    if await page.unit.connection.fetchval(SQL["identity_check_served"], digest, row["id"]):
        return refuse("R14", Code.CHECK_USED, "This check has served a case already.")
    return judge(found, display_name=case.snapshot.display_name, opened_at=case.opened_at, now=page.now)


async def _write(page: Page, row: Row, outcome: str, code: str, *facts: object) -> bool:
    written = await page.unit.connection.fetchval(
        SQL["identity_check_finish"], row["id"], outcome, code, *facts, page.now
    )
    return written is not None


def _came_back(page: Page, row: Row, code: str) -> AuditEvent:
    return by_product(
        page.case, EventType.IDENTITY_CHECK_RETURNED, EventOutcome.FAILURE, check=str(row["id"]), code=code
    )


def _refused(session: Session, page: Page, decision: Decision) -> AuditEvent:
    return refusal(
        session.actor,
        EventType.DECISION_REFUSED,
        decision,
        subject_id=page.case.subject_id,
        case_id=page.case.id,
        asked="identity_check",
    )


def _view(row: Row) -> CheckView:
    used_up = row["returns"] >= MOST_RETURNS
    waiting = "expired" if row["expired"] else "failed" if used_up else "waiting"
    named = {name: row[name] for name in CheckView.model_fields if name not in {"reference", "state"}}
    return CheckView(reference=row["id"], state=row["outcome"] or waiting, **named)
