"""One case for every way through the runbook; `record` plays them and keeps their histories (temporal.md F1)."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING
from uuid import uuid4

from directory.records import BackupCodeResponse, SignInStarted
from domain.acts import CancelBody, CancelReason, CodesUsedBody, Evidence, Method, Verdict, VerdictBody
from domain.messages import Phase
from tests.support import playing

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from uuid import UUID

    from tests.support.world import World

CANCEL = CancelBody(reason=CancelReason.SUBJECT_WITHDREW)
WINDOW = timedelta(minutes=16)


async def recovered(w: World) -> tuple[UUID, int]:
    """The routine case."""
    played = await playing.wiped(w)
    await playing.enrol(w, played.browser)
    return played.case_id, 0


async def reset_refused_first(w: World) -> tuple[UUID, int]:
    """A silent browser: the judge refuses, the case goes back and comes again."""
    played = await playing.ready(w)
    await w.forward(timedelta(seconds=121))
    await w.execute(played.case_id, "bo")
    await w.until_phase(played.case_id, Phase.PRESENCE)
    again = await playing.present(w, played.case_id, "kim")
    await w.execute(played.case_id, "bo")
    await w.until_phase(played.case_id, Phase.RE_ENROLMENT)
    await playing.enrol(w, again.browser)
    return played.case_id, 0


async def hostile_recovered(w: World) -> tuple[UUID, int]:
    """A device in other hands."""
    case_id = await w.open("bo", "vic", **playing.HOSTILE)
    await w.until_phase(case_id, Phase.VERIFICATION)
    await w.verify(case_id, "cleo", Method.CALLBACK)
    await w.until(case_id, lambda one: one.contained_at is not None)
    await w.verify(case_id, "dev", Method.CORROBORATING_TICKET)
    await w.until_phase(case_id, Phase.PRESENCE)
    played = await playing.present(w, case_id, "vic", with_password=False)
    await w.execute(case_id, "bo")
    await w.until_phase(case_id, Phase.RE_ENROLMENT)
    await playing.enrol(w, played.browser, new_password="a-new-harbour-lantern-for-vic")
    return case_id, 0


async def self_service(w: World) -> tuple[UUID, int]:
    """A backup code did it."""
    case_id = await w.open("bo", "lee")
    await w.until_phase(case_id, Phase.BACKUP_CODES)
    lee = w.people["lee"]
    started = await w.parts.directory.sign_in.start(w.tenant_id, lee.login, lee.password)
    assert isinstance(started, SignInStarted)
    await w.parts.directory.sign_in.finish(started.transaction_id, BackupCodeResponse("7K3M-9QXZ-2WHT-5RVN"))
    await w.until(case_id, lambda one: one.code == "code_sign_in_to_confirm")
    await w.decide("bo", case_id, CodesUsedBody(), proved=False)
    return case_id, 0


async def denied(w: World) -> tuple[UUID, int]:
    """The verification failed."""
    case_id = await w.open("bo", "kim")
    await w.until_phase(case_id, Phase.VERIFICATION)
    evidence = Evidence(seen="Nobody there had lost anything", reference="call log 18")
    await w.decide("dev", case_id, VerdictBody(verdict=Verdict.FAILED, method=Method.CALLBACK, evidence=evidence))
    return case_id, 0


async def cancelled(w: World) -> tuple[UUID, int]:
    """Stopped by the agent just before the step-up."""
    played = await playing.ready(w)
    await w.decide("bo", played.case_id, CANCEL, proved=False)
    return played.case_id, 0


async def expired(w: World) -> tuple[UUID, int]:
    """Nobody came."""
    case_id = await w.open("bo", "lee")
    case = await w.until_phase(case_id, Phase.BACKUP_CODES)
    await w.pass_time(case_id, case.policy.case_lifetime + timedelta(seconds=1))
    return case_id, 0


async def enrolment_expired(w: World) -> tuple[UUID, int]:
    """The window was not used."""
    played = await playing.wiped(w)
    await w.pass_time(played.case_id, WINDOW)
    return played.case_id, 0


async def interrupted(w: World) -> tuple[UUID, int]:
    """Terminated before the claim: the continuation says so and ends."""
    case_id = await playing.verified(w)
    await w.handle(case_id).terminate()
    await w.sweep.sweep()
    return case_id, 1


async def recovered_by_continuation(w: World) -> tuple[UUID, int]:
    """Terminated after the wipe: the continuation carries the case to its end."""
    played = await playing.wiped(w)
    await w.handle(played.case_id).terminate()
    await playing.swept(w)
    await playing.enrol(w, played.browser)
    return played.case_id, 1


async def cancelled_among_foreign_messages(w: World) -> tuple[UUID, int]:
    """Unknown, malformed and made-up messages and a cancel request, then a cancellation at the door."""
    case_id = await w.open("bo", "kim")
    await w.until_phase(case_id, Phase.VERIFICATION)
    handle = w.handle(case_id)
    await handle.signal("identity_verification_signalled", {"act_id": "approve"})
    await handle.signal("identity_verification_signalled", {"act_id": str(uuid4())})
    await handle.signal("approve", {"approver": "somebody"})
    await handle.cancel()
    codes = ("message_malformed", "act_unknown", "message_unknown", "workflow_cancel_ignored")
    await playing.audited(w, case_id, *codes)
    await w.decide("bo", case_id, CANCEL, proved=False)
    return case_id, 0


SCENES: dict[str, Callable[[World], Awaitable[tuple[UUID, int]]]] = {
    one.__name__: one
    for one in (
        recovered,
        reset_refused_first,
        hostile_recovered,
        self_service,
        denied,
        cancelled,
        expired,
        enrolment_expired,
        interrupted,
        recovered_by_continuation,
        cancelled_among_foreign_messages,
    )
}
OUTCOMES = {
    "reset_refused_first": "recovered",
    "hostile_recovered": "recovered",
    "recovered_by_continuation": "recovered",
    "cancelled_among_foreign_messages": "cancelled",
}
"""How a scene ends, where its name does not say so."""
