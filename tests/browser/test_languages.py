"""A German browser is spoken to in German, from the sign-in to the end of a case; English is one click away."""

from __future__ import annotations

from typing import TYPE_CHECKING

from playwright.async_api import expect

from tests.browser.desks import desk, verified_case
from tests.browser.outbox import stop_link
from tests.browser.someone import Machine

if TYPE_CHECKING:
    from tests.browser.cast import Cast
    from tests.browser.conftest import Meet
    from tests.browser.product import Product

GERMAN = Machine(locale="de-DE", zone="Europe/Berlin")


async def test_the_console_speaks_german(product: Product, meet: Meet, cast: Cast) -> None:
    """Headings, buttons, refusals and times; the choice of English is kept."""
    subject = cast.subject()
    one = await meet(cast.agent(), GERMAN)
    await one.open(f"{product.web_url}/console/people")
    assert await one.heading() == "An der Konsole anmelden"
    await one.field("Organisation").fill("acme")
    await one.field("Anmeldename").fill(one.person.login)
    await one.field("Passwort").fill(one.person.password)
    await one.press("Weiter")
    await one.page.get_by_label("Code aus Ihrer Authenticator-App").fill(await one.code())
    await one.press("Anmelden")
    assert await one.heading() == "Eine Person suchen"
    search = one.page.get_by_label("Anmeldename oder Mailadresse")
    await search.fill(subject.login)
    async with one.page.expect_navigation():
        await search.press("Enter")
    await one.nothing_found()
    await one.follow("MFA-Zurücksetzen erzwingen")
    await one.press("Nein, keiner davon geht")
    await one.press("Möchte eine andere Authenticator-App")
    assert "Behalten Sie die alte App" in await one.page.inner_text("main")
    await one.nothing_found()
    await one.press("English")
    assert await one.page.locator("html").get_attribute("lang") == "en"
    await one.open(f"{product.web_url}/console/people")
    assert await one.heading() == "Find a person"


async def test_the_locked_out_person_reads_german(product: Product, meet: Meet, cast: Cast) -> None:
    """Status page, waiting page, stop page and sign-in, each in the browser's own language."""
    subject = cast.subject()
    async with desk(product, cast, cast.agent()) as agent:
        case = await verified_case(product, cast, agent, subject)
    one = await meet(subject, GERMAN)
    await one.open(f"{product.web_url}/status")
    await one.field("Aktenzeichen Ihres Falls").fill(case["reference"])
    await one.press("Stand zeigen")
    assert "Sie sind dran: Wir brauchen Ihren Browser." in await one.page.inner_text("main")
    await one.nothing_found()
    await one.open(f"{product.directory_url}/sign-in")
    assert await one.heading() == "Anmelden"
    await one.nothing_found()
    await one.open(f"{product.directory_url}/waiting")
    await expect(one.page.get_by_role("button", name="Meinen Code zeigen")).to_be_visible()
    await one.open(await stop_link(product, case["reference"]))
    assert await one.heading() == "Diese Wiederherstellung aufhalten?"
    await one.press("Das war ich nicht: aufhalten")
    assert await one.heading() == "Ihr Einspruch ist festgehalten"
