"""A tired approver: clicks twice, in two tabs, with an old body and another proof (R18, R28, B14, B24)."""

from __future__ import annotations

import asyncio
from uuid import uuid4

import pytest

from domain.acts import Method, Verdict, VerdictBody
from domain.errors import InputRefused, RecoveryError, Refused, StepUpCodeReused, StepUpRefused
from domain.messages import Outcome, Phase
from service import deciding
from service.step_up import StepUpAnswer
from tests.support.refusals import coded
from tests.support.world import World


async def _verdicts(w: World, case_id: object) -> int:
    return int(await w.owner("SELECT count(*) FROM recovery.acts WHERE case_id = $1 AND kind = 'verdict'", case_id))


async def test_a_double_click_is_one_verdict(w: World) -> None:
    """R33 B08: the same key, body and proof sent twice at once makes one act, and both callers hear of success."""
    case_id = await w.open("bo", "kim")
    await w.until_phase(case_id, Phase.VERIFICATION)
    body = await w.verdict(case_id, Method.CALLBACK)
    answer = await w.step_up("cleo", case_id, body)
    cleo = await w.session("cleo")
    await asyncio.gather(*(deciding.decide(w.doors, cleo, case_id, body, key="click", answer=answer) for _ in range(6)))
    assert await _verdicts(w, case_id) == 1


async def test_two_tabs_with_one_proof_are_one_verdict(w: World) -> None:
    """R28 B14: the same proof under two keys carries one act; the other tab is refused."""
    case_id = await w.open("bo", "kim")
    await w.until_phase(case_id, Phase.VERIFICATION)
    body = await w.verdict(case_id, Method.CALLBACK)
    answer = await w.step_up("cleo", case_id, body)
    cleo = await w.session("cleo")
    tabs = (deciding.decide(w.doors, cleo, case_id, body, key=str(uuid4()), answer=answer) for _ in range(6))
    outcomes = await asyncio.gather(*tabs, return_exceptions=True)
    assert await _verdicts(w, case_id) == 1
    assert sum(isinstance(one, RecoveryError) for one in outcomes) == 5


async def test_a_proof_for_one_verdict_carries_no_other(w: World) -> None:
    """R28 B24: one changed word of evidence, another verdict or another method needs its own proof."""
    case_id = await w.open("bo", "kim")
    await w.until_phase(case_id, Phase.VERIFICATION)
    body = await w.verdict(case_id, Method.CALLBACK)
    answer = await w.step_up("cleo", case_id, body.model_copy(update={"verdict": Verdict.UNCERTAIN}))
    changed = body.model_copy(update={"evidence": body.evidence.model_copy(update={"reference": "call log 18"})})
    cleo = await w.session("cleo")
    for other in (body, changed):
        with pytest.raises(StepUpRefused, check=coded("step_up_mismatch")):
            await deciding.decide(w.doors, cleo, case_id, other, key=str(uuid4()), answer=answer)
    assert await _verdicts(w, case_id) == 0


async def test_the_same_verdict_again_counts_once(w: World) -> None:
    """R19: an old body with a new proof is refused while the first one is fresh."""
    case_id = await w.open("bo", "kim")
    await w.until_phase(case_id, Phase.VERIFICATION)
    body = await w.verdict(case_id, Method.CALLBACK)
    await w.decide("cleo", case_id, body)
    with pytest.raises(Refused) as refused:
        await w.decide("cleo", case_id, body)
    assert refused.value.code == "verdict_already_given"


async def test_a_key_serves_one_body(w: World) -> None:
    """B07: the key of one verdict with another body is refused, not answered with the first."""
    case_id = await w.open("bo", "kim")
    await w.until_phase(case_id, Phase.VERIFICATION)
    body = await w.verdict(case_id, Method.CALLBACK)
    await w.decide("cleo", case_id, body, key="mine")
    with pytest.raises(InputRefused, check=coded("idempotency_key_reused")):
        await w.decide("cleo", case_id, await w.verdict(case_id, Method.IN_PERSON), key="mine")


async def test_doubt_is_not_answered_by_the_same_method(w: World) -> None:
    """R18: `uncertain` by callback is not undone by clicking `verified` for the same call."""
    case_id = await w.open("bo", "kim")
    await w.until_phase(case_id, Phase.VERIFICATION)
    body: VerdictBody = await w.verdict(case_id, Method.IN_PERSON)
    await w.decide("cleo", case_id, body.model_copy(update={"verdict": Verdict.UNCERTAIN}))
    await w.decide("cleo", case_id, body)
    await w.decide("dev", case_id, body)
    case = await w.until(case_id, lambda one: one.applied_seq == one.act_seq)
    assert (case.phase, case.code) == (Phase.VERIFICATION, "verification_uncertain")


async def test_failed_wins_over_everything_given_before(w: World) -> None:
    """R18: `failed` ends the case also where it was verified already."""
    case_id = await w.open("bo", "kim")
    await w.until_phase(case_id, Phase.VERIFICATION)
    body = await w.verdict(case_id, Method.IN_PERSON)
    await w.decide("cleo", case_id, body)
    await w.until_phase(case_id, Phase.PRESENCE)
    await w.decide("dev", case_id, body.model_copy(update={"verdict": Verdict.FAILED}))
    assert (await w.until_closed(case_id)).outcome is Outcome.DENIED


async def test_a_totp_code_serves_one_decision(w: World) -> None:
    """B14: the code that proved one decision proves no other, not even within its half minute."""
    await w.give_roles("ada", "approver")
    case_id = await w.open("bo", "opal")
    await w.until_phase(case_id, Phase.VERIFICATION)
    ada, body = await w.session("ada"), await w.verdict(case_id, Method.IN_PERSON)
    code: dict[str, object] = {"kind": "totp", "code": w.people["ada"].totp_code()}
    first = await deciding.begin_step_up(w.doors, ada, case_id, body)
    await deciding.decide(w.doors, ada, case_id, body, key="a", answer=StepUpAnswer(first.id, code))
    other = await w.verdict(case_id, Method.VIDEO_CALL)
    second = await deciding.begin_step_up(w.doors, ada, case_id, other)
    with pytest.raises(StepUpCodeReused):
        await deciding.decide(w.doors, ada, case_id, other, key="b", answer=StepUpAnswer(second.id, code))
