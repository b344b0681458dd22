"""The runbook read a second time, by hand and without `domain.policy`: what the invariants measure the rules by."""

from __future__ import annotations

from datetime import timedelta
from itertools import combinations
from typing import TYPE_CHECKING, Protocol

from domain.account import ContactKind
from domain.acts import ActKind, Delivery, Method, Ruling, Verdict, VerdictBody, Waiver
from domain.case import Reason
from domain.people import Role, Tier
from tests.model.cast import Standing

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import datetime

    from domain.acts import Act
    from domain.case import Case
    from domain.policy.document import Policy

STRONG = {Method.IN_PERSON, Method.IDENTITY_DOCUMENT, Method.WORKING_FACTOR, Method.FEDERATED_SIGN_IN}
NEVER = {Method.KNOWLEDGE_QUESTION, Method.EMAIL_MATCHED, Method.MAILED_CODE, Method.CHAT_CLAIM}
UNFIT = {Standing.YOUNG, Standing.RECOVERED, Standing.GRANTED_BY_AGENT}
LOST_KINDS = {
    Reason.LOST_PHONE: ("totp", "push", "sms"),
    Reason.WIPED_DEVICE: ("totp", "push"),
    Reason.LOST_SECURITY_KEY: ("webauthn",),
}
PHONE_GONE = {Reason.LOST_PHONE, Reason.WIPED_DEVICE, Reason.DEVICE_IN_OTHER_HANDS}
OBSERVED_AS = {
    Method.WORKING_FACTOR: "user.signed_in",
    Method.FEDERATED_SIGN_IN: "user.signed_in.federated_mfa",
    Method.IDENTITY_DOCUMENT: "identity_document.verified",
}


class Facts(Protocol):
    """What is measured: the acts so far, the people, and the present instant; a model's state, or a real case."""

    @property
    def acts(self) -> tuple[Act, ...]:
        """The acts in order."""
        ...

    @property
    def people(self) -> tuple[tuple[str, frozenset[Role], Standing], ...]:
        """Everybody with their roles and standing."""
        ...

    @property
    def now(self) -> datetime:
        """The present instant."""
        ...

    def standing(self, person_id: str) -> Standing:
        """How this person stands."""
        ...


def body_of(act: Act) -> VerdictBody | None:
    """The act's verdict, if it is one that says `verified`."""
    body = act.body
    return body if isinstance(body, VerdictBody) and body.verdict is Verdict.VERIFIED else None


def method(act: Act) -> Method:
    """The method of a verdict."""
    body = act.body
    assert isinstance(body, VerdictBody)
    return body.method


def person(act: Act) -> str:
    """Whose act it is."""
    return act.actor.person_id if act.actor else ""


def roles_here(state: Facts, person_id: str) -> frozenset[Role]:
    """What an actor may do here at this moment; nothing for who lost the role."""
    if state.standing(person_id) is Standing.ROLE_LOST:
        return frozenset()
    return next((roles for one, roles, _ in state.people if one == person_id), frozenset())


def days_on_record(case: Case, policy: Policy) -> int:
    """How long what is relied on must have been on record before the case (R16)."""
    limits = policy.verification
    return limits.privileged_contact_age_days if case.tier is Tier.PRIVILEGED else limits.contact_age_days


def evidence_is_fit(act: Act, case: Case, policy: Policy, acts: Iterable[Act]) -> bool:
    """R14 to R16: never the refused methods; a number on record, old, and not that of the lost phone; seen as event."""
    body = body_of(act)
    if body is None or body.method in NEVER or not body.evidence.seen or not body.evidence.reference:
        return False
    if body.method is Method.CALLBACK:
        number = next((one for one in case.snapshot.contacts if one.id == body.evidence.contact_id), None)
        old = case.opened_at - timedelta(days=days_on_record(case, policy))
        if number is None or number.bound_since is None or number.bound_since > old:
            return False
        return not (number.kind is ContactKind.MOBILE and case.intake.reason in PHONE_GONE)
    if body.method in OBSERVED_AS:
        if body.method is Method.WORKING_FACTOR and case.intake.reason is Reason.DEVICE_IN_OTHER_HANDS:
            return False
        seen = [
            one.body
            for one in acts
            if one.seq < act.seq and getattr(one.body, "event", None) == OBSERVED_AS[body.method]
        ]
        if body.method is Method.WORKING_FACTOR:
            old = case.opened_at - timedelta(days=days_on_record(case, policy))
            known = {one.id for one in case.snapshot.factors if one.enrolled_at and one.enrolled_at <= old}
            lost = LOST_KINDS.get(case.intake.reason, ())
            return any(
                getattr(one, "factor_id", None) in known and getattr(one, "factor_kind", None) not in lost
                for one in seen
            )
        if body.method is Method.IDENTITY_DOCUMENT:
            return any(getattr(one, "event_id", None) == body.evidence.reference for one in seen)
        return bool(seen)
    return True


def fresh_verdicts(state: Facts, case: Case, policy: Policy, inactive: frozenset[str] = frozenset()) -> list[Act]:
    """R13, R17, R20, R21: for this plan, on fit evidence, by people who were and still are fit to give them.

    `inactive` are those whom the provider, when it was last read, let in no more.
    """
    apart = {case.subject_person_id, case.agent.person_id}
    if policy.verification.three_people:
        apart.add(case.acting_admin.person_id)
    return [
        act
        for act in state.acts
        if body_of(act) is not None
        and act.plan_digest == case.plan.digest()
        and act.proof is not None
        and person(act) not in apart
        and Role.APPROVER in roles_here(state, person(act))
        and person(act) not in inactive
        and state.standing(person(act)) not in UNFIT
        and evidence_is_fit(act, case, policy, state.acts)
    ]


def waived(state: Facts) -> Waiver | None:
    """What break-glass has waived (R39)."""
    found = [act.body for act in state.acts if act.kind is ActKind.BREAK_GLASS]
    return getattr(found[0], "waives", None) if found else None


def on_different_channels(one: Act, other: Act) -> bool:
    """R19: two methods, not over one telephone, and not one vouching for the other."""
    return method(one) is not method(other)


def enough(case: Case, policy: Policy, verdicts: Sequence[Act], waiver: Waiver | None) -> bool:
    """R19, R41: how much a tier needs; `waiver` takes one requirement away."""
    if not verdicts or {method(act) for act in verdicts} == {Method.VIDEO_CALL}:
        return False
    strict = case.tier is Tier.PRIVILEGED or policy.raised_threat
    strong = len({method(act) for act in verdicts} & STRONG)
    needed = int(strict) + int(policy.raised_threat and case.tier is Tier.PRIVILEGED)
    if strong < needed - int(waiver is Waiver.STRONG_METHOD):
        return False
    pairs = list(combinations(verdicts, 2))
    if strict or case.plan.choose_password:
        if waiver is Waiver.SECOND_PERSON:
            return any(on_different_channels(*pair) for pair in pairs)
        if waiver is Waiver.SECOND_METHOD:
            return any(person(one) != person(other) for one, other in pairs)
        return any(person(one) != person(other) and on_different_channels(one, other) for one, other in pairs)
    wanted = policy.verification.standard_methods - int(waiver is Waiver.SECOND_METHOD)
    if wanted > 2:
        return len({method(act) for act in verdicts}) >= wanted
    return wanted <= 1 or strong > 0 or any(on_different_channels(*pair) for pair in pairs)


def verified(state: Facts, case: Case, policy: Policy, inactive: frozenset[str] = frozenset()) -> bool:
    """R18, R19, R21: enough verdicts, complete within 72 h and no older than 24 h since; no doubt is open."""
    verdicts = fresh_verdicts(state, case, policy, inactive)
    if any(act.kind is ActKind.VERDICT and getattr(act.body, "verdict", None) is Verdict.FAILED for act in state.acts):
        return False
    for act in state.acts:
        if act.kind is ActKind.VERDICT and getattr(act.body, "verdict", None) is Verdict.UNCERTAIN:
            cleared = [one for one in verdicts if one.seq > act.seq and method(one) is not method(act)]
            if not cleared:
                return False
    return any(
        enough(case, policy, group, waived(state))
        and max(act.at for act in group) - min(act.at for act in group) <= timedelta(hours=72)
        and state.now < max(act.at for act in group) + timedelta(hours=24)
        and not _padded(case, policy, group, waived(state))
        for size in range(1, len(verdicts) + 1)
        for group in combinations(verdicts, size)
    )


def _padded(case: Case, policy: Policy, group: Sequence[Act], waiver: Waiver | None) -> bool:
    """Whether the last verdict of the group was not needed: it prolongs nothing, unless it makes a pair (R21)."""
    is_pair = len(group) == 2 and on_different_channels(*group)
    return not is_pair and enough(case, policy, group[:-1], waiver)


def objections_left(state: Facts, case: Case, policy: Policy) -> list[Act]:
    """R24: objections that no later ruling to resume has answered, nor two later methods that avoid their channels."""
    resumed = [act.seq for act in state.acts if getattr(act.body, "ruling", None) is Ruling.RESUME]
    left = [act for act in state.acts if act.kind is ActKind.OBJECTION and act.seq > max(resumed, default=0)]
    channels = {getattr(act.body, "contact_id", "") for act in left}
    later = [
        act
        for act in fresh_verdicts(state, case, policy)
        if left and act.seq > left[-1].seq and act.body.evidence.contact_id not in channels  # type: ignore[union-attr]  # verdicts
    ]
    if any(on_different_channels(*pair) for pair in combinations(later, 2)) and case.claimed_at is None:
        return []
    return left


def cooled_off(state: Facts, case: Case, policy: Policy) -> bool:
    """R25: four hours where privileged, half an hour without a strong method, from a notice over a clean channel."""
    waiver = waived(state)
    verdicts = fresh_verdicts(state, case, policy)
    limits = policy.cooling_off
    if waiver is Waiver.COOLING_OFF:
        return True
    if case.tier is Tier.PRIVILEGED:
        seconds = limits.privileged_seconds * (2 if policy.raised_threat else 1)
    else:
        strong = any(method(act) in STRONG for act in verdicts) and not policy.raised_threat
        seconds = 0 if strong else limits.weak_seconds
    if seconds == 0 or any(getattr(act.body, "ruling", None) is Ruling.COOLING_OFF_OVER for act in state.acts):
        return True
    called = {act.body.evidence.contact_id for act in verdicts}  # type: ignore[union-attr]  # verdicts
    old = case.opened_at - timedelta(days=days_on_record(case, policy))
    clean = {
        one.id
        for one in case.snapshot.contacts
        if one.id not in called
        and one.bound_since is not None
        and one.bound_since <= old
        and not (one.kind is ContactKind.MOBILE and case.intake.reason in PHONE_GONE)
    }
    told = [
        act.at
        for act in state.acts
        if getattr(act.body, "delivery", None) is Delivery.ACCEPTED and getattr(act.body, "contact_id", "") in clean
    ]
    return bool(told) and state.now >= min(told) + timedelta(seconds=seconds)
