"""Whose verdicts count and when they are enough (R13, R18 to R21)."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.acts import Act, Method, Verdict
from domain.case import Case
from domain.people import Actor, Role, Tier
from domain.policy.document import StepUpPolicy
from domain.policy.requirement import requirement_of
from domain.policy.verification import (
    complete_until,
    counting,
    denied,
    enough,
    may_give_verdict,
    may_verify,
    sufficient,
    uncertain,
)
from tests.domain.builders import (
    ADA,
    BO,
    CLEO,
    DESK,
    DEV,
    HOSTILE,
    SOL,
    WITH_PASSWORD,
    account,
    actor,
    after,
    case,
    case_file,
    members,
    policy_with,
    said,
    verdict,
    verification,
)

NOW = after(hours=2)
IN_PERSON, CALLBACK, VIDEO, TICKET = Method.IN_PERSON, Method.CALLBACK, Method.VIDEO_CALL, Method.CORROBORATING_TICKET
OTHER_DESK = DESK.model_copy(update={"id": "c-desk-2", "value": "+49 30 9"})
TIERS: dict[str, dict[str, Any]] = {
    "standard": {},
    "privileged": {"tier": Tier.PRIVILEGED},
    "password": {"stated": WITH_PASSWORD},
    "hostile": {"stated": HOSTILE},
    "privileged password": {"tier": Tier.PRIVILEGED, "stated": WITH_PASSWORD},
}


def is_enough(of: Case, *given_by: tuple[Actor, Method]) -> bool:
    """Whether these verdicts, all within the hour, are sufficient."""
    acts = [verdict(of, by, method, after(hours=1, minutes=n)) for n, (by, method) in enumerate(given_by)]
    return sufficient(case_file(of, acts, NOW))


# Who


def test_who_may_verify() -> None:
    """R13: an approver, and neither the agent nor the subject, by whichever login (B05)."""
    of = case()
    assert may_verify(CLEO, of).allowed
    assert may_verify(ADA, of).code == "role_missing"
    assert may_verify(actor("ada", Role.APPROVER), of).code == "agent_cannot_approve"
    assert may_verify(actor("ada-2", Role.APPROVER, person="person-ada"), of).code == "agent_cannot_approve"
    assert may_verify(actor("kim", Role.APPROVER, person="someone"), of).code == "own_case"
    assert may_verify(actor("kim-2", Role.APPROVER, person="person-kim"), of).code == "own_case"


@pytest.mark.parametrize("role", [one for one in Role if one is not Role.APPROVER])
def test_other_roles_do_not_verify(role: Role) -> None:
    """R13: security and administrators are not approvers by themselves."""
    assert may_verify(actor("x", role), case()).code == "role_missing"


def test_three_people_where_policy_asks() -> None:
    """R13: then the acting admin does not verify either."""
    for policy, code in [(policy_with(), "allowed"), (verification(three_people=True), "acting_admin_cannot_approve")]:
        assert may_verify(BO, case(acting_admin=BO, policy=policy)).code == code


people = st.builds(
    Actor,
    account_id=st.sampled_from(["kim", "ada", "x", "y"]),
    person_id=st.sampled_from(["person-kim", "person-ada", "person-x"]),
    roles=st.frozensets(st.sampled_from(Role)).map(lambda roles: roles | {Role.APPROVER}),
)


@given(people, people, st.sampled_from(sorted(TIERS)), st.sampled_from([IN_PERSON, VIDEO, TICKET]))
def test_nobody_counts_in_their_own_case(by: Actor, agent: Actor, tier: str, method: Method) -> None:
    """R6, R13, B05: no verdict of the subject or the agent ever counts, by any login."""
    of = case(**TIERS[tier], agent=agent)
    involved = by.person_id in {"person-kim", agent.person_id} or by.account_id == "kim"
    given_verdict = verdict(of, by, method)
    asked = may_give_verdict(actor=by, case=of, acts=[], body=said(method), now=NOW)
    if involved:
        assert counting(case_file(of, [given_verdict])) == []
        assert not asked.allowed
    else:
        assert may_verify(by, of).allowed


# How much


@pytest.mark.parametrize(
    ("tier", "enough"),
    [
        ("standard", {"1 strong", "2 strong+weak", "1 weak+weak", "2 weak+weak"}),
        ("password", {"2 strong+weak", "2 weak+weak"}),
        ("hostile", {"2 strong+weak", "2 weak+weak"}),
        ("privileged", {"2 strong+weak"}),
        ("privileged password", {"2 strong+weak"}),
    ],
)
def test_how_much_is_enough(tier: str, enough: set[str]) -> None:
    """R19: the table of the runbook, row by row; the figure is how many people gave them."""
    of = case(**TIERS[tier])
    tried = {
        "1 weak": [(CLEO, CALLBACK)],
        "1 strong": [(CLEO, IN_PERSON)],
        "2 strong+weak": [(CLEO, IN_PERSON), (DEV, CALLBACK)],
        "1 weak+weak": [(CLEO, CALLBACK), (CLEO, VIDEO)],
        "2 weak+weak": [(CLEO, CALLBACK), (DEV, TICKET)],
        "2 same method": [(CLEO, VIDEO), (DEV, VIDEO)],
        "2 same number": [(CLEO, CALLBACK), (DEV, CALLBACK)],
    }
    assert {name for name, given_by in tried.items() if is_enough(of, *given_by)} == enough


def test_two_logins_are_one_person() -> None:
    """R19, B05: a second login of the first approver is not a second person."""
    of = case(tier=Tier.PRIVILEGED)
    again = actor("cleo-2", Role.APPROVER, person="person-cleo")
    assert not is_enough(of, (CLEO, IN_PERSON), (again, CALLBACK))


def test_manager_as_approver_is_not_the_second_person() -> None:
    """R14, R19: a ticket by the other approver is one person's word twice."""
    mara = actor("mara", Role.APPROVER)
    for tier in ("privileged", "password", "hostile"):
        of = case(**TIERS[tier])
        assert not is_enough(of, (mara, IN_PERSON), (DEV, TICKET))
        assert is_enough(of, (CLEO, IN_PERSON), (DEV, TICKET))


def test_two_numbers_are_still_one_method() -> None:
    """R19: two calls, even to two numbers, are one method."""
    of = case(about=account(contacts=(DESK, OTHER_DESK)))
    acts = [
        verdict(of, CLEO, CALLBACK),
        verdict(of, DEV, CALLBACK, after(hours=1, minutes=5), contact_id=OTHER_DESK.id),
    ]
    assert len(counting(case_file(of, acts))) == 2
    assert not sufficient(case_file(of, acts, NOW))


def test_two_methods_over_one_number_are_one_channel() -> None:
    """R19: different methods count only on different channels."""
    of = case(about=account(contacts=(DESK, OTHER_DESK)))
    call = verdict(of, CLEO, CALLBACK)
    assert not enough(of, [call, verdict(of, DEV, CALLBACK)])
    assert enough(of, [call, verdict(of, DEV, Method.RECOVERY_CONTACT, author_id="uma")])


def test_one_voucher_counts_once() -> None:
    """R14, R19: a voucher's ticket and the same person's word as recovery contact are one ground to stand on."""
    of = case()
    ticket = verdict(of, CLEO, Method.CORROBORATING_TICKET)
    assert not enough(of, [ticket, verdict(of, DEV, Method.RECOVERY_CONTACT, author_id="mara")])
    assert enough(of, [ticket, verdict(of, DEV, Method.RECOVERY_CONTACT, author_id="uma")])


def test_tenant_may_lower_only_the_standard_tier() -> None:
    """R19: one method is enough for a standard case then, and the case says so; for nothing else."""
    policy = verification(standard_methods=1)
    assert is_enough(case(policy=policy), (CLEO, CALLBACK))
    assert "lowered" in str(requirement_of(case(policy=policy)).in_words())
    for tier in ("privileged", "password", "hostile"):
        assert not is_enough(case(policy=policy, **TIERS[tier]), (CLEO, IN_PERSON))


def test_tenant_that_asks_for_more_gets_more_in_every_tier() -> None:
    """R19: where a plain case needs three methods, a more dangerous one does not get by with two."""
    policy = verification(standard_methods=3)
    for changes in TIERS.values():
        of = case(policy=policy, **changes)
        assert not is_enough(of, (CLEO, IN_PERSON), (DEV, CALLBACK))
        assert is_enough(of, (CLEO, IN_PERSON), (DEV, CALLBACK), (DEV, VIDEO))
        assert "3 methods" in str(requirement_of(of).in_words())


approvers = st.sampled_from(
    [CLEO, DEV, BO, actor("cleo-2", Role.APPROVER, person="person-cleo"), actor("mara", Role.APPROVER)]
)
methods = st.sampled_from([IN_PERSON, CALLBACK, VIDEO, TICKET])
hours = st.integers(0, 100)
Given = list[tuple[Actor, Method, int, Verdict, str]]
verdicts = st.lists(
    st.tuples(approvers, methods, hours, st.sampled_from(Verdict), st.sampled_from([DESK.id, OTHER_DESK.id])),
    max_size=6,
)
wanted = st.sampled_from([1, 2, 3])


def acts_of(of: Case, given_by: Given) -> list[Act]:
    """These verdicts in the order of their time."""
    found = []
    for n, (by, method, hour, concluded, number) in enumerate(sorted(given_by, key=lambda one: one[2])):
        more = {"contact_id": number} if method is CALLBACK else {}
        found.append(verdict(of, by, method, after(hours=hour), concluded=concluded, seq=n + 2, **more))
    return found


def tiered(tier: str, methods_wanted: int) -> Case:
    """A case of that tier with two desk phones on record."""
    return case(
        about=account(contacts=(DESK, OTHER_DESK)), policy=verification(standard_methods=methods_wanted), **TIERS[tier]
    )


@given(verdicts, hours, wanted)
def test_more_risk_never_needs_less(given_by: Given, hour: int, methods_wanted: int) -> None:
    """R19: what is enough for a privileged subject or with a password is enough for a plain case."""
    plain, password = tiered("standard", methods_wanted), tiered("password", methods_wanted)
    privileged, both = tiered("privileged", methods_wanted), tiered("privileged password", methods_wanted)
    held = {
        id(of): sufficient(case_file(of, acts_of(of, given_by), after(hours=hour)))
        for of in (plain, password, privileged, both)
    }
    assert held[id(plain)] or not held[id(password)]
    assert held[id(password)] or not held[id(privileged)]
    assert held[id(privileged)] == held[id(both)]


@given(verdicts, st.tuples(approvers, methods, hours), hours, st.builds(tiered, st.sampled_from(sorted(TIERS)), wanted))
def test_one_more_verified_verdict_never_hurts(
    given_by: Given, further: tuple[Actor, Method, int], hour: int, of: Case
) -> None:
    """R18, R19: only `uncertain` and `failed` take anything away."""
    by, method, at = further
    acts = acts_of(of, given_by)
    more = [*acts, verdict(of, by, method, after(hours=at), seq=99)]
    now = after(hours=hour)
    assert sufficient(case_file(of, more, now)) or not sufficient(case_file(of, acts, now))
    before, then = complete_until(case_file(of, acts, now)), complete_until(case_file(of, more, now))
    assert before is None or (then is not None and then >= before)


@given(verdicts, hours, st.sampled_from(sorted(TIERS)), wanted)
def test_enough_means_what_the_runbook_says(given_by: Given, hour: int, tier: str, methods_wanted: int) -> None:
    """R19, R21: said once more in plain words: fresh, so many methods, so many people, one strong."""
    of = tiered(tier, methods_wanted)
    acts, now = acts_of(of, given_by), after(hours=hour)
    if not sufficient(case_file(of, acts, now)):
        return
    usable = [
        act
        for act in acts
        if act.body.verdict is Verdict.VERIFIED and act.at > now - timedelta(hours=96)  # type: ignore[union-attr]
    ]
    found = {act.body.method for act in usable}  # type: ignore[union-attr]
    assert any(act.at > now - timedelta(hours=24) for act in usable)
    assert len(found) >= (methods_wanted if methods_wanted != 2 or IN_PERSON not in found else 1)
    if tier != "standard":
        assert len({act.actor.person_id for act in usable if act.actor}) >= 2
        assert len(found) >= 2
    if "privileged" in tier:
        assert IN_PERSON in found


# Uncertain and failed


def test_failed_ends_the_case_whatever_else_was_said() -> None:
    """R18: also where the plan has changed since, and where others have verified."""
    of = case()
    failed = verdict(of, DEV, VIDEO, concluded=Verdict.FAILED)
    newer = of.model_copy(update={"plan": case(about=account(factors=())).plan})
    assert denied(newer, [verdict(newer), failed])
    assert not denied(of, [verdict(of), verdict(of, DEV, VIDEO, concluded=Verdict.UNCERTAIN)])


def test_uncertain_blocks_until_answered_by_another_method() -> None:
    """R18: neither an earlier verdict nor the same method again answers a doubt."""
    of = case()
    doubt = verdict(of, DEV, VIDEO, after(hours=1), concluded=Verdict.UNCERTAIN)
    earlier, same = (
        verdict(of, CLEO, IN_PERSON, after(minutes=30)),
        verdict(of, CLEO, VIDEO, after(hours=1, minutes=10)),
    )
    later = verdict(of, CLEO, CALLBACK, after(hours=1, minutes=20))
    assert not sufficient(case_file(of, [earlier, doubt], NOW))
    assert not sufficient(case_file(of, [earlier, doubt, same], NOW))
    assert sufficient(case_file(of, [earlier, doubt, later], NOW))


def test_doubt_is_not_answered_by_somebody_who_lost_the_role() -> None:
    """R18, R21: the answer must itself count."""
    of = case()
    acts = [
        verdict(of, CLEO, CALLBACK, after(minutes=10)),
        verdict(of, CLEO, TICKET, after(minutes=20)),
        verdict(of, BO, VIDEO, after(minutes=30), concluded=Verdict.UNCERTAIN),
        verdict(of, DEV, IN_PERSON, after(minutes=40)),
    ]
    assert sufficient(case_file(of, acts, NOW, members()))
    assert not sufficient(case_file(of, acts, NOW, members(CLEO, BO, ADA)))
    assert uncertain(case_file(of, acts, people=members(CLEO, BO, ADA)))


# Bound to the plan, the people and the clock


@pytest.mark.parametrize(
    "change",
    [{"factors": ()}, {"contacts": (DESK,)}, {"enforcement": "optional"}, {"manager_id": "another"}],
)
def test_verdicts_die_with_their_plan(change: dict[str, object]) -> None:
    """R20, B07: another factor, contact or operation, and nobody has verified anything."""
    of = case()
    other = of.model_copy(update={"plan": case(about=account(**change)).plan})
    assert sufficient(case_file(of, [verdict(of)], NOW))
    assert counting(case_file(other, [verdict(of)])) == []


def test_asking_for_more_voids_the_verdicts() -> None:
    """B07: a password reset added to the plan is another plan."""
    of = case()
    assert counting(case_file(of.model_copy(update={"plan": case(stated=WITH_PASSWORD).plan}), [verdict(of)])) == []


@pytest.mark.parametrize(
    ("now", "held"),
    [
        (after(hours=1), True),
        (after(hours=25, microseconds=-1), True),
        (after(hours=25), False),
        (after(hours=80), False),
    ],
)
def test_verdict_goes_stale_after_a_day(now: object, held: bool) -> None:
    """R21: 24 hours to the instant."""
    of = case()
    assert sufficient(case_file(of, [verdict(of, at=after(hours=1))], now)) is held  # type: ignore[arg-type]


@pytest.mark.parametrize(("gap", "held"), [(timedelta(hours=72), True), (timedelta(hours=72, microseconds=1), False)])
def test_verdict_waits_three_days_for_its_companion(gap: timedelta, held: bool) -> None:
    """R21: 72 hours to the instant while another is missing, and 24 from then on."""
    of = case(stated=WITH_PASSWORD, policy=policy_with(case_hours=200))
    first = verdict(of, CLEO, CALLBACK, after(hours=1))
    second = verdict(of, DEV, VIDEO, after(hours=1) + gap)
    assert sufficient(case_file(of, [first, second], second.at)) is held
    assert not sufficient(case_file(of, [first, second], second.at + timedelta(hours=24)))


def test_verdict_that_was_not_needed_prolongs_nothing() -> None:
    """R21: two people have verified; a third verdict days later does not make theirs fresh again."""
    of = case(tier=Tier.PRIVILEGED, about=account(contacts=(DESK, OTHER_DESK)))
    complete = [verdict(of, CLEO, IN_PERSON, after(hours=1)), verdict(of, DEV, CALLBACK, after(hours=2))]
    beside = verdict(of, CLEO, CALLBACK, after(hours=70), contact_id=OTHER_DESK.id)
    assert sufficient(case_file(of, [*complete, beside], after(hours=25)))
    assert not sufficient(case_file(of, [*complete, beside], after(hours=71)))


def test_weak_verdict_today_renews_a_strong_one_of_yesterday() -> None:
    """R19, R21: two methods on different channels are enough, and not the less because one of them is strong."""
    of = case()
    acts = [verdict(of, CLEO, IN_PERSON, after(hours=1)), verdict(of, DEV, CALLBACK, after(hours=31))]
    assert sufficient(case_file(of, acts, after(hours=32)))


def test_stale_verdict_may_be_given_anew() -> None:
    """R21: who verified yesterday as an approver may again today by the same method, and not within the day (R19)."""
    of = case()
    old = verdict(of, CLEO, IN_PERSON, after(hours=1))
    for now, code in [(after(hours=25, microseconds=-1), "verdict_already_given"), (after(hours=25), "allowed")]:
        assert may_give_verdict(actor=CLEO, case=of, acts=[old], body=said(IN_PERSON), now=now).code == code


def test_second_login_does_not_repeat_a_method() -> None:
    """R19: the method counts once for the person, not once for the login."""
    of, again = case(), actor("cleo-2", Role.APPROVER, person="person-cleo")
    decision = may_give_verdict(actor=again, case=of, acts=[verdict(of, CLEO, VIDEO)], body=said(VIDEO), now=NOW)
    assert decision.code == "verdict_already_given"


@pytest.mark.parametrize(
    "now_members",
    [
        members(ADA, DEV),
        members(ADA, actor("cleo", Role.AGENT)),
        members(ADA, CLEO, inactive=["person-cleo"]),
        members(ADA, actor("cleo", Role.SECURITY, Role.ADMIN)),
    ],
)
def test_lost_role_takes_the_verdict_along(now_members: object) -> None:
    """R21, B17: left, moved to another role or disabled, an approver's verdict no longer counts."""
    of = case()
    assert sufficient(case_file(of, [verdict(of)], NOW, members()))
    assert not sufficient(case_file(of, [verdict(of)], NOW, now_members))  # type: ignore[arg-type]


def test_verdict_without_step_up_does_not_count() -> None:
    """R28: unless the tenant has switched step-up off."""
    of = case()
    assert counting(case_file(of, [verdict(of, proved=None)])) == []
    off = case(policy=policy_with(step_up=StepUpPolicy(required=False)))
    assert len(counting(case_file(off, [verdict(off, proved=None)]))) == 1


def test_tightened_policy_looks_at_the_evidence_again() -> None:
    """R34: a number old enough when the case opened is not, where policy has asked for more since."""
    of = case(about=account(contacts=(DESK.model_copy(update={"bound_since": after(days=-20)}),)))
    given_by = [verdict(of, CLEO, CALLBACK), verdict(of, CLEO, VIDEO, after(hours=1, minutes=1))]
    assert sufficient(case_file(of, given_by, NOW))
    assert not sufficient(case_file(of.model_copy(update={"policy": verification(contact_age_days=60)}), given_by, NOW))


def test_evidence_that_the_rules_refuse_never_counts() -> None:
    """R15, R17: not even where a door let it through."""
    of = case()
    acts = [
        verdict(of, CLEO, Method.KNOWLEDGE_QUESTION),
        verdict(of, DEV, IN_PERSON, seen="ok"),
        verdict(of, SOL, IN_PERSON),
    ]
    assert counting(case_file(of, acts)) == []
