"""Who is told, and on which occasion (R23, B10, B11)."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from domain.account import Account, Contact, ContactKind, FormerContact
from domain.acts import NoticeBody
from domain.errors import ProviderUnavailable
from domain.messages import Phase
from domain.notices import MANAGER, Audience, Known, Occasion, nth, occasion_of, recipients_of
from tests.domain.builders import OPENED, account
from tests.notices.support import Collecting, due, relay_of, rows
from tests.support import playing

if TYPE_CHECKING:
    from uuid import UUID

    from domain.notices import Recipient
    from domain.ports import Accounts
    from tests.support.world import World

MONTH = timedelta(days=30)


def everything() -> Collecting:
    """A channel for every kind of contact point."""
    return Collecting(frozenset(ContactKind))


def mail(contact_id: str, value: str) -> Contact:
    """An e-mail address on record."""
    return Contact(id=contact_id, kind=ContactKind.EMAIL, value=value, bound_since=None)


def with_mail(*contacts: Contact, former: tuple[FormerContact, ...] = ()) -> Account:
    """An account with these contact points."""
    return account(contacts=contacts, former_contacts=former)


def by_address(found: list[Recipient]) -> dict[str, tuple[str, Audience]]:
    """Contact id and audience by address."""
    assert len({one.address for one in found}) == len(found)
    return {one.address: (one.contact_id, one.audience) for one in found}


async def told_to(w: World, case_id: UUID) -> list[NoticeBody]:
    """What the case knows of its notices."""
    _, acts = await w.case(case_id)
    return [act.body for act in acts if isinstance(act.body, NoticeBody)]


def test_a_replaced_address_is_told_within_the_quarantine() -> None:
    """R23, B11: the address before the last change still hears of it, until the quarantine is over."""
    former = tuple(
        FormerContact(
            id=name, kind=ContactKind.EMAIL, value=f"{name}@x.example", replaced_at=OPENED - timedelta(days=days)
        )
        for name, days in (("lately", 29), ("long-ago", 31))
    )
    known = Known(snapshot=with_mail(mail("c1", "now@x.example"), former=former))
    assert by_address(recipients_of(known, now=OPENED, quarantine=MONTH)) == {
        "now@x.example": ("c1", Audience.ON_RECORD),
        "lately@x.example": ("lately", Audience.FORMER),
    }


def test_an_address_changed_under_the_same_id_is_another_contact() -> None:
    """R25, B11: what is accepted at the new address never counts for the contact point of the snapshot."""
    known = Known(
        snapshot=with_mail(mail("c1", "old@x.example")),
        present=with_mail(mail("c1", "new@x.example")),
    )
    found = by_address(recipients_of(known, now=OPENED, quarantine=MONTH))
    assert found["old@x.example"] == ("c1", Audience.ON_RECORD)
    assert found["new@x.example"][1] is Audience.NEWLY_ADDED
    assert found["new@x.example"][0] != "c1"


def test_the_managers_address_stays_the_managers() -> None:
    """R23: adding the manager's address to the account does not turn the manager's notice into a plain one."""
    boss = account(id="boss", contacts=(mail("m1", "boss@x.example"), mail("m2", "boss.two@x.example")))
    known = Known(
        snapshot=with_mail(mail("c1", "kim@x.example")),
        present=with_mail(mail("c1", "kim@x.example"), mail("c9", "boss@x.example")),
        manager=boss,
    )
    found = by_address(recipients_of(known, now=OPENED, quarantine=MONTH))
    assert found["boss@x.example"] == found["boss.two@x.example"] == (MANAGER, Audience.MANAGER)


def test_a_new_manager_does_not_stand_in_for_the_old_one() -> None:
    """R25: a manager who came after the snapshot is told, under another contact id."""
    known = Known(
        snapshot=with_mail(),
        manager=account(id="old", contacts=(mail("m1", "old@x.example"),)),
        new_manager=account(id="new", contacts=(mail("m1", "new@x.example"),)),
    )
    found = by_address(recipients_of(known, now=OPENED, quarantine=MONTH))
    assert found["old@x.example"][0] == MANAGER
    assert found["new@x.example"][0] != MANAGER


def test_an_order_may_say_which_time_it_is() -> None:
    """An alert that comes up again has a name of its own and is the same occasion."""
    assert occasion_of(nth(Occasion.SECURITY_ALERT, "objection2")) is Occasion.SECURITY_ALERT
    assert nth(Occasion.STOPPED, "") == "stopped"


async def test_opening_tells_every_contact_point_and_the_manager(w: World) -> None:
    """R23, B10: the reader of any contact point of the account, and the manager, learns that a case was opened."""
    channel = everything()
    relay = relay_of(w, channel)
    case_id = await w.open("bo", "kim")
    await relay.work()
    case, _ = await w.case(case_id)
    manager = await w.parts.feed.read(case.snapshot.manager_id or "")
    mails = {one.value for one in manager.contacts if one.kind is ContactKind.EMAIL}
    assert {one.address for one in channel.taken} == {one.value for one in case.snapshot.contacts} | mails
    assert {one["state"] for one in await rows(w, case_id)} == {"accepted"}
    told = await told_to(w, case_id)
    assert {one.contact_id for one in told} == {*(one.id for one in case.snapshot.contacts), MANAGER}
    assert (await w.audit_types(case_id)).count("recovery.notice_settled") == len(told)
    await w.until_phase(case_id, Phase.VERIFICATION)


async def test_each_occasion_is_told_once_through_a_whole_case(w: World) -> None:
    """R23: opened, verified, reset and enrolled, each once to each address, the last ones after the case has closed."""
    channel = everything()
    relay = relay_of(w, channel)
    played = await playing.wiped(w)
    await relay.work()
    await playing.enrol(w, played.browser)
    await w.until_closed(played.case_id)
    await relay.work()
    await relay.work()
    told = [(one.occasion, one.address) for one in channel.taken]
    assert len(set(told)) == len(told)
    addresses = {address for _, address in told}
    assert {occasion for occasion, _ in told} == {
        Occasion.OPENED, Occasion.VERIFIED, Occasion.RESET, Occasion.ENROLLED
    }  # fmt: skip
    assert len(told) == 4 * len(addresses)
    assert len(await told_to(w, played.case_id)) == len(told)


async def test_a_hostile_case_is_not_told_of_when_it_opens(w: World) -> None:
    """R23: a thief of the device would read along."""
    channel = everything()
    relay = relay_of(w, channel)
    case_id = await w.open("bo", "kim", **playing.HOSTILE)
    await relay.work()
    assert [one.occasion for one in channel.taken if one.occasion is Occasion.OPENED] == []
    assert await rows(w, case_id, "opened") == []


async def test_a_contact_changed_during_the_case_warns_the_old_one(w: World) -> None:
    """R05, B11: the old address gets the full warning, the new one a plain notice without the old address."""
    channel = everything()
    relay = relay_of(w, channel)
    case_id = await w.open("bo", "kim")
    case, _ = await w.case(case_id)
    old = next(one.value for one in case.snapshot.contacts if one.kind is ContactKind.EMAIL)
    await change_mail(w, "kim", "new.kim@elsewhere.example")
    await relay.work()
    async with w.parts.ledger.page(w.tenant_id, case_id) as page:
        await page.notify(Occasion.CONTACT_CHANGED)
    channel.taken.clear()
    await relay.work()
    texts = {one.address: one.text for one in channel.taken}
    assert "takes over" in texts[old]
    assert "takes over" not in texts["new.kim@elsewhere.example"]
    assert old not in texts["new.kim@elsewhere.example"]


async def test_while_the_provider_is_away_the_known_are_told_and_nobody_is_forgotten(w: World) -> None:
    """R23, B11: the case's own contact points need no provider; those that only it knows are told when it is back."""
    channel = everything()
    case_id = await w.open("bo", "kim")
    await change_mail(w, "kim", "new.kim@elsewhere.example")
    relay = relay_of(w, channel, accounts=Away())  # type: ignore[arg-type]
    await relay.work()
    case, _ = await w.case(case_id)
    assert {one.address for one in channel.taken} == {one.value for one in case.snapshot.contacts}
    await due(w)
    back: Accounts = w.parts.feed
    await relay_of(w, channel, accounts=back).work()
    addresses = [one.address for one in channel.taken]
    assert "new.kim@elsewhere.example" in addresses
    assert "mara.lindqvist@acme.example" in addresses
    assert len(set(addresses)) == len(addresses)


async def test_an_alert_goes_to_every_officer_but_not_to_the_subject(w: World) -> None:
    """R6, R24: an officer about whom the case is learns nothing through the alert that others get."""
    channel = everything()
    relay = relay_of(w, channel)
    case_id = await w.open("bo", "kim")
    async with w.parts.ledger.page(w.tenant_id, case_id) as page:
        await page.notify(Occasion.SECURITY_ALERT, code="objection")
        await page.notify(nth(Occasion.SECURITY_ALERT, "other"), to=[w.accounts["kim"], w.accounts["ivy"]])
    await relay.work()
    alerts = [one for one in channel.taken if one.occasion is Occasion.SECURITY_ALERT]
    assert "sol.whitaker@acme.example" in {one.address for one in alerts}
    assert not any("kim" in one.address for one in alerts)
    assert {one.stop_url for one in alerts} == {None}
    case, _ = await w.case(case_id)
    named = {case.snapshot.display_name, case.snapshot.login, *(one.value for one in case.snapshot.contacts)}
    assert not any(name in one.text for one in alerts for name in named)


async def test_a_notice_without_anybody_to_read_it_is_visible(w: World) -> None:
    """R23: an account without a contact point and without a manager is a failure that the case shows."""
    await w.owner("DELETE FROM directory.contact_points WHERE account_id = $1::uuid", w.accounts["kim"])
    await w.owner("UPDATE directory.accounts SET manager_id = NULL WHERE id = $1::uuid", w.accounts["kim"])
    relay = relay_of(w, everything())
    case_id = await w.open("bo", "kim")
    await relay.work()
    assert [(one.contact_id, one.delivery) for one in await told_to(w, case_id)] == [("none", "failed")]
    (event,) = await w.audit(case_id, "recovery.notice_settled")
    assert (event["outcome"], event["data"]["code"]) == ("failure", "no_recipient")


class Away:
    """A provider that does not answer."""

    async def read(self, account_id: str) -> Account:
        raise ProviderUnavailable


async def change_mail(w: World, key: str, value: str) -> None:
    """The provider has another e-mail address for this person from now on."""
    account_id = w.accounts[key]
    await w.owner(
        "UPDATE directory.contact_points SET replaced_at = clock_timestamp() "
        "WHERE account_id = $1::uuid AND kind = 'email'",
        account_id,
    )
    await w.owner(
        "INSERT INTO directory.contact_points (account_id, kind, value, bound_since) "
        "VALUES ($1::uuid, 'email', $2, clock_timestamp())",
        account_id, value,
    )  # fmt: skip


@pytest.mark.parametrize("kind", sorted(ContactKind))
def test_every_kind_of_contact_point_has_a_recipient(kind: ContactKind) -> None:
    """R23: telephones are told of as well as mailboxes, where a channel serves them."""
    known = Known(snapshot=with_mail(Contact(id="c1", kind=kind, value="x", bound_since=None)))
    assert [one.kind for one in recipients_of(known, now=OPENED, quarantine=MONTH)] == [kind]
