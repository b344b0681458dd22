"""Real servers on loopback that take notices, or misbehave in the ways that servers do."""

from __future__ import annotations

import asyncio
import contextlib
import ipaddress
import ssl
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from aiosmtpd.smtp import SMTP, AuthResult, LoginPassword
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

USER, PASSWORD = "recovery", "smtp-password-of-the-test"


class Mood(StrEnum):
    """How a server behaves."""

    FINE = "fine"
    BUSY = "busy"
    REFUSING = "refusing"
    NO_SUCH_ADDRESS = "no_such_address"
    SILENT = "silent"
    SILENT_AFTER_CONTENT = "silent_after_content"
    DROPPING_AFTER_CONTENT = "dropping_after_content"
    BUSY_AFTER_CONTENT = "busy_after_content"


@dataclass
class MailServer:
    """A mail server on a port of its own; `mails` are the envelopes whose content arrived."""

    mood: Mood = Mood.FINE
    mails: list[Any] = field(default_factory=list)
    logins: list[str] = field(default_factory=list)
    encrypted: list[bool] = field(default_factory=list)
    port: int = 0
    stuck: asyncio.Event = field(default_factory=asyncio.Event)

    async def handle_RCPT(  # noqa: N802 - aiosmtpd's name
        self, server: Any, session: Any, envelope: Any, address: str, options: list[str]
    ) -> str:
        if self.mood is Mood.REFUSING:
            return "554 5.7.1 relay access denied"
        if self.mood is Mood.NO_SUCH_ADDRESS:
            return "550 5.1.1 no such mailbox"
        if self.mood is Mood.BUSY:
            return "451 4.3.2 come back later"
        if self.mood is Mood.SILENT:
            await self.stuck.wait()
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:  # noqa: N802 - aiosmtpd's name
        self.encrypted.append(session.ssl is not None)
        if self.mood is Mood.BUSY_AFTER_CONTENT:
            return "452 4.3.1 disk full"
        self.mails.append(envelope)
        if self.mood is Mood.SILENT_AFTER_CONTENT:
            await self.stuck.wait()
        if self.mood is Mood.DROPPING_AFTER_CONTENT:
            server.transport.abort()
        return "250 2.0.0 taken"

    def authenticate(self, server: Any, session: Any, envelope: Any, mechanism: str, data: Any) -> AuthResult:
        """Whether the login is the test's."""
        given = isinstance(data, LoginPassword) and (data.login, data.password) == (USER.encode(), PASSWORD.encode())
        self.logins.append("accepted" if given else "refused")
        return AuthResult(success=given, handled=False)


@asynccontextmanager
async def mail_server(
    *, mood: Mood = Mood.FINE, starttls: ssl.SSLContext | None = None, tls: ssl.SSLContext | None = None,
    wants_login: bool = False,
) -> AsyncIterator[MailServer]:  # fmt: skip
    """A mail server, with STARTTLS or TLS from the start where a context is given."""
    handler = MailServer(mood=mood)
    loop = asyncio.get_running_loop()
    connected: list[SMTP] = []

    def factory() -> SMTP:
        one = SMTP(
            handler, hostname="mail.test", tls_context=starttls, require_starttls=starttls is not None,
            auth_required=wants_login, auth_require_tls=tls is None,
            authenticator=handler.authenticate if wants_login else None, loop=loop,
        )  # fmt: skip
        connected.append(one)
        return one

    server = await loop.create_server(factory, "127.0.0.1", 0, ssl=tls)
    handler.port = server.sockets[0].getsockname()[1]
    try:
        yield handler
    finally:
        handler.stuck.set()
        server.close()
        for one in connected:
            if one.transport is not None:
                one.transport.close()
            task = one._handler_coroutine
            if task is not None:
                task.cancel()
                with contextlib.suppress(asyncio.CancelledError, Exception):
                    await task


@dataclass
class WebServer:
    """An HTTP server that takes POSTs; `requests` are those whose body arrived, as headers and body."""

    status: int = 204
    mood: Mood = Mood.FINE
    requests: list[tuple[dict[str, str], bytes]] = field(default_factory=list)
    connections: int = 0
    url: str = ""
    location: str = ""
    stuck: asyncio.Event = field(default_factory=asyncio.Event)

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One connection, one request."""
        self.connections += 1
        try:
            await self._answer(reader, writer)
        except (ConnectionError, asyncio.IncompleteReadError):
            return
        finally:
            writer.close()
            with contextlib.suppress(ConnectionError):
                await writer.wait_closed()

    async def _answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
        headers = {name.lower(): value for name, _, value in (line.partition(": ") for line in head[1:] if line)}
        body = await reader.readexactly(int(headers.get("content-length", "0")))
        self.requests.append((headers, body))
        if self.mood is Mood.SILENT_AFTER_CONTENT:
            await self.stuck.wait()
        if self.mood is Mood.DROPPING_AFTER_CONTENT:
            writer.transport.abort()
            return
        extra = f"Location: {self.location}\r\n" if self.location else ""
        writer.write(f"HTTP/1.1 {self.status} X\r\n{extra}Content-Length: 0\r\nConnection: close\r\n\r\n".encode())
        await writer.drain()


@asynccontextmanager
async def web_server(*, status: int = 204, mood: Mood = Mood.FINE) -> AsyncIterator[WebServer]:
    """An HTTP server on a port of its own."""
    made = WebServer(status=status, mood=mood)
    server = await asyncio.start_server(made.serve, "127.0.0.1", 0)
    made.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/notices"
    try:
        yield made
    finally:
        made.stuck.set()
        server.close()
        # The connections' own tasks end with what they wait for.
        await asyncio.sleep(0)


def certificates(folder: Path) -> tuple[ssl.SSLContext, ssl.SSLContext]:
    """A server's TLS context for 127.0.0.1, and a client's that trusts it and nothing else."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "mail.test")])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - timedelta(minutes=1))
        .not_valid_after(now + timedelta(hours=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    pem = certificate.public_bytes(serialization.Encoding.PEM)
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    path = folder / "mail.pem"
    path.write_bytes(private + pem)
    serving = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    serving.load_cert_chain(path)
    return serving, ssl.create_default_context(cadata=pem.decode())
