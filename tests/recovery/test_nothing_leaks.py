"""A whole case with failures, played with canaries: none is readable where it must not be (R44, B09)."""

from __future__ import annotations

import io
import logging
import re
from typing import TYPE_CHECKING

import pyotp
import pytest
import structlog

from directory.errors import DirectoryError
from domain.acts import CodesUnavailable, CodesUnavailableBody, ExecuteBody, Method
from domain.errors import PresenceRefused, StepUpRefused
from domain.messages import Outcome, Phase
from postgres.pool import connect
from service import deciding, sessions
from service.step_up import StepUpAnswer
from store.audit.export import export_csv, export_json_lines
from store.audit.rows import DatabaseChain
from tests.support import playing
from tests.support.hooks import Hooks
from tests.support.refusals import coded
from transport.logs import configure_logging

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterator

    from domain.account import Account
    from tests.recovery.conftest import MakeWorld
    from tests.support.world import World

STATEMENT = "canary-statement: the printout was in the stolen bag"
EVIDENCE = "canary-evidence: a scar above the left eye"
REFERENCE = "canary-reference-4711"
JUSTIFICATION = "canary-justification: asked for on the phone"
LOW_LEVEL = "canary-low-level: password=hunter2 for kim"
WRONG_PASSWORD = "canary-wrong-password-9"


@pytest.fixture
def log() -> Iterator[io.StringIO]:
    """Everything the product logs, at DEBUG."""
    stream = io.StringIO()
    root = logging.getLogger()
    before, level = list(root.handlers), root.level
    configure_logging(level="DEBUG", stream=stream)
    try:
        yield stream
    finally:
        root.handlers[:] = before
        root.setLevel(level)
        structlog.reset_defaults()


def found_in(text: str, canaries: dict[str, str]) -> list[str]:
    """Which canaries are readable; digits only as a word of their own, for times and ids hold digits as well."""
    return [
        name
        for name, value in canaries.items()
        if (re.search(rf"(?<![\w.:-]){value}(?![\w.:-])", text) if value.isdigit() else value.lower() in text.lower())
    ]


def _both_spellings(name: str, code: str) -> dict[str, str]:
    return {f"{name} as shown": code, f"{name} as stored": code.replace("-", "")}


async def _play(w: World, hooks: Hooks) -> tuple[playing.Played, dict[str, str]]:
    kim, ada = w.people["lee"], w.people["ada"]
    subject = await w.parts.feed.read(w.accounts["lee"])
    canaries = {
        "password": kim.password, "staff password": ada.password, "seed": kim.totp or "", "staff seed": ada.totp or "",
        "statement": STATEMENT, "evidence": EVIDENCE, "reference": REFERENCE, "justification": JUSTIFICATION,
        "low level": LOW_LEVEL, "wrong password": WRONG_PASSWORD, "login": kim.login, "name": subject.display_name,
        **{f"contact {one.kind}": one.value for one in subject.contacts},
        **_both_spellings("old backup code", "7K3M-9QXZ-2WHT-5RVN"),
    }  # fmt: skip
    with pytest.raises(Exception):  # noqa: B017 - only its traces matter
        await sessions.start_sign_in(w.doors, "acme", ada.login, WRONG_PASSWORD)
    with pytest.raises(DirectoryError, check=coded("sign_in_refused")):
        await w.parts.directory.sign_in.start(w.tenant_id, kim.login, WRONG_PASSWORD)

    case_id = await w.open("bo", "lee", revoke_sessions_because=JUSTIFICATION, statement=STATEMENT)
    await w.until_phase(case_id, Phase.BACKUP_CODES)
    body = CodesUnavailableBody(why=CodesUnavailable.NEVER_SAVED, statement=STATEMENT)
    await w.decide("bo", case_id, body, proved=False)
    await w.until_phase(case_id, Phase.VERIFICATION)
    await w.verify(case_id, "cleo", Method.CALLBACK, seen=EVIDENCE, reference=REFERENCE)
    await w.verify(case_id, "dev", Method.CORROBORATING_TICKET, seen=EVIDENCE, reference=REFERENCE)
    await w.until_phase(case_id, Phase.PRESENCE)
    with pytest.raises(PresenceRefused):
        await deciding.confirm_presence(w.doors, await w.session("dev"), case_id, "AAAA-BBBB-CCCC")
    played = await playing.present(w, case_id, "lee")
    canaries |= {**_both_spellings("presence code", played.code), "browser token": played.browser}

    challenge = await deciding.begin_step_up(w.doors, await w.session("bo"), case_id, ExecuteBody())
    answer, session = StepUpAnswer(challenge.id, {"kind": "totp", "code": "493817"}), await w.session("bo")
    with pytest.raises(StepUpRefused, check=coded("step_up_refused")):
        await deciding.decide(w.doors, session, case_id, ExecuteBody(), key="wrong", answer=answer)
    canaries["wrong code"] = "493817"
    hooks.on_read = _fails_once(hooks)
    await w.execute(case_id, "bo")
    await w.until_phase(case_id, Phase.RE_ENROLMENT)

    enrolment = w.parts.directory.enrolment
    await enrolment.begin(played.browser)
    offer = await enrolment.offer_totp(played.browser)
    code = pyotp.TOTP(offer.secret).now()
    wrong = f"{(int(code) + 333_333) % 1_000_000:06}"
    with pytest.raises(DirectoryError, check=coded("wrong_code")):
        await enrolment.confirm_totp(played.browser, wrong)
    await enrolment.confirm_totp(played.browser, code)
    new = await enrolment.issue_backup_codes(played.browser)
    canaries |= {"new seed": offer.secret, "code": code, "wrong enrolment code": wrong}
    for n, one in enumerate(new):
        canaries |= _both_spellings(f"new backup code {n}", one)
    assert (await w.until_closed(case_id)).outcome is Outcome.RECOVERED
    finished = await enrolment.finish(played.browser)
    assert finished.session is not None
    canaries["session token"] = finished.session.token
    return played, canaries


def _fails_once(hooks: Hooks) -> Callable[[str, Callable[[], Awaitable[Account]]], Awaitable[Account]]:
    async def read(asked: str, inner: Callable[[], Awaitable[Account]]) -> Account:
        hooks.on_read = None
        raise ConnectionError(LOW_LEVEL, asked, inner)

    return read


async def test_no_canary_is_readable(make_world: MakeWorld, log: io.StringIO) -> None:
    """R44 B09: neither in raw history nor in search attributes, audit exports or logs at DEBUG."""
    hooks = Hooks()
    async with make_world(wrap=hooks.wrap) as w:
        played, canaries = await _play(w, hooks)
        handle = w.handle(played.case_id)
        raw = [event.SerializeToString() async for event in handle.fetch_history_events()]
        history = b"\n".join(raw).decode("latin-1")
        description = await handle.describe()
        seen_by_ops = description.raw_description.SerializeToString().decode("latin-1")
        exports = io.StringIO()
        owner = await connect(w.owner_url, application="test-export")
        try:
            async with owner.transaction(isolation="repeatable_read", readonly=True):
                assert await export_json_lines(DatabaseChain(owner, w.tenant_id), exports) > 20
                assert await export_csv(DatabaseChain(owner, w.tenant_id), exports) > 20
        finally:
            await owner.close()
    texts = {"history": history, "visibility": seen_by_ops, "audit": exports.getvalue(), "log": log.getvalue()}
    found = {place: found_in(text, canaries) for place, text in texts.items()}
    assert found == {"history": [], "visibility": [], "audit": [], "log": []}
    # The search itself works: what is allowed to be there is found.
    assert found_in(history, {"id": handle.id}) == ["id"]
    assert found_in(exports.getvalue(), {"event": "mfa.factor_admin_reset"}) == ["event"]
    assert found_in(log.getvalue(), {"event": "activity_failed_unexpectedly"}) == ["event"]
