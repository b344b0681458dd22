"""Old tabs, double clicks, the way back, reloads: nothing happens twice, or on a page that is out of date."""

from __future__ import annotations

from typing import TYPE_CHECKING

from playwright.async_api import expect

from domain.messages import Phase
from tests.browser import console_site
from tests.browser.console_site import A_WHILE_MS
from tests.browser.desks import desk

if TYPE_CHECKING:
    from starter.demo.cast import Person
    from tests.browser.cast import Cast
    from tests.browser.conftest import Meet
    from tests.browser.product import Product
    from tests.browser.someone import Someone


async def a_case(product: Product, cast: Cast, subject: Person) -> dict[str, str]:
    """One that waits for its approver."""
    async with desk(product, cast, cast.agent()) as agent:
        case = await agent.open(subject, "lost_phone")
        found: dict[str, str] = await agent.until(case["id"], Phase.VERIFICATION)
        return found


async def acts(product: Product, case: dict[str, str], kind: str) -> int:
    """How many acts of a kind the case has."""
    [row] = await product.rows(
        "SELECT count(*) AS acts FROM recovery.acts WHERE case_id::text = $1 AND kind = $2", case["id"], kind
    )
    return int(row["acts"])


async def fill_verdict(one: Someone) -> None:
    """The evidence of a subject who was seen."""
    await one.page.locator("summary", has_text="Seen in person").click()
    form = one.page.locator("details[open]")
    await form.get_by_label("What did you see or hear?").fill("Came to the desk with the badge, knew the boat by name")
    await form.get_by_label("Where is the evidence kept?").fill("visitor log 12")


async def test_a_double_click_opens_one_case(product: Product, meet: Meet, cast: Cast) -> None:
    """R5, R33: two clicks on the last button are one case, and both end on its page."""
    subject = cast.subject()
    agent = await meet(cast.agent())
    await console_site.sign_in(agent)
    await agent.follow("People")
    search = agent.page.get_by_label("Login or mail address")
    await search.fill(subject.login)
    async with agent.page.expect_navigation():
        await search.press("Enter")
    await agent.follow("Force MFA reset")
    for answer in ("No, none of them works", "Lost phone", "No"):
        await agent.press(answer)
    async with agent.page.expect_navigation():
        await agent.button("Open the case").dblclick()
    assert (await agent.heading()).startswith("Case R-")
    [row] = await product.rows(
        "SELECT count(*) AS cases FROM recovery.cases WHERE subject_id = $1", str(await product.account_id(subject))
    )
    assert row["cases"] == 1


async def test_a_double_click_is_one_verdict(product: Product, meet: Meet, cast: Cast) -> None:
    """R33, B25: on the form and on the proof; nobody lands on an error."""
    subject = cast.subject()
    case = await a_case(product, cast, subject)
    one = await meet(await console_site.drawn_approver(product, cast, case["reference"]))
    await console_site.sign_in(one, path=f"/console/cases/{case['reference']}/verify")
    await fill_verdict(one)
    async with one.page.expect_navigation():
        await one.page.locator("details[open]").get_by_role("button", name="Verified").dblclick()
    async with one.page.expect_navigation():
        await one.button("Use passkey or security key").dblclick()
    await expect(one.page.get_by_label("Code", exact=True)).to_be_visible(timeout=A_WHILE_MS)
    assert await acts(product, case, "verdict") == 1


async def test_a_page_that_is_out_of_date_says_so(product: Product, meet: Meet, cast: Cast) -> None:
    """B07: the second tab was opened before the case moved on; its verdict is not taken, and the page says why."""
    subject = cast.subject()
    case = await a_case(product, cast, subject)
    one = await meet(await console_site.drawn_approver(product, cast, case["reference"]))
    path = f"/console/cases/{case['reference']}/verify"
    await console_site.sign_in(one, path=path)
    old = await one.new_tab(f"{product.web_url}{path}")
    await fill_verdict(one)
    async with one.page.expect_navigation():
        await one.page.locator("details[open]").get_by_role("button", name="Verified").click()
    await console_site.prove(one)
    await old.locator("summary", has_text="Seen in person").click()
    form = old.locator("details[open]")
    await form.get_by_label("What did you see or hear?").fill("Said the same again, a minute later than before")
    await form.get_by_label("Where is the evidence kept?").fill("visitor log 13")
    one.guard.expected.add(409)
    async with old.expect_navigation():
        await form.get_by_role("button", name="Verified").click()
    await expect(old.get_by_role("alert").first).to_contain_text("out of date")
    assert await acts(product, case, "verdict") == 1


async def test_the_same_requests_again_do_nothing_again(product: Product, meet: Meet, cast: Cast) -> None:
    """R33: what a reload or the way back sends once more, form and proof, leads on and records nothing."""
    subject = cast.subject()
    case = await a_case(product, cast, subject)
    one = await meet(await console_site.drawn_approver(product, cast, case["reference"]))
    await console_site.sign_in(one, path=f"/console/cases/{case['reference']}/verify")
    sent: list[tuple[str, str]] = []
    one.page.on(
        "request", lambda made: sent.append((made.url, made.post_data or "")) if made.method == "POST" else None
    )
    await fill_verdict(one)
    async with one.page.expect_navigation():
        await one.page.locator("details[open]").get_by_role("button", name="Verified").click()
    await console_site.prove(one)
    assert len(sent) == 2
    for url, body in (*sent, *sent):
        answer = await one.context.request.post(
            url,
            data=body,
            headers={"content-type": "application/x-www-form-urlencoded", "origin": product.web_url},
            max_redirects=0,
        )
        assert answer.status in {303, 409}, (url, answer.status)
    assert await acts(product, case, "verdict") == 1


async def test_a_session_that_ended_in_another_tab(product: Product, meet: Meet, cast: Cast) -> None:
    """R28: a form of an actor who has signed out meanwhile does nothing, and leads to the sign-in."""
    agent = await meet(cast.agent())
    await console_site.sign_in(agent, path="/console/people")
    other = await agent.new_tab(f"{product.web_url}/console")
    async with other.expect_navigation():
        await other.get_by_role("button", name="Sign out").click()
    search = agent.page.get_by_label("Login or mail address")
    await search.fill(cast.subject().login)
    async with agent.page.expect_navigation():
        await search.press("Enter")
    assert await agent.heading() == "Sign in to the console"
