"""The intake: one question at a time in the order of the call, nothing stored before the end, help in refusals."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest

from domain.case import Compromised, Intake, Reason
from domain.errors import Refused
from domain.policy.codes import HOW_TO_USE_A_CODE
from service.opening import open_case
from starter.console.site import BASE
from tests.support.world import CALM

if TYPE_CHECKING:
    from tests.console.conftest import At
    from tests.console.support import Desk
    from tests.support.browsing import Page
    from tests.support.world import World

HOSTILE = "<script>alert(1)</script>{{ 7*7 }}\u202e=HYPERLINK(1)"


def path_of(w: World, key: str) -> str:
    """Where the intake of this person is."""
    return f"{BASE}/people/{w.accounts[key]}/reset"


async def answered(desk: Desk, subject: str, **answers: str) -> Page:
    """Answer the questions one after the other, as they come."""
    path = path_of(desk.w, subject)
    page = await desk.get(path)
    for name, value in answers.items():
        page = await desk.submit(page, path, having=None, **{name: value})
    return page


async def cases(w: World) -> int:
    """How many cases there are."""
    return int(await w.owner("SELECT count(*) FROM recovery.cases"))


async def test_a_lost_phone_takes_four_presses(w: World, at: At) -> None:
    """R1, R9: other factors, what happened, the password, then the case; nothing is stored before."""
    ada = await at("ada")
    page = await answered(ada, "kim", mfa="no", reason="lost_phone", password="no")
    assert page.title == "Open the case"
    for words in ("Remove this factor: Authenticator app", "because the factor is lost", "Standard"):
        assert words in page.text
    assert "End all sessions, because the" not in page.text
    assert await cases(w) == 0
    page = await ada.submit(page, path_of(w, "kim"), ticket="HELP-1", statement="Left it on the tram.", wants="open")
    assert page.path.startswith(f"{BASE}/cases/R-")
    assert await cases(w) == 1
    case, _ = await w.case(await w.owner("SELECT id FROM recovery.cases"))
    assert (case.intake.reason, case.intake.password_compromised) == (Reason.LOST_PHONE, Compromised.NO)
    assert (case.intake.ticket, case.intake.statement) == ("HELP-1", "Left it on the tram.")
    assert (case.subject_id, case.agent.account_id) == (w.accounts["kim"], w.accounts["ada"])
    assert not [one for one in ada.urls if "HELP" in one or "tram" in one]


async def test_the_caller_who_has_codes_is_told_how_to_use_one(w: World, at: At) -> None:
    """R10: the question comes when codes are left, with the exact words; using one needs no case."""
    ada = await at("ada")
    page = await answered(ada, "lee", mfa="no", reason="lost_phone")
    assert str(HOW_TO_USE_A_CODE) in page.text
    assert "2 backup codes remain" in page.text
    path = path_of(w, "lee")
    end = await ada.submit(page, path, codes="at_hand")
    assert str(HOW_TO_USE_A_CODE) in end.text
    assert not end.has_form(path)
    page = await ada.follow(end, "No code works, go on")
    assert page.title == "Could somebody else know the password?"
    assert await cases(w) == 0


async def test_stolen_codes_are_not_asked_for(w: World, at: At) -> None:
    """R10, R30: with the device in other hands the codes count as stolen, and everything goes."""
    ada = await at("ada")
    page = await answered(ada, "lee", mfa="no", reason="device_in_other_hands", password="no")
    assert page.title == "Open the case"
    for words in ("Disable the account", "End all sessions", "Make the password worthless"):
        assert words in page.text


@pytest.mark.parametrize(
    ("answers", "title", "words"),
    [
        ({"mfa": "yes"}, "No reset is needed", "/profile"),
        ({"mfa": "no", "reason": "change_authenticator_app"}, "They can do this themselves", "/profile"),
        ({"mfa": "no", "reason": "mfa_policy_changed"}, "Nothing has to be reset", "grace period"),
    ],
)
async def test_a_refusal_says_what_helps_instead(
    w: World, at: At, answers: dict[str, str], title: str, words: str
) -> None:
    """R1, R3, R4: who needs no reset is sent where they are helped, in words for the caller."""
    page = await answered(await at("ada"), "kim", **answers)
    assert page.title == title
    assert words in page.text
    assert await cases(w) == 0


async def test_a_reason_that_does_not_fit_is_asked_again(w: World, at: At) -> None:
    """R1: a subject without a security key has lost none; the question is asked anew with the reason."""
    page = await answered(await at("ada"), "kim", mfa="no", reason="lost_security_key")
    assert (page.title, page.codes) == ("What happened?", ["reason_contradicts_account"])
    assert page.has_form(path_of(w, "kim"))


@pytest.mark.parametrize(("who", "subject", "code"), [("ada", "ada", "own_case"), ("cleo", "kim", "role_missing")])
async def test_who_may_not_open_is_told_why(w: World, at: At, who: str, subject: str, code: str) -> None:
    """R6: one's own case, and another role than an agent's, before any question."""
    page = await (await at(who)).get(path_of(w, subject))
    assert page.codes == [code]
    assert "What to tell the caller" in page.text
    assert not page.has_form(path_of(w, subject))


async def test_what_is_asked_for_besides_shows_in_the_plan(w: World, at: At) -> None:
    """R29: each optional part with a reason of its own, seen in the plan before anything is opened."""
    ada = await at("ada")
    page = await answered(ada, "kim", mfa="no", reason="lost_phone", password="no")
    page = await ada.submit(
        page, path_of(w, "kim"), statement=HOSTILE, revoke_sessions_because="Seen in a café", wants="plan"
    )
    assert "End all sessions , because the agent gave a reason for it" in page.text
    assert page.form(path_of(w, "kim")).fields["statement"] == HOSTILE
    assert "<script>alert" not in page.html
    assert await cases(w) == 0


async def test_a_ticket_in_another_form_is_refused_at_its_field(w: World, at: At) -> None:
    """R7: the refusal stands at the field, and what was typed is still there."""
    await w.set_policy(CALM.model_copy(update={"ticket_pattern": "HELP-[0-9]{1,6}", "ticket_example": "HELP-1042"}))
    ada = await at("ada")
    page = await answered(ada, "kim", mfa="no", reason="lost_phone", password="no")
    assert "Such as HELP-1042" in page.text
    page = await ada.submit(page, path_of(w, "kim"), ticket="CEO, urgent", statement="Lost it", wants="open")
    assert page.codes == ["ticket_malformed"]
    assert 'aria-describedby="ticket-hint refusal-ticket"' in page.html
    assert page.form(path_of(w, "kim")).fields["statement"] == "Lost it"
    page = await ada.submit(page, path_of(w, "kim"), ticket="HELP-7", wants="open")
    assert page.path.startswith(f"{BASE}/cases/R-")


async def test_a_double_click_opens_one_case(w: World, at: At) -> None:
    """R33, B07: the form's own key makes two sendings one case, and both lead to it."""
    ada = await at("ada")
    page = await answered(ada, "kim", mfa="no", reason="lost_phone", password="no")
    fields = {**page.form(path_of(w, "kim")).fields, "wants": "open"}
    one, other = await asyncio.gather(*(ada.send(path_of(w, "kim"), fields) for _ in range(2)))
    assert one.path == other.path
    assert one.path.startswith(f"{BASE}/cases/R-")
    assert await cases(w) == 1


async def test_the_second_agent_comes_to_the_first_case(w: World, at: At) -> None:
    """R5: an intake that was begun before another agent's case leads to that case, at every step."""
    ada = await at("ada")
    page = await answered(ada, "kim", mfa="no", reason="lost_phone", password="no")
    case_id = await w.open("bo", "kim")
    path = f"{BASE}/cases/{(await ada.case(case_id)).reference}"
    assert (await ada.submit(page, path_of(w, "kim"), wants="open")).path == path
    assert (await ada.get(path_of(w, "kim"))).path == path
    assert await cases(w) == 1


async def test_another_who_answers_to_the_login_now_is_not_the_subject(w: World, at: At) -> None:
    """R2: the case is about the account that the agent was looking at, by its id, or about nobody."""
    ada = await at("ada")
    page = await answered(ada, "kim", mfa="no", reason="lost_phone", password="no")
    await w.owner("UPDATE directory.accounts SET login = 'kim.was' WHERE id = $1::uuid", w.accounts["kim"])
    await w.owner("UPDATE directory.accounts SET login = 'kim.reyes' WHERE id = $1::uuid", w.accounts["lee"])
    page = await ada.submit(page, path_of(w, "kim"), wants="open")
    assert await w.owner("SELECT count(*) FROM recovery.cases WHERE subject_id = $1", w.accounts["lee"]) == 0
    intake = Intake(reason=Reason.LOST_PHONE, cannot_complete_mfa=True, password_compromised=Compromised.NO)
    with pytest.raises(Refused, match="Nobody is known"):
        await open_case(
            w.doors, await w.session("ada"), subject="kim.reyes", intake=intake, key="k", shown=w.accounts["kim"]
        )


async def test_answers_that_were_skipped_are_asked_for(w: World, at: At) -> None:
    """A form without the answers opens nothing, by hand or by our page; the first missing question is asked."""
    ada = await at("ada")
    page = await answered(ada, "kim", mfa="no", reason="lost_phone", password="no")
    fields = page.form(path_of(w, "kim")).fields | {"wants": "open", "reason": "because", "password": ""}
    page = await ada.send(path_of(w, "kim"), fields)
    assert page.title == "What happened?"
    assert await cases(w) == 0


@pytest.mark.parametrize("statement", ["\x00", "x" * 2001, "\x1b[2J"])
async def test_text_that_is_none_is_refused_at_its_field(w: World, at: At, statement: str) -> None:
    """B26: control characters and too much text are told at the field."""
    ada = await at("ada")
    page = await answered(ada, "kim", mfa="no", reason="lost_phone", password="no")
    page = await ada.submit(page, path_of(w, "kim"), statement=statement, wants="open")
    assert (page.status, page.codes) == (422, ["invalid_request"])
    assert 'id="refusal-statement"' in page.html
    assert await cases(w) == 0


async def test_every_question_is_labelled_and_in_order(w: World, at: At) -> None:
    """WCAG: fields have labels, ids are unique, and the step is said in words."""
    del w
    ada = await at("ada")
    for answers in ({}, {"mfa": "no"}, {"mfa": "no", "reason": "lost_phone"}, {"mfa": "yes"}):
        page = await answered(ada, "lee", **answers)
        assert not page.unlabelled
        assert not page.repeated_ids
        assert page.html.count("<h1>") == 1
