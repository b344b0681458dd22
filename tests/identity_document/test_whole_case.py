"""A whole case verified by an identity document, and how the door is wired (R14, R19)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import httpx2
import pytest

from compose.ways_in import build_identity_checks
from connectors.oidc_provider import OidcClient
from domain.acts import Method, ObservationBody
from domain.audit import Reported
from domain.messages import Phase
from domain.ports import ProviderEvent
from service import identity_checks
from service.identity_checks import Ending, Returned
from settings import Settings
from starter.identity_client import identity_client
from starter.relay.follower import Follower
from starter.running.identity_provider import twin_beside, with_twin
from starter.serving import listener
from starter.twins.identity_provider import Found
from tests.identity_document.servers import Browser, query_of, served
from tests.recovery.conftest import make_world, prepared, w
from tests.support.playing import opened

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tests.support.world import World


@dataclass
class Feed:
    """A feed of a test's own events."""

    waiting: list[ProviderEvent]

    async def undelivered(self, limit: int) -> list[ProviderEvent]:
        """The oldest."""
        return self.waiting[:limit]

    async def acknowledge(self, event_ids: Sequence[str]) -> None:
        """Gone."""
        self.waiting = [one for one in self.waiting if one.id not in event_ids]


__all__ = ["make_world", "prepared", "w"]


async def test_a_document_alone_verifies_a_standard_case(w: World) -> None:
    """R14, R19: the passed check rings the workflow, and one strong method is enough for the standard tier."""
    with listener("127.0.0.1", 0) as bound:
        asked = Settings(identity_twin_port=bound.getsockname()[1], data=Path("unused"))
        settings, twin = with_twin(asked)
        assert twin is not None
        checks = build_identity_checks(w.parts, w.outbox, settings)
        assert checks is not None
        async with served(twin.app, bound), httpx2.AsyncClient(trust_env=False, timeout=10.0) as http:
            case_id = await opened(w, "kim", agent="ada")
            await w.until_phase(case_id, Phase.VERIFICATION)
            started = await identity_checks.start(
                checks, await w.session("cleo"), await w.parts.ledger.read_file(w.tenant_id, case_id)
            )
            back = query_of(await Browser(http).asks(started.link, Found.VERIFIED))
            assert await identity_checks.returned(checks, Returned(back["state"], back["code"])) is Ending.FINISHED
        evidence = {"seen": "Passport and face at the provider", "reference": str(started.id)}
        await w.verify(case_id, "cleo", Method.IDENTITY_DOCUMENT, **evidence)
        case = await w.until_phase(case_id, Phase.PRESENCE)
        assert case.applied_seq == case.act_seq
        assert "recovery.identity_check_finished" in await w.audit_types(case_id)


def test_no_issuer_no_checks() -> None:
    """R14: without settings nothing is wired, so the method stays refused."""
    assert identity_client(Settings(data=Path("unused"))) is None
    assert with_twin(Settings(data=Path("unused")))[1] is None


def test_the_twin_is_handed_in_beside_our_doors() -> None:
    """R14: the wiring knows no twin; where the settings ask for one, it is a door on loopback, else there is none."""
    told, doors = twin_beside(Settings(identity_twin_port=9, data=Path("unused")))
    assert [(one.name, one.host, one.port) for one in doors] == [("identity-twin", "127.0.0.1", 9)]
    assert told.identity_issuer == "http://127.0.0.1:9"
    assert twin_beside(Settings(data=Path("unused")))[1] == []


@pytest.mark.parametrize(
    ("given", "code"),
    [
        ({"identity_twin_port": 9, "api_host": "0.0.0.0"}, "identity_twin_in_public"),
        ({"identity_twin_port": 9, "identity_issuer": "https://p.example"}, "identity_provider_twice"),
        ({"identity_twin_port": 9, "public_url": "https://recovery.example"}, "identity_twin_in_public"),
    ],
)
def test_the_twin_serves_one_machine_only(given: dict[str, Any], code: str) -> None:
    """R14: where anybody but this machine may come, a provider that verifies by a click is refused at start."""
    with pytest.raises(SystemExit, match=code):
        with_twin(Settings(data=Path("unused"), **given))


def test_half_a_client_is_refused_at_start() -> None:
    """R14: an issuer without client and secret is a mistake, not a provider."""
    with pytest.raises(SystemExit, match="identity_provider_incomplete"):
        identity_client(Settings(data=Path("unused"), identity_issuer="https://p.example"))


def test_the_callback_is_where_the_setting_says() -> None:
    """R44: the secret is in no repr, and the redirect leads to the origin that browsers see."""
    given: dict[str, Any] = {
        "identity_issuer": "https://p.example",
        "identity_client_id": "acme",
        "identity_client_secret": "s3cret-of-the-client",
        "identity_redirect_origin": "https://recovery.example",
    }
    settings = Settings(data=Path("unused"), **given)
    client = identity_client(settings)
    assert client is not None
    assert client["redirect_uri"] == "https://recovery.example/api/v1/identity-checks/callback"
    assert "s3cret" not in repr(settings) + repr(OidcClient(**client))


@pytest.mark.parametrize("issuer", ["http://p.example", "http://127.0.0.1.evil.example", "ftp://p.example", "https://"])
def test_an_issuer_without_tls_is_refused(issuer: str) -> None:
    """R14: an attacker in between could vouch for any subject."""
    with pytest.raises(ValueError, match="identity_issuer"):
        Settings(data=Path("unused"), identity_issuer=issuer)


def test_clock_of_the_twin() -> None:
    """The twin's times are UTC, as everybody's."""
    twin = with_twin(Settings(identity_twin_port=9, data=Path("unused")))[1]
    assert twin is not None
    assert abs((twin.now() - datetime.now(UTC)).total_seconds()) < 5


async def test_a_directory_cannot_report_a_passed_check(w: World) -> None:
    """R14: an insider at the identity provider who reports a passed check is on record and gives no evidence."""
    case_id = await opened(w, "kim", agent="ada")
    await w.until_phase(case_id, Phase.VERIFICATION)
    event = ProviderEvent(
        id="check-1",
        tenant_id=w.tenant_id,
        account_id=w.accounts["kim"],
        type=Reported.DOCUMENT_VERIFIED,
        at=datetime.now(UTC),
    )
    feed = Feed(waiting=[event])
    assert await Follower(w.parts.ledger, feed, w.outbox.deliver_now, uuid4).follow() == 1
    assert feed.waiting == []
    _, acts = await w.case(case_id)
    assert not [one for one in acts if isinstance(one.body, ObservationBody)]
    [denied] = [one for one in await w.audit(case_id, "recovery.observed") if one["outcome"] == "denied"]
    assert denied["data"]["code"] == "not_the_providers_to_say"
