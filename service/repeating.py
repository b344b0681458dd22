"""POST requests that make no act: the same Idempotency-Key gives the same answer, or harmlessly a new one."""

from __future__ import annotations

import asyncio
import hmac
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING
from uuid import UUID

from domain.acts import canonical
from service.opening import key_reused
from store.answers import RequestKey, keep_answer, kept_answer, take_key

if TYPE_CHECKING:
    from service.doors import Doors
    from service.sessions import Session

Answer = dict[str, object]
_AGAIN: Answer = {"evaluate": "again"}
_LOOKS, _PAUSE_SECONDS = 20, 0.1


@dataclass(frozen=True)
class Request:
    """One request of one actor. `content` may hold a secret: only its keyed digest is kept."""

    tenant_id: UUID
    actor: str
    key: str
    content: object

    def __repr__(self) -> str:
        return f"Request(key={self.key})"


def request_of(session: Session, key: str, what: str, **content: object) -> Request:
    """A signed-in person's request; `what` tells one path's requests from another's."""
    return Request(session.tenant_id, session.actor.account_id, key, {"what": what, **content})


def request_of_stranger(doors: Doors, tenant_id: UUID, who: str, key: str, content: Answer) -> Request:
    """A request from before the sign-in; keys are kept apart by a digest of `who`, so that strangers do not meet."""
    return Request(tenant_id, "stranger:" + _mac(doors, b"stranger\n" + who.encode())[:32], key, content)


async def once(doors: Doors, request: Request, act: Callable[[], Awaitable[Answer]]) -> Answer:
    """The answer of `act`, remembered under the key; it holds ids and counts only.

    A second request at the same moment waits for the first one's answer, at most two seconds. One whose
    predecessor was refused or lost is evaluated again. Raises `InputRefused` for a key used for other content.
    """
    if not await _take(doors, request):
        for _ in range(_LOOKS):
            answer = await _read(doors, request)
            if answer == _AGAIN:
                break
            if answer is not None:
                return answer
            await asyncio.sleep(_PAUSE_SECONDS)
    try:
        answer = await act()
    except BaseException:
        await asyncio.shield(_write(doors, request, _AGAIN))
        raise
    await _write(doors, request, answer)
    return answer


async def check_key(doors: Doors, request: Request) -> None:
    """For answers that cannot be kept: only refuse a key used for other content. Raises `InputRefused`."""
    if await _take(doors, request):
        await _write(doors, request, _AGAIN)
    else:
        await _read(doors, request)


async def _take(doors: Doors, request: Request) -> bool:
    return await take_key(doors.ledger, _place(request), _digest(doors, request))


async def _read(doors: Doors, request: Request) -> Answer | None:
    kept = await kept_answer(doors.ledger, _place(request))
    if kept is None or not hmac.compare_digest(kept.request_digest, _digest(doors, request)):
        raise key_reused()
    return kept.answer


async def _write(doors: Doors, request: Request, answer: Answer) -> None:
    await keep_answer(doors.ledger, _place(request), answer)


def _place(request: Request) -> RequestKey:
    return RequestKey(tenant_id=request.tenant_id, actor=request.actor, key=request.key)


def _digest(doors: Doors, request: Request) -> str:
    return _mac(doors, b"idempotency\n" + canonical(request.content))


def _mac(doors: Doors, data: bytes) -> str:
    return hmac.new(doors.secret, data, "sha256").hexdigest()
