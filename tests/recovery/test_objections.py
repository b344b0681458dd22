"""Stop links from the recording of the objection on: paused, suspended, ruled on, never locked out for good (R24)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from domain.account import AccountStatus
from domain.acts import Ruling
from domain.errors import Refused
from domain.messages import Outcome, Phase
from tests.support import playing

if TYPE_CHECKING:
    from uuid import UUID

    from domain.account import Account
    from tests.support.world import World


async def account(w: World) -> Account:
    """Kim as the provider has them now."""
    return await w.parts.feed.read(w.accounts["kim"])


async def seen(w: World, case_id: UUID, event: str, times: int = 1) -> None:
    """Wait until the audit has this event so many times."""

    async def there() -> bool:
        return (await w.audit_types(case_id)).count(event) >= times

    await playing.eventually(there, nudge=w.nudge)


async def test_an_objection_before_the_claim_wins(w: World) -> None:
    """R24, B08: ready for the reset, a reader objects: nothing is removed until an officer has ruled."""
    played = await playing.ready(w)
    await w.object(played.case_id)
    await w.until_phase(played.case_id, Phase.COOLING_OFF)
    with pytest.raises(Refused) as refused:
        await w.execute(played.case_id, playing.AGENT)
    assert refused.value.code == "paused_by_objection"
    await w.rule("sol", played.case_id, Ruling.RESUME)
    await w.until_phase(played.case_id, Phase.STEP_UP)
    await w.execute(played.case_id, playing.AGENT)
    await w.until_phase(played.case_id, Phase.RE_ENROLMENT)


async def test_an_upheld_objection_ends_the_case_as_disputed(w: World) -> None:
    """R24: the officer finds the objection right: disputed, nothing was removed, and a new case is possible."""
    case_id = await playing.verified(w)
    await w.object(case_id)
    await w.rule("sol", case_id, Ruling.UPHOLD)
    assert (await w.until_closed(case_id)).outcome is Outcome.DISPUTED
    assert "mfa.factor_removed" not in await w.audit_types(case_id)
    assert (await account(w)).factors
    assert await w.open(playing.AGENT, "kim") != case_id


async def test_an_objection_after_the_claim_suspends_and_a_ruling_lifts(w: World) -> None:
    """R24: whatever enrols while suspended opens nothing and ends no case; lifted, the case goes on to its end."""
    played = await playing.wiped(w)
    await w.object(played.case_id)
    await seen(w, played.case_id, "recovery.suspended_after_objection")
    assert (await account(w)).status is AccountStatus.DISABLED
    await playing.enrol(w, played.browser)
    await w.nudge()
    assert (await account(w)).status is AccountStatus.DISABLED
    assert (await w.case(played.case_id))[0].outcome is None
    await w.rule("sol", played.case_id, Ruling.RESUME)
    await seen(w, played.case_id, "recovery.suspension_lifted")
    assert (await account(w)).status is AccountStatus.ACTIVE
    assert (await w.until_closed(played.case_id)).outcome is Outcome.RECOVERED


async def test_an_objection_in_the_watch_suspends_what_enrolled(w: World) -> None:
    """R24, R38: the case has ended as recovered; an objection still disables the account and ends its sessions."""
    played = await playing.wiped(w)
    await playing.enrol(w, played.browser)
    await w.until_closed(played.case_id)
    await w.object(played.case_id, "desk_phone")
    await seen(w, played.case_id, "recovery.suspended_after_objection")
    now = await account(w)
    assert (now.status, now.sessions, now.held_by_recovery) == (AccountStatus.DISABLED, 0, True)
    await w.rule("sol", played.case_id, Ruling.RESUME)
    await seen(w, played.case_id, "recovery.suspension_lifted")
    assert (await account(w)).status is AccountStatus.ACTIVE


async def test_upheld_in_the_watch_the_account_stays_closed_until_a_new_case(w: World) -> None:
    """R24: it can never lock the subject out for good: upheld, the watch ends and a new case opens the account."""
    played = await playing.wiped(w)
    await playing.enrol(w, played.browser)
    await w.until_closed(played.case_id)
    await w.object(played.case_id)
    await seen(w, played.case_id, "recovery.suspended_after_objection")
    await w.rule("sol", played.case_id, Ruling.UPHOLD)
    await seen(w, played.case_id, "recovery.watch_ended")
    assert (await account(w)).status is AccountStatus.DISABLED
    again = await w.open("bo", "kim")
    case, _ = await w.case(again)
    assert case.tier == "privileged"


async def test_two_objections_are_suspended_once(w: World) -> None:
    """R24, R33: a second stop link of the same case suspends nothing anew, and one ruling answers both."""
    played = await playing.wiped(w)
    await w.object(played.case_id)
    await w.object(played.case_id, "desk_phone")
    await seen(w, played.case_id, "recovery.suspended_after_objection")
    await w.rule("sol", played.case_id, Ruling.RESUME)
    await seen(w, played.case_id, "recovery.suspension_lifted")
    types = await w.audit_types(played.case_id)
    assert types.count("recovery.suspended_after_objection") == 1
    assert types.count("user.disabled") == 1
