"""Step-up: a fresh proof over one content, once, by a key or a code that was not used before (R27)."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest

from directory.database import SQL
from directory.errors import (
    BindingMismatch,
    CodeReused,
    CredentialRefused,
    EnrolmentRequired,
    FactorKindRefused,
    SecondFactorRefused,
    SignInRefused,
    Throttled,
    TransactionUnusable,
    WrongCode,
)
from directory.records import Proof, StepUpStarted, TotpResponse, WebAuthnResponse
from starter.soft_authenticator import SoftAuthenticator
from tests.directory.world import BACKUP_CODES, ORIGIN, PASSWORD, World, backup
from tests.support.refusals import coded

CASE = b"case 1 with plan 7"


async def begin(world: World, login: str = "ann", binding: bytes = CASE) -> StepUpStarted:
    """A step-up over `binding`."""
    return await world.authentication.start_step_up(world.people[login], binding)


async def test_levels(world: World) -> None:
    """R27: TOTP proves AAL2, a hardware-bound key AAL3 and phishing-resistant, a synced one AAL2."""
    started = await begin(world)
    assert started.kinds == ["totp"]
    assert started.webauthn_options is None
    proof = await world.authentication.finish_step_up(started.transaction_id, world.fresh_totp(), CASE)
    assert (proof.aal, proof.phishing_resistant, proof.hardware_bound) == (2, False, False)
    assert (proof.account_id, proof.person_id) == (world.ann, world.persons["ann"])
    started = await begin(world, "kim")
    proof = await world.authentication.finish_step_up(started.transaction_id, world.answer(started), CASE)
    assert (proof.kind, proof.aal, proof.phishing_resistant, proof.hardware_bound) == ("webauthn", 3, True, True)
    world.key.backup_eligible = True
    started = await begin(world, "kim")
    proof = await world.authentication.finish_step_up(started.transaction_id, world.answer(started), CASE)
    assert (proof.aal, proof.phishing_resistant, proof.hardware_bound) == (2, True, False)


async def test_one_code_for_one_proof(world: World) -> None:
    """B14 (a): a code accepted once is refused for another case, as reuse, by another door too."""
    code = world.fresh_totp()
    started = await begin(world)
    await world.authentication.finish_step_up(started.transaction_id, code, CASE)
    other = await begin(world, binding=b"case 2")
    with pytest.raises(CodeReused):
        await world.authentication.finish_step_up(other.transaction_id, code, b"case 2")
    begun = await world.authentication.start_sign_in(world.tenant_id, "ann", PASSWORD)
    with pytest.raises(CodeReused):
        await world.authentication.finish_sign_in(begun.transaction_id, code)
    reasons = [one.data["reason"] for one in await world.events(world.ann) if one.type.endswith("failed")]
    assert reasons == ["code_reused", "code_reused"]


async def test_an_earlier_step_is_not_accepted_after_a_later_one(world: World) -> None:
    """B14: after the code of the next step, that of the present one is used up too."""
    early, late = TotpResponse(world.code()), TotpResponse(world.code(steps=1))
    started = await begin(world)
    await world.authentication.finish_step_up(started.transaction_id, late, CASE)
    started = await begin(world)
    with pytest.raises(CodeReused):
        await world.authentication.finish_step_up(started.transaction_id, early, CASE)


async def test_the_set_up_code_is_no_step_up(world: World) -> None:
    """B14 (b): the code that confirmed the enrolment is used up by it."""
    await world.wipe(world.ann)
    token = await world.granted(world.ann)
    seed = await world.enrol_totp(token)
    started = await begin(world)
    with pytest.raises(CodeReused):
        await world.authentication.finish_step_up(started.transaction_id, TotpResponse(world.code(seed)), CASE)
    world.clock.next_step()
    await world.authentication.finish_step_up(started.transaction_id, TotpResponse(world.code(seed)), CASE)


async def test_guesses_in_parallel(world: World) -> None:
    """B14 (c): of a hundred parallel wrong codes five are checked; then new challenges and right codes are refused."""
    started = await begin(world)
    async with asyncio.timeout(30):
        results = await asyncio.gather(
            *(
                world.authentication.finish_step_up(started.transaction_id, TotpResponse("000000"), CASE)
                for _ in range(100)
            ),
            return_exceptions=True,
        )
    assert sum(isinstance(one, WrongCode) for one in results) == 5
    assert sum(isinstance(one, Throttled) for one in results) == 95
    again = await begin(world)
    with pytest.raises(Throttled):
        await world.authentication.finish_step_up(again.transaction_id, world.fresh_totp(), CASE)
    kim = await begin(world, "kim")
    assert isinstance(await world.authentication.finish_step_up(kim.transaction_id, world.answer(kim), CASE), Proof)
    await world.pass_time(timedelta(minutes=10, seconds=1))
    again = await begin(world)
    await world.authentication.finish_step_up(again.transaction_id, world.fresh_totp(), CASE)


async def test_parallel_uses_of_one_right_code(world: World) -> None:
    """B14: one code sent for five step-ups at once proves one of them."""
    begun = [await begin(world) for _ in range(5)]
    code = world.fresh_totp()
    results = await asyncio.gather(
        *(world.authentication.finish_step_up(one.transaction_id, code, CASE) for one in begun), return_exceptions=True
    )
    assert sum(isinstance(one, Proof) for one in results) == 1
    assert sum(isinstance(one, CodeReused) for one in results) == 4


async def test_a_proof_is_for_the_content_it_was_begun_for(world: World) -> None:
    """B24, R27: another binding is refused and uses nothing up; so is a second use of the transaction."""
    started = await begin(world, "kim")
    answer = world.answer(started)
    with pytest.raises(BindingMismatch):
        await world.authentication.finish_step_up(started.transaction_id, answer, b"case 2")
    await world.authentication.finish_step_up(started.transaction_id, answer, CASE)
    with pytest.raises(TransactionUnusable):
        await world.authentication.finish_step_up(started.transaction_id, world.answer(started), CASE)


async def test_an_old_assertion_does_not_answer_a_new_challenge(world: World) -> None:
    """B24: the signed challenge decides, so a replay with a live transaction is refused."""
    first = await begin(world, "kim")
    answer = world.answer(first)
    second = await begin(world, "kim")
    with pytest.raises(CredentialRefused):
        await world.authentication.finish_step_up(second.transaction_id, answer, CASE)


def _with_rp(options: str, rp_id: str) -> str:
    return json.dumps({**json.loads(options), "rpId": rp_id})


async def test_hostile_assertions(world: World) -> None:
    """B24: wrong origin, wrong RP id, no user verification, a foreign key and rubbish are all refused alike."""

    def foreign(options: str) -> Any:
        return SoftAuthenticator().get(options, ORIGIN)

    def unverified(options: str) -> Any:
        world.key.verifies_user = False
        try:
            return world.key.get(options, ORIGIN)
        finally:
            world.key.verifies_user = True

    def tampered(options: str) -> Any:
        answer = world.key.get(options, ORIGIN)
        answer["response"]["signature"] = "AAAA"
        return answer

    attacks: list[Callable[[str], Any]] = [
        lambda options: world.key.get(options, "https://evil.example.test"),
        lambda options: world.key.get(_with_rp(options, "evil.example.test"), ORIGIN),
        unverified,
        foreign,
        tampered,
        lambda _: {},
        lambda _: {"rawId": 5, "response": None},
        lambda _: "not json",
        lambda _: ["[" * 1000],
        lambda _: "[" * 30_000,
        lambda _: None,
    ]
    for attack in attacks:
        started = await begin(world, "kim")
        assert started.webauthn_options is not None
        with pytest.raises(CredentialRefused):
            await world.authentication.finish_step_up(
                started.transaction_id, WebAuthnResponse(attack(started.webauthn_options)), CASE
            )
        await world.pass_time(timedelta(minutes=11))


async def test_a_counter_that_goes_back_is_refused(world: World) -> None:
    """B24: a cloned key shows by its counter."""
    world.key.sign_count = 10
    started = await begin(world, "kim")
    await world.authentication.finish_step_up(started.transaction_id, world.answer(started), CASE)
    for count in (10, 3):
        world.key.sign_count = count
        started = await begin(world, "kim")
        world.key.sign_count = count - 1
        with pytest.raises(CredentialRefused):
            await world.authentication.finish_step_up(started.transaction_id, world.answer(started), CASE)


async def test_the_counter_is_kept_by_the_statement_too(world: World) -> None:
    """B24: of parallel answers with one counter the database takes one, and none of a removed key."""
    [key] = (await world.administration.read(world.kim)).factors
    taken = await asyncio.gather(*(world.pool.fetchval(SQL["accept_sign_count"], key.id, 5, False) for _ in range(10)))
    assert sum(one is not None for one in taken) == 1
    await world.wipe(world.kim)
    assert await world.pool.fetchval(SQL["accept_sign_count"], key.id, 6, False) is None


async def test_a_backup_code_steps_nobody_up(world: World) -> None:
    """R27: refused for staff, and not used up."""
    started = await begin(world)
    with pytest.raises(FactorKindRefused):
        await world.authentication.finish_step_up(started.transaction_id, backup(BACKUP_CODES[0]), CASE)
    assert (await world.administration.read(world.ann)).backup_codes_left == len(BACKUP_CODES)


async def test_who_may_not_step_up(world: World) -> None:
    """R21: not a disabled account, also when begun before, nor one that waits for its enrolment."""
    started = await begin(world, "kim")
    await world.administration.disable(world.kim, "left", uuid4())
    with pytest.raises(TransactionUnusable):
        await world.authentication.finish_step_up(started.transaction_id, world.answer(started), CASE)
    with pytest.raises(SignInRefused, check=coded("sign_in_refused")):
        await begin(world, "kim")
    await world.wipe(world.ann)
    with pytest.raises(EnrolmentRequired):
        await begin(world)


async def test_step_up_and_sign_in_share_the_brake(world: World) -> None:
    """R27: guesses at one door count at the other, for it is the same person."""
    begun = await world.authentication.start_sign_in(world.tenant_id, "ann", PASSWORD)
    started = await begin(world)
    for _ in range(3):
        with pytest.raises(SecondFactorRefused):
            await world.authentication.finish_sign_in(begun.transaction_id, TotpResponse("x"))
    for _ in range(2):
        with pytest.raises(SecondFactorRefused):
            await world.authentication.finish_step_up(started.transaction_id, TotpResponse("x"), CASE)
    with pytest.raises(Throttled):
        await world.authentication.finish_step_up(started.transaction_id, world.fresh_totp(), CASE)
