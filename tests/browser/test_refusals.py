"""Every way in which the intake says no: with a reason, with what to do instead, and nothing is opened."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.browser import console_site
from tests.browser.desks import desk

if TYPE_CHECKING:
    from tests.browser.cast import Cast
    from tests.browser.conftest import Meet
    from tests.browser.product import Product
    from tests.browser.someone import Someone


async def find(one: Someone, login: str) -> None:
    """Search a subject and open their page."""
    await one.follow("People")
    search = one.page.get_by_label("Login or mail address")
    await search.fill(login)
    async with one.page.expect_navigation():
        await search.press("Enter")


async def answers(one: Someone, *given: str) -> str:
    """Give these answers in the intake; what the page then says."""
    await one.follow("Force MFA reset")
    for answer in given:
        await one.press(answer)
    text: str = await one.page.inner_text("main")
    return text


async def cases_about(product: Product, login: str) -> int:
    """How many cases there are about a subject."""
    [row] = await product.rows(
        "SELECT count(*) AS cases FROM recovery.cases c JOIN directory.accounts a ON a.id::text = c.subject_id"
        " WHERE a.login = $1",
        login,
    )
    return int(row["cases"])


async def test_what_needs_no_reset(product: Product, meet: Meet, cast: Cast) -> None:
    """R3, R4: still works, another app, another policy: where to go instead, and no case."""
    subject = cast.subject()
    one = await meet(cast.agent())
    await console_site.sign_in(one)
    for given, said in (
        (("Yes, one still works",), "Sign in with the factor that still works"),
        (("No, none of them works", "Wants another authenticator app"), "Keep the old app until the new one works"),
        (("No, none of them works", "MFA policy was changed"), "rolled out with a grace period"),
    ):
        await find(one, subject.login)
        text = await answers(one, *given)
        assert said in text
        await one.nothing_found()
    assert await cases_about(product, subject.login) == 0


async def test_codes_that_are_left_come_first(product: Product, meet: Meet, cast: Cast) -> None:
    """R10: exactly what to tell the caller, word by word, before anything is opened."""
    one = await meet(cast.agent())
    await console_site.sign_in(one)
    await find(one, cast["lee"].login)
    text = await answers(one, "No, none of them works", "Lost phone")
    assert "sign in with the password and one of the backup codes" in text
    assert "Never let them read a code to you." in text
    await one.nothing_found()
    await one.press("They will use a code")
    assert "Stay on the line until they are in." in await one.page.inner_text("main")
    assert await cases_about(product, cast["lee"].login) == 0


async def test_who_cannot_be_helped_here(product: Product, meet: Meet, cast: Cast) -> None:
    """R2, R5, R6: oneself, nobody of that name, a subject with an open case, and a foreign reference."""
    subject = cast.subject()
    one = await meet(cast.agent())
    await console_site.sign_in(one)
    await find(one, one.person.login)
    assert "This is your own account" in await one.page.inner_text("main")
    await find(one, "nobody.at.all")
    assert "Nobody is known by exactly that name or address." in await one.page.inner_text("main")
    async with desk(product, cast, cast.agent()) as agent:
        case = await agent.open(subject, "lost_phone")
    await find(one, subject.login)
    await one.follow(f"Go to case {case['reference']}")
    assert await one.heading() == f"Case {case['reference']}"
    one.guard.expected.add(404)
    await one.open(f"{product.web_url}/console/cases/R-FFFF-FFFF")
    assert "There is no such case." in await one.page.inner_text("main")


async def test_wrong_codes_cost_a_try_and_say_so(product: Product, meet: Meet, cast: Cast) -> None:
    """R27, R36: a presence code that nobody shows, and a wrong code at the step-up; then the right one is taken."""
    subject = cast.subject()
    agent = await meet(cast.agent())
    await console_site.sign_in(agent)
    await console_site.open_case(agent, subject)
    approver = await meet(await console_site.drawn_approver(product, cast, await console_site.reference_on(agent)))
    await console_site.sign_in(approver)
    await approver.link(f"Verify: {subject.name}").wait_for(timeout=console_site.A_WHILE_MS)
    await console_site.verify_in_person(approver, subject)
    approver.guard.expected.add(409)
    field = approver.page.get_by_label("Code", exact=True)
    await field.fill("AAAA-BBBB-CCCC")
    async with approver.page.expect_navigation():
        await field.press("Enter")
    assert "ask for the code shown now" in await approver.page.inner_text("main")
    await approver.nothing_found()
