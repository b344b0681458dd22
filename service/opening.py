"""Opening a case: find exactly one subject, ask the rules, commit case and act, ring (R1 to R9)."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING
from uuid import UUID

from domain.acts import Act, Brake, HeldBody, OpenBody, canonical
from domain.audit import EventType
from domain.case import Case, Intake
from domain.errors import InputRefused
from domain.events import by_person, by_product, refusal
from domain.messages import Phase
from domain.notices import Occasion
from domain.plan import make_plan
from domain.policy.brakes import opening_brakes, tier_with_history
from domain.policy.decision import ALLOWED, Decision, first_refusal, refuse
from domain.policy.genuine import facts_digest
from domain.policy.intake import may_open, may_open_any, one_match, scope_of, tier_of
from domain.policy.standing import has_an_old_factor, role_is_old_enough
from domain.refusal_codes import Code
from service.drawing import draw
from service.intake_facts import risks_of, with_sightings
from store.act_keys import act_of_key
from store.brakes import openings_today
from store.earlier_cases import history_of
from store.errors import AlreadyTaken
from store.page import lock_case

if TYPE_CHECKING:
    from domain.account import Account
    from domain.audit import AuditEvent
    from service.doors import Doors
    from service.sessions import Session
    from store.ledger import Ledger
    from store.page import Page
    from store.unit import Unit


@dataclass(frozen=True)
class Asked:
    """One request to open a case: what was stated, who answers to the name, and the agent as the provider has them."""

    intake: Intake
    found: list[Account]
    agent: Account | None
    key: str
    digest: str


async def open_case(
    doors: Doors, session: Session, *, subject: str, intake: Intake, key: str, shown: str | None = None
) -> UUID:
    """Open a case about the one account that answers to exactly `subject`; returns its id.

    `shown` is the id of the account that the agent was looking at: another that answers to the name now is none.
    The same `key` with the same content gives the same case again. Raises `Refused` with the rule's code
    (`case_already_open` carries the open case's id), `InputRefused`.
    """
    digest = request_digest({"subject": subject, "intake": intake.model_dump(mode="json")})
    if known := await case_of_key(doors.ledger, session, key, digest):
        return known
    found, agent = [], None
    if may_open_any(session.actor).allowed:
        found = await doors.accounts.find(session.tenant_id, subject)
        if shown is not None and [one.id for one in found] != [shown]:
            found = found if len(found) > 1 else []
        agent = await doors.accounts.read(session.actor.account_id)
    asked = Asked(intake, found, agent, key, digest)
    try:
        decision, case_id, row = await _try(doors, session, asked)
    except AlreadyTaken:
        # Another agent was faster with this subject, ticket or key; the second look says which.
        if known := await case_of_key(doors.ledger, session, key, digest):
            return known
        decision, case_id, row = await _try(doors, session, asked)
    decision.enforce()
    if row:
        await doors.ring(row)
    return case_id


async def case_of_key(where: Ledger | Unit, session: Session, key: str, digest: str) -> UUID | None:
    """The case of an act recorded before under this Idempotency-Key. Raises `InputRefused` for other content."""
    act = await act_of_key(where, session.actor.account_id, key)
    if act is None:
        return None
    if act.request_digest != digest:
        raise key_reused()
    return act.case_id


def key_reused() -> InputRefused:
    """What is answered to a key that was used for other content."""
    return InputRefused(Code.IDEMPOTENCY_KEY_REUSED, "This Idempotency-Key was used for something else.")


def request_digest(content: object) -> str:
    """SHA-256, in hex, of a request's content."""
    return hashlib.sha256(canonical(content)).hexdigest()


async def _try(doors: Doors, session: Session, asked: Asked) -> tuple[Decision, UUID, int]:
    case_id, row = doors.new_id(), 0
    async with doors.ledger.unit(session.tenant_id) as unit:
        decision = first_refusal(may_open_any(session.actor), one_match(len(asked.found)))
        subject = asked.found[0] if decision.allowed else None
        if subject is not None:
            decision = await may_open_now(unit, session, subject, asked)
        if not decision.allowed or subject is None:
            # Refused, it may be, because the same request has opened the case a moment ago.
            twin = await act_of_key(unit, session.actor.account_id, asked.key)
            if twin is not None and twin.request_digest == asked.digest:
                return ALLOWED, twin.case_id, row
            unit.audit(
                refusal(
                    session.actor,
                    EventType.CASE_REFUSED,
                    decision,
                    subject_id=subject.id if subject else None,
                    reason=asked.intake.reason.value,
                )
            )
            return decision, case_id, row
        case = await new_case(unit, session, subject, asked, case_id)
        brakes = await _brakes(unit, case)
        await unit.insert_case(case)
        act = Act(
            id=doors.new_id(), case_id=case.id, seq=case.act_seq, at=case.opened_at, actor=session.actor,
            plan_digest=case.plan.digest(), body=OpenBody(facts=facts_digest(case)),
        )  # fmt: skip
        row = await unit.insert_act(act, idempotency_key=asked.key, request_digest=asked.digest)
        unit.audit(_opened(session, case))
        await _prepare(doors, await lock_case(unit, case.id), brakes)
    return decision, case_id, row


async def _prepare(doors: Doors, page: Page, brakes: list[Brake]) -> None:
    """What the product itself does with a new case: hold it past a brake, draw its approver, have it told."""
    case = page.case
    for brake in brakes:
        await page.record(HeldBody(brake=brake))
        page.audit(by_product(case, EventType.CASE_HELD, brake=brake.value))
    if case.policy.verification.draw_approver:
        drawn = await draw(doors, page.unit, case)
        await page.record(drawn)
        page.audit(by_product(case, EventType.APPROVER_DRAWN, approvers=list(drawn.approvers), eligible=drawn.eligible))
        await page.notify(Occasion.APPROVER_DRAWN, to=list(drawn.approvers))
    if not case.hostile:
        # In a hostile case the thief who holds the device would read along (R23).
        await page.notify(Occasion.OPENED)


async def _brakes(unit: Unit, case: Case) -> list[Brake]:
    return opening_brakes(case.policy.brakes, opened_today=await openings_today(unit, case.agent.person_id))


async def may_open_now(unit: Unit, session: Session, subject: Account, asked: Asked) -> Decision:
    """Whether the agent may open this case at this moment, everything the store knows included (R5, R7, R21).

    R5: A subject has at most one open case; a second opener is given the id of the first.
    """
    intake, policy, now = asked.intake, await unit.policy(), await unit.now()
    members = await unit.members([subject.person_id, session.actor.person_id])
    roles = members[subject.person_id].roles if subject.person_id in members else frozenset()
    agent = members.get(session.actor.person_id)
    decision = first_refusal(
        may_open(actor=session.actor, subject=subject, subject_roles=roles, intake=intake, policy=policy),
        ALLOWED if agent is None else role_is_old_enough(agent, now=now, policy=policy),
        ALLOWED if asked.agent is None else has_an_old_factor(asked.agent, agent, now=now, policy=policy),
    )
    if not decision.allowed:
        return decision
    if already := await unit.open_case_of(subject.id):
        return refuse("R5", Code.CASE_ALREADY_OPEN, "This person has an open case already.", case_id=str(already))
    if intake.ticket and await unit.case_of_ticket(intake.ticket):
        return refuse(
            "R7", Code.TICKET_ALREADY_USED, "This ticket has served another case; one ticket serves one case."
        )
    return ALLOWED


async def new_case(unit: Unit, session: Session, found: Account, asked: Asked, case_id: UUID) -> Case:
    """The case as it would be opened now: tier with history (R41), snapshot with our own sightings, risks (R8)."""
    policy, now, intake = await unit.policy(), await unit.now(), asked.intake
    subject = await with_sightings(unit, found)
    history = await history_of(unit, subject.person_id, within=policy.brakes.subject_window)
    members = await unit.members([subject.person_id])
    roles = members[subject.person_id].roles if subject.person_id in members else frozenset()
    return Case(
        id=case_id,
        tenant_id=session.tenant_id,
        subject_id=subject.id,
        subject_person_id=subject.person_id,
        agent=session.actor,
        acting_admin=session.actor,
        intake=intake,
        tier=tier_with_history(tier_of(subject, roles, policy), history),
        policy=policy,
        snapshot=subject,
        plan=make_plan(subject, scope_of(intake, subject)),
        plan_version=1,
        phase=Phase.INTAKE,
        code=Code.OPENING,
        outcome=None,
        version=0,
        act_seq=1,
        applied_seq=0,
        opened_at=now,
        expires_at=now + policy.case_lifetime,
        contained_at=None,
        claimed_at=None,
        enrol_by=None,
        presence_id=None,
        wiped_at=None,
        attempt=0,
        closed_at=None,
        risks=await risks_of(unit, subject, asked.agent, history, now=now, policy=policy),
    )


def _opened(session: Session, case: Case) -> AuditEvent:
    return by_person(
        session.actor,
        EventType.CASE_OPENED,
        subject_id=case.subject_id,
        case_id=case.id,
        reason=case.intake.reason.value,
        tier=case.tier.value,
        plan=case.plan.digest(),
        operations=sorted({one.kind.value for one in case.plan.operations}),
        password_compromised=case.intake.password_compromised.value,
        policy=case.policy.version,
        risks=sorted({one.code.value for one in case.risks}),
    )
