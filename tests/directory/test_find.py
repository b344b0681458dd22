"""Finding exactly one person, or seeing that there is more than one (R2, B06)."""

from __future__ import annotations

import asyncpg
import pytest

from directory import importer
from tests.directory.world import KEYS, PASSWORD, SETTINGS, World


@pytest.fixture
async def alike(world: World, app_pool: asyncpg.Pool) -> dict[str, str]:
    """People whose addresses are alike; returns keys by account id."""
    addresses = {
        "ann2": "ann@mail.example",
        "joann": "joann@mail.example",
        "upper": "Ann@Mail.example",
        "plus": "ann+1@mail.example",
        "dotless": "ann@ma\u0131l.example",
        "kimascii": "kim@mail.example",
        "kelvinsign": "\u212aim@mail.example",
    }
    people = [
        {"key": key, "login": key, "display_name": key, "password": PASSWORD,
         "contacts": [{"kind": "email", "value": address}]}
        for key, address in addresses.items()
    ]  # fmt: skip
    people.append({"key": "named", "login": "ann+1@mail.example", "display_name": "named"})
    people.append({"key": "single", "login": "single@mail.example", "display_name": "single"})
    people.append({"key": "kelvin-login", "login": "\u212aelvin", "display_name": "kelvin-login"})
    people.append({"key": "ascii-login", "login": "kelvin", "display_name": "ascii-login"})
    document = {"tenant": {"slug": world.slug, "name": "Example"}, "people": people}
    imported = await importer.apply(app_pool, importer.parse(document), keys=KEYS, settings=SETTINGS)
    return {str(one.account_id): key for key, one in imported.people.items()}


@pytest.mark.parametrize(
    ("typed", "found"),
    [
        ("ann@mail.example", {"ann2", "upper"}),
        ("Ann@Mail.example", {"ann2", "upper"}),
        ("ANN@MAIL.EXAMPLE", set()),
        ("joann@mail.example", {"joann"}),
        ("JOANN@mail.example", set()),
        ("  joann@mail.example\t", {"joann"}),
        ("oann@mail.example", set()),
        ("ann@mail", set()),
        ("ann%", set()),
        ("ann@ma\u0131l.example", {"dotless"}),
        ("kim@mail.example", {"kimascii"}),
        ("\u212aim@mail.example", {"kelvinsign"}),
        ("kelvin", {"ascii-login"}),
        ("\u212aelvin", {"kelvin-login"}),
        ("ann+1@mail.example", {"plus", "named"}),
        ("single@mail.example", {"single"}),
        ("", set()),
        ("   ", set()),
        ("\u00a0", set()),
        ("a\0b", set()),
        ("\ud800", set()),
        ("x" * 5000, set()),
    ],
)
async def test_find(world: World, alike: dict[str, str], typed: str, found: set[str]) -> None:
    """B06: exact matches and, beside one, ASCII case variants; never a substring, a folded or a lone variant."""
    hits = await world.administration.find(world.tenant_id, typed)
    assert {alike[str(one.id)] for one in hits} == found


async def test_replaced_address_finds_nobody(world: World) -> None:
    """B06: an address that was replaced no longer leads to the account."""
    assert [one.id for one in await world.administration.find(world.tenant_id, "ann@x.example")] == [world.ann]
    session = await world.session()
    await world.profile.change_contact(session.token, "email", "new@x.example")
    assert await world.administration.find(world.tenant_id, "ann@x.example") == []
    account = await world.administration.read(world.ann)
    assert [one.value for one in account.replaced_contacts] == ["ann@x.example"]


async def test_other_tenants_are_not_searched(world: World) -> None:
    """B06: the same login in another tenant is another person."""
    hits = await world.administration.find(world.tenant_id, "ann")
    assert [one.id for one in hits] == [world.ann]
