"""The last look before anything is removed: allowed only if every single requirement holds (R34)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.account import Account, AccountStatus, Enforcement
from domain.acts import Act, CancelBody, CancelReason, ExecuteBody, Method, PresenceBody, Verdict, VerdictBody, binding
from domain.case import Case
from domain.messages import Outcome
from domain.people import Actor, Member, Role, Tier
from domain.policy.document import Policy, PresencePolicy, StepUpPolicy
from domain.policy.judge import judge, may_contain, plan_still_fits
from domain.policy.presence import Presence
from tests.domain.builders import (
    ADA,
    BO,
    BROWSER,
    CLEO,
    CODES,
    DESK,
    DEV,
    HOSTILE,
    SOL,
    TOTP,
    WITH_PASSWORD,
    account,
    act,
    actor,
    after,
    case,
    case_file,
    execute_act,
    members,
    policy_with,
    presence_act,
    provider_says,
    verdict,
    verification,
    waiting,
)

NOW = after(hours=1, minutes=3)


@dataclass(frozen=True)
class Facts:
    """Everything the judge looks at."""

    case: Case
    acts: tuple[Act, ...]
    subject: Account
    members: dict[str, Member]
    policy: Policy
    presence: Presence | None
    now: datetime = NOW

    def judged(self) -> str:
        """The code of the judgement."""
        file = case_file(self.case, self.acts, self.now, self.members, self.policy)
        return judge(file, provider_says(self.now, self.subject, presence=self.presence)).code


def facts(of: Case | None = None, *, by: Actor = ADA) -> Facts:
    """A case that may be reset now."""
    this = of or case()
    acts = (
        verdict(this, CLEO, Method.IN_PERSON),
        verdict(this, DEV, Method.CALLBACK, after(hours=1, seconds=20)),
        presence_act(this),
        execute_act(this, by),
    )
    subject = this.snapshot
    if this.contained_at:
        subject = subject.model_copy(update={"status": AccountStatus.DISABLED, "held_by_recovery": True, "sessions": 0})
    return Facts(this, acts, subject, members(), policy_with(), waiting(NOW))


def without(f: Facts, *kinds: str) -> Facts:
    """The facts without the acts of these kinds."""
    return replace(f, acts=tuple(one for one in f.acts if one.kind not in kinds))


PRIVILEGED = case(tier=Tier.PRIVILEGED, about=account(roles=("mail_admin",)), agent=SOL, acting_admin=SOL)
CONTAINED = case(stated=HOSTILE, contained_at=after(minutes=62))


@pytest.mark.parametrize(
    "allowed",
    [
        facts(),
        facts(case(stated=WITH_PASSWORD)),
        facts(CONTAINED),
        facts(PRIVILEGED, by=SOL),
        facts(case(about=account(factors=()))),
    ],
)
def test_complete_case_is_allowed(allowed: Facts) -> None:
    """R34: standard, with password, hostile after containment, privileged, and with no factor left at all."""
    assert allowed.judged() == "allowed"


def changed(of: Facts, **update: object) -> Facts:
    """The facts with another subject."""
    return replace(of, subject=of.subject.model_copy(update=update))


def other_policy(**limits: object) -> Callable[[Facts], Facts]:
    """The tenant's present policy is another than the pinned one."""
    return lambda f: replace(f, policy=policy_with(**limits))


def exchanged(kind: str, made: Callable[[Case], Act]) -> Callable[[Facts], Facts]:
    """Another act in place of those of this kind."""
    return lambda f: replace(without(f, kind), acts=(*without(f, kind).acts, made(f.case)))


REMOVED: dict[str, tuple[Callable[[Facts], Facts], str]] = {
    "ended": (lambda f: replace(f, case=f.case.model_copy(update={"outcome": Outcome.CANCELLED})), "case_ended"),
    "cancelled before the claim": (
        lambda f: replace(
            f, acts=(*f.acts, act(f.case, CancelBody(reason=CancelReason.SUSPICIOUS), ADA, NOW, proved=None))
        ),
        "case_ended",
    ),
    "failed": (
        lambda f: replace(f, acts=(*f.acts, verdict(f.case, DEV, at=NOW, concluded=Verdict.FAILED))),
        "case_ended",
    ),
    "expired": (lambda f: replace(f, case=f.case.model_copy(update={"expires_at": NOW})), "case_ended"),
    "no verdict": (lambda f: without(f, "verdict"), "verification_awaited"),
    "a doubt": (
        lambda f: replace(f, acts=(*f.acts, verdict(f.case, DEV, Method.VIDEO_CALL, NOW, concluded=Verdict.UNCERTAIN))),
        "verification_uncertain",
    ),
    "no presence": (lambda f: without(f, "presence"), "presence_awaited"),
    "no step-up": (lambda f: without(f, "execute"), "step_up_awaited"),
    "spent": (lambda f: replace(f, case=f.case.model_copy(update={"spent_seq": 10**6})), "presence_awaited"),
    "another account": (lambda f: changed(f, id="lee"), "subject_gone"),
    "another person": (lambda f: changed(f, person_id="person-lee"), "subject_person_changed"),
    "disabled meanwhile": (lambda f: changed(f, status=AccountStatus.DISABLED), "subject_disabled"),
    "locked meanwhile": (lambda f: changed(f, status=AccountStatus.LOCKED), "subject_locked"),
    "a factor more": (lambda f: changed(f, factors=(TOTP, CODES)), "plan_changed"),
    "a factor less": (lambda f: changed(f, factors=()), "plan_changed"),
    "another contact": (lambda f: changed(f, contacts=(DESK,)), "plan_changed"),
    "enforcement changed": (lambda f: changed(f, enforcement=Enforcement.OPTIONAL), "plan_changed"),
    "privileged meanwhile": (lambda f: changed(f, roles=("hr_admin",)), "subject_privileged_now"),
    "privilege unreadable": (lambda f: changed(f, roles=None), "subject_privileged_now"),
    "role here meanwhile": (
        lambda f: replace(f, members=members(ADA, CLEO, DEV, actor("kim", Role.AUDITOR))),
        "subject_privileged_now",
    ),
    "approvers lost": (lambda f: replace(f, members=members(ADA)), "verification_insufficient"),
    "approvers disabled": (
        lambda f: replace(f, members=members(ADA, CLEO, DEV, inactive=["person-cleo", "person-dev"])),
        "verification_insufficient",
    ),
    "policy asks for more": (
        other_policy(verification=verification(standard_methods=3).verification),
        "verification_insufficient",
    ),
    "acting admin lost": (lambda f: replace(f, members=members(CLEO, DEV)), "acting_admin_lost_role"),
    "acting admin demoted": (
        lambda f: replace(f, members=members(CLEO, DEV, actor("ada", Role.APPROVER))),
        "acting_admin_lost_role",
    ),
    "acting admin disabled": (
        lambda f: replace(f, members=members(ADA, CLEO, DEV, inactive=["person-ada"])),
        "acting_admin_lost_role",
    ),
    "proof of another plan": (
        exchanged("execute", lambda of: execute_act(of, binding=execute_act(case(stated=WITH_PASSWORD)).proof.binding)),  # type: ignore[union-attr]
        "step_up_mismatch",
    ),
    "proof by one factor": (exchanged("execute", lambda of: execute_act(of, aal=1)), "step_up_too_weak"),
    "no proof": (
        exchanged("execute", lambda of: act(of, ExecuteBody(), ADA, after(hours=1, minutes=2), proved=None)),
        "step_up_missing",
    ),
    "policy wants fresher proofs": (other_policy(step_up=StepUpPolicy(max_age_minutes=1)), "step_up_stale"),
    "policy wants fresher presence": (other_policy(presence=PresencePolicy(confirmed_minutes=1)), "presence_stale"),
    "presence's approver lost": (
        lambda f: replace(exchanged("presence", lambda of: presence_act(of, BO))(f), members=members(ADA, CLEO, DEV)),
        "presence_lost_its_author",
    ),
    "no browser": (lambda f: replace(f, presence=None), "presence_unusable"),
    "another browser": (lambda f: replace(f, presence=waiting(NOW, id="browser-2")), "presence_unusable"),
    "another's browser": (lambda f: replace(f, presence=waiting(NOW, account_id="lee")), "presence_unusable"),
    "unconfirmed browser": (lambda f: replace(f, presence=waiting(NOW, confirmed=False)), "presence_unusable"),
    "used browser": (lambda f: replace(f, presence=waiting(NOW, usable=False)), "presence_unusable"),
    "no password given": (
        lambda f: replace(f, presence=waiting(NOW, password_verified=False)),
        "presence_without_password",
    ),
    "silent browser": (
        lambda f: replace(f, presence=waiting(NOW - timedelta(seconds=120, microseconds=1))),
        "presence_silent",
    ),
    "policy wants a livelier browser": (
        lambda f: replace(
            f,
            presence=waiting(NOW - timedelta(seconds=31)),
            policy=policy_with(presence=PresencePolicy(silent_seconds=30)),
        ),
        "presence_silent",
    ),
}


@pytest.mark.parametrize("name", sorted(REMOVED))
def test_each_requirement_alone_refuses(name: str) -> None:
    """R34: take any single requirement away and nothing is removed; the code says which it was."""
    change, code = REMOVED[name]
    assert change(facts()).judged() == code


def test_policy_that_had_step_up_off_is_not_enough() -> None:
    """R34: both policies must allow; what was loose at opening does not bind a tenant that is strict now."""
    off = policy_with(step_up=StepUpPolicy(required=False))
    this = facts(case(policy=off))
    loose = replace(this, acts=tuple(one.model_copy(update={"proof": None}) for one in this.acts))
    assert replace(loose, policy=off).judged() == "allowed"
    assert loose.judged() == "verification_insufficient"
    proved_verdicts = replace(
        this,
        acts=tuple(
            one if isinstance(one.body, VerdictBody) else one.model_copy(update={"proof": None}) for one in this.acts
        ),
    )
    assert proved_verdicts.judged() == "step_up_missing"
    unproved_presence = replace(
        this,
        acts=tuple(
            one.model_copy(update={"proof": None}) if isinstance(one.body, PresenceBody) else one for one in this.acts
        ),
    )
    assert unproved_presence.judged() == "presence_stale"


def test_loosened_policy_does_not_help() -> None:
    """R34: the pinned policy still asks what it asked."""
    strict = facts(case(policy=verification(standard_methods=3)))
    assert replace(strict, policy=verification(standard_methods=1)).judged() == "verification_awaited"


def test_acting_admin_as_only_other_approver() -> None:
    """R13, R34: a tenant that has asked for three people meanwhile no longer counts the acting admin's verdict."""
    of = case(acting_admin=BO)
    acts = (verdict(of, BO), presence_act(of, BO), execute_act(of, BO))
    this = replace(facts(of), acts=acts)
    assert this.judged() == "allowed"
    assert replace(this, policy=verification(three_people=True)).judged() == "verification_insufficient"


@pytest.mark.parametrize("weak", [{"aal": 2}, {"phishing_resistant": False}, {"hardware_bound": False}])
def test_privileged_claim_needs_a_hardware_key(weak: dict[str, Any]) -> None:
    """R27: checked again at the claim."""
    this = facts(PRIVILEGED, by=SOL)
    weaker = exchanged("execute", lambda of: execute_act(of, SOL, **weak))
    assert weaker(this).judged() == "step_up_too_weak"


def test_acting_admin_who_no_longer_ranks_as_high() -> None:
    """R6, R34: an officer who is a plain agent by now does not reset an administrator."""
    this = replace(facts(PRIVILEGED, by=SOL), members=members(CLEO, DEV, actor("sol", Role.AGENT)))
    assert this.judged() == "subject_outranks_acting_admin"


@pytest.mark.parametrize(
    ("now", "code"),
    [
        (after(hours=1, minutes=7, microseconds=-1), "allowed"),
        (after(hours=1, minutes=7), "step_up_awaited"),
        (after(hours=1, minutes=11), "presence_awaited"),
        (after(hours=25, seconds=20), "verification_awaited"),
    ],
)
def test_time_edges_at_the_claim(now: datetime, code: str) -> None:
    """R21, R27, R36: five minutes, ten minutes and a day, each to the instant."""
    assert replace(facts(), presence=waiting(now), now=now).judged() == code


def test_silence_is_counted_to_the_instant() -> None:
    """R36: two minutes of silence are borne."""
    assert replace(facts(), presence=waiting(NOW - timedelta(seconds=120))).judged() == "allowed"


def test_replaced_password_need_not_have_been_given() -> None:
    """R36: only the identifier where the password will be replaced."""
    this = facts(case(stated=WITH_PASSWORD))
    assert replace(this, presence=waiting(NOW, password_verified=False)).judged() == "allowed"


def test_browser_confirmed_last_is_the_bound_one() -> None:
    """R36: a second confirmed browser takes the first one's place, also for the judge."""
    this = facts()
    acts = (*this.acts, presence_act(this.case, at=after(hours=1, minutes=2, seconds=30), browser="browser-2"))
    assert replace(this, acts=acts).judged() == "presence_unusable"
    assert replace(this, acts=acts, presence=waiting(NOW, id="browser-2")).judged() == "allowed"


def test_account_that_stayed_disabled_needs_no_exception() -> None:
    """R20, R30: containment itself changes nothing that was vouched for."""
    contained = facts(CONTAINED)
    assert plan_still_fits(CONTAINED, contained.subject).allowed
    by_others = contained.subject.model_copy(update={"held_by_recovery": False})
    assert replace(contained, subject=by_others).judged() == "subject_disabled"
    assert facts(CONTAINED.model_copy(update={"contained_at": None})).judged() == "containment_due"


def test_a_lost_role_hides_no_other_requirement() -> None:
    """R10, R34: where a verdict lost its author, what else lacks still refuses, although it is asked last."""
    this = facts(case(about=account(backup_codes_left=1)))
    left = replace(this, members=members(ADA, CLEO))
    assert replace(left, acts=this.acts[:1] + this.acts[2:]).judged() == "backup_codes_left"
    assert left.judged() == "backup_codes_left"


# Containment


def containing(of: Case, acts: tuple[Act, ...], people: dict[str, Member], now: datetime = NOW) -> str:
    """The code of the judgement over containment."""
    return may_contain(case_file(of, acts, now, people), provider_says(now)).code


def test_one_verdict_permits_containment() -> None:
    """R19: in a hostile case, once, and in no other."""
    of = case(stated=HOSTILE)
    assert containing(of, (verdict(of),), members()) == "allowed"
    assert containing(of, (), members()) == "containment_not_due"
    assert containing(of, (verdict(of, concluded=Verdict.UNCERTAIN),), members()) == "containment_not_due"
    assert containing(CONTAINED, (verdict(CONTAINED),), members()) == "containment_not_due"
    assert containing(case(), (verdict(case()),), members()) == "containment_not_due"
    assert containing(of, (verdict(of),), members(), of.expires_at) == "containment_not_due"


def test_containment_needs_a_verdict_of_somebody_who_is_still_an_approver() -> None:
    """R21, B17: another approver's doubt, or any other act of theirs, does not stand in for it."""
    of = case(stated=HOSTILE)
    doubt = verdict(of, DEV, Method.VIDEO_CALL, concluded=Verdict.UNCERTAIN)
    assert containing(of, (verdict(of), doubt), members(ADA, DEV)) == "verdict_lost_its_author"
    assert containing(of, (verdict(of),), members(CLEO, inactive=["person-cleo"])) == "verdict_lost_its_author"


def test_containment_without_step_up_where_policy_asks_for_none() -> None:
    """R26: a tenant without step-up can contain as well; the case must not wait for ever."""
    of = case(stated=HOSTILE, policy=policy_with(step_up=StepUpPolicy(required=False)))
    assert containing(of, (verdict(of, proved=None),), members()) == "allowed"


# Everything at once


def requirements(f: Facts) -> dict[str, bool]:
    """What R34 asks for, said once more without asking the rules."""
    digest = f.case.plan.digest()
    verified = [
        one
        for one in f.acts
        if isinstance(one.body, VerdictBody) and one.body.verdict is Verdict.VERIFIED and one.plan_digest == digest
    ]
    standing = [
        one
        for one in verified
        if one.actor and (m := f.members.get(one.actor.person_id)) and m.active and Role.APPROVER in m.roles
    ]
    presences = [one for one in f.acts if isinstance(one.body, PresenceBody) and one.seq > f.case.spent_seq]
    requests = [one for one in f.acts if isinstance(one.body, ExecuteBody) and one.seq > f.case.spent_seq]
    admin = f.members.get(f.case.acting_admin.person_id)
    last = max(requests, key=lambda one: one.seq, default=None)
    bound = max(presences, key=lambda one: one.seq, default=None)
    return {
        "open": f.case.outcome is None and f.now < f.case.expires_at,
        "subject": f.subject.id == f.case.subject_id and f.subject.person_id == f.case.subject_person_id,
        "status": f.subject.status is AccountStatus.ACTIVE,
        "factors": {one.id for one in f.subject.factors} == f.case.plan.factor_ids,
        "verdict": any(one.at > f.now - timedelta(hours=24) for one in standing),
        "no failure": not any(
            isinstance(one.body, VerdictBody) and one.body.verdict is Verdict.FAILED for one in f.acts
        ),
        "admin": admin is not None and admin.active and Role.AGENT in admin.roles,
        "proof": last is not None and last.proof is not None and last.proof.proved_at > f.now - timedelta(minutes=5),
        "bound to it": last is not None
        and last.actor is not None
        and last.proof is not None
        and last.proof.binding == binding(case_id=f.case.id, plan_digest=digest, actor=last.actor, body=ExecuteBody()),
        "assured": last is not None and last.proof is not None and last.proof.aal >= 2,
        "present": bound is not None and bound.at > f.now - timedelta(minutes=10),
        "browser": f.presence is not None
        and bound is not None
        and isinstance(bound.body, PresenceBody)
        and f.presence.id == bound.body.presence_id
        and f.presence.account_id == f.case.subject_id
        and f.presence.confirmed
        and f.presence.usable
        and f.presence.password_verified
        and f.presence.last_seen_at >= f.now - timedelta(seconds=120),
    }


spoiled = st.lists(st.sampled_from(sorted(REMOVED)), max_size=2, unique=True)


@given(spoiled, st.integers(0, 15), st.integers(0, 200), st.sampled_from([BROWSER, "browser-2"]))
def test_allowed_means_every_requirement_holds(names: list[str], minutes: int, silence: int, browser: str) -> None:
    """R34: whatever is spoiled in whatever order, an allowed judgement meets each requirement by itself."""
    now = after(hours=1, minutes=2 + minutes)
    this = replace(facts(), now=now, presence=waiting(now - timedelta(seconds=silence), id=browser))
    for name in names:
        this = REMOVED[name][0](this)
    if this.judged() == "allowed":
        assert all(requirements(this).values()), requirements(this)
    if not names:
        assert (this.judged() == "allowed") == all(requirements(this).values())
