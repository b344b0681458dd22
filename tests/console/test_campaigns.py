"""Rollout campaigns on their pages: starting one, holding it, calling it off, and how far it has come (R40)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from service.campaigns import read_campaigns
from starter.console.site import BASE
from tests.console.test_security import rows

if TYPE_CHECKING:
    from service.campaigns import CampaignSummary
    from tests.console.conftest import At
    from tests.support.world import World

CAMPAIGNS = f"{BASE}/campaigns"
HOSTILE = "<script>alert(1)</script>"


async def campaigns(w: World) -> list[CampaignSummary]:
    """All there are."""
    return await read_campaigns(w.doors, await w.session("ari"), limit=10)


async def started(w: World, at: At) -> str:
    """A campaign for everybody; returns its page."""
    ari = await at("ari")
    page = await ari.submit(await ari.get(CAMPAIGNS), CAMPAIGNS, group="everyone", grace_days="14")
    assert page.status == 200, page.text
    return page.path


async def test_an_administrator_starts_one(w: World, at: At) -> None:
    """R40: group, grace period and reminders; the page then shows where it stands and how far it has come."""
    path = await started(w, at)
    (campaign,) = await campaigns(w)
    assert path == f"{CAMPAIGNS}/{campaign.id}"
    assert (campaign.group, campaign.grace_days, campaign.remind_days) == ("everyone", 14, [7, 3, 1])
    page = await (await at("ivy")).get(path)
    assert "Running" in page.text
    assert "Ari Novak" in page.text
    assert not page.has_form(f"{path}/pause")
    assert "everyone" in (await (await at("sol")).get(CAMPAIGNS)).text
    part = await (await at("ivy")).get(path, **{"hx-request": "true"})
    assert "<html" not in part.html
    assert "Second factor now required" in part.text


async def test_a_double_click_starts_one(w: World, at: At) -> None:
    """B13: the second click leads to the same campaign."""
    ari = await at("ari")
    form = (await ari.get(CAMPAIGNS)).form(CAMPAIGNS)
    pages = [await ari.send(CAMPAIGNS, {**form.fields, "group": "everyone"}) for _ in range(2)]
    assert pages[0].path == pages[1].path
    assert len(await campaigns(w)) == 1


async def test_pause_resume_and_call_off(w: World, at: At) -> None:
    """R40: each by one button, and what is over offers none."""
    path, ari = await started(w, at), await at("ari")
    page = await ari.submit(await ari.get(path), f"{path}/pause")
    assert "Paused" in page.text
    page = await ari.submit(page, f"{path}/resume")
    assert "Running" in page.text
    page = await ari.submit(page, f"{path}/call-off")
    assert "Called off" in page.text
    (campaign,) = await campaigns(w)
    assert campaign.standing == "called_off"


async def test_a_button_of_an_old_page_says_why_not(w: World, at: At) -> None:
    """B07: paused in another tab, the same button is refused in words on the campaign's page."""
    path, ari = await started(w, at), await at("ari")
    old = await ari.get(path)
    await ari.submit(await ari.get(path), f"{path}/pause")
    page = await ari.submit(old, f"{path}/pause")
    assert (page.status, page.codes) == (409, ["campaign_paused_already"])


@pytest.mark.parametrize(
    ("typed", "field", "code"),
    [
        ({"group": HOSTILE}, "group", "campaign_group_empty"),
        ({"grace_days": "91"}, "grace_days", "campaign_grace_out_of_range"),
        ({"grace_days": "soon"}, "grace_days", "invalid_request"),
        ({"remind_days": "20, 3"}, "remind_days", "campaign_reminder_outside_grace"),
        ({"remind_days": "never"}, "remind_days", "invalid_request"),
        ({"per_second": "0"}, "per_second", "campaign_rate_out_of_range"),
    ],
)
async def test_what_cannot_be_is_said_beside_its_field(
    *, w: World, at: At, typed: dict[str, str], field: str, code: str
) -> None:
    """R40: the bounds of a campaign; what was typed stays, as text."""
    ari = await at("ari")
    page = await ari.submit(await ari.get(CAMPAIGNS), CAMPAIGNS, having=None, **{"group": "everyone", **typed})
    assert page.codes == [code]
    assert f'id="refusal-{field}"' in page.html
    assert HOSTILE not in page.html
    assert page.form(CAMPAIGNS).fields[field] == typed[field]
    assert not await campaigns(w)


@pytest.mark.parametrize("key", ["ada", "cleo"])
async def test_others_do_not_see_them(w: World, at: At, key: str) -> None:
    """R6: agents and approvers are told which role it needs."""
    path = await started(w, at)
    for one in (CAMPAIGNS, path):
        page = await (await at(key)).get(one)
        assert (page.status, page.codes) == (403, ["role_missing"])


async def test_readers_decide_nothing(w: World, at: At) -> None:
    """R40: past the page the service refuses an officer."""
    path = await started(w, at)
    sol = await at("sol")
    page = await sol.get(path)
    fields = {"form_token": page.forms[0].fields["form_token"], "key": "k-1"}
    assert (await sol.send(f"{path}/pause", fields)).codes == ["role_missing"]
    assert (await sol.send(CAMPAIGNS, {**fields, "group": "everyone", "grace_days": "14"})).codes == ["role_missing"]
    assert [one.standing for one in await campaigns(w)] == ["running"]


async def test_looking_changes_nothing(w: World, at: At) -> None:
    """B05: no GET leaves anything behind; what is no campaign is not found."""
    path, ari = await started(w, at), await at("ari")
    before = await rows(w)
    for one in (CAMPAIGNS, path, f"{path}/pause", f"{path}/call-off"):
        page = await ari.get(one)
        assert (page.status, page.unlabelled) == (200, set())
    assert (await ari.get(f"{CAMPAIGNS}/0")).status == 404
    assert await rows(w) == before
