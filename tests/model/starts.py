"""How a small world begins: a case just opened by Ada about Kim, and the bodies of what may be decided in it."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING
from uuid import UUID

from domain.acts import (
    BreakGlassBody,
    CancelBody,
    CancelReason,
    CodesUnavailable,
    CodesUnavailableBody,
    CodesUsedBody,
    Confirmed,
    Delivery,
    Evidence,
    ExecuteBody,
    Method,
    NoticeBody,
    ObjectionBody,
    ObservationBody,
    OpenBody,
    ReleaseBody,
    ReviewBody,
    Ruling,
    RulingBody,
    Verdict,
    VerdictBody,
    Waiver,
)
from domain.case import Case, Compromised, Intake, Reason
from domain.messages import Phase
from domain.plan import make_plan
from domain.policy.genuine import facts_digest
from domain.policy.intake import scope_of, tier_of
from tests.model.cast import ADA, DEFAULTS, DESK, LONG_AGO, MAIL, MOBILE, OPENED, ROLES_OF_PERSON, Standing, subject
from tests.model.machine import Machine, Page
from tests.model.state import Browser, State

if TYPE_CHECKING:
    from domain.account import Account
    from domain.acts import Body
    from domain.people import Role
    from domain.policy.document import Policy

CASE_ID = UUID("018f0000-0000-7000-8000-000000000001")
TENANT_ID = UUID("018f0000-0000-7000-8000-0000000000ff")
BECAUSE = "Rang the person at the desk number"
OURS = Browser("browser")
STRANGE = Browser("strange-browser")


def intake(reason: Reason = Reason.LOST_PHONE, **changes: object) -> Intake:
    """What Ada stated."""
    facts: dict[str, object] = {
        "reason": reason,
        "cannot_complete_mfa": True,
        "password_compromised": Compromised.NO,
    }
    return Intake.model_validate(facts | changes)


HOSTILE = intake(Reason.DEVICE_IN_OTHER_HANDS, password_compromised=Compromised.YES)


def opened(
    *,
    about: Account | None = None,
    stated: Intake | None = None,
    policy: Policy = DEFAULTS,
    kim_roles: frozenset[Role] = frozenset(),
    browsers: tuple[Browser, ...] = (OURS,),
    standings: dict[str, Standing] | None = None,
    effects: frozenset[str] = frozenset(),
    first: tuple[Body, ...] = (),
) -> State:
    """The case as the door leaves it; `first` are acts of the product that follow at once."""
    account, said = about or subject(), stated or intake()
    roles = ROLES_OF_PERSON | ({"person-kim": kim_roles} if kim_roles else {})
    how = standings or {}
    case = Case(
        id=CASE_ID, tenant_id=TENANT_ID, subject_id=account.id, subject_person_id=account.person_id, agent=ADA,
        acting_admin=ADA, intake=said, tier=tier_of(account, kim_roles, policy), policy=policy, snapshot=account,
        plan=make_plan(account, scope_of(said, account)), plan_version=1, phase=Phase.INTAKE, code="opening",
        outcome=None, version=0, act_seq=0, applied_seq=0, opened_at=OPENED, expires_at=OPENED + policy.case_lifetime,
        contained_at=None, claimed_at=None, enrol_by=None, presence_id=None, wiped_at=None, attempt=0, closed_at=None,
    )  # fmt: skip
    state = State(
        case=case, acts=(), subject=account, policy=policy, browsers=browsers, effects=effects,
        people=tuple((one, known, how.get(one, Standing.FULL)) for one, known in sorted(roles.items())),
    )  # fmt: skip
    machine = Machine(state)
    page = Page(machine)
    page.commit_act(ADA, OpenBody(facts=facts_digest(case)))
    for body in first:
        page.commit_act(None, body)
    page.commit()
    return replace(machine.state, used=(0,) * 32)


def verdict(method: Method, verdict: Verdict = Verdict.VERIFIED, **evidence: object) -> VerdictBody:
    """A verdict with evidence that fits its method, unless told otherwise."""
    facts: dict[str, object] = {"seen": "Asked what was lost, recognised the voice", "reference": "log 17"}
    if method is Method.CALLBACK:
        facts["contact_id"] = DESK.id
    if method is Method.VIDEO_CALL:
        facts["record_since"] = LONG_AGO
    if method is Method.CORROBORATING_TICKET:
        facts |= {
            "author_id": "mara", "author_person_id": "person-mara", "ticket_opened_at": OPENED, "quotes_case": True,
            "author_confirmed": Confirmed.CALLBACK,
        }  # fmt: skip
    return VerdictBody(verdict=verdict, method=method, evidence=Evidence.model_validate(facts | evidence))


IN_PERSON = verdict(Method.IN_PERSON)
CALLBACK = verdict(Method.CALLBACK)
CALLED_THE_LOST_PHONE = verdict(Method.CALLBACK, contact_id=MOBILE.id)
VIDEO = verdict(Method.VIDEO_CALL)
TICKET = verdict(Method.CORROBORATING_TICKET)
WORKING_FACTOR = verdict(Method.WORKING_FACTOR)
DOCUMENT = verdict(Method.IDENTITY_DOCUMENT, reference="check-1")
KNOWLEDGE = verdict(Method.KNOWLEDGE_QUESTION)
UNCERTAIN = verdict(Method.CALLBACK, Verdict.UNCERTAIN)
FAILED = verdict(Method.IN_PERSON, Verdict.FAILED)
EXECUTE = ExecuteBody()
CANCEL = CancelBody(reason=CancelReason.SUSPICIOUS)
CODES_GONE = CodesUnavailableBody(why=CodesUnavailable.LOST_WITH_DEVICE, statement="The printout was in the lost bag")
CODES_USED = CodesUsedBody()
RESUME = RulingBody(ruling=Ruling.RESUME, because=BECAUSE)
UPHOLD = RulingBody(ruling=Ruling.UPHOLD, because=BECAUSE)
COOLING_OFF_OVER = RulingBody(ruling=Ruling.COOLING_OFF_OVER, because=BECAUSE)
RELEASE = ReleaseBody(because=BECAUSE)
REVIEW = ReviewBody(because=BECAUSE)
WAIVERS = tuple(BreakGlassBody(waives=one, because=BECAUSE) for one in Waiver)
NOTICE_READ = NoticeBody(notice_id=CASE_ID, occasion="opened", contact_id=MAIL.id, delivery=Delivery.ACCEPTED)
NOTICE_TO_THE_LOST_PHONE = NOTICE_READ.model_copy(update={"contact_id": MOBILE.id})
NOTICE_TO_A_NEW_ADDRESS = NOTICE_READ.model_copy(update={"contact_id": "c-new"})
NOTICE_FAILED = NOTICE_READ.model_copy(update={"delivery": Delivery.FAILED})
OBJECTION = ObjectionBody(contact_id=MAIL.id)
DESK_OBJECTS = ObjectionBody(contact_id=DESK.id)
SIGNED_IN = ObservationBody(event="user.signed_in", event_id="e-1", at=OPENED, factor_kind="totp", factor_id="f-totp")
SIGNED_IN_WITH_A_LATER_FACTOR = SIGNED_IN.model_copy(update={"event_id": "e-3", "factor_id": "f-2"})
CODE_SIGN_IN = ObservationBody(event="user.signed_in.backup_code", event_id="e-2", at=OPENED)
CHECK_PASSED = ObservationBody(event="identity_document.verified", event_id="check-1", at=OPENED)
