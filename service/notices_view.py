"""The notices of a case as doors show them: by contact id and kind, never an address; failures stand out (R23, B10)."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from domain.notices import Audience, NoticeState
from service.view import View

if TYPE_CHECKING:
    from collections.abc import Sequence

    from store.notices import NoticeStanding

_NOT_TOLD = frozenset({NoticeState.FAILED, NoticeState.UNKNOWN})


class NoticeView(View):
    """One notice: of what, to which contact point, how it left, and how it stands.

    `at` (UTC) is when there was something to tell; `code` says why it has not been accepted.
    """

    occasion: str
    audience: Audience
    contact_id: str
    contact_kind: str
    channel: str | None
    state: NoticeState
    code: str
    at: datetime


def notice_views(notices: Sequence[NoticeStanding]) -> list[NoticeView]:
    """Every notice of the case, oldest first."""
    return [
        NoticeView(
            # What an order's name adds tells two of an occasion apart, which `at` does here.
            occasion=one.occasion.partition(":")[0],
            audience=Audience(one.audience),
            contact_id=one.contact_id,
            contact_kind=one.contact_kind,
            channel=one.channel,
            state=one.state,
            code=one.code,
            at=one.told_at,
        )
        for one in notices
    ]


def failed_count(notices: Sequence[NoticeStanding]) -> int:
    """How many were certainly not delivered."""
    return sum(one.state is NoticeState.FAILED for one in notices)


def nobody_was_told(notices: Sequence[NoticeStanding]) -> bool:
    """Whether there were notices to the subject or the manager, and not one was accepted or is still on its way."""
    states = [one.state for one in notices if one.audience != Audience.STAFF]
    return bool(states) and all(one in _NOT_TOLD for one in states)
