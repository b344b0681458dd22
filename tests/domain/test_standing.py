"""Who has stood long enough, and apart enough from the others (R21)."""

from __future__ import annotations

from datetime import timedelta

import pytest

from domain.account import Factor, FactorKind
from domain.acts import CancelBody, CancelReason, Verdict
from domain.people import Actor, Member
from domain.policy import verification
from domain.policy.doors import is_proved, may_decide
from domain.policy.judge import judge
from domain.policy.standing import factor_is_old_enough, has_an_old_factor, stands
from domain.policy.verification import counting, sufficient
from tests.domain.builders import (
    ADA,
    CLEO,
    DEV,
    account,
    after,
    case,
    case_file,
    execute_act,
    members,
    policy_with,
    presence_act,
    proof,
    provider_says,
    said,
    verdict,
)

NOW = after(hours=1, minutes=2)
WEEK = timedelta(days=7)
FRESH = NOW - WEEK + timedelta(microseconds=1)
OLD = NOW - WEEK


def with_standing(who: Actor, **standing: object) -> dict[str, Member]:
    """Everybody as usual, this one with another standing."""
    found = members()
    found[who.person_id] = found[who.person_id].model_copy(update=standing)
    return found


def code(who: Actor, **standing: object) -> str:
    """How a verdict of this approver is answered."""
    file = case_file(case(), (), NOW, with_standing(who, **standing))
    return may_decide(who, said(), file).code


@pytest.mark.parametrize(
    ("standing", "expected"),
    [
        ({"since": FRESH}, "role_too_young"),
        ({"since": OLD}, "allowed"),
        ({"since": FRESH, "founding": True}, "allowed"),
        ({"since": OLD, "recovered_at": FRESH}, "recovered_lately"),
        ({"founding": True, "recovered_at": FRESH}, "recovered_lately"),
        ({"since": OLD, "recovered_at": OLD}, "allowed"),
        ({"since": OLD, "granted_by": frozenset({ADA.person_id})}, "granter_on_the_case"),
        ({"since": OLD, "granted_by": frozenset({"person-ari"})}, "allowed"),
    ],
)
def test_young_roles_decide_nothing(standing: dict[str, object], expected: str) -> None:
    """R21: role and own recovery are seven days old to the instant, founding roles excepted; never with the granter."""
    assert code(CLEO, **standing) == expected


def test_granter_cannot_verify_for_whom_they_granted() -> None:
    """R21: it holds in both directions: who gave the agent their role does not verify their case."""
    found = members()
    found[ADA.person_id] = found[ADA.person_id].model_copy(update={"granted_by": frozenset({CLEO.person_id})})
    assert may_decide(CLEO, said(), case_file(case(), (), NOW, found)).code == "granter_on_the_case"


def test_the_young_may_still_stop_a_case() -> None:
    """R21: nobody is too young to cancel, to deny or to doubt."""
    body = CancelBody(reason=CancelReason.SUSPICIOUS)
    found = with_standing(ADA, since=FRESH)
    assert may_decide(ADA, body, case_file(case(), (), NOW, found)).allowed
    young = with_standing(CLEO, since=FRESH)
    for concluded in (Verdict.FAILED, Verdict.UNCERTAIN):
        assert may_decide(CLEO, said(verdict=concluded), case_file(case(), (), NOW, young)).allowed


def test_young_factor_proves_nothing() -> None:
    """R16, R21: a step-up with a factor of this week or of unknown age does not count, at the door and when judged."""
    of, body = case(), said()
    given = proof(of, CLEO, body, NOW, factor_enrolled_at=FRESH)
    old = proof(of, CLEO, body, NOW, factor_enrolled_at=OLD)
    unknown = proof(of, CLEO, body, NOW, factor_enrolled_at=None)
    file = case_file(of, (), NOW)
    assert is_proved(CLEO, body, given, file).code == "factor_too_young"
    assert is_proved(CLEO, body, old, file).allowed
    assert is_proved(CLEO, body, unknown, file).code == "factor_too_young"
    fresh = proof(of, CLEO, body, after(hours=1), factor_enrolled_at=FRESH)
    act = verdict(of, CLEO).model_copy(update={"proof": fresh})
    assert counting(case_file(of, [act], people=members())) == []
    assert verification.given(of, [act]) == [act]


def test_founders_factors_count_while_the_tenant_is_as_young() -> None:
    """R21: at the founding nobody's factor could be older; a week later a founder's new factor is young again."""
    policy = policy_with()
    given = proof(case(), CLEO, said(), NOW, factor_enrolled_at=FRESH)
    founder = members()[CLEO.person_id].model_copy(update={"founding": True, "since": FRESH})
    assert factor_is_old_enough(given, founder, now=NOW, policy=policy).allowed
    unknown = proof(case(), CLEO, said(), NOW, factor_enrolled_at=None)
    assert factor_is_old_enough(unknown, founder, now=NOW, policy=policy).allowed
    later = founder.model_copy(update={"since": OLD})
    assert not factor_is_old_enough(given, later, now=NOW, policy=policy).allowed


def test_agent_without_an_old_factor_opens_nothing() -> None:
    """R21: one factor of the agent must be old enough; what only accompanies one does not count."""
    policy, agent = policy_with(), members()[ADA.person_id]
    young = Factor(id="f1", kind=FactorKind.TOTP, label="New", enrolled_at=FRESH)
    codes = Factor(id="f2", kind=FactorKind.BACKUP_CODES, label="Codes", enrolled_at=OLD)
    refused = has_an_old_factor(account(factors=(young, codes)), agent, now=NOW, policy=policy)
    assert refused.code == "factor_too_young"
    assert has_an_old_factor(account(), agent, now=NOW, policy=policy).allowed


def test_two_verdicts_by_somebody_and_their_granter_count_once() -> None:
    """R21: of two approvers of whom one gave the other the role, only the first verdict counts."""
    of = case()
    acts = [verdict(of, CLEO), verdict(of, DEV, at=after(hours=1, minutes=1))]
    granted = with_standing(DEV, granted_by=frozenset({CLEO.person_id}))
    assert [one.actor for one in counting(case_file(of, acts, people=granted))] == [CLEO]
    assert len(counting(case_file(of, acts, people=members()))) == 2


def test_role_lost_and_given_again_does_not_bring_a_verdict_back() -> None:
    """R21: a verdict counts only if the role it stands on was old enough when it was given."""
    of = case()
    acts = [verdict(of, CLEO)]
    assert sufficient(case_file(of, acts, NOW, members()))
    assert not sufficient(case_file(of, acts, NOW, with_standing(CLEO, since=after(minutes=90))))


def test_young_acting_admin_is_judged_against() -> None:
    """R21, R34: the judge looks at the acting admin's standing once more."""
    of = case()
    acts = [verdict(of, CLEO), presence_act(of), execute_act(of)]

    def judged(standing: dict[str, Member]) -> str:
        return judge(case_file(of, acts, NOW, standing), provider_says(NOW)).code

    assert judged(members()) == "allowed"
    assert judged(with_standing(ADA, since=FRESH)) == "role_too_young"
    assert judged(with_standing(ADA, recovered_at=FRESH)) == "recovered_lately"


def test_policy_may_ask_for_longer() -> None:
    """R21: a tenant may ask for more than seven days."""
    policy = policy_with(verification={"young_days": 30})
    member = members()[CLEO.person_id].model_copy(update={"since": NOW - timedelta(days=29)})
    assert stands(member, [], now=NOW, policy=policy).code == "role_too_young"
