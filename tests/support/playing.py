"""Scenes that many cases share: verified, present and proved, wiped, enrolled."""

from __future__ import annotations

import asyncio
import dataclasses
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pyotp
import pytest

from directory.errors import DirectoryError
from directory.records import SignInStarted, TotpResponse
from domain.acts import Method
from domain.case import Case, Compromised, Reason
from domain.messages import Phase
from tests.support import waiting

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from uuid import UUID

    from directory.records import IssuedSession
    from service.doors import Doors, Ring
    from tests.support.world import World

AGENT = "bo"
"""An agent with a passkey, who may prove as often as a test likes; TOTP codes work once."""


@dataclass
class Played:
    """A case and the subject's browser."""

    case_id: UUID
    browser: str
    code: str


async def verified(w: World, subject: str = "kim", *, agent: str = AGENT, **intake: object) -> UUID:
    """Open and verify by two people on two channels."""
    case_id = await w.open(agent, subject, **intake)  # type: ignore[arg-type]
    case = await w.until(case_id, lambda one: one.phase is not Phase.INTAKE)
    if case.phase is Phase.BACKUP_CODES:
        await w.state_codes_unavailable(case_id, agent)
        await w.until_phase(case_id, Phase.VERIFICATION)
    await verify(w, case_id)
    return case_id


async def opened(w: World, subject: str = "kim", *, agent: str = AGENT, **intake: object) -> UUID:
    """Open, and leave the backup codes behind."""
    case_id = await w.open(agent, subject, **intake)  # type: ignore[arg-type]
    case = await w.until(case_id, lambda one: one.phase is not Phase.INTAKE)
    if case.phase is Phase.BACKUP_CODES:
        await w.state_codes_unavailable(case_id, agent)
        await w.until(case_id, lambda one: one.phase is not Phase.BACKUP_CODES)
    return case_id


async def verify(w: World, case_id: UUID) -> Case:
    """Both approvers give their verdict."""
    await w.verify(case_id, "cleo", Method.CALLBACK)
    await w.verify(case_id, "dev", Method.CORROBORATING_TICKET)
    return await w.until_phase(case_id, Phase.PRESENCE)


async def present(w: World, case_id: UUID, subject: str, *, with_password: bool = True) -> Played:
    """The subject's browser waits and is confirmed."""
    browser, code = await w.wait_in_browser(subject, with_password=with_password)
    await w.confirm_presence(case_id, "dev", code)
    await w.until_phase(case_id, Phase.STEP_UP)
    return Played(case_id, browser, code)


async def ready(w: World, subject: str = "kim", *, agent: str = AGENT, **intake: object) -> Played:
    """Everything but the step-up; no activity is still at work, whose end a test that counts points would count."""
    case_id = await verified(w, subject, agent=agent, **intake)
    case, _ = await w.case(case_id)
    played = await present(w, case_id, subject, with_password=not case.plan.choose_password)
    await w.until_idle(case_id)
    return played


async def wiped(w: World, subject: str = "kim", *, agent: str = AGENT, **intake: object) -> Played:
    """Wiped; the bound browser may enrol."""
    played = await ready(w, subject, agent=agent, **intake)
    await w.execute(played.case_id, agent)
    await w.until_phase(played.case_id, Phase.RE_ENROLMENT)
    return played


async def enrol(w: World, browser: str, *, new_password: str | None = None) -> tuple[str, list[str]]:
    """Go through the enrolment in the bound browser; returns the new seed and the new backup codes."""
    enrolment = w.parts.directory.enrolment
    await enrolment.begin(browser)
    if new_password:
        await enrolment.choose_password(browser, new_password)
    offer = await enrolment.offer_totp(browser)
    await enrolment.confirm_totp(browser, pyotp.TOTP(offer.secret).now())
    return offer.secret, await enrolment.issue_backup_codes(browser)


async def sign_in(w: World, subject: str, *, remember: bool = False) -> IssuedSession:
    """Sign in to the directory with password and TOTP."""
    person = w.people[subject]
    started = await w.parts.directory.sign_in.start(w.tenant_id, person.login, person.password)
    assert isinstance(started, SignInStarted)
    return await w.parts.directory.sign_in.finish(
        started.transaction_id, TotpResponse(person.totp_code()), remember=remember, trust_browser=remember
    )


async def password_reaches_nothing(w: World, subject: str, password: str | None = None) -> str:
    """The password leads to no session and to no second factor; returns the code of the refusal."""
    person = w.people[subject]
    with pytest.raises(DirectoryError) as refused:
        await w.parts.directory.sign_in.start(w.tenant_id, person.login, password or person.password)
    return refused.value.code


async def keep_alive(w: World, played: Played) -> None:
    """The browser's page asks for news, as it does every few seconds."""
    await w.parts.directory.presence.status(played.browser)


async def audited(w: World, case_id: UUID, *codes: str, event: str = "recovery.foreign_message") -> None:
    """Wait until events of this type with all these codes are in the audit."""

    async def there() -> bool:
        return set(codes) <= {one["data"]["code"] for one in await w.audit(case_id, event)}

    await waiting.until(there)


async def swept(w: World) -> None:
    """Sweep until every case is well: one at which an activity is still at work is left to the next round."""

    async def well() -> bool:
        return await w.sweep.sweep() == 0

    await waiting.until(well)


def deaf(doors: Doors) -> Doors:
    """Doors that commit and then ring nobody, as if their process died there."""

    async def ring(row_id: int) -> bool:
        del row_id
        await asyncio.sleep(0)
        return False

    return hearing(doors, ring)


def hearing(doors: Doors, ring: Ring) -> Doors:
    """Doors that ring in this way."""
    return dataclasses.replace(doors, ring=ring)


HOSTILE: dict[str, Any] = {"reason": Reason.DEVICE_IN_OTHER_HANDS, "password_compromised": Compromised.YES}
MINUTE = timedelta(minutes=1)


async def eventually(there: Callable[[], Awaitable[bool]], *, nudge: Callable[[], Awaitable[None]]) -> None:
    """Wait until it is so; `nudge` does in between what the relay would."""
    await waiting.until(there, nudge=nudge)
