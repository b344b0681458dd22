"""The list of cases: which ones, newest first, whom they wait for, and the way to one by its reference."""

from __future__ import annotations

from typing import TYPE_CHECKING

from domain.acts import CancelBody, CancelReason
from domain.messages import Phase
from starter.console.site import BASE

if TYPE_CHECKING:
    from tests.console.conftest import At
    from tests.console.support import Desk
    from tests.support.browsing import Page
    from tests.support.world import World

CASES = f"{BASE}/cases"


async def test_the_list_shows_what_waits_for_whom(w: World, at: At) -> None:
    """Open ones first of all; closed, all, and those that wait for an act by a link each."""
    closed, codes, verified = await w.open("ada", "kim"), await w.open("ada", "lee"), await w.open("bo", "quinn")
    await w.until_phase(codes, Phase.BACKUP_CODES)
    await w.until(verified, lambda one: one.phase is not Phase.INTAKE)
    await w.decide("ada", closed, CancelBody(reason=CancelReason.FACTOR_FOUND), proved=False)
    await w.until_closed(closed)
    ada = await at("ada")
    references = {one: (await ada.case(one)).reference for one in (closed, codes, verified)}
    page = await ada.get(CASES)
    assert listed(page) == [references[verified], references[codes]]
    assert "the agent" in page.text
    page = await ada.follow(page, "Closed")
    assert listed(page) == [references[closed]]
    assert "Cancelled" in page.text
    assert set(listed(await ada.follow(page, "All"))) == set(references.values())
    page = await ada.get(f"{CASES}?waiting_for=agent")
    assert references[codes] in listed(page)
    assert references[closed] not in listed(page)


async def test_a_reference_leads_to_its_case(w: World, at: At) -> None:
    """As it is said on the phone: in small letters, with or without the dashes; any other leads nowhere."""
    case_id = await w.open("ada", "kim")
    ada = await at("ada")
    reference = (await ada.case(case_id)).reference
    for said in (reference, reference.lower(), reference.replace("-", ""), f" {reference} ", str(case_id)):
        page = await find(ada, said)
        assert (page.status, page.path.startswith(f"{CASES}/")) == (200, True)
        assert reference in page.title
    for said in ("R-0000-0000", "../people", "<script>", "kim.reyes", "\x00"):
        page = await find(ada, said)
        assert page.codes == ["case_not_found"]
        assert "<script>" not in page.html.partition("<main")[2]


async def test_unknown_filters_are_the_usual_ones(w: World, at: At) -> None:
    """B26: whatever stands in the address, the page is a list."""
    del w
    page = await (await at("ivy")).get(f"{CASES}?state=%22%3E%3Cscript%3E&waiting_for=nobody-there&limit=-1")
    assert page.status == 200
    assert "No case." in page.text


async def find(desk: Desk, said: str) -> Page:
    """Type a reference and send the form."""
    return await desk.submit(await desk.get(CASES), CASES, reference=said)


def listed(page: Page) -> list[str]:
    """The references in the list, in its order."""
    return [words for words in page.links if words.startswith("R-")]
