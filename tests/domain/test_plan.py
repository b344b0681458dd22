"""What a plan holds, and what its digest vouches for (R12, R20, R29 to R32)."""

from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.account import Account, AccountStatus, Contact, ContactKind, Enforcement, Factor, FactorKind
from domain.case import Reason
from domain.plan import Justification, OperationKind, Scope, Stage, make_plan
from domain.policy.intake import scope_of
from domain.policy.judge import replan
from domain.policy.read_back import factors_left
from tests.domain.builders import (
    CODES,
    DESK,
    HOSTILE,
    MOBILE,
    OPENED,
    TOTP,
    WITH_PASSWORD,
    account,
    after,
    case,
    intake,
)

Kind = OperationKind
PLAIN = Scope(hostile=False, sessions=None, password=None)

factors = st.builds(
    Factor,
    id=st.sampled_from([f"f{n}" for n in range(6)]),
    kind=st.sampled_from(FactorKind),
    label=st.just("x"),
    enrolled_at=st.none(),
)
contacts = st.builds(
    Contact,
    id=st.sampled_from([f"c{n}" for n in range(4)]),
    kind=st.sampled_from(ContactKind),
    value=st.sampled_from(["a", "b", "c"]),
    bound_since=st.none(),
)
subjects = st.builds(
    account,
    factors=st.lists(factors, unique_by=lambda one: one.id, max_size=6).map(tuple),
    contacts=st.lists(contacts, unique_by=lambda one: one.id, max_size=4).map(tuple),
    status=st.sampled_from([AccountStatus.ACTIVE, AccountStatus.LOCKED]),
    enforcement=st.sampled_from(Enforcement),
).map(
    # Intake takes a locked account only where a recovery locked it.
    lambda one: one.model_copy(update={"held_by_recovery": one.status is AccountStatus.LOCKED})
)
justifications = st.sampled_from(Justification)
scopes = st.one_of(
    st.builds(Scope, hostile=st.just(False), sessions=st.none() | justifications, password=st.none() | justifications),
    st.just(scope_of(HOSTILE, account())),
)


def kinds(subject: Account, scope: Scope = PLAIN) -> list[OperationKind]:
    """The kinds of a plan's operations, in order."""
    return [one.kind for one in make_plan(subject, scope).operations]


def essence(subject: Account, scope: Scope) -> object:
    """What a digest must depend on, said independently of how a plan is built."""
    plan = make_plan(subject, scope)
    return (
        subject.id,
        frozenset((one.id, one.kind) for one in subject.factors),
        frozenset((one.id, one.value) for one in subject.contacts),
        tuple((one.stage, one.kind, one.justification) for one in plan.operations if one.kind is not Kind.WIPE_FACTORS),
        plan.choose_password,
    )


@given(subjects)
def test_routine_plan_holds_nothing_unasked(subject: Account) -> None:
    """R29, R32: a routine case that asked for nothing holds no password reset and no revocation."""
    for reason in (Reason.LOST_PHONE, Reason.BROKEN_FACTOR, Reason.WIPED_DEVICE, Reason.LOST_SECURITY_KEY):
        plan = make_plan(subject, scope_of(intake(reason), subject))
        assert not plan.has(Kind.RESET_PASSWORD)
        assert not plan.has(Kind.REVOKE_SESSIONS)
        assert not plan.choose_password
        assert not plan.stage(Stage.CONTAIN)


def test_plain_plan_is_wipe_and_enrolment() -> None:
    """R29, R32: a plain wipe touches the factors and nothing else."""
    assert kinds(account()) == [Kind.WIPE_FACTORS, Kind.REQUIRE_ENROLMENT]


def test_requested_operations_carry_their_own_justification() -> None:
    """R29: each optional operation is asked for separately, and white space asks for nothing."""
    stated = intake(revoke_sessions_because="Left signed in at a hotel", reset_password_because="  ")
    plan = make_plan(account(), scope_of(stated, account()))
    assert plan.has(Kind.REVOKE_SESSIONS)
    assert not plan.has(Kind.RESET_PASSWORD)
    assert make_plan(account(), scope_of(WITH_PASSWORD, account())).has(Kind.RESET_PASSWORD)
    assert not make_plan(account(), scope_of(WITH_PASSWORD, account())).has(Kind.REVOKE_SESSIONS)


def test_every_kind_of_factor_is_wiped() -> None:
    """B02, R12: codes, trusted browsers, app passwords and unknown kinds are in the plan like all others."""
    all_kinds = tuple(Factor(id=kind.value, kind=kind, label="x", enrolled_at=None) for kind in FactorKind)
    assert make_plan(account(factors=all_kinds), PLAIN).factor_ids == {kind.value for kind in FactorKind}


def test_hostile_plan_contains_first_and_enables_last() -> None:
    """R30: disable, revoke, wipe, invalidate the password, revoke again, and enable at enrolment."""
    plan = make_plan(account(), scope_of(HOSTILE, account()))
    assert [one.kind for one in plan.stage(Stage.CONTAIN)] == [Kind.DISABLE, Kind.REVOKE_SESSIONS]
    assert [one.kind for one in plan.stage(Stage.RESET)] == [
        Kind.WIPE_FACTORS, Kind.RESET_PASSWORD, Kind.REVOKE_SESSIONS, Kind.REQUIRE_ENROLMENT,
    ]  # fmt: skip
    assert [one.kind for one in plan.stage(Stage.COMPLETE)] == [Kind.ENABLE]
    assert plan.choose_password


@given(subjects, scopes)
def test_sessions_end_after_the_last_factor_is_gone(subject: Account, scope: Scope) -> None:
    """R30, B15: a session opened between revocation and wipe would survive; so the browser alone comes later."""
    order = [one.kind for one in make_plan(subject, scope).stage(Stage.RESET)]
    assert order[-1] is Kind.REQUIRE_ENROLMENT
    if Kind.REVOKE_SESSIONS in order:
        assert order[-2] is Kind.REVOKE_SESSIONS


@pytest.mark.parametrize("enforcement", [Enforcement.OPTIONAL, Enforcement.EXEMPT])
def test_unenforced_account_stays_disabled_meanwhile(enforcement: Enforcement) -> None:
    """R35: where enrolment could be skipped the account is disabled first and enabled last."""
    assert kinds(account(enforcement=enforcement)) == [
        Kind.DISABLE, Kind.WIPE_FACTORS, Kind.REQUIRE_ENROLMENT, Kind.ENABLE,
    ]  # fmt: skip


BY_OTHERS = {"status": AccountStatus.DISABLED, "held_by_recovery": False}


@given(subjects.map(lambda one: one.model_copy(update=BY_OTHERS)), scopes)
def test_disabled_account_is_never_enabled(subject: Account, scope: Scope) -> None:
    """B17: what was disabled before the case stays so."""
    assert not make_plan(subject, scope).has(Kind.ENABLE)


def test_locked_account_is_opened_by_the_next_enrolment() -> None:
    """R37: what an enrolment window locked, the next case's enrolment opens."""
    assert kinds(account(status=AccountStatus.LOCKED, held_by_recovery=True))[-1] is Kind.ENABLE
    assert Kind.ENABLE not in kinds(account(status=AccountStatus.LOCKED))


@given(subjects, scopes, st.randoms(use_true_random=False))
def test_digest_does_not_depend_on_order(subject: Account, scope: Scope, random: object) -> None:
    """R20: the same factors and contacts in another order are the same plan."""
    shuffled_factors, shuffled_contacts = list(subject.factors), list(subject.contacts)
    random.shuffle(shuffled_factors)  # type: ignore[attr-defined]
    random.shuffle(shuffled_contacts)  # type: ignore[attr-defined]
    other = subject.model_copy(update={"factors": tuple(shuffled_factors), "contacts": tuple(shuffled_contacts)})
    assert make_plan(other, scope).digest() == make_plan(subject, scope).digest()


@given(subjects, subjects, scopes, scopes)
def test_digest_changes_iff_the_essence_does(one: Account, other: Account, scope: Scope, elsewhere: Scope) -> None:
    """R20, B07: factors, contacts, operations and subject are all the digest sees, and it sees each."""
    same = make_plan(one, scope).digest() == make_plan(other, elsewhere).digest()
    assert same == (essence(one, scope) == essence(other, elsewhere))


@pytest.mark.parametrize(
    "change",
    [
        {"factors": (TOTP, CODES)},
        {"factors": ()},
        {"factors": (TOTP.model_copy(update={"id": "f-new"}),)},
        {"contacts": (DESK,)},
        {"contacts": (DESK, MOBILE.model_copy(update={"value": "+49 170 2"}))},
        {"id": "lee"},
        {"enforcement": Enforcement.OPTIONAL},
    ],
)
def test_each_change_changes_the_digest(change: dict[str, object]) -> None:
    """R20, B07: one factor more, less or other, another contact, another subject, another operation."""
    before = account(contacts=(DESK, MOBILE))
    assert make_plan(before, PLAIN).digest() != make_plan(before.model_copy(update=change), PLAIN).digest()


@pytest.mark.parametrize(
    "change",
    [{"sessions": 9}, {"signals": ("new_device",)}, {"login": "kim2"}, {"display_name": "K"}, {"backup_codes_left": 3}],
)
def test_what_nobody_vouched_for_changes_nothing(change: dict[str, object]) -> None:
    """R20: facts that the plan was not made from leave the verdicts alone."""
    assert make_plan(account(), PLAIN).digest() == make_plan(account(**change), PLAIN).digest()


@given(subjects, scopes)
def test_each_operation_has_a_name_of_its_own(subject: Account, scope: Scope) -> None:
    """R33: a key names one effect of its case, or the same effect twice would be done once."""
    keys = [one.key for one in make_plan(subject, scope).operations]
    assert len(keys) == len(set(keys))


asked = st.sampled_from(["", "Because of this"])
stated = st.builds(
    intake,
    st.sampled_from([one for one in Reason if one not in {Reason.CHANGE_AUTHENTICATOR_APP, Reason.MFA_POLICY_CHANGED}]),
    password_compromised=st.sampled_from(["yes", "no", "unknown"]),
    revoke_sessions_because=asked,
    reset_password_because=asked,
)


@given(subjects, stated, st.booleans())
def test_unchanged_account_needs_no_new_plan(subject: Account, said: object, contained: bool) -> None:
    """R20: an unchanged account gives the same plan in every scope, also when a hostile case has disabled it."""
    this = case(about=subject, stated=said)  # type: ignore[arg-type]
    now = subject
    if this.hostile and contained:
        this = this.model_copy(update={"contained_at": after(hours=1)})
        now = subject.model_copy(update={"status": AccountStatus.DISABLED, "held_by_recovery": True, "sessions": 0})
    assert replan(this, now).digest() == this.plan.digest()


@given(subjects)
def test_second_new_plan_after_containment_still_enables(subject: Account) -> None:
    """R20, R30: a plan made anew while the account is contained enables it, however often that happens."""
    this = case(about=subject, stated=HOSTILE, contained_at=after(hours=1))
    for extra in ("f-late", "f-later"):
        added = Factor(id=extra, kind=FactorKind.SMS, label="x", enrolled_at=OPENED)
        now = this.snapshot.model_copy(
            update={
                "status": AccountStatus.DISABLED,
                "held_by_recovery": True,
                "factors": (*this.snapshot.factors, added),
            }
        )
        plan = replan(this, now)
        assert plan.digest() != this.plan.digest()
        assert plan.has(Kind.ENABLE)
        this = this.model_copy(update={"snapshot": now, "plan": plan})
        assert replan(this, now).digest() == plan.digest()


def test_factors_left_are_named() -> None:
    """R31: planned ids that a fresh read still shows are named, and nothing enrolled since."""
    this = case(about=account(factors=(TOTP, CODES)))
    new = Factor(id="f-new", kind=FactorKind.TOTP, label="x", enrolled_at=OPENED + timedelta(hours=1))
    assert factors_left(this, account(factors=(CODES, new))) == ["f-codes"]
    assert factors_left(this, account(factors=(new,))) == []
