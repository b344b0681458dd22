"""Steps of the enrolment one by one: their order, both kinds of authenticator, and what comes with them."""

from __future__ import annotations

import asyncio
import json
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest

from directory import totp
from directory.errors import (
    CredentialRefused,
    EnrolmentNotGranted,
    EnrolmentStepInvalid,
    PasswordUnsuitable,
    Throttled,
    WrongCode,
)
from starter.soft_authenticator import SoftAuthenticator
from tests.directory.world import ORIGIN, PASSWORD, World


async def test_a_security_key_is_enrolled(world: World) -> None:
    """R35: WebAuthn as the new factor, usable for the very next step-up at AAL3."""
    await world.wipe(world.ann)
    token = await world.granted(world.ann)
    await world.enrolment.begin(token)
    key = SoftAuthenticator()
    factor_id = await world.enrolment.confirm_webauthn(
        token, key.create(await world.enrolment.offer_webauthn(token), ORIGIN), label="Blue key"
    )
    [factor] = (await world.administration.read(world.ann)).factors
    assert (factor.id, factor.kind, factor.label) == (factor_id, "webauthn", "Blue key")
    world.key = SoftAuthenticator.from_dict(json.loads(json.dumps(key.to_dict())))
    started = await world.authentication.start_step_up(world.ann, b"x")
    proof = await world.authentication.finish_step_up(started.transaction_id, world.answer(started), b"x")
    assert (proof.factor_id, proof.aal) == (factor_id, 3)


async def test_hostile_registrations(world: World) -> None:
    """B24: wrong origin, wrong RP id, no user verification, an old challenge and rubbish enrol nothing."""
    await world.wipe(world.ann)
    token = await world.granted(world.ann)
    await world.enrolment.begin(token)
    stale = await world.enrolment.offer_webauthn(token)
    options = await world.enrolment.offer_webauthn(token)
    wrong_rp = json.loads(options)
    wrong_rp["rp"]["id"] = "evil.example.test"
    answers: list[Any] = [
        SoftAuthenticator().create(options, "https://evil.example.test"),
        SoftAuthenticator().create(json.dumps(wrong_rp), ORIGIN),
        SoftAuthenticator(verifies_user=False).create(options, ORIGIN),
        SoftAuthenticator().create(stale, ORIGIN),
        {},
        {"response": {"attestationObject": "AAAA"}},
        "rubbish",
        None,
    ]
    for answer in answers:
        with pytest.raises(CredentialRefused):
            await world.enrolment.confirm_webauthn(token, answer)
    assert (await world.administration.read(world.ann)).factors == []


async def test_steps_have_an_order(world: World) -> None:
    """R35: begin, password, factor, codes, finish; none of them early or twice."""
    token = await world.granted(world.ann, choose_password=True)
    enrolment = world.enrolment
    order: list[tuple[str, Any]] = [
        ("begin", enrolment.begin),
        ("password", lambda one: enrolment.choose_password(one, "a wholly new secret")),
        ("factor", enrolment.offer_totp),
        ("backup_codes", enrolment.issue_backup_codes),
        ("finish", enrolment.finish),
    ]
    for turn, step in order:
        assert (await enrolment.progress(token)).next == turn
        for other, early in order:
            if other not in {turn, "begin"} and (turn, other) != ("finish", "backup_codes"):
                with pytest.raises(EnrolmentStepInvalid):
                    await early(token)
        offered = await step(token)
        if turn == "factor":
            await enrolment.confirm_totp(token, world.code(totp.parse_seed(offered.secret)))
    assert (await enrolment.progress(token)).next == "done"


async def test_begin_is_recorded_once(world: World) -> None:
    """R43: `user.signed_in.mfa_required` stands once, however often the page is opened."""
    token = await world.granted(world.ann)
    await asyncio.gather(*(world.enrolment.begin(token) for _ in range(5)))
    assert (await world.event_types(world.ann)).count("user.signed_in.mfa_required") == 1


async def test_a_factor_is_enrolled_once(world: World) -> None:
    """R33: the confirming code sent five times at once enrols one factor."""
    token = await world.granted(world.ann)
    await world.wipe(world.ann)
    await world.enrolment.begin(token)
    offered = await world.enrolment.offer_totp(token)
    code = world.code(totp.parse_seed(offered.secret))
    results = await asyncio.gather(
        *(world.enrolment.confirm_totp(token, code) for _ in range(5)), return_exceptions=True
    )
    assert sum(isinstance(one, UUID) for one in results) == 1
    assert len((await world.administration.read(world.ann)).factors) == 1
    assert (await world.event_types(world.ann)).count("mfa.factor_enrolled") == 1


async def test_an_offer_is_what_an_app_expects(world: World) -> None:
    """R35: secret, otpauth URI and QR code agree; asking anew voids the first."""
    token = await world.granted(world.ann)
    await world.enrolment.begin(token)
    first = await world.enrolment.offer_totp(token)
    second = await world.enrolment.offer_totp(token)
    assert f"secret={second.secret}" in second.uri
    assert second.uri.startswith("otpauth://totp/Example:ann?")
    assert second.qr_svg.startswith("<svg")
    with pytest.raises(WrongCode):
        await world.enrolment.confirm_totp(token, world.code(totp.parse_seed(first.secret)))
    await world.enrolment.confirm_totp(token, world.code(totp.parse_seed(second.secret)))


async def test_confirming_codes_are_counted(world: World) -> None:
    """B14: twenty tries at the confirming code, then none."""
    token = await world.granted(world.ann)
    await world.enrolment.begin(token)
    await world.enrolment.offer_totp(token)
    results = await asyncio.gather(
        *(world.enrolment.confirm_totp(token, "x") for _ in range(30)), return_exceptions=True
    )
    assert sum(isinstance(one, WrongCode) for one in results) == 20
    assert sum(isinstance(one, Throttled) for one in results) == 10


@pytest.mark.parametrize("password", ["short", "ann", "a" * 20, "x" * 257, "with\0nul in it", "\ud800" * 12, ""])
async def test_passwords_that_will_not_do(world: World, password: str) -> None:
    """R29: at least twelve characters, not the login, storable; NIST SP 800-63B-4 §3.1.1.2."""
    token = await world.granted(world.ann, choose_password=True)
    await world.enrolment.begin(token)
    with pytest.raises(PasswordUnsuitable):
        await world.enrolment.choose_password(token, password)


async def test_an_unknown_browser_enrols_nothing(world: World) -> None:
    """R36: no token, no steps."""
    for token in ("", "nonsense", "\u00e4", "\ud800"):
        with pytest.raises(EnrolmentNotGranted):
            await world.enrolment.progress(token)


async def test_a_factor_enrolled_in_time_stays_good(world: World) -> None:
    """R37: the window is about enrolling; who then misses the codes signs in with the new factor."""
    await world.wipe(world.ann)
    token = await world.granted(world.ann)
    await world.enrol_totp(token)
    await world.pass_time(timedelta(minutes=16))
    view = (await world.administration.read(world.ann)).enrolment
    assert view is not None
    assert view.state == "enrolled"
    started = await world.sign_in.start(world.tenant_id, "ann", PASSWORD)
    assert getattr(started, "kinds", None) == ["totp"]
