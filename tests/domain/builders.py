"""Small builders of facts for tests of rules: everything fits unless the test says otherwise."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING
from uuid import UUID

from domain.account import Account, AccountStatus, Contact, ContactKind, Enforcement, Factor, FactorKind
from domain.acts import (
    Act,
    Body,
    CodesUnavailable,
    CodesUnavailableBody,
    Confirmed,
    Evidence,
    ExecuteBody,
    Method,
    PresenceBody,
    Proof,
    Verdict,
    VerdictBody,
    binding,
)
from domain.case import Case, Compromised, Intake, Reason
from domain.case_file import CaseFile, ProviderFacts
from domain.messages import Phase
from domain.people import Actor, Member, Role, Tier
from domain.plan import make_plan
from domain.policy.document import CoolingOffPolicy, Policy, VerificationPolicy
from domain.policy.intake import scope_of
from domain.policy.presence import Presence

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

OPENED = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
CASE_ID = UUID("018f0000-0000-7000-8000-000000000001")
TENANT_ID = UUID("018f0000-0000-7000-8000-0000000000ff")
SEEN = "Rang the desk number on record and asked what was lost"
BROWSER = "browser-1"

UNASKED = object()
"""Stands for: make a proof that fits."""


def after(**parts: float) -> datetime:
    """The instant this long after the case opened."""
    return OPENED + timedelta(**parts)


def actor(name: str, *roles: Role, person: str | None = None) -> Actor:
    """An actor with a login; `person` tells which human it belongs to, their own one by default."""
    return Actor(account_id=name, person_id=person or f"person-{name}", roles=frozenset(roles))


ADA = actor("ada", Role.AGENT)
CLEO = actor("cleo", Role.APPROVER)
DEV = actor("dev", Role.APPROVER)
SOL = actor("sol", Role.SECURITY, Role.AGENT)
BO = actor("bo", Role.AGENT, Role.APPROVER)

TOTP = Factor(id="f-totp", kind=FactorKind.TOTP, label="Phone", enrolled_at=OPENED - timedelta(days=300))
CODES = Factor(id="f-codes", kind=FactorKind.BACKUP_CODES, label="Codes", enrolled_at=OPENED - timedelta(days=300))
DESK = Contact(id="c-desk", kind=ContactKind.DESK_PHONE, value="+49 30 1234", bound_since=OPENED - timedelta(days=400))
MOBILE = Contact(id="c-mobile", kind=ContactKind.MOBILE, value="+49 170 1", bound_since=OPENED - timedelta(days=400))
EMAIL = Contact(id="c-mail", kind=ContactKind.EMAIL, value="kim@acme.example", bound_since=OPENED - timedelta(days=400))


def account(**changes: object) -> Account:
    """The subject: a plain person with an authenticator app and no backup codes left."""
    facts: dict[str, object] = {
        "id": "kim",
        "person_id": "person-kim",
        "login": "kim",
        "display_name": "Kim",
        "status": AccountStatus.ACTIVE,
        "enforcement": Enforcement.REQUIRED,
        "roles": (),
        "manager_id": "mara",
        "manager_person_id": "person-mara",
        "manager_since": OPENED - timedelta(days=400),
        "factors": (TOTP,),
        "backup_codes_left": 0,
        "contacts": (DESK, MOBILE, EMAIL),
        "sessions": 2,
        "refresh_tokens": 1,
    }
    return Account.model_validate(facts | changes)


def intake(reason: Reason = Reason.LOST_PHONE, **changes: object) -> Intake:
    """What the agent states; the password is not compromised."""
    facts: dict[str, object] = {
        "reason": reason,
        "cannot_complete_mfa": True,
        "password_compromised": Compromised.NO,
    }
    return Intake.model_validate(facts | changes)


HOSTILE = intake(Reason.DEVICE_IN_OTHER_HANDS, password_compromised=Compromised.YES)
WITH_PASSWORD = intake(reset_password_because="The subject typed it into a strange page")


def verification(**limits: object) -> Policy:
    """A policy with other verification limits."""
    return policy_with(verification=VerificationPolicy.model_validate(limits))


def policy_with(**changes: object) -> Policy:
    """The default policy without cooling-off, which has tests of its own."""
    calm = CoolingOffPolicy(weak_seconds=0, privileged_seconds=0)
    return Policy.model_validate({"demonstration": True, "cooling_off": calm, **changes})


def case(*, about: Account | None = None, stated: Intake | None = None, **changes: object) -> Case:
    """A case opened by Ada, with the plan that follows from account and intake."""
    subject, said = about or account(), stated or intake()
    policy = changes.get("policy", policy_with())
    assert isinstance(policy, Policy)
    made = Case(
        id=CASE_ID,
        tenant_id=TENANT_ID,
        subject_id=subject.id,
        subject_person_id=subject.person_id,
        agent=ADA,
        acting_admin=ADA,
        intake=said,
        tier=Tier.STANDARD,
        policy=policy,
        snapshot=subject,
        plan=make_plan(subject, scope_of(said, subject)),
        plan_version=1,
        phase=Phase.INTAKE,
        code="opening",
        outcome=None,
        version=0,
        act_seq=1,
        applied_seq=0,
        opened_at=OPENED,
        expires_at=OPENED + policy.case_lifetime,
        contained_at=None,
        claimed_at=None,
        enrol_by=None,
        presence_id=None,
        wiped_at=None,
        attempt=0,
        closed_at=None,
    )
    return Case.model_validate(dict(made) | {"policy": policy} | changes)


def proof(of: Case, by: Actor, body: Body, at: datetime, **changes: object) -> Proof:
    """A step-up with a hardware key over exactly this decision."""
    facts: dict[str, object] = {
        "step_up_id": UUID(int=int(at.timestamp())),
        "aal": 3,
        "phishing_resistant": True,
        "hardware_bound": True,
        "factor_kind": "webauthn",
        "binding": binding(case_id=of.id, plan_digest=of.plan.digest(), actor=by, body=body),
        "proved_at": at,
        "factor_enrolled_at": OPENED - timedelta(days=300),
    }
    return Proof.model_validate(facts | changes)


def act(  # an act has this many parts
    of: Case, body: Body, by: Actor | None, at: datetime, *, seq: int | None = None, proved: object = UNASKED
) -> Act:
    """An act for the case's present plan; `seq` follows the clock unless given."""
    if proved is UNASKED:
        proved = proof(of, by, body, at) if by else None
    assert proved is None or isinstance(proved, Proof)
    number = seq if seq is not None else int((at - OPENED).total_seconds() * 10) + 2
    return Act(
        id=UUID(int=number),
        case_id=of.id,
        seq=number,
        at=at,
        actor=by,
        plan_digest=of.plan.digest(),
        body=body,
        proof=proved,
    )


def evidence(method: Method, **changes: object) -> Evidence:
    """Evidence that fits the method."""
    facts: dict[str, object] = {"seen": SEEN, "reference": "call log 17"}
    if method in {Method.CALLBACK, Method.RECOVERY_CONTACT}:
        facts["contact_id"] = DESK.id
    if method is Method.CORROBORATING_TICKET:
        facts |= {
            "author_id": "mara",
            "ticket_opened_at": OPENED,
            "quotes_case": True,
            "author_confirmed": Confirmed.CALLBACK,
        }
    if method is Method.VIDEO_CALL:
        facts["record_since"] = OPENED - timedelta(days=400)
    return Evidence.model_validate(facts | changes)


def said(method: Method = Method.IN_PERSON, verdict: Verdict = Verdict.VERIFIED, **changes: object) -> VerdictBody:
    """A verdict's content."""
    return VerdictBody(verdict=verdict, method=method, evidence=evidence(method, **changes))


def verdict(
    of: Case, by: Actor = CLEO, method: Method = Method.IN_PERSON, at: datetime | None = None, *,
    concluded: Verdict = Verdict.VERIFIED, seq: int | None = None, proved: object = UNASKED, **changes: object,
) -> Act:  # fmt: skip
    """A recorded verdict, an hour after the case opened unless given."""
    return act(of, said(method, concluded, **changes), by, at or after(hours=1), seq=seq, proved=proved)


def presence_act(of: Case, by: Actor = CLEO, at: datetime | None = None, *, browser: str = BROWSER) -> Act:
    """The approver's confirmation of the waiting browser."""
    return act(of, PresenceBody(presence_id=browser), by, at or after(hours=1, minutes=1))


def execute_act(of: Case, by: Actor = ADA, at: datetime | None = None, **changes: object) -> Act:
    """The acting admin's request for the reset; `changes` are made to its proof."""
    moment = at or after(hours=1, minutes=2)
    return act(of, ExecuteBody(), by, moment, proved=proof(of, by, ExecuteBody(), moment, **changes))


def codes_unavailable(of: Case, at: datetime | None = None) -> Act:
    """The agent's statement that the codes cannot be used."""
    body = CodesUnavailableBody(
        why=CodesUnavailable.LOST_WITH_DEVICE, statement="The printout was in the bag that was lost"
    )
    return act(of, body, ADA, at or after(minutes=5), proved=None)


def waiting(at: datetime, **changes: object) -> Presence:
    """The subject's browser as the provider sees it now."""
    facts: dict[str, object] = {
        "id": BROWSER,
        "account_id": "kim",
        "confirmed": True,
        "usable": True,
        "password_verified": True,
        "last_seen_at": at,
    }
    return Presence.model_validate(facts | changes)


def members(*people: Actor, inactive: Iterable[str] = ()) -> dict[str, Member]:
    """The present standing of these people by person id, roles of all their logins together."""
    gone, found = frozenset(inactive), dict[str, Member]()
    for one in people or (ADA, CLEO, DEV, SOL, BO):
        roles = one.roles | (found[one.person_id].roles if one.person_id in found else frozenset())
        found[one.person_id] = Member(
            account_id=one.account_id, person_id=one.person_id, roles=roles, active=one.person_id not in gone
        )
    return found


EVERYBODY = members()


def case_file(
    of: Case,
    acts: Iterable[Act] = (),
    now: datetime = OPENED,
    people: Mapping[str, Member] = EVERYBODY,
    policy: Policy | None = None,
) -> CaseFile:
    """The file of this case with these acts and people, read at this instant; the policy of its opening still holds."""
    return CaseFile(case=of, acts=tuple(acts), members=people, policy=policy or of.policy, now=now)


def provider_says(at: datetime, about: Account | None = None, **changes: object) -> ProviderFacts:
    """What the provider says of the subject at this instant: their browser waits, and everybody may sign in."""
    facts: dict[str, object] = {"account": about or account(), "presence": waiting(at), "inactive": frozenset()}
    return ProviderFacts(**(facts | changes), read_at=at)  # type: ignore[arg-type]  # one's own fields by name
