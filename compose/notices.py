"""How notices and announcements leave the house: the channels that settings name, and the relays over them."""

from __future__ import annotations

from datetime import UTC, datetime
from functools import partial
from typing import TYPE_CHECKING
from uuid import uuid4

from compose.parts import stop_secret
from connectors.outbox_page import OutboxPageChannel
from connectors.smtp import Security, SmtpChannel, SmtpServer
from connectors.webhook import Endpoint, WebhookChannel
from domain.notice_words import Speech
from service.stop_tokens import StopTokens
from starter.relay.announcements import AnnouncementParts, AnnouncementRelay
from starter.relay.notice_orders import NoticeOrders
from starter.relay.notice_texts import NoticeTexts
from starter.relay.notices import NoticeParts, NoticeRelay
from store.campaigns import CampaignBook
from store.notices import NoticeBook
from web.languages import translated

if TYPE_CHECKING:
    from collections.abc import Callable

    from compose.parts import Parts
    from domain.ports import NoticeChannel
    from settings import Settings


def notice_relay(these: Parts, settings: Settings) -> NoticeRelay:
    """What brings notices to people."""
    book = NoticeBook(these.ledger)
    return NoticeRelay(
        NoticeParts(
            ledger=these.ledger,
            book=book,
            orders=NoticeOrders(these.ledger, book, these.feed, uuid4),
            texts=NoticeTexts(
                these.ledger,
                StopTokens(stop_secret(these)),
                base_url=settings.stop_page_url,
                help_line=translated(settings.help_line, settings.notice_language),
                speech=speech_of(settings),
            ),
            channels=notice_channels(settings, book),
            new_id=uuid4,
        )
    )


def announcement_relay(these: Parts, settings: Settings) -> AnnouncementRelay:
    """What brings a campaign's announcements to people."""
    channels = notice_channels(settings, NoticeBook(these.ledger))
    return AnnouncementRelay(
        AnnouncementParts(
            book=CampaignBook(these.ledger),
            accounts=these.feed,
            channels=channels,
            help_line=translated(settings.help_line, settings.notice_language),
            speech=speech_of(settings),
        )
    )


def speech_of(settings: Settings) -> Speech:
    """The language in which notices and announcements are written."""
    language = settings.notice_language
    return Speech(language=language, say=partial(translated, language=language))


def notice_channels(settings: Settings, book: NoticeBook) -> list[NoticeChannel]:
    """The channels that settings name, in their order."""
    makers: dict[str, Callable[[], NoticeChannel]] = {
        "smtp": lambda: SmtpChannel(_smtp_server(settings), now=_now),
        "webhook": lambda: WebhookChannel(_endpoint(settings), now=_now),
        "outbox": lambda: OutboxPageChannel(book),
    }
    return [makers[name]() for name in dict.fromkeys(settings.notice_channels.split(","))]


def _smtp_server(settings: Settings) -> SmtpServer:
    security, local = Security(settings.smtp_security), settings.smtp_host in {"127.0.0.1", "::1", "localhost"}
    if settings.smtp_from is None:
        raise SystemExit("smtp_from_missing: set RECOVERY_SMTP_FROM to the address that notices come from")
    password = _smtp_password(settings)
    if password is not None and security is Security.NONE and not local:
        raise SystemExit("smtp_password_without_tls: set RECOVERY_SMTP_SECURITY to starttls or tls")
    return SmtpServer(
        host=settings.smtp_host,
        port=settings.smtp_port,
        security=security,
        from_address=settings.smtp_from,
        user=settings.smtp_user or None,
        password=password,
    )


def _smtp_password(settings: Settings) -> str | None:
    if settings.smtp_password is not None:
        return settings.smtp_password.get_secret_value()
    if settings.smtp_password_file is None:
        return None
    try:
        return settings.smtp_password_file.read_text(encoding="utf-8").strip() or None
    except (OSError, UnicodeDecodeError):
        raise SystemExit("smtp_password_file_unreadable: look at RECOVERY_SMTP_PASSWORD_FILE") from None


def _endpoint(settings: Settings) -> Endpoint:
    if settings.webhook_url is None or settings.webhook_secret is None:
        raise SystemExit("webhook_incomplete: set RECOVERY_WEBHOOK_URL and RECOVERY_WEBHOOK_SECRET")
    return Endpoint(url=settings.webhook_url, secret=settings.webhook_secret.get_secret_value().encode())


def _now() -> datetime:
    return datetime.now(UTC)
