"""What an onlooker learns: of people from errors and representations, of secrets from anything kept (R44, B09, R02)."""

from __future__ import annotations

import json
import re
import traceback
from collections.abc import Awaitable, Callable
from uuid import uuid4

import pytest

from domain.acts import Method, PresenceBody
from domain.errors import RecoveryError, Refused
from domain.messages import Phase
from service import auditing, deciding, reading, sessions
from service.repeating import Request
from service.step_up import StepUpAnswer
from tests.support import playing
from tests.support.refusals import coded
from tests.support.world import World

SHORT = 6
"""Digits or letters; longer ones do not come about by chance."""


def _personal(w: World) -> list[str]:
    """What must not be found anywhere: names, numbers, addresses, passwords, seeds."""
    kim = w.people["kim"]
    return [kim.login, kim.password, kim.totp or kim.password, "@acme.example", "7946"]


async def test_audit_data_holds_ids_and_codes_only(w: World) -> None:
    """R44: through a whole case no event holds a login, number, address, password, seed, code or evidence text."""
    played = await playing.wiped(w)
    seed, new_codes = await playing.enrol(w, played.browser)
    await w.until_closed(played.case_id)
    text = json.dumps(await w.audit(played.case_id))
    canaries = [*_personal(w), seed, *new_codes, played.code, played.browser, "Recognised the voice", "call log 17"]
    assert [one for one in canaries if _stands_in(text, one)] == []


def _stands_in(text: str, canary: str) -> bool:
    """Whether it stands there; four digits of a number stand in many a digest by chance, so they count as a word."""
    if len(canary) > SHORT:
        return canary in text
    return re.search(rf"(?<![0-9A-Za-z]){re.escape(canary)}(?![0-9A-Za-z])", text) is not None


async def test_the_workflow_id_and_attributes_name_nobody(w: World) -> None:
    """R44: what an operator of the server reads holds ids, phases and digests."""
    case_id = await w.open("bo", "kim")
    await w.until_phase(case_id, Phase.VERIFICATION)
    shown = str(await w.handle(case_id).describe())
    history = str([event async for event in w.handle(case_id).fetch_history_events()])
    assert [one for one in [*_personal(w), w.accounts["kim"]] if one in shown or one in history] == []


async def test_errors_and_their_chains_quote_nothing(w: World) -> None:
    """R44 B09: refusals at the doors, with their causes, hold neither what was typed nor whom it is about."""
    case_id = await playing.verified(w)
    _, code = await w.wait_in_browser("kim")
    kim = w.people["kim"]
    attempts: list[Callable[[], Awaitable[object]]] = [
        lambda: sessions.start_sign_in(w.doors, "acme", "canary-login", "canary-password"),
        lambda: sessions.start_sign_in(w.doors, "acme", kim.login, "canary-password"),
        lambda: _wrong_presence(w, case_id, "canary-code"),
        lambda: w.decide("bo", case_id, PresenceBody(presence_id="canary-presence")),
        lambda: _wrong_step_up(w, case_id),
        lambda: reading.find_case(w.doors, w._sessions["bo"], "canary-reference"),
    ]
    for attempt in attempts:
        with pytest.raises(RecoveryError) as refused:
            await attempt()
        told = "".join(traceback.format_exception(refused.value, limit=0)) + repr(refused.value)
        assert [one for one in [*_personal(w), "canary", code] if one in told] == []


async def _wrong_presence(w: World, case_id: object, code: str) -> None:
    await deciding.confirm_presence(w.doors, await w.session("cleo"), case_id, code)  # type: ignore[arg-type]


async def _wrong_step_up(w: World, case_id: object) -> None:
    body = await w.verdict(case_id, Method.IN_PERSON)  # type: ignore[arg-type]
    begun = await deciding.begin_step_up(w.doors, await w.session("dev"), case_id, body)  # type: ignore[arg-type]
    answer = StepUpAnswer(begun.id, {"kind": "totp", "code": "canary"})
    await deciding.decide(w.doors, await w.session("dev"), case_id, body, key="k", answer=answer)  # type: ignore[arg-type]


async def test_unknown_and_wrong_look_the_same_before_sign_in(w: World) -> None:
    """R02 of the reserve faults: an unknown login and a wrong password are answered with the same class and code."""
    told = []
    for login in ("nobody.known", w.people["cleo"].login):
        with pytest.raises(RecoveryError) as refused:
            await sessions.start_sign_in(w.doors, "acme", login, "not-the-password")
        told.append((type(refused.value), str(refused.value)))
    assert told[0] == told[1]


async def test_opening_without_the_role_tells_nothing_about_the_subject(w: World) -> None:
    """R02 of the reserve faults: a member without the agent's role gets the same answer for known and unknown names."""
    told = []
    for subject in ("kim.reyes", "nobody.known"):
        with pytest.raises(Refused) as refused:
            await w.open("ivy", subject)
        told.append(refused.value.code)
    assert told[0] == told[1]


async def test_the_subject_of_a_hostile_case_does_not_read_along(w: World) -> None:
    """R23: in a hostile case a thief of the subject's device does not see the case by the subject's login."""
    await w.give_roles("bo", "approver", "security")
    await w.give_roles("dev", "agent", "security")
    case_id = await w.open("dev", "cleo", **playing.HOSTILE)
    with pytest.raises(RecoveryError, check=coded("own_case")):
        await reading.read_case(w.doors, await w.session("cleo"), case_id)


async def test_the_subject_of_a_hostile_case_does_not_read_its_events(w: World) -> None:
    """R23: what the case's page hides, its audit events must not show."""
    await w.give_roles("dev", "agent", "security")
    case_id = await w.open("dev", "cleo", **playing.HOSTILE)
    with pytest.raises(RecoveryError, check=coded("own_case")):
        await auditing.read_events(w.doors, await w.session("cleo"), case_id=case_id, before=None, limit=50)


async def test_refused_openings_are_on_record_without_what_was_typed(w: World) -> None:
    """R42 R44: a look-alike that finds nobody is audited by its code only."""
    with pytest.raises(Refused, check=coded("subject_not_found")):
        await w.open("bo", "kim.r\u0435yes")  # a Cyrillic letter
    found = await w.owner(
        "SELECT string_agg(text, ' ') FROM recovery.audit_events WHERE type = 'recovery.case_refused'"
    )
    assert "subject_not_found" in found
    assert "kim" not in found


async def test_what_holds_secrets_does_not_show_them(w: World) -> None:
    """R44: representations of doors, answers, requests and sessions show no secret."""
    signed_in = sessions.SignedIn(await w.session("bo"), "canary-token")
    shown = repr(
        [w.doors, StepUpAnswer(uuid4(), {"code": "canary"}), Request(w.tenant_id, "a", "k", "canary"), signed_in]
    )
    assert "canary" not in shown
    assert w.doors.secret.hex() not in shown
    assert repr(w.doors.secret) not in shown
