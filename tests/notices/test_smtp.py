"""The mail channel against a real mail server on loopback: taken, refused, silent, dropped, encrypted, logged in."""

from __future__ import annotations

import email
import email.policy
import ssl
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING
from uuid import UUID

import pytest

from connectors.smtp import Security, SmtpChannel, SmtpServer
from domain.account import ContactKind
from domain.notices import Notice, NoticeRefused, Occasion
from tests.notices.servers import PASSWORD, USER, MailServer, Mood, certificates, mail_server
from tests.support.refusals import coded

if TYPE_CHECKING:
    from email.message import EmailMessage
    from pathlib import Path

NOTICE = Notice(
    id=UUID("3f2b8c1e-0000-4000-8000-00000000abcd"),
    tenant="Acme",
    reference="R-3F2B-8C1E",
    occasion=Occasion.OPENED,
    contact_id="c1",
    kind=ContactKind.EMAIL,
    address="kim.sample@acme.example",
    subject="Acme: Recovery of a second factor was asked for (R-3F2B-8C1E)",
    text="Somebody asked.\n\nhttps://stop.acme.example/stop/k1-x.abc\n",
    html="<p>Somebody asked.</p>",
)


@dataclass
class Handing:
    """How often something was handed over."""

    times: list[int] = field(default_factory=list)

    async def __call__(self) -> None:
        self.times.append(1)


def channel(
    server: MailServer, *, security: Security = Security.NONE, tls: ssl.SSLContext | None = None,
    password: str | None = None, timeout: float = 5.0, port: int | None = None,
) -> SmtpChannel:  # fmt: skip
    """The channel to this server."""
    where = SmtpServer(
        host="127.0.0.1", port=port or server.port, security=security, from_address="recovery@acme.example",
        user=USER if password else None, password=password, timeout_seconds=timeout,
    )  # fmt: skip
    return SmtpChannel(where, now=lambda: datetime.now(UTC), tls=tls)


def read(server: MailServer) -> EmailMessage:
    """The mail that arrived."""
    return email.message_from_bytes(server.mails[0].content, policy=email.policy.default)


@pytest.fixture(scope="module")
def tls(tmp_path_factory: pytest.TempPathFactory) -> tuple[ssl.SSLContext, ssl.SSLContext]:
    """The mail server's certificate and a client that trusts it."""
    folder: Path = tmp_path_factory.mktemp("tls")
    return certificates(folder)


async def test_a_mail_says_the_same_in_text_and_html_under_a_stable_id() -> None:
    """R23: one mail to one address, plain text first, and a Message-ID that follows from the notice alone."""
    handing = Handing()
    async with mail_server() as server:
        await channel(server).deliver(NOTICE, handing)
        await channel(server).deliver(NOTICE, handing)
    assert [one.rcpt_tos for one in server.mails] == [[NOTICE.address]] * 2
    mail = read(server)
    ids = {email.message_from_bytes(one.content)["Message-ID"] for one in server.mails}
    assert ids == {f"<{NOTICE.id}@acme.example>"}
    assert (mail["To"], mail["Auto-Submitted"]) == (NOTICE.address, "auto-generated")
    assert [part.get_content_type() for part in mail.iter_parts()] == ["text/plain", "text/html"]
    assert mail.get_body(("plain",)).get_content().splitlines() == NOTICE.text.splitlines()  # type: ignore[union-attr]
    assert len(handing.times) == 2


async def test_starttls_and_a_login(tls: tuple[ssl.SSLContext, ssl.SSLContext]) -> None:
    """The content and the password only go through TLS, to a server whose certificate is trusted."""
    serving, trusting = tls
    async with mail_server(starttls=serving, wants_login=True) as server:
        await channel(server, security=Security.STARTTLS, tls=trusting, password=PASSWORD).deliver(NOTICE, Handing())
    assert (server.encrypted, server.logins) == ([True], ["accepted"])


async def test_tls_from_the_start(tls: tuple[ssl.SSLContext, ssl.SSLContext]) -> None:
    """Implicit TLS works as well (RFC 8314)."""
    serving, trusting = tls
    async with mail_server(tls=serving) as server:
        await channel(server, security=Security.TLS, tls=trusting).deliver(NOTICE, Handing())
    assert len(server.mails) == 1


@pytest.mark.parametrize("security", [Security.STARTTLS, Security.TLS])
async def test_an_unknown_certificate_is_not_trusted(
    tls: tuple[ssl.SSLContext, ssl.SSLContext], security: Security
) -> None:
    """Nothing is handed over to a server that cannot prove who it is."""
    serving, handing = tls[0], Handing()
    how = {"starttls": serving} if security is Security.STARTTLS else {"tls": serving}
    async with mail_server(**how) as server:  # type: ignore[arg-type]
        with pytest.raises(NoticeRefused) as refused:
            await channel(server, security=security).deliver(NOTICE, handing)
    assert (refused.value.code, refused.value.final) == ("tls_refused", False)
    assert (server.mails, handing.times) == ([], [])


async def test_starttls_is_never_given_up() -> None:
    """A server, or an attacker in between, that offers no STARTTLS gets nothing."""
    async with mail_server() as server:
        with pytest.raises(NoticeRefused, check=coded("server_unreachable")):
            await channel(server, security=Security.STARTTLS).deliver(NOTICE, Handing())
    assert server.mails == []


async def test_a_wrong_password_is_refused(tls: tuple[ssl.SSLContext, ssl.SSLContext]) -> None:
    """A login that is refused is a refusal, and says so without the password."""
    serving, trusting = tls
    async with mail_server(starttls=serving, wants_login=True) as server:
        with pytest.raises(NoticeRefused) as refused:
            await channel(server, security=Security.STARTTLS, tls=trusting, password="wrong-one").deliver(
                NOTICE, Handing()
            )
    assert refused.value.code == "login_refused"
    assert "wrong-one" not in repr(refused.value)


@pytest.mark.parametrize(
    ("mood", "code", "final", "handed"),
    [
        (Mood.REFUSING, "recipient_refused", False, 0),
        (Mood.BUSY, "recipient_refused", False, 0),
        (Mood.NO_SUCH_ADDRESS, "recipient_refused", True, 0),
        (Mood.SILENT, "server_silent", False, 0),
        (Mood.BUSY_AFTER_CONTENT, "server_busy", False, 1),
    ],
)
async def test_a_refusal_is_told_apart_from_silence(mood: Mood, code: str, final: bool, handed: int) -> None:
    """R23: what the server says it did not take was not delivered; only a bad address is final."""
    handing = Handing()
    async with mail_server(mood=mood) as server:
        with pytest.raises(NoticeRefused) as refused:
            await channel(server, timeout=0.5).deliver(NOTICE, handing)
    assert (refused.value.code, refused.value.final, len(handing.times)) == (code, final, handed)


@pytest.mark.parametrize("mood", [Mood.SILENT_AFTER_CONTENT, Mood.DROPPING_AFTER_CONTENT])
async def test_no_answer_after_the_content_is_no_refusal(mood: Mood) -> None:
    """R23: a server that hangs or hangs up after the content may have taken it, which is not called refused."""
    handing = Handing()
    async with mail_server(mood=mood) as server:
        with pytest.raises(Exception) as failed:
            await channel(server, timeout=0.5).deliver(NOTICE, handing)
    assert not isinstance(failed.value, NoticeRefused)
    assert (len(server.mails), len(handing.times)) == (1, 1)


async def test_nobody_listens() -> None:
    """A server that is down is tried again later."""
    async with mail_server() as server:
        pass
    with pytest.raises(NoticeRefused) as refused:
        await channel(server).deliver(NOTICE, Handing())
    assert (refused.value.code, refused.value.final) == ("server_unreachable", False)


@pytest.mark.parametrize(
    "address",
    [
        "", "kim", "@acme.example", "kim@", "a@b@c", "kim@acme.example\r\nBcc: eve@evil.example",
        "kim@acme.example\nSubject: x", "kim@acme.example, eve@evil.example", "Kim <kim@acme.example>",
        "kim\0@acme.example", "kim\u202e@acme.example", "kim@acme.example\u2028", "\ud800@acme.example",
        "k" * 3_000_000 + "@acme.example\n", "kïm@acme.example", "<kim@acme.example>", "kim@acme.example>\r\nDATA",
    ],
)  # fmt: skip
async def test_an_address_cannot_smuggle_anything(address: str) -> None:
    """B26: no header, no second recipient and no command comes from an address; it is refused for good."""
    async with mail_server() as server:
        with pytest.raises(NoticeRefused) as refused:
            await channel(server).deliver(replace(NOTICE, address=address), Handing())
    assert (refused.value.code, refused.value.final) == ("address_unusable", True)
    assert server.mails == []


@pytest.mark.parametrize(
    "hostile",
    ["Acme\r\nBcc: eve@evil.example", "Acme\x00\x1b[2J", "\u202eemca", "A\u2028B\x85C", "\ud800", '"Acme" <x@y>'],
)
async def test_a_name_cannot_begin_a_header(hostile: str) -> None:
    """B26: the tenant's name stands in From and Subject as text and nothing else."""
    async with mail_server() as server:
        notice = replace(NOTICE, tenant=hostile, subject=f"{hostile}: told")
        await channel(server).deliver(notice, Handing())
    mail = read(server)
    assert set(mail.keys()) == {
        "Auto-Submitted", "Date", "From", "To", "Subject", "Message-ID", "MIME-Version", "Content-Type"
    }  # fmt: skip
    assert mail["From"].addresses[0].addr_spec == "recovery@acme.example"
    assert not any(ord(letter) < 32 or letter in "\u202e\u2028\x85" for letter in mail["Subject"])
