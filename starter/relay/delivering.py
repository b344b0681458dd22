"""One try to deliver one message over a channel, for notices and announcements alike: at most once, never a guess."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Protocol

import structlog

from domain.notices import NoticeRefused, NoticeState, NoticeSuperseded

if TYPE_CHECKING:
    from domain.notices import Notice
    from domain.ports import NoticeChannel

_LOG = structlog.get_logger(__name__)
DELIVERY_SECONDS = 90.0
"""Below the lease, so that no message is in two hands."""


class Attempt(Protocol):
    """What the store keeps of one try; its lines in the log begin with `name` and say the id as `field`."""

    name: str
    field: str

    async def begin(self) -> bool:
        """Commit that the content leaves now; False where another attempt has taken the message over."""
        ...

    async def settle(self, state: NoticeState, code: str) -> None:
        """What became of it, once and for all."""
        ...

    async def try_again(self, code: str) -> None:
        """It did not leave: it is due again later."""
        ...


async def hand_over(attempt: Attempt, notice: Notice, channel: NoticeChannel) -> None:
    """Deliver it and settle it; what may have left without an answer is unknown and is not sent again."""
    about: dict[str, str] = {attempt.field: str(notice.id)}
    handed = False

    async def handing_over() -> None:
        nonlocal handed
        if not await attempt.begin():
            raise NoticeSuperseded
        handed = True

    try:
        async with asyncio.timeout(DELIVERY_SECONDS):
            await channel.deliver(notice, handing_over)
    except NoticeSuperseded:
        return
    except NoticeRefused as refused:
        _LOG.info(f"{attempt.name}_refused", **about, code=refused.code, final=refused.final)
        if refused.final:
            await attempt.settle(NoticeState.FAILED, refused.code)
        else:
            await attempt.try_again(refused.code)
        return
    except Exception as error:  # noqa: BLE001 - a driver's errors are its own affair
        _LOG.warning(
            f"{attempt.name}_without_answer",
            **about,
            channel=channel.name,
            handed_over=handed,
            kind=type(error).__name__,
        )
        if handed:
            await attempt.settle(NoticeState.UNKNOWN, "no_answer")
        else:
            await attempt.try_again("channel_failed")
        return
    await attempt.settle(NoticeState.ACCEPTED, "")
