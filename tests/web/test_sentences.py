"""What services say is said in German as a whole, and quickly whatever its values are."""

from __future__ import annotations

from itertools import product
from typing import TYPE_CHECKING

import pytest

from domain.messages import Outcome
from domain.people import Tier
from domain.policy.decision import ALLOWED
from domain.policy.document import CoolingOffPolicy, StepUpPolicy, VerificationPolicy
from domain.policy.requirement import requirement_of
from domain.texts import NOTHING, Text, joined, verbatim
from service import explaining
from service.next_steps import WAITING_FOR, Course, codes_waiting_for, next_step, sentences_of
from service.policy_file import PolicyRefused, read_toml
from tests.domain.builders import OPENED, WITH_PASSWORD, account, case, intake, policy_with
from web.languages import translated
from web.texts import said

if TYPE_CHECKING:
    from domain.case import Case

ENDS = (None, *(one.value for one in Outcome))
CODES = sorted(
    {code for who in WAITING_FOR for code in codes_waiting_for(who)}
    | {"subject_gone", "subject_disabled", "completion_refused", "wipe_incomplete", "case_row_changed", "no such code"}
)
COURSES = (
    Course(),
    Course(drawn=()),
    Course(drawn=("a-1",), mine=True),
    Course(drawn=("a-1", "a-2"), escalated=True, nobody_was_told=True),
    Course(drawn=("a-1", "a-2")),
    Course(drawn=("a-1",), others_from=OPENED, cools_off_until=OPENED, nobody_was_told=True),
    Course(objected_after_the_end=True),
    Course(upheld_after_the_end=True),
)


def every_case() -> list[Case]:
    """Cases whose needs are told differently: by tier, threat, number of methods, a password, step-up, codes left."""
    made = []
    for tier, threat, methods, stated in product(Tier, (False, True), (1, 2, 3), (intake(), WITH_PASSWORD)):
        policy = policy_with(
            raised_threat=threat,
            verification=VerificationPolicy(standard_methods=methods, draw_approver=methods > 1),
            step_up=StepUpPolicy(required=methods > 1),
            cooling_off=CoolingOffPolicy(),
        )
        subject = account(backup_codes_left=methods - 1, contacts=() if threat else account().contacts)
        made.append(case(about=subject, stated=stated, tier=tier, policy=policy))
    return made


def is_german(sentence: str | Text) -> bool:
    """Whether nothing of it stayed English; an English word is left over where a part was not known again."""
    said = translated(sentence, "de")
    words = {word.strip(".,:;()").lower() for word in said.split()}
    return said != str(sentence) and not words & {"the", "is", "of", "to", "with", "from", "and", "account", "none"}


@pytest.mark.parametrize("ended", ENDS)
def test_every_next_step(ended: str | None) -> None:
    """Whatever a case waits for, with any approver drawn, and however it ended."""
    made = every_case()
    some = [made[0], *made[-4:]]
    said = {
        sentence
        for one, code, course in product(some, CODES, COURSES)
        for sentence in (next_step(one, code, ended, course).sentence, *sentences_of(one, code, ended, course))
    }
    assert [str(one) for one in said if not is_german(one)] == []


def test_everything_that_a_case_may_need() -> None:
    """Also where a policy asks for more, or for less."""
    assert [str(one) for one in {requirement_of(one).in_words() for one in every_case()} if not is_german(one)] == []


def test_every_explanation_of_a_case() -> None:
    """Phase by phase, and of whom."""
    said = set()
    for one in every_case():
        # Without a directory and a store: the sentences alone.
        found = explaining._explanation(one, [], ALLOWED, [])
        said |= {text for phase in found.phases for text in (phase.asks, phase.of)}
    assert [str(one) for one in said if not is_german(one)] == []


@pytest.mark.parametrize(
    "document",
    [
        "case_hours = 0",
        'case_hours = "5"',
        "raised_threat = 3",
        "privileged_roles = 3",
        "version = 3",
        "case_hour = 5",
        "nothing_like_it = 5",
        "verification = 5",
        "[verification]\nremind_minutes = 500\nescalate_minutes = 400",
        "[enrolment]\nallowed_kinds = []",
        '[enrolment]\nallowed_kinds = ["x"]',
        'ticket_pattern = "("',
        'ticket_pattern = "[0-9]"',
        "[cooling_off]\nweak_seconds = 1",
        "= 3",
        "#" * 70_000,
    ],
)
def test_every_error_of_a_policy_document(document: str) -> None:
    """What is wrong in which line, with the range or the key that is meant."""
    with pytest.raises(PolicyRefused) as caught:
        read_toml(document)
    assert [one.message for one in caught.value.problems if not is_german(one.message)] == []


@pytest.mark.parametrize("value", ["3", "{days}", "%(days)s", r"\1", "<b>", "", "a, b", "Wait."])
def test_values_are_taken_over_as_they_are(value: str) -> None:
    """B26: what stands in a place comes out again, once, also what looks like a place or a sentence of ours."""
    words = {"It takes {days} days, {name}.": "{name}: Es dauert {days} Tage.", "Wait.": "Warten Sie."}
    text = Text("It takes {days} days, {name}.", days=value, name="Kim")
    assert said(text, lambda one: words.get(one, one)) == f"Kim: Es dauert {value} Tage."


def test_a_sentence_that_is_not_known_stays_english() -> None:
    """Beside others that are known, and whatever its values say; a finished row is nobody's id."""
    row = joined([Text("There is no such event."), Text("Nobody has {what} this.", what=Text("agent"))])
    assert translated(row, "de") == "Es gibt kein solches Ereignis. Nobody has Agent this."
    assert translated("There is no such event. There is no such page.", "de").startswith("There is no such event.")


def test_nothing_is_said_for_nothing() -> None:
    """The head of a catalog file has the empty id; it is no sentence."""
    assert translated("", "de") == ""
    assert translated(NOTHING, "de") == ""


@pytest.mark.timeout(5)
@pytest.mark.parametrize("part", ["Wait. ", "It takes 3 days. ", "It takes  days. x ", ". ", "{days} "])
def test_long_text_takes_no_time(part: str) -> None:
    """B26: nothing that a user typed makes the search for its words run away, as a sentence or as a value of one."""
    for repeats in (50, 5_000, 200_000):
        long = part * repeats
        assert translated(long, "de") == long
        assert translated(verbatim(long), "de") == long
