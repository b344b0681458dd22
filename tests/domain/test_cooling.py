"""Cooling-off: how long, from when, and who shortens it (R25)."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest

from domain.acts import (
    Act,
    BreakGlassBody,
    Delivery,
    ExecuteBody,
    Method,
    NoticeBody,
    PresenceBody,
    Ruling,
    RulingBody,
    Waiver,
)
from domain.case import Case, Reason
from domain.messages import Phase
from domain.people import Tier
from domain.policy.cooling import MANAGER, cooling_off, wanted_seconds
from domain.policy.document import Policy
from domain.policy.doors import may_decide
from domain.policy.judge import judge
from domain.policy.progress import progress
from tests.domain.builders import (
    ADA,
    BROWSER,
    CLEO,
    DESK,
    DEV,
    EMAIL,
    HOSTILE,
    MOBILE,
    OPENED,
    SOL,
    account,
    act,
    after,
    case,
    case_file,
    execute_act,
    intake,
    members,
    presence_act,
    provider_says,
    verdict,
)

WHY = "Nobody on record could be reached, and I know the person"


def cold(**changes: Any) -> Case:
    """A case under the default policy."""
    return case(policy=changes.pop("policy", Policy()), **changes)


def told(of: Case, contact: str = EMAIL.id, delivery: Delivery = Delivery.ACCEPTED, **at: float) -> Act:
    """A notice's fate."""
    body = NoticeBody(notice_id=UUID(int=7), occasion="opened", contact_id=contact, delivery=delivery)
    return act(of, body, None, after(**(at or {"minutes": 1})), proved=None)


def weak(of: Case) -> list[Act]:
    """Two methods of which none is strong."""
    return [verdict(of, CLEO, Method.CALLBACK), verdict(of, DEV, Method.CORROBORATING_TICKET)]


def test_how_long() -> None:
    """R25: half an hour without a strong method, four hours where privileged, none with a strong one."""
    of, privileged = cold(), cold(tier=Tier.PRIVILEGED)
    assert wanted_seconds(case_file(of, weak(of))) == 1800
    assert wanted_seconds(case_file(of, [verdict(of, CLEO)])) == 0
    assert wanted_seconds(case_file(privileged, [verdict(privileged, CLEO)])) == 14_400


def test_raised_threat_spares_nobody() -> None:
    """R41: under a raised threat a strong method spares no cooling-off, and the privileged one is twice as long."""
    raised = Policy(raised_threat=True)
    of, privileged = cold(policy=raised), cold(policy=raised, tier=Tier.PRIVILEGED)
    assert wanted_seconds(case_file(of, [verdict(of, CLEO)])) == 1800
    assert wanted_seconds(case_file(privileged, [])) == 28_800


@pytest.mark.parametrize(
    ("contact", "delivery", "code"),
    [
        (EMAIL.id, Delivery.ACCEPTED, "cooling_off"),
        (MANAGER, Delivery.ACCEPTED, "notice_awaited"),
        (EMAIL.id, Delivery.FAILED, "officer_decides_cooling_off"),
        (EMAIL.id, Delivery.UNKNOWN, "officer_decides_cooling_off"),
        (MOBILE.id, Delivery.ACCEPTED, "notice_awaited"),
        (DESK.id, Delivery.ACCEPTED, "notice_awaited"),
        ("c-elsewhere", Delivery.ACCEPTED, "notice_awaited"),
    ],
)
def test_only_a_clean_channel_counts(contact: str, delivery: Delivery, code: str) -> None:
    """R25: not the lost phone, not the number that was called, not the manager who vouched, nothing unconfirmed."""
    of = cold()
    assert cooling_off(case_file(of, [told(of, contact, delivery), *weak(of)])).code == code


def test_young_channel_does_not_count() -> None:
    """R16, R25: a mailbox that was changed last week reaches the thief who changed it."""
    young = EMAIL.model_copy(update={"bound_since": OPENED - timedelta(days=13)})
    of = cold(about=account(contacts=(DESK, MOBILE, young)))
    assert cooling_off(case_file(of, [told(of), *weak(of)])).code == "officer_decides_cooling_off"


def test_counted_from_the_first_accepted_notice() -> None:
    """R25: from the first notice accepted over a clean channel; a later one prolongs nothing."""
    of = cold()
    found = cooling_off(case_file(of, [told(of, minutes=2), told(of, minutes=50), *weak(of)]))
    assert found.until == after(minutes=32)
    assert not found.over(after(minutes=31))
    assert found.over(after(minutes=32))


def test_manager_counts_where_they_did_not_vouch() -> None:
    """R25: an old manager relation is a clean channel, a young one is none."""
    of = cold()
    others = [verdict(of, CLEO, Method.CALLBACK), verdict(of, DEV, Method.VIDEO_CALL)]
    assert cooling_off(case_file(of, [told(of, MANAGER), *others])).code == "cooling_off"
    young = cold(about=account(manager_since=OPENED - timedelta(days=3)))
    assert cooling_off(case_file(young, [told(young, MANAGER), *others])).code == "notice_awaited"


def test_the_case_waits_and_nothing_moves_on() -> None:
    """R25: until it is over neither presence nor the reset is taken, and the judge refuses as well."""
    of = cold()
    acts = [told(of, minutes=50), *weak(of)]
    now = after(minutes=62)
    where = progress(case_file(of, acts, now, members()))
    assert (where.phase, where.code, where.wake_at) == (Phase.COOLING_OFF, "cooling_off", after(minutes=80))
    file = case_file(of, acts, now)
    assert may_decide(CLEO, PresenceBody(presence_id=BROWSER), file).code == "cooling_off"
    assert may_decide(ADA, ExecuteBody(), file).code == "cooling_off"
    forced = [*acts, presence_act(of), execute_act(of)]
    refused = judge(case_file(of, forced, now, policy=Policy()), provider_says(now))
    assert refused.code == "cooling_off"
    assert progress(case_file(of, acts, after(minutes=80), members())).phase is Phase.PRESENCE


def test_present_policy_may_ask_for_longer() -> None:
    """R34: a cooling-off that was lengthened since the opening is judged too."""
    of = cold()
    acts = [told(of, minutes=20), *weak(of), presence_act(of), execute_act(of)]
    now = after(hours=1, minutes=3)

    def judged(policy: Policy) -> str:
        return judge(case_file(of, acts, now, policy=policy), provider_says(now)).code

    assert judged(Policy()) == "allowed"
    assert judged(Policy.model_validate({"cooling_off": {"weak_seconds": 7200}})) == "cooling_off"


def test_officer_decides_where_nobody_can_be_told() -> None:
    """R25: with no clean channel a security officer decides; where a notice arrived, nobody can."""
    of = cold(about=account(contacts=(MOBILE,), manager_id=None))
    acts = [verdict(of, CLEO, Method.VIDEO_CALL), verdict(of, DEV, Method.RECOVERY_CONTACT, author_id="uma")]
    ruling = RulingBody(ruling=Ruling.COOLING_OFF_OVER, because=WHY)
    assert may_decide(SOL, ruling, case_file(of, acts, after(hours=1, minutes=3))).allowed
    ruled = [*acts, act(of, ruling, SOL, after(hours=1, minutes=3))]
    assert cooling_off(case_file(of, ruled)).over(after(hours=1, minutes=3))
    reached = cold()
    file = case_file(reached, [told(reached)], after(hours=2))
    assert may_decide(SOL, ruling, file).code == "cooling_off_counts"
    waiting_for_one = case_file(reached, weak(reached), after(hours=2))
    assert may_decide(SOL, ruling, waiting_for_one).code == "notice_still_awaited"


def test_break_glass_waives_it() -> None:
    """R25, R39: nothing else shortens it."""
    of = cold(tier=Tier.PRIVILEGED)
    glass = act(of, BreakGlassBody(waives=Waiver.COOLING_OFF, because=WHY), SOL, after(minutes=30))
    other = act(of, BreakGlassBody(waives=Waiver.SECOND_PERSON, because=WHY), SOL, after(minutes=30))
    assert wanted_seconds(case_file(of, [glass])) == 0
    assert wanted_seconds(case_file(of, [other])) == 14_400


def test_containment_does_not_wait() -> None:
    """R25: in a hostile case disabling and revoking come first, whatever is still cooling off."""
    of = cold(stated=HOSTILE)
    where = progress(case_file(of, weak(of), after(hours=1, minutes=1), members()))
    assert where.contain


def test_mobile_counts_where_it_was_not_lost() -> None:
    """R25: a lost security key leaves the phone a clean channel."""
    of = cold(stated=intake(Reason.LOST_SECURITY_KEY))
    assert cooling_off(case_file(of, [told(of, MOBILE.id), *weak(of)])).code == "cooling_off"
