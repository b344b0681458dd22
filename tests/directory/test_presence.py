"""Presence: one browser, one code, one approver who heard it (R36)."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from uuid import UUID, uuid4

import pytest

from directory.errors import (
    EnrolmentWindowClosed,
    EnrolmentWindowTooLong,
    PresenceCodeWrong,
    PresenceLocked,
    PresencePasswordRequired,
    PresenceUnknown,
    PresenceUnusable,
    SignInRefused,
    Throttled,
)
from directory.records import PresenceView
from tests.directory.world import PASSWORD, World
from tests.support.refusals import coded


async def confirm(world: World, code: str, *, password_required: bool = True) -> PresenceView:
    """What the approver does for Ann."""
    return await world.administration.confirm_presence(world.ann, code, password_required=password_required)


async def require(world: World, presence_id: UUID, *, minutes: float = 15, choose_password: bool = False) -> None:
    """What the claim does for Ann."""
    until = await world.now() + timedelta(minutes=minutes)
    await world.administration.require_enrolment(world.ann, presence_id, until, choose_password, uuid4())


async def test_a_code_read_out_confirms_its_browser_once(world: World) -> None:
    """R36: as read aloud, lower case and spaced; a second use is a wrong code."""
    started = await world.presence.begin(world.tenant_id, "ann", PASSWORD)
    assert (await world.presence.status(started.browser_token)).state == "waiting"
    view = await confirm(world, started.code.lower().replace("-", " "))
    assert (view.state, view.password_verified, view.account_id) == ("confirmed", True, world.ann)
    assert (await world.presence.status(started.browser_token)).state == "confirmed"
    with pytest.raises(PresenceCodeWrong):
        await confirm(world, started.code)


async def test_asking_shows_that_the_browser_waits(world: World) -> None:
    """R27: `last_seen_at` moves with each poll, and only then."""
    started, presence_id = await world.confirmed(world.ann)
    before = (await world.administration.presence(presence_id)).last_seen_at
    await world.pass_time(timedelta(minutes=3))
    assert (await world.administration.presence(presence_id)).last_seen_at == before
    await world.presence.status(started.browser_token)
    assert (await world.administration.presence(presence_id)).last_seen_at - before >= timedelta(minutes=3)


async def test_a_code_lives_ten_minutes(world: World) -> None:
    """R36: after ten minutes it is a wrong code, and the browser is told that it is over."""
    started = await world.presence.begin(world.tenant_id, "ann", PASSWORD)
    await world.pass_time(timedelta(minutes=10))
    with pytest.raises(PresenceCodeWrong):
        await confirm(world, started.code)
    assert (await world.presence.status(started.browser_token)).state == "ended"


async def test_wrong_codes_lock_and_are_counted_before_they_are_checked(world: World) -> None:
    """R36, B14: of a burst five are checked; then the right code is refused too, for this account alone."""
    started = await world.presence.begin(world.tenant_id, "ann", PASSWORD)
    burst = [confirm(world, "AAAA-AAAA-AAAA") for _ in range(40)]
    results = await asyncio.gather(*burst, return_exceptions=True)
    assert sum(isinstance(one, PresenceCodeWrong) for one in results) == 5
    assert sum(isinstance(one, PresenceLocked) for one in results) == 35
    with pytest.raises(PresenceLocked):
        await confirm(world, started.code)
    kim = await world.presence.begin(world.tenant_id, "kim", PASSWORD)
    await world.administration.confirm_presence(world.kim, kim.code, password_required=True)
    assert (await world.event_types(world.ann)).count("user.presence_code_failed") == 5


@pytest.mark.parametrize("typed", ["", "x", "\ud800", "A\0", "９９９９-9999-9999", "A" * 10_000])  # noqa: RUF001
async def test_a_strange_code_is_wrong(world: World, typed: str) -> None:
    """B28: whatever the approver typed is wrong, never an unexpected error."""
    with pytest.raises(PresenceCodeWrong):
        await confirm(world, typed)


async def test_a_code_of_another_account_is_wrong(world: World) -> None:
    """R36: Kim's browser cannot be confirmed for Ann."""
    kim = await world.presence.begin(world.tenant_id, "kim", PASSWORD)
    with pytest.raises(PresenceCodeWrong):
        await confirm(world, kim.code)


async def test_nobody_gets_a_code_as_well(world: World) -> None:
    """B06: by identifier alone, an unknown login is answered, polled and renewed like a known one."""
    known = await world.presence.begin(world.tenant_id, "ann")
    decoy = await world.presence.begin(world.tenant_id, "nobody")
    for one in (known, decoy):
        assert (await world.presence.status(one.browser_token)).state == "waiting"
        again = await world.presence.renew(one.browser_token)
        assert again.code != one.code
    assert len(known.code) == len(decoy.code)
    with pytest.raises(PresenceCodeWrong):
        await confirm(world, decoy.code, password_required=False)
    await world.pass_time(timedelta(minutes=10))
    assert {(await world.presence.status(one.browser_token)).state for one in (known, decoy)} == {"ended"}


async def test_brakes_do_not_tell_who_exists(world: World) -> None:
    """B06: renewing until it is refused leaves another browser of the same login as it was, known or not."""
    for login in ("ann", "nobody"):
        first = await world.presence.begin(world.tenant_id, login)
        second = await world.presence.begin(world.tenant_id, login)
        for _ in range(30):
            await world.presence.renew(first.browser_token)
        with pytest.raises(Throttled):
            await world.presence.renew(first.browser_token)
        await world.presence.renew(second.browser_token)


async def test_a_wrong_password_begins_nothing(world: World) -> None:
    """R36: unknown and wrong are refused alike, and by identifier the number of tries is limited."""
    for login, password in (("ann", "wrong"), ("nobody", PASSWORD), ("\ud800", PASSWORD)):
        with pytest.raises(SignInRefused, check=coded("sign_in_refused")):
            await world.presence.begin(world.tenant_id, login, password)
    for _ in range(30):
        await world.presence.begin(world.tenant_id, "kim")
    with pytest.raises(Throttled):
        await world.presence.begin(world.tenant_id, "kim")


async def test_a_password_is_asked_for_where_it_stays(world: World) -> None:
    """R36: a browser that gave the identifier alone is not confirmed where the password will not be replaced."""
    started = await world.presence.begin(world.tenant_id, "ann")
    with pytest.raises(PresencePasswordRequired):
        await confirm(world, started.code)
    view = await confirm(world, started.code, password_required=False)
    assert not view.password_verified
    with pytest.raises(PresenceUnusable):
        await require(world, view.id)
    await require(world, view.id, choose_password=True)


async def test_an_invalidated_password_no_longer_counts(world: World) -> None:
    """R36: the password given at the beginning must still hold when enrolment is granted."""
    _, presence_id = await world.confirmed(world.ann)
    await world.administration.invalidate_password(world.ann, uuid4())
    assert not (await world.administration.presence(presence_id)).password_verified
    with pytest.raises(PresenceUnusable):
        await require(world, presence_id)


async def test_a_new_code_needs_the_approver_again(world: World) -> None:
    """R36: renewal voids the old code, its confirmation and what could have been granted on it."""
    started, presence_id = await world.confirmed(world.ann)
    renewed = await world.presence.renew(started.browser_token)
    assert (await world.administration.presence(presence_id)).state == "superseded"
    assert (await world.presence.status(started.browser_token)).state == "waiting"
    with pytest.raises(PresenceUnusable):
        await require(world, presence_id)
    view = await confirm(world, renewed.code)
    assert view.id != presence_id
    await require(world, view.id)


async def test_confirming_another_browser_supersedes_the_first(world: World) -> None:
    """R36: at most one browser of an account is confirmed; one that merely waits supersedes nobody."""
    _, first = await world.confirmed(world.ann)
    waiting = await world.presence.begin(world.tenant_id, "ann", PASSWORD)
    assert (await world.administration.presence(first)).state == "confirmed"
    second = await confirm(world, waiting.code)
    assert (await world.administration.presence(first)).state == "superseded"
    await require(world, second.id)


async def test_what_cannot_be_granted(world: World) -> None:
    """R35, R37: not unconfirmed, unknown, another's, used, or expired presences, nor past or long windows."""
    with pytest.raises(PresenceUnusable):
        await require(world, uuid4())
    started, presence_id = await world.confirmed(world.ann)
    until = await world.now() + timedelta(minutes=15)
    with pytest.raises(PresenceUnusable):
        await world.administration.require_enrolment(world.kim, presence_id, until, False, uuid4())
    with pytest.raises(EnrolmentWindowClosed):
        await require(world, presence_id, minutes=-1)
    with pytest.raises(EnrolmentWindowTooLong):
        await require(world, presence_id, minutes=62)
    await world.presence.renew(started.browser_token)
    _, other = await world.confirmed(world.ann)
    await world.pass_time(timedelta(minutes=30))
    with pytest.raises(PresenceUnusable):
        await require(world, other)
    _, granted = await world.confirmed(world.ann)
    await require(world, granted)
    with pytest.raises(PresenceUnusable):
        await require(world, granted)


async def test_a_granted_browser_cannot_be_renewed(world: World) -> None:
    """R36: after the grant there is nothing to confirm anew."""
    token = await world.granted(world.ann)
    with pytest.raises(PresenceUnusable):
        await world.presence.renew(token)
    assert (await world.presence.status(token)).state == "go_on"


async def test_presence_works_for_a_disabled_account(world: World) -> None:
    """R30: the subject of a hostile case waits while the account is disabled; sign-in stays shut."""
    await world.administration.disable(world.ann, "hostile", uuid4())
    started = await world.presence.begin(world.tenant_id, "ann", PASSWORD)
    assert (await confirm(world, started.code)).state == "confirmed"


async def test_unknown_presences(world: World) -> None:
    """An unknown browser is told nothing, an unknown or decoy presence is unknown."""
    assert (await world.presence.status("nonsense")).state == "ended"
    with pytest.raises(PresenceUnusable):
        await world.presence.renew("nonsense")
    with pytest.raises(PresenceUnknown):
        await world.administration.presence(uuid4())


async def test_only_a_confirmed_browser_has_a_phrase(world: World) -> None:
    """R36: nobody can ask for the words of a browser that waits, is over, or never was."""
    started, presence_id = await world.confirmed(world.ann)
    phrase = await world.administration.presence_phrase(presence_id)
    assert (await world.presence.status(started.browser_token)).phrase == phrase
    await world.presence.renew(started.browser_token)
    assert (await world.presence.status(started.browser_token)).phrase is None
    with pytest.raises(PresenceUnusable):
        await world.administration.presence_phrase(presence_id)
    with pytest.raises(PresenceUnknown):
        await world.administration.presence_phrase(uuid4())
