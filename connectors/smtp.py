"""Notices by e-mail over SMTP: one connection each, TLS as configured, and one Message-ID for each notice."""

from __future__ import annotations

import ssl
from contextlib import suppress
from dataclasses import dataclass, field
from email.errors import MessageError
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP as SMTP_POLICY
from email.utils import format_datetime
from enum import StrEnum
from typing import TYPE_CHECKING

import aiosmtplib

from domain.account import ContactKind
from domain.notice_words import clean
from domain.notices import Notice, NoticeRefused

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from domain.ports import HandingOver

_PERMANENT = 500
_NO_SUCH_ADDRESS = "5.1."
"""RFC 3463: the address itself is bad; every other refusal may be one of configuration, and is tried again."""


class Security(StrEnum):
    """How the connection is protected; `starttls` refuses to go on without."""

    STARTTLS = "starttls"
    TLS = "tls"
    NONE = "none"


@dataclass(frozen=True, kw_only=True)
class SmtpServer:
    """Where mail is handed in. Each command may take `timeout_seconds`."""

    host: str
    port: int
    security: Security
    from_address: str
    user: str | None = None
    password: str | None = field(default=None, repr=False)
    timeout_seconds: float = 20.0


class SmtpChannel:
    """Serves e-mail addresses."""

    name = "smtp"
    kinds = frozenset({ContactKind.EMAIL})

    def __init__(self, server: SmtpServer, *, now: Callable[[], datetime], tls: ssl.SSLContext | None = None) -> None:
        self._server = server
        self._now = now
        self._tls = tls or ssl.create_default_context()
        self._from = Address(addr_spec=server.from_address)

    async def deliver(self, notice: Notice, handing_over: HandingOver) -> None:
        """See `domain.ports.NoticeChannel`."""
        to = _address(notice.address)
        message = self.message(notice, to)
        smtp = self._client()
        try:
            await self._prepare(smtp, to)
            await handing_over()
            try:
                await smtp.data(message.as_bytes(policy=SMTP_POLICY))
            except aiosmtplib.SMTPDataError as error:
                # Said after the content: the server has not taken it (RFC 5321 §4.2.5).
                raise NoticeRefused("content_refused" if error.code >= _PERMANENT else "server_busy") from None
            with suppress(aiosmtplib.SMTPException, OSError):
                await smtp.quit(timeout=2)
        finally:
            smtp.close()

    def message(self, notice: Notice, to: Address) -> EmailMessage:
        """The mail. Nothing in its headers can begin a new line: the address is parsed, the names are cleaned (B26)."""
        message = EmailMessage(policy=SMTP_POLICY)
        # RFC 3834: no out-of-office reply to this, and the reader cannot answer it.
        message["Auto-Submitted"] = "auto-generated"
        message["Date"] = format_datetime(self._now())
        message["From"] = Address(clean(notice.tenant), self._from.username, self._from.domain)
        message["To"] = to
        message["Subject"] = clean(notice.subject, longest=200)
        message["Message-ID"] = f"<{notice.id}@{self._from.domain}>"
        message.set_content(notice.text, cte="quoted-printable")
        message.add_alternative(notice.html, subtype="html", cte="quoted-printable")
        return message

    def _client(self) -> aiosmtplib.SMTP:
        return aiosmtplib.SMTP(
            hostname=self._server.host,
            port=self._server.port,
            use_tls=self._server.security is Security.TLS,
            start_tls=False,
            tls_context=self._tls if self._server.security is not Security.NONE else None,
            timeout=self._server.timeout_seconds,
            local_hostname=self._from.domain,
        )

    async def _prepare(self, smtp: aiosmtplib.SMTP, to: Address) -> None:
        """Everything up to the content."""
        try:
            await smtp.connect()
            if self._server.security is Security.STARTTLS:
                await smtp.starttls(tls_context=self._tls)
            if self._server.user is not None:
                await smtp.login(self._server.user, self._server.password or "")
            await smtp.mail(self._from.addr_spec)
            await smtp.rcpt(to.addr_spec)
        except aiosmtplib.SMTPRecipientRefused as error:
            raise NoticeRefused("recipient_refused", final=error.message.startswith(_NO_SUCH_ADDRESS)) from None
        except aiosmtplib.SMTPAuthenticationError:
            raise NoticeRefused("login_refused") from None
        except aiosmtplib.SMTPTimeoutError:
            raise NoticeRefused("server_silent") from None
        except aiosmtplib.SMTPResponseException:
            raise NoticeRefused("server_refused") from None
        except ssl.SSLError:
            raise NoticeRefused("tls_refused") from None
        except (aiosmtplib.SMTPException, OSError) as error:
            broken = isinstance(error.__cause__, ssl.SSLError)
            raise NoticeRefused("tls_refused" if broken else "server_unreachable") from None


def _address(text: str) -> Address:
    """The address, or a refusal: what cannot be parsed or needs SMTPUTF8 is no address to us."""
    try:
        parsed = Address(addr_spec=text)
        parsed.addr_spec.encode("ascii")
    except (ValueError, MessageError, IndexError):
        raise NoticeRefused("address_unusable", final=True) from None
    if not parsed.username or not parsed.domain or clean(text, longest=len(text) + 1) != text:
        raise NoticeRefused("address_unusable", final=True)
    return parsed
