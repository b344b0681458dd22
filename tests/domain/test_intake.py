"""Who may open a case about whom, and what its plan then holds (R1 to R9)."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from domain.account import AccountStatus, Factor, FactorKind
from domain.case import Compromised, Intake, Reason
from domain.people import Actor, Role, Tier
from domain.policy.document import EnrolmentPolicy
from domain.policy.intake import COMPROMISE_SIGNALS, may_open, one_match, scope_of, tier_of
from tests.domain.builders import ADA, HOSTILE, OPENED, SOL, account, actor, intake, policy_with

NOBODY: frozenset[Role] = frozenset()


def opening(**changes: object) -> str:
    """The code with which opening is answered."""
    facts: dict[str, object] = {
        "actor": ADA, "subject": account(), "subject_roles": NOBODY, "intake": intake(), "policy": policy_with(),
    }  # fmt: skip
    return may_open(**(facts | changes)).code  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "reason", [one for one in Reason if one not in {Reason.CHANGE_AUTHENTICATOR_APP, Reason.MFA_POLICY_CHANGED}]
)
def test_every_served_reason_opens_a_case(reason: Reason) -> None:
    """R1: a lost, wiped, broken or stolen device opens a case."""
    key = Factor(id="f-key", kind=FactorKind.WEBAUTHN, label="Key", enrolled_at=OPENED)
    assert opening(subject=account(factors=(key,)), intake=intake(reason)) == "allowed"


def test_the_need_must_be_stated() -> None:
    """R1: without the statement that the subject cannot complete MFA there is no case."""
    assert opening(intake=intake(cannot_complete_mfa=False)) == "mfa_still_works"


@pytest.mark.parametrize(
    ("count", "code"), [(0, "subject_not_found"), (1, "allowed"), (2, "subject_ambiguous"), (40, "subject_ambiguous")]
)
def test_exactly_one_match(count: int, code: str) -> None:
    """R2, B06: nobody and more than one are refused."""
    assert one_match(count).code == code


def test_wish_for_another_app_is_refused() -> None:
    """R3: changing the authenticator app is done from the profile."""
    assert opening(intake=intake(Reason.CHANGE_AUTHENTICATOR_APP)) == "change_app_from_profile"


def test_changed_policy_is_refused() -> None:
    """R4: a changed MFA policy needs a campaign."""
    assert opening(intake=intake(Reason.MFA_POLICY_CHANGED)) == "policy_change_needs_campaign"


def test_nobody_opens_about_themselves() -> None:
    """R6: not by the same login, and not by another login of the same person (B05)."""
    assert opening(actor=actor("kim", Role.AGENT)) == "own_case"
    assert opening(actor=actor("kim-work", Role.AGENT, person="person-kim")) == "own_case"


@pytest.mark.parametrize("role", [one for one in Role if one is not Role.AGENT])
def test_only_an_agent_opens(role: Role) -> None:
    """R6: every other role is refused."""
    assert opening(actor=actor("x", role)) == "role_missing"


@pytest.mark.parametrize(
    ("subject_roles", "directory_roles"),
    [({Role.SECURITY}, ()), ({Role.ADMIN}, ()), (set(), ("mail_admin",)), (set(), ("admin", "staff")), (set(), None)],
)
def test_lower_role_cannot_reset_a_higher_one(
    subject_roles: set[Role], directory_roles: tuple[str, ...] | None
) -> None:
    """R6: security, administrators anywhere, and subjects whose privilege cannot be read, outrank an agent."""
    facts = {"subject": account(roles=directory_roles), "subject_roles": frozenset(subject_roles)}
    assert opening(**facts) == "subject_outranks_agent"
    if Role.ADMIN not in subject_roles:
        assert opening(actor=SOL, **facts) == "allowed"


@pytest.mark.parametrize("role", list(Role))
def test_whoever_holds_a_role_here_is_privileged(role: Role) -> None:
    """R6: every role of the product makes its holder privileged."""
    assert tier_of(account(), frozenset({role}), policy_with()) is Tier.PRIVILEGED


@pytest.mark.parametrize("roles", [None, ("hr_admin",), ("staff", "telephony_admin")])
def test_administrators_and_unreadable_ones_are_privileged(roles: tuple[str, ...] | None) -> None:
    """R6: where privilege cannot be read the subject counts as privileged."""
    assert tier_of(account(roles=roles), NOBODY, policy_with()) is Tier.PRIVILEGED
    assert tier_of(account(roles=("staff",)), NOBODY, policy_with()) is Tier.STANDARD


def test_disabled_account_is_no_recovery() -> None:
    """B17: a disabled account is not enabled through a case; one that a recovery holds may have a new case (R37)."""
    assert opening(subject=account(status=AccountStatus.DISABLED)) == "subject_disabled"
    assert opening(subject=account(status=AccountStatus.LOCKED)) == "subject_locked"
    for status in (AccountStatus.DISABLED, AccountStatus.LOCKED):
        assert opening(subject=account(status=status, held_by_recovery=True)) == "allowed"


def test_reason_must_fit_the_account() -> None:
    """R1, R16: who has no security key has lost none, so the reason cannot make the lost phone's number count."""
    assert opening(intake=intake(Reason.LOST_SECURITY_KEY)) == "reason_contradicts_account"


@pytest.mark.parametrize(
    ("ticket", "code"), [(None, "ticket_malformed"), ("HD-1", "allowed"), ("HD-1 x", "ticket_malformed")]
)
def test_ticket_matches_the_pattern(ticket: str | None, code: str) -> None:
    """R7: the whole reference must match the tenant's pattern."""
    assert opening(policy=policy_with(ticket_pattern=r"HD-\d+"), intake=intake(ticket=ticket)) == code


def test_unreadable_ticket_pattern_is_no_policy() -> None:
    """R7: a pattern that cannot be compiled is refused when it is set, not at every intake."""
    with pytest.raises(ValidationError):
        policy_with(ticket_pattern="(")


@pytest.mark.parametrize("kinds", [[], ["backup_codes"], ["totp", "trusted_browser"]])
def test_floor_of_allowed_kinds(kinds: list[str]) -> None:
    """R26, R38: a tenant cannot allow nothing, nor what only accompanies a factor."""
    with pytest.raises(ValidationError):
        EnrolmentPolicy(allowed_kinds=frozenset(FactorKind(kind) for kind in kinds))


def test_compromise_must_be_answered() -> None:
    """R9: leaving the question out is not an answer."""
    with pytest.raises(ValidationError):
        Intake.model_validate({"reason": "lost_phone", "cannot_complete_mfa": True})


@pytest.mark.parametrize("signal", sorted(COMPROMISE_SIGNALS))
def test_no_is_refused_against_signals(signal: str) -> None:
    """R9: signals of a stolen password contradict a `no`."""
    subject = account(signals=(signal,))
    assert opening(subject=subject) == "password_signals_contradict"
    assert opening(subject=subject, intake=intake(password_compromised="unknown")) == "allowed"


@pytest.mark.parametrize(
    ("answer", "signals", "sessions", "password"),
    [
        ("no", (), False, False),
        ("unknown", (), True, False),
        ("unknown", ("password_breached",), True, True),
        ("unknown", ("contact_changed",), True, False),
        ("yes", (), True, True),
    ],
)
def test_what_the_answer_puts_into_the_plan(
    answer: str, signals: tuple[str, ...], sessions: bool, password: bool
) -> None:
    """R9: `yes` adds sessions and password, `unknown` the sessions, and the password where signals speak for it."""
    scope = scope_of(intake(password_compromised=answer), account(signals=signals))
    assert (scope.sessions is not None, scope.password is not None) == (sessions, password)


def test_hostile_scope_is_everything() -> None:
    """R30: with the device in other hands sessions and password are in, whatever was answered."""
    for answer in Compromised:
        scope = scope_of(HOSTILE.model_copy(update={"password_compromised": answer}), account())
        assert scope.hostile
        assert scope.sessions
        assert scope.password


@given(
    name=st.sampled_from(["kim", "ada", "x"]),
    person=st.sampled_from(["person-kim", "person-ada"]),
    roles=st.frozensets(st.sampled_from(Role)),
    reason=st.sampled_from(Reason),
    stated=st.booleans(),
    status=st.sampled_from(AccountStatus),
)
def test_allowed_only_if_everything_holds(
    *, name: str, person: str, roles: frozenset[Role], reason: Reason, stated: bool, status: AccountStatus
) -> None:
    """R1, R3, R4, R6: whatever is tried, an opened case meets each single condition."""
    who = Actor(account_id=name, person_id=person, roles=roles)
    if (
        opening(actor=who, subject=account(status=status), intake=intake(reason, cannot_complete_mfa=stated))
        == "allowed"
    ):
        assert Role.AGENT in roles
        assert name != "kim"
        assert person != "person-kim"
        assert stated
        assert reason not in {Reason.CHANGE_AUTHENTICATOR_APP, Reason.MFA_POLICY_CHANGED}
        assert status is not AccountStatus.DISABLED
