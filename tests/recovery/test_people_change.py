"""People and accounts change while a case is open (R20, R21, R34, B17)."""

from __future__ import annotations

from typing import TYPE_CHECKING
from uuid import UUID, uuid4

import pytest

from domain.account import AccountStatus
from domain.errors import Refused, SubjectGone
from domain.messages import Outcome, Phase
from tests.support import playing
from tests.support.hooks import Hooks
from tests.support.refusals import coded

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from domain.account import Account
    from tests.recovery.conftest import MakeWorld
    from tests.support.world import World


def _gone(account_id: str) -> Callable[[str, Callable[[], Awaitable[Account]]], Awaitable[Account]]:
    async def read(asked: str, inner: Callable[[], Awaitable[Account]]) -> Account:
        if asked == account_id:
            raise SubjectGone
        return await inner()

    return read


async def test_a_subject_who_is_gone_ends_the_case(make_world: MakeWorld) -> None:
    """B17: an account deleted before the reset: nothing is sent, no retry storm, the case says so."""
    hooks = Hooks()
    async with make_world(wrap=hooks.wrap) as w:
        played = await playing.ready(w)
        hooks.on_read = _gone(w.accounts["kim"])
        await w.execute(played.case_id, "bo")
        case = await w.until_closed(played.case_id)
        assert (case.outcome, case.code) == (Outcome.INTERRUPTED, "subject_gone")
        assert case.claimed_at is None
        assert hooks.passed["call"] == 0


async def test_a_subject_who_goes_after_the_wipe_ends_the_case(make_world: MakeWorld) -> None:
    """B17: gone while the enrolment is awaited: the workflow ends instead of failing and being continued for ever."""
    hooks = Hooks()
    async with make_world(wrap=hooks.wrap) as w:
        played = await playing.wiped(w)
        hooks.on_read = _gone(w.accounts["kim"])
        await w.parts.directory.enrolment.begin(played.browser)
        case = await w.until_closed(played.case_id)
        assert (case.outcome, case.code) == (Outcome.INTERRUPTED, "subject_gone")
        assert await w.sweep.sweep() == 0


async def test_a_disabled_subject_is_not_enabled_by_a_reset(w: World) -> None:
    """B17: disabled outside the case meanwhile: the reset is refused, nothing removed, the account stays disabled."""
    played = await playing.ready(w)
    await w.parts.directory.administration.disable(UUID(w.accounts["kim"]), "left_company", uuid4())
    await w.execute(played.case_id, "bo")
    await w.until_phase(played.case_id, Phase.PRESENCE)
    refused = await w.audit(played.case_id, "recovery.reset_refused")
    assert [one["data"]["code"] for one in refused] == ["subject_disabled"]
    assert (await w.parts.feed.read(w.accounts["kim"])).status is AccountStatus.DISABLED
    assert "mfa.factor_removed" not in await w.audit_types(played.case_id)


async def test_an_approver_who_lost_the_role_does_not_count(w: World) -> None:
    """R21 R34: between verdict and reset an approver loses the role: back to verification, nothing removed."""
    played = await playing.ready(w)
    await w.give_roles("cleo")
    with pytest.raises(Refused) as refused:
        await w.execute(played.case_id, "bo")
    assert refused.value.code == "verification_missing"
    assert "recovery.reset_claimed" not in await w.audit_types(played.case_id)


async def test_an_approver_who_lost_the_role_after_the_request_does_not_count(make_world: MakeWorld) -> None:
    """R34: lost after the request and before the judgement: the judge itself refuses."""
    hooks = Hooks()
    async with make_world(wrap=hooks.wrap) as w:
        played = await playing.ready(w)
        hooks.arm("read 1", subject=w.accounts["kim"])
        await w.execute(played.case_id, "bo")
        await hooks.reached.wait()
        await w.give_roles("cleo")
        hooks.go_on.set()
        case = await w.until_phase(played.case_id, Phase.VERIFICATION)
        assert case.claimed_at is None
        refused = await w.audit(played.case_id, "recovery.reset_refused")
        assert [one["data"]["code"] for one in refused] == ["verification_insufficient"]
        assert hooks.passed["call"] == 0


@pytest.mark.parametrize("who", ["cleo", "bo"])
async def test_somebody_disabled_at_the_provider_does_not_count(w: World, who: str) -> None:
    """R21 B17: an approver or the acting admin who was disabled cannot carry a reset."""
    played = await playing.ready(w)
    await w.parts.directory.administration.disable(UUID(w.accounts[who]), "left_company", uuid4())
    session_still_open = w.execute(played.case_id, "bo") if who == "cleo" else None
    if session_still_open is None:
        return
    await session_still_open
    await w.until(played.case_id, lambda one: one.spent_seq > 0)
    assert (await w.case(played.case_id))[0].claimed_at is None


async def test_a_changed_plan_voids_the_verdicts(w: World) -> None:
    """R20: a factor more at the judging: new plan, event, verdicts and step-up void; then it goes like the others."""
    played = await playing.ready(w)
    before, _ = await w.case(played.case_id)
    await w.owner(
        "INSERT INTO directory.factors (account_id, kind, label, enrolled_at) VALUES ($1, 'sms', 'late', now())",
        w.accounts["kim"],
    )
    await w.execute(played.case_id, "bo")
    case = await w.until(played.case_id, lambda one: one.plan_version == 2 and one.phase is Phase.VERIFICATION)
    assert case.claimed_at is None
    changed = await w.audit(played.case_id, "recovery.plan_changed")
    assert [(one["data"]["before"], one["data"]["after"]) for one in changed] == [
        (before.plan.digest(), case.plan.digest())
    ]
    assert "mfa.factor_removed" not in await w.audit_types(played.case_id)
    with pytest.raises(Refused, check=coded("verification_missing")):
        await w.execute(played.case_id, "bo")

    await playing.verify(w, played.case_id)
    await playing.present(w, played.case_id, "kim")
    await w.execute(played.case_id, "bo")
    await w.until_phase(played.case_id, Phase.RE_ENROLMENT)
    assert (await w.audit_types(played.case_id)).count("mfa.factor_removed") == 4


async def test_a_factor_that_slips_in_before_the_claim_is_named(make_world: MakeWorld) -> None:
    """R20 R31: enrolled between the judged read and the claim: judged by nobody, so named; the account is locked."""
    hooks = Hooks()
    async with make_world(wrap=hooks.wrap) as w:
        played = await playing.ready(w)

        async def slip_in(asked: str, inner: Callable[[], Awaitable[Account]]) -> Account:
            account = await inner()
            if asked == w.accounts["kim"] and hooks.on_read is not None:
                hooks.on_read = None
                await w.owner(
                    "INSERT INTO directory.factors (account_id, kind, label, enrolled_at) "
                    "VALUES ($1, 'sms', 'quick', directory.now($2))",
                    asked,
                    w.tenant_id,
                )
            return account

        hooks.on_read = slip_in
        await w.execute(played.case_id, "bo")
        case = await w.until_closed(played.case_id)
        assert (case.outcome, case.code) == (Outcome.INTERRUPTED, "wipe_incomplete")
        subject = await w.parts.feed.read(w.accounts["kim"])
        assert subject.status is AccountStatus.LOCKED
        [event] = await w.audit(played.case_id, "mfa.factor_admin_reset")
        assert event["data"]["left"] == [one.id for one in subject.factors]
