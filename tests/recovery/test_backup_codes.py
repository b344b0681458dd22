"""Backup codes come first: used, unusable, or merely unwelcome (R10, R11)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from directory.errors import DirectoryError
from directory.records import BackupCodeResponse, SignInStarted
from domain.acts import CodesUnavailable, CodesUnavailableBody, CodesUsedBody, ExecuteBody, Method
from domain.errors import Refused
from domain.messages import Outcome, Phase
from tests.support import playing
from tests.support.refusals import coded

if TYPE_CHECKING:
    from tests.support.world import World

LEES_CODE = "7K3M-9QXZ-2WHT-5RVN"


async def test_a_code_that_is_used_ends_the_case(w: World) -> None:
    """R10 R11: a sign-in with a code is observed, the agent confirms it with the caller, nothing is removed."""
    case_id = await w.open("bo", "lee")
    case = await w.until_phase(case_id, Phase.BACKUP_CODES)
    assert case.snapshot.backup_codes_left == 2
    with pytest.raises(Refused) as early:
        await w.decide("bo", case_id, CodesUsedBody(), proved=False)
    assert early.value.code == "no_sign_in_observed"

    lee = w.people["lee"]
    started = await w.parts.directory.sign_in.start(w.tenant_id, lee.login, lee.password)
    assert isinstance(started, SignInStarted)
    await w.parts.directory.sign_in.finish(started.transaction_id, BackupCodeResponse(LEES_CODE))
    await w.until(case_id, lambda one: one.code == "code_sign_in_to_confirm")
    await w.decide("bo", case_id, CodesUsedBody(), proved=False)

    assert (await w.until_closed(case_id)).outcome is Outcome.SELF_SERVICE
    subject = await w.parts.feed.read(w.accounts["lee"])
    assert {one.id for one in case.snapshot.factors} == {one.id for one in subject.factors}
    assert "mfa.factor_removed" not in await w.audit_types(case_id)


@pytest.mark.parametrize("wish", ["verify", "execute"])
async def test_a_wish_for_a_reset_is_refused_while_codes_are_left(w: World, wish: str) -> None:
    """R10: with codes left neither a verdict nor a request moves the case, and both refusals are audited."""
    case_id = await w.open("bo", "lee")
    await w.until_phase(case_id, Phase.BACKUP_CODES)
    wishing = w.verify(case_id, "cleo", Method.CALLBACK) if wish == "verify" else w.decide("bo", case_id, ExecuteBody())
    with pytest.raises(Refused) as refused:
        await wishing
    assert refused.value.code == "backup_codes_first"
    events = await w.audit(case_id, "recovery.decision_refused")
    assert [one["data"]["code"] for one in events] == ["backup_codes_first"]
    assert (await w.case(case_id))[0].phase is Phase.BACKUP_CODES


async def test_a_statement_must_say_why(w: World) -> None:
    """R11: an empty statement is refused, by the wrong agent too; a real one leads on to verification."""
    case_id = await w.open("bo", "lee")
    await w.until_phase(case_id, Phase.BACKUP_CODES)
    attempts = (("bo", "no", "statement_missing"), ("ada", "The codes are in a lost bag", "not_the_agent"))
    for who, statement, code in attempts:
        body = CodesUnavailableBody(why=CodesUnavailable.NEVER_SAVED, statement=statement)
        with pytest.raises(Refused) as refused:
            await w.decide(who, case_id, body, proved=False)
        assert refused.value.code == code
    await w.state_codes_unavailable(case_id, "bo")
    await w.until_phase(case_id, Phase.VERIFICATION)


async def test_old_codes_die_with_the_wipe(w: World) -> None:
    """R12 B03: after wipe and enrolment every old code is refused and only the new set counts."""
    played = await playing.wiped(w, "lee")
    _, new = await playing.enrol(w, played.browser)
    assert (await w.until_closed(played.case_id)).outcome is Outcome.RECOVERED
    subject = await w.parts.feed.read(w.accounts["lee"])
    assert subject.backup_codes_left == len(new) == 10
    lee = w.people["lee"]
    for code, works in ((LEES_CODE, False), ("4D8P-6YBC-1JFG-8SEA", False), (new[0], True)):
        started = await w.parts.directory.sign_in.start(w.tenant_id, lee.login, lee.password)
        assert isinstance(started, SignInStarted)
        attempt = w.parts.directory.sign_in.finish(started.transaction_id, BackupCodeResponse(code))
        if works:
            await attempt
        else:
            with pytest.raises(DirectoryError, check=coded("wrong_code")):
                await attempt


async def test_a_code_begun_before_the_wipe_is_refused_after_it(w: World) -> None:
    """B03: a sign-in that had passed the password before the wipe cannot be finished with an old code after it."""
    lee = w.people["lee"]
    played = await playing.ready(w, "lee")
    started = await w.parts.directory.sign_in.start(w.tenant_id, lee.login, lee.password)
    assert isinstance(started, SignInStarted)
    await w.execute(played.case_id, "bo")
    await w.until_phase(played.case_id, Phase.RE_ENROLMENT)
    with pytest.raises(DirectoryError, check=coded("transaction_unusable")):
        await w.parts.directory.sign_in.finish(started.transaction_id, BackupCodeResponse(LEES_CODE))
