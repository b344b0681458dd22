"""Everything in the plan goes, nothing else does, and what could not be done is named (R29 to R32, B02, B12, B15)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from directory.errors import DirectoryError
from directory.records import SignInStarted
from domain.account import AccountStatus, FactorKind
from domain.errors import ProviderRefused
from domain.messages import Outcome
from domain.plan import OperationKind
from tests.support import playing
from tests.support.hooks import Hooks
from tests.support.refusals import coded

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from domain.ports import Order
    from tests.recovery.conftest import MakeWorld
    from tests.support.world import World


async def test_every_kind_of_factor_goes(w: World) -> None:
    """R31 B02: TOTP, SMS, e-mail code, push, codes and two trusted browsers are each removed once and named."""
    trusted = await playing.sign_in(w, "quinn", remember=True)
    before = await w.parts.feed.read(w.accounts["quinn"])
    assert {one.kind for one in before.factors} >= set(FactorKind) - {
        FactorKind.WEBAUTHN,
        FactorKind.APP_PASSWORD,
        FactorKind.OTHER,
    }
    played = await playing.wiped(w, "quinn")
    subject = await w.parts.feed.read(w.accounts["quinn"])
    assert subject.factors == ()
    removed = await w.audit(played.case_id, "mfa.factor_removed")
    assert sorted(one["data"]["factor"] for one in removed) == sorted(one.id for one in before.factors)
    assert {one["actor"]["id"] for one in removed} == {w.accounts["bo"]}
    quinn = w.people["quinn"]
    with pytest.raises(DirectoryError, check=coded("enrolment_required")):
        await w.parts.directory.sign_in.start(
            w.tenant_id, quinn.login, quinn.password, trusted_browser=trusted.trusted_browser_token
        )


async def test_a_plain_wipe_leaves_password_and_sessions(w: World) -> None:
    """R29 R32 B15: without approval for it no session ends, and the password is as it was and still needed."""
    session = await playing.sign_in(w, "vic", remember=True)
    before = await w.parts.feed.read(w.accounts["vic"])
    played = await playing.wiped(w, "vic")
    await playing.enrol(w, played.browser)
    assert (await w.until_closed(played.case_id)).outcome is Outcome.RECOVERED
    assert str((await w.parts.directory.sessions.use(session.token)).account_id) == w.accounts["vic"]
    assert (await w.parts.directory.sessions.refresh(session.refresh_token or "")).token
    assert (await w.parts.feed.read(w.accounts["vic"])).refresh_tokens == before.refresh_tokens
    vic = w.people["vic"]
    assert isinstance(await w.parts.directory.sign_in.start(w.tenant_id, vic.login, vic.password), SignInStarted)
    with pytest.raises(DirectoryError, check=coded("sign_in_refused")):
        await w.parts.directory.sign_in.start(w.tenant_id, vic.login, "not-the-password")
    types = await w.audit_types(played.case_id)
    assert "user.session_revoked" not in types
    assert "user.password_invalidated" not in types


async def test_an_approved_revocation_spares_no_long_lived_token(w: World) -> None:
    """R29 B15: with sessions in the plan the session, the refresh tokens and the app password are over."""
    session = await playing.sign_in(w, "quinn", remember=True)
    played = await playing.wiped(w, "quinn", revoke_sessions_because="Asked for on the phone")
    subject = await w.parts.feed.read(w.accounts["quinn"])
    assert subject.sessions == subject.refresh_tokens == 0
    for attempt, code in (
        (w.parts.directory.sessions.use(session.token), "session_unknown"),
        (w.parts.directory.sessions.refresh(session.refresh_token or ""), "token_unknown"),
    ):
        with pytest.raises(DirectoryError, check=coded(code)):
            await attempt
    assert (await w.audit_types(played.case_id)).count("user.session_revoked") == 1


@pytest.mark.parametrize("subject", ["opal", "exa"])
async def test_an_account_that_might_skip_enrolment_stays_disabled(w: World, subject: str) -> None:
    """R35 B21: MFA optional or exempt: disabled from the wipe until the new factor stands, then enabled."""
    played = await playing.wiped(w, subject)
    assert (await w.parts.feed.read(w.accounts[subject])).status is AccountStatus.DISABLED
    assert await playing.password_reaches_nothing(w, subject) == "sign_in_refused"
    await playing.enrol(w, played.browser)
    assert (await w.until_closed(played.case_id)).outcome is Outcome.RECOVERED
    account = await w.parts.feed.read(w.accounts[subject])
    assert account.status is AccountStatus.ACTIVE
    types = await w.audit_types(played.case_id)
    assert types.index("user.disabled") < types.index("mfa.factor_removed") < types.index("user.enabled")


def lies_about(
    kind: OperationKind, *, refuse: bool, nth: int = 1
) -> Callable[[Order, Callable[[], Awaitable[str]]], Awaitable[str]]:
    """A provider that refuses the n-th operation of this kind, or says that it is done and does nothing."""
    seen = 0

    async def carry_out(order: Order, inner: Callable[[], Awaitable[str]]) -> str:
        nonlocal seen
        if order.operation.kind is kind:
            seen += 1
            if seen == nth:
                if refuse:
                    raise ProviderRefused
                return "done"
        return await inner()

    return carry_out


@pytest.mark.parametrize("refuse", [False, True], ids=["says_done", "refuses"])
async def test_a_factor_that_stays_is_named(make_world: MakeWorld, *, refuse: bool) -> None:
    """R31 B12: the others go, the one left is named, the account is locked and the case is not recovered."""
    hooks = Hooks()
    async with make_world(wrap=hooks.wrap) as w:
        played = await playing.ready(w)
        hooks.on_carry_out = lies_about(OperationKind.WIPE_FACTORS, refuse=refuse, nth=2)
        await w.execute(played.case_id, "bo")
        case = await w.until_closed(played.case_id)
        assert (case.outcome, case.code) == (Outcome.INTERRUPTED, "wipe_incomplete")
        subject = await w.parts.feed.read(w.accounts["kim"])
        assert subject.status is AccountStatus.LOCKED
        assert len(subject.factors) == 1
        [event] = await w.audit(played.case_id, "mfa.factor_admin_reset")
        assert event["outcome"] == "partial"
        assert event["data"]["left"] == [subject.factors[0].id]
        assert len(event["data"]["removed"]) == 2
        with pytest.raises(DirectoryError, check=coded("enrolment_not_granted")):
            await w.parts.directory.enrolment.begin(played.browser)


@pytest.mark.parametrize("refuse", [False, True], ids=["says_done", "refuses"])
async def test_sessions_that_stay_are_named(make_world: MakeWorld, *, refuse: bool) -> None:
    """R30 B15: a revocation that did not happen keeps the case from being recovered."""
    hooks = Hooks()
    async with make_world(wrap=hooks.wrap) as w:
        await playing.sign_in(w, "vic", remember=True)
        played = await playing.ready(w, "vic", revoke_sessions_because="Asked for on the phone")
        hooks.on_carry_out = lies_about(OperationKind.REVOKE_SESSIONS, refuse=refuse)
        await w.execute(played.case_id, "bo")
        case = await w.until_closed(played.case_id)
        assert (case.outcome, case.code) == (Outcome.INTERRUPTED, "wipe_incomplete")
        [event] = await w.audit(played.case_id, "mfa.factor_admin_reset")
        assert {"sessions", "refresh_tokens"} <= set(event["data"]["left"])


async def test_a_refused_password_reset_is_named(make_world: MakeWorld) -> None:
    """R30: in a hostile case a password that could not be invalidated keeps the case from being recovered."""
    hooks = Hooks()
    async with make_world(wrap=hooks.wrap) as w:
        played = await playing.ready(w, "vic", **playing.HOSTILE)
        hooks.on_carry_out = lies_about(OperationKind.RESET_PASSWORD, refuse=True)
        await w.execute(played.case_id, "bo")
        case = await w.until_closed(played.case_id)
        assert case.outcome is Outcome.INTERRUPTED
        [event] = await w.audit(played.case_id, "mfa.factor_admin_reset")
        assert event["data"]["left"] == ["reset:reset_password"]


async def test_a_browser_that_cannot_be_let_on_waits_for_a_new_case(make_world: MakeWorld) -> None:
    """R36 R37: the grant is refused after the wipe: nobody enrols, the password reaches nothing, the case lives."""
    hooks = Hooks()
    async with make_world(wrap=hooks.wrap) as w:
        played = await playing.ready(w)
        hooks.on_carry_out = lies_about(OperationKind.REQUIRE_ENROLMENT, refuse=True)
        await w.execute(played.case_id, "bo")
        case = await w.until(played.case_id, lambda one: one.wiped_at is not None and one.phase.value == "re_enrolment")
        assert case.outcome is None
        assert await playing.password_reaches_nothing(w, "kim") == "enrolment_required"
        await w.pass_time(played.case_id, playing.MINUTE * 16)
        assert (await w.until_closed(played.case_id)).outcome is Outcome.ENROLMENT_EXPIRED
