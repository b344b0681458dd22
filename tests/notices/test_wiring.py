"""What settings make of notices: channels in their order, the development channel's page, links that lead here."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import httpx2
import pytest
from fastapi import FastAPI
from pydantic import ValidationError

from compose.notices import notice_channels, notice_relay
from connectors.outbox_page import OutboxPageChannel
from domain.account import ContactKind
from settings import Settings
from starter.relay.notices import _served
from starter.stop_page.outbox import mount_outbox
from store.notices import NoticeBook
from tests.notices.support import BASE, Collecting, relay_of, rows, token_in

if TYPE_CHECKING:
    from tests.support.world import World


def settings(**given: Any) -> Settings:
    """Settings as the environment would give them."""
    return Settings(**given)


def test_channels_come_in_the_order_given() -> None:
    """The first channel that serves a kind takes it: mail by SMTP, telephones by the webhook."""
    made = notice_channels(
        settings(
            notice_channels="smtp,webhook,smtp", smtp_from="recovery@acme.example",
            webhook_url="https://hooks.acme.example/n", webhook_secret="0123456789abcdef",
        ),
        None,  # type: ignore[arg-type] # only the development channel keeps anything
    )  # fmt: skip
    served = _served(made)
    assert served["smtp"] == [ContactKind.EMAIL]
    assert set(served["webhook"]) == set(ContactKind) - {ContactKind.EMAIL}


@pytest.mark.parametrize(
    ("given", "code"),
    [
        ({"notice_channels": "smtp"}, "smtp_from_missing"),
        (
            {
                "notice_channels": "smtp", "smtp_from": "a@acme.example", "smtp_host": "mail.acme.example",
                "smtp_security": "none", "smtp_password": "x",
            },
            "smtp_password_without_tls",
        ),
        ({"notice_channels": "webhook"}, "webhook_incomplete"),
    ],
)  # fmt: skip
def test_half_a_channel_does_not_start(given: dict[str, Any], code: str) -> None:
    """A channel that could never deliver, or would show its password, is refused at start, by name."""
    with pytest.raises(SystemExit) as refused:
        notice_channels(settings(**given), None)  # type: ignore[arg-type] # as above
    assert str(refused.value).startswith(code)


@pytest.mark.parametrize(
    "given",
    [
        {"notice_channels": "pigeon"}, {"notice_channels": ""}, {"public_url": "stop.acme.example"},
        {"public_url": "https://stop.acme.example/path"}, {"webhook_url": "http://hooks.acme.example/"},
        {"webhook_secret": "short"}, {"smtp_security": "maybe"},
    ],
)  # fmt: skip
def test_a_setting_that_makes_no_sense_is_refused(given: dict[str, Any]) -> None:
    """Unknown channels, addresses without a scheme, and plain HTTP to other machines are no settings."""
    with pytest.raises(ValidationError):
        settings(**given)


def test_links_lead_where_the_page_is() -> None:
    """Without a public address, links lead to the HTTP API as this machine reaches it."""
    assert settings(api_host="0.0.0.0", api_port=9000).stop_page_url == "http://127.0.0.1:9000"
    assert settings(api_host="::1", api_port=9000).stop_page_url == "http://[::1]:9000"
    assert settings(public_url=BASE).stop_page_url == BASE


async def test_the_development_channel_keeps_notices_for_this_machine(w: World) -> None:
    """On one machine a notice is accepted at once and can be read, with its link, by nobody but this machine."""
    case_id = await w.open("bo", "kim")
    await relay_of(w, OutboxPageChannel(NoticeBook(w.parts.ledger))).work()
    assert {one["state"] for one in await rows(w, case_id)} == {"accepted"}
    app = FastAPI(openapi_url=None)
    mount_outbox(app, w.parts.ledger)

    async def read(host: str, client: str) -> httpx2.Response:
        transport = httpx2.ASGITransport(app=app, client=(client, 50_000))
        async with httpx2.AsyncClient(transport=transport, base_url=f"http://{host}:8080") as browser:
            return await browser.get("/outbox")

    answer = await read("127.0.0.1", "127.0.0.1")
    assert answer.status_code == 200
    assert token_in(answer.text)
    case, _ = await w.case(case_id)
    assert not any(one.value in answer.text for one in case.snapshot.contacts)
    assert (await read("127.0.0.1", "192.0.2.7")).status_code == 404
    assert (await read("evil.example", "127.0.0.1")).status_code == 404


async def test_the_relay_of_the_settings_delivers(w: World) -> None:
    """What compose puts together for the doors brings a notice from the case to the outbox."""
    case_id = await w.open("bo", "kim")
    relay = notice_relay(w.parts, settings())
    assert len(relay.loops()) == 3
    for work in relay.loops():
        await work()
    await relay.work()
    assert {one["state"] for one in await rows(w, case_id)} == {"accepted"}


def test_a_kind_goes_to_one_channel_only() -> None:
    """Two channels for the same kind do not both send."""
    first, second = Collecting(frozenset(ContactKind), name="a"), Collecting(frozenset(ContactKind), name="b")
    served = _served([first, second])
    assert set(served["a"]) == set(ContactKind)
    assert served["b"] == []
