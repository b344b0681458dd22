"""What a notice says about its case at the moment it is sent, and the stop link that it carries (R23, R24)."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from domain.ids import case_reference
from domain.notice_words import ENGLISH, Speech, Told, words
from domain.notices import Audience, Notice, Occasion, occasion_of
from domain.policy.cooling import cooling_off

if TYPE_CHECKING:
    from domain.case import Case
    from domain.case_file import CaseFile, Watch
    from service.stop_tokens import StopTokens
    from store.ledger import Ledger
    from store.notices import NoticeRow


class NoticeTexts:
    """Writes notices. `base_url` is where the stop page is reached from outside, without a slash at its end."""

    def __init__(
        self, ledger: Ledger, tokens: StopTokens, *, base_url: str, help_line: str, speech: Speech = ENGLISH
    ) -> None:
        self._ledger = ledger
        self._tokens = tokens
        self._base_url = base_url
        self._help_line = help_line
        self._speech = speech

    async def compose(self, row: NoticeRow) -> tuple[Notice, bytes | None]:
        """The notice and the digest of its stop link's token; people who work on cases get no link.

        Each attempt has a token of its own, because no token is kept to be sent a second time. Raises `CaseNotFound`.
        """
        occasion, to = occasion_of(row.occasion), row.recipient
        file = await self._ledger.read_file(row.tenant_id, row.case_id)
        case = file.case
        token = None if to.audience is Audience.STAFF else self._tokens.new()
        stop_url = f"{self._base_url}/stop/{token}" if token else None
        told = Told(
            occasion=occasion,
            audience=to.audience,
            tenant=row.tenant,
            reference=case_reference(row.case_id),
            at=row.told_at,
            help_line=self._help_line,
            until=None if token is None else _until(row.told_at, case, file.watch),
            begins=_begins(row.told_at, file) if token and occasion in _BEFORE else None,
            code=str(row.about.get("code", "")),
            stop_url=stop_url,
        )
        text = words(told, self._speech)
        notice = Notice(
            id=row.id, tenant=row.tenant, reference=told.reference, occasion=occasion, contact_id=to.contact_id,
            kind=to.kind, address=to.address, subject=text.subject, text=text.text, html=text.html, stop_url=stop_url,
        )  # fmt: skip
        return notice, self._tokens.digest(token) if token else None


_BEFORE = frozenset({Occasion.OPENED, Occasion.VERIFIED})


def _until(at: datetime, case: Case, watch: Watch | None) -> datetime | None:
    """Until when an objection does something: while the case is open and, after a recovery, until its watch is over."""
    if watch is not None:
        return None if watch.ended else watch.until
    return at + timedelta(hours=case.policy.watch.hours) if case.outcome is None else None


def _begins(at: datetime, file: CaseFile) -> datetime | None:
    """The end of the cooling-off as it is known now; it only starts with a notice that was accepted (R25)."""
    if file.case.claimed_at is not None or file.case.outcome is not None:
        return None
    cooling = cooling_off(file)
    begins = cooling.until or at + timedelta(seconds=cooling.seconds)
    return begins if cooling.seconds and begins > at else None
