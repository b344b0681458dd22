"""What pages offer is what the rules allow: for every reader, and with its reason where it is no (D4)."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from domain.acts import Brake, BreakGlassBody, HeldBody, ObjectionBody, Waiver
from domain.people import Role
from domain.policy.doors import may_decide
from domain.policy.progress import progress
from service.offers import _NEXT, _OFFICERS, Wish, offers_of
from tests.domain.builders import (
    ADA,
    BO,
    CLEO,
    EVERYBODY,
    OPENED,
    SOL,
    account,
    act,
    actor,
    after,
    case,
    case_file,
    codes_unavailable,
    members,
    presence_act,
    verdict,
    verification,
)

if TYPE_CHECKING:
    from domain.acts import Act
    from domain.case import Case
    from domain.case_file import CaseFile
    from domain.people import Actor

IVY = actor("ivy", Role.SECURITY)
ALI = actor("ali", Role.AUDITOR)
WHY = "Nobody else can unlock the dispensary"
PEOPLE = EVERYBODY | members(IVY, ALI)
STATES = ("codes", "verification", "presence", "step_up", "objected", "held", "broken", "claimed")


def file_at(state: str) -> CaseFile:
    """A case that stands there, with acts that no activity has applied yet."""
    of = case(act_seq=2, applied_seq=1)
    acts: dict[str, list[Act]] = {
        "codes": [],
        "verification": [codes_unavailable(of)],
        "presence": [codes_unavailable(of), verdict(of)],
        "step_up": [codes_unavailable(of), verdict(of), presence_act(of)],
        "objected": [codes_unavailable(of), act(of, ObjectionBody(contact_id="c-desk"), None, after(minutes=6))],
        "held": [codes_unavailable(of), act(of, HeldBody(brake=Brake.PAIR), None, after(minutes=6))],
        "broken": [
            codes_unavailable(of),
            act(of, BreakGlassBody(waives=Waiver.SECOND_METHOD, because=WHY), SOL, after(minutes=6)),
        ],
        "claimed": [codes_unavailable(of)],
    }
    if state == "codes":
        of = case(about=account(backup_codes_left=4), act_seq=2, applied_seq=1)
    if state == "claimed":
        of = case(act_seq=2, applied_seq=2, claimed_at=after(minutes=30), code="reset_under_way")
    return case_file(of, acts[state], after(hours=1, minutes=2), PEOPLE)


@pytest.mark.parametrize("state", STATES)
@pytest.mark.parametrize("reader", [ADA, CLEO, BO, SOL, IVY, ALI], ids=lambda one: one.account_id)
def test_what_is_offered_is_what_the_rules_allow(state: str, reader: Actor) -> None:
    """D4: an open offer is allowed, a closed one refused with a reason, and no officer's decision is forgotten."""
    file = file_at(state)
    offers = offers_of(file, reader)
    for offer in [one for one in (offers.next, *offers.officer) if one is not None]:
        bodies = [body for wish, body in _NEXT.values() if wish is offer.wish]
        bodies += [body for choice, body in _OFFICERS.get(offer.wish, {}).items() if choice in offer.choices]
        assert offer.is_open == any(may_decide(reader, one, file).allowed for one in bodies)
        assert offer.is_open or str(offer.hint).endswith(".")
    allowed = {
        wish
        for wish, bodies in _OFFICERS.items()
        if any(may_decide(reader, body, file).allowed for body in bodies.values())
    }
    assert {one.wish for one in offers.officer if one.is_open} == allowed


@pytest.mark.parametrize(
    ("state", "reader", "wish"),
    [
        ("codes", ADA, Wish.STATE_CODES),
        ("verification", CLEO, Wish.VERIFY),
        ("presence", CLEO, Wish.ENTER_CODE),
        ("step_up", ADA, Wish.ASK_FOR_RESET),
    ],
)
def test_the_next_step_is_offered_to_whom_it_waits_for(state: str, reader: Actor, wish: Wish) -> None:
    """R11, R13, R27, R36: each in their phase, and to nobody without the role."""
    offer = offers_of(file_at(state), reader).next
    assert progress(file_at(state)).outcome is None
    assert offer is not None
    assert (offer.wish, offer.hint) == (wish, None)
    hint = offers_of(file_at(state), ALI).next
    assert hint is None or hint.hint is not None


def test_the_acting_admin_does_not_verify_where_three_people_are_asked_for() -> None:
    """R13: no link to a page on which every verdict of theirs is refused, and the rule's own sentence instead."""
    of: Case = case(policy=verification(three_people=True), acting_admin=CLEO, act_seq=2)
    offer = offers_of(case_file(of, [codes_unavailable(of)], after(hours=1), PEOPLE), CLEO).next
    assert offer is not None
    assert str(offer.hint) == "This tenant asks for a third person as approver."


def test_a_role_that_is_too_young_is_told_so_and_nothing_else() -> None:
    """R21, R39: an officer of yesterday rules on nothing, and the page does not say that they broke the glass."""
    young = PEOPLE[IVY.person_id].model_copy(update={"since": OPENED - timedelta(days=1), "granted_by": frozenset()})
    for state in ("objected", "held", "broken", "verification"):
        file = file_at(state)
        offers = offers_of(case_file(file.case, file.acts, file.now, PEOPLE | {IVY.person_id: young}), IVY)
        assert offers.officer == ()
        assert str(offers.officer_hint) == "A role counts only after 7 days. A colleague has to do this."


def test_whoever_broke_the_glass_reads_that_another_officer_reviews_it() -> None:
    """R39: the review is shown to its author with the reason, and is open to another officer."""
    [mine] = offers_of(file_at("broken"), SOL).officer
    assert (mine.wish, mine.is_open) == (Wish.REVIEW, False)
    assert "You broke the glass yourself." in str(mine.hint)
    [theirs] = offers_of(file_at("broken"), IVY).officer
    assert (theirs.wish, theirs.is_open) == (Wish.REVIEW, True)


def test_glass_is_broken_only_for_what_the_case_asks_for() -> None:
    """R39: a standard case asks for no second person and no strong method, so neither is offered."""
    [offer] = offers_of(file_at("verification"), IVY).officer
    assert (offer.wish, offer.choices) == (Wish.BREAK_GLASS, ("cooling_off", "second_method"))


def test_who_may_not_cancel_reads_why() -> None:
    """R34: an approver never, and nobody after the claim."""
    assert offers_of(file_at("verification"), ADA).no_cancel is None
    assert "Only the case's agent" in str(offers_of(file_at("verification"), CLEO).no_cancel)
    assert str(offers_of(file_at("claimed"), ADA).no_cancel) == "It is too late to cancel this case."
