"""A friendly agent: picks people, reasons and moments so that fewer eyes look (R6, R13, R14, R16, R21)."""

from __future__ import annotations

from uuid import UUID, uuid4

import pytest

from domain.acts import CancelBody, CancelReason, ExecuteBody, Method, PresenceBody, Verdict
from domain.case import Reason
from domain.errors import InputRefused, NotSignedIn, RecoveryError, Refused, StepUpRefused
from domain.messages import Phase
from domain.people import Tier
from service import deciding, sessions
from tests.attacks.support import one_person
from tests.support import playing
from tests.support.world import World


async def test_no_case_about_the_own_second_login(w: World) -> None:
    """R6 B05: a second login of the subject's person opens nothing."""
    await one_person(w, "kim", "bo")
    with pytest.raises(Refused) as refused:
        await w.open("bo", "kim")
    assert refused.value.code == "own_case"


async def test_no_verdict_from_the_agents_second_login(w: World) -> None:
    """R13 B05: the agent's other login is the agent."""
    await one_person(w, "cleo", "bo")
    case_id = await w.open("bo", "kim")
    await w.until_phase(case_id, Phase.VERIFICATION)
    with pytest.raises(Refused) as refused:
        await w.verify(case_id, "cleo", Method.IN_PERSON)
    assert refused.value.code == "agent_cannot_approve"


async def test_no_presence_from_the_subjects_second_login(w: World) -> None:
    """R6 R36: an approver who is the subject confirms no browser."""
    await one_person(w, "cleo", "kim")
    case_id = await w.open("bo", "kim")
    await w.until_phase(case_id, Phase.VERIFICATION)
    _, code = await w.wait_in_browser("kim")
    with pytest.raises(Refused) as refused:
        await w.confirm_presence(case_id, "cleo", code)
    assert refused.value.code == "own_case"


@pytest.mark.parametrize("also", ["bo", "dev", "kim"])
async def test_the_manager_who_vouches_is_nobody_else_in_the_case(w: World, also: str) -> None:
    """R14 R6: agent, approver or subject does not vouch through the manager's login that is also theirs."""
    await one_person(w, "mara", also)
    case_id = await w.open("bo", "kim")
    await w.until_phase(case_id, Phase.VERIFICATION)
    with pytest.raises(Refused) as refused:
        await w.verify(case_id, "dev", Method.CORROBORATING_TICKET)
    assert refused.value.code == "author_not_independent"


@pytest.mark.parametrize("role", ["approver", "admin"])
async def test_a_subject_who_became_privileged_is_not_reset_by_a_standard_case(w: World, role: str) -> None:
    """R6 R34: a role gained after opening makes the subject privileged; the standard case does not reset them."""
    played = await playing.ready(w)
    await w.give_roles("kim", role)
    await w.execute(played.case_id, "bo")
    await w.until(played.case_id, lambda one: one.spent_seq > 0 or one.claimed_at is not None)
    assert (await w.case(played.case_id))[0].claimed_at is None


async def test_a_role_granted_today_verifies_nothing(w: World) -> None:
    """R21: nobody whose role is younger than seven days verifies."""
    await w.give_roles("dev", "approver", founding=False)
    case_id = await w.open("bo", "kim")
    await w.until_phase(case_id, Phase.VERIFICATION)
    with pytest.raises(Refused) as refused:
        await w.verify(case_id, "dev", Method.IN_PERSON)
    assert refused.value.code == "role_too_young"


async def test_a_reason_that_the_account_contradicts_is_refused(w: World) -> None:
    """R1 R16: a caller without a security key has lost none; the reason must not make the lost phone's number count."""
    with pytest.raises(Refused) as refused:
        await w.open("bo", "kim", reason=Reason.LOST_SECURITY_KEY)
    assert refused.value.code == "reason_contradicts_account"


async def test_a_failed_verification_is_not_forgotten_by_reopening(w: World) -> None:
    """R41 B10: after `failed` the next case about the same person has the privileged tier."""
    case_id = await w.open("bo", "kim")
    await w.until_phase(case_id, Phase.VERIFICATION)
    body = await w.verdict(case_id, Method.IN_PERSON)
    await w.decide("cleo", case_id, body.model_copy(update={"verdict": Verdict.FAILED}))
    await w.until_closed(case_id)
    again = await w.open("bo", "kim")
    assert (await w.case(again))[0].tier is Tier.PRIVILEGED


async def test_what_belongs_to_another_case_serves_no_case(w: World) -> None:
    """B23 B24: presence id, step-up and Idempotency-Key of one case are refused in another."""
    first = await playing.ready(w, "kim")
    second = await playing.verified(w, "lee")
    case, acts = await w.case(first.case_id)
    foreign = next(act.body.presence_id for act in acts if isinstance(act.body, PresenceBody))
    with pytest.raises(RecoveryError) as refused:
        await w.decide("dev", second, PresenceBody(presence_id=foreign))
    assert refused.value.code == "presence_code_wrong"
    answer = await w.step_up("bo", first.case_id, ExecuteBody())
    await playing.present(w, second, "lee")
    bo = await w.session("bo")
    with pytest.raises(StepUpRefused) as refused:
        await deciding.decide(w.doors, bo, second, ExecuteBody(), key=str(uuid4()), answer=answer)
    assert refused.value.code == "step_up_mismatch"
    used = await w.owner("SELECT idempotency_key FROM recovery.acts WHERE case_id = $1 AND kind = 'open'", case.id)
    with pytest.raises(InputRefused) as refused:
        await deciding.decide(w.doors, bo, second, ExecuteBody(), key=used)
    assert refused.value.code == "idempotency_key_reused"
    assert (await w.case(second))[0].claimed_at is None


async def test_somebody_elses_step_up_is_refused(w: World) -> None:
    """B24: a proof belongs to the login that gave it, and a refused try leaves it to its owner."""
    case_id = await w.open("bo", "kim")
    await w.until_phase(case_id, Phase.VERIFICATION)
    body = await w.verdict(case_id, Method.IN_PERSON)
    answer = await w.step_up("cleo", case_id, body)
    with pytest.raises(StepUpRefused) as refused:
        await deciding.decide(w.doors, await w.session("dev"), case_id, body, key="k", answer=answer)
    assert refused.value.code == "step_up_refused"
    await deciding.decide(w.doors, await w.session("cleo"), case_id, body, key="k", answer=answer)


async def test_a_browser_confirmed_for_a_cancelled_case_is_not_bound_again_without_its_code(w: World) -> None:
    """R36: cancelling and reopening needs a new code, read out on the new case's verified channel."""
    first = await playing.ready(w)
    _, acts = await w.case(first.case_id)
    old = next(act.body for act in acts if isinstance(act.body, PresenceBody))
    await w.decide("bo", first.case_id, CancelBody(reason=CancelReason.OPENED_IN_ERROR), proved=False)
    await w.until_closed(first.case_id)
    again = await playing.verified(w)
    with pytest.raises(RecoveryError) as refused:
        await w.decide("cleo", again, PresenceBody(presence_id=old.presence_id))
    assert refused.value.code == "presence_code_wrong"


async def test_a_spent_confirmation_is_not_renewed_without_a_new_code(w: World) -> None:
    """R36: one judgement uses the confirmation up; the next needs a code that the subject reads out anew."""
    played = await playing.ready(w)
    await w.owner("UPDATE directory.accounts SET status = 'disabled' WHERE id = $1", UUID(w.accounts["kim"]))
    await w.execute(played.case_id, "bo")
    case = await w.until_phase(played.case_id, Phase.PRESENCE)
    _, acts = await w.case(case.id)
    old = next(act.body for act in acts if isinstance(act.body, PresenceBody))
    with pytest.raises(RecoveryError) as refused:
        await w.decide("cleo", case.id, PresenceBody(presence_id=old.presence_id))
    assert refused.value.code == "presence_code_wrong"


async def test_only_the_approver_who_entered_the_code_binds_the_browser(w: World) -> None:
    """R36: the approver who signs the presence is who heard the code on the verified channel."""
    case_id = await playing.verified(w)
    _, code = await w.wait_in_browser("kim")
    presence = await deciding.confirm_presence(w.doors, await w.session("dev"), case_id, code)
    with pytest.raises(RecoveryError) as refused:
        await w.decide("cleo", case_id, PresenceBody(presence_id=presence))
    assert refused.value.code == "presence_code_wrong"


async def test_a_security_officer_does_not_cancel_the_case_about_themselves(w: World) -> None:
    """R6: a thief of an officer's device and session must not end the hostile case about that officer."""
    await w.give_roles("bo", "agent", "security")
    case_id = await w.open("bo", "sol", **playing.HOSTILE)
    await w.until_phase(case_id, Phase.VERIFICATION)
    with pytest.raises(Refused) as refused:
        await w.decide("sol", case_id, CancelBody(reason=CancelReason.OPENED_IN_ERROR), proved=False)
    assert refused.value.code == "own_case"


async def test_an_account_that_somebody_else_locked_is_not_opened_by_a_recovery(w: World) -> None:
    """R37 B17: only what an enrolment window locked is opened by the next case."""
    await w.owner(
        "UPDATE directory.accounts SET status = 'locked', status_reason = 'imported' WHERE id = $1",
        UUID(w.accounts["kim"]),
    )
    with pytest.raises(Refused) as refused:
        await w.open("bo", "kim")
    assert refused.value.code == "subject_locked"


async def test_one_agent_and_one_approver_cannot_lock_somebody_out_for_good(w: World) -> None:
    """R19 R24: a hostile case that was contained and then cancelled leaves a way back."""
    case_id = await w.open("bo", "kim", **playing.HOSTILE)
    await w.until_phase(case_id, Phase.VERIFICATION)
    await w.verify(case_id, "cleo", Method.IN_PERSON)
    await w.until(case_id, lambda one: one.contained_at is not None)
    await w.decide("bo", case_id, CancelBody(reason=CancelReason.OPENED_IN_ERROR), proved=False)
    await w.until_closed(case_id)
    await w.open("bo", "kim", **playing.HOSTILE)


async def test_a_contained_account_that_somebody_else_disabled_is_not_enabled(w: World) -> None:
    """B17: a subject who left the company while their hostile case was open is not let back in by its end."""
    played = await playing.ready(w, "vic", **playing.HOSTILE)
    await w.parts.directory.administration.disable(UUID(w.accounts["vic"]), "left_company", uuid4())
    await w.execute(played.case_id, "bo")
    await w.until(played.case_id, lambda one: one.spent_seq > 0 or one.claimed_at is not None)
    assert (await w.case(played.case_id))[0].claimed_at is None


async def test_an_ended_session_decides_nothing(w: World) -> None:
    """B24: after sign-out the token is dead at every door."""
    session = await w.session("bo")
    token = sessions._token(w.doors.secret, session.id)
    await sessions.sign_out(w.doors, session)
    with pytest.raises(NotSignedIn) as refused:
        await sessions.authenticate(w.doors, token)
    assert refused.value.code == "not_signed_in"
