"""One person in front of one browser of their own."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from playwright.async_api import Browser, BrowserContext, Locator, Page

from starter.demo.cast import Person
from tests.browser.accessibility import nothing_found
from tests.browser.cast import code_of
from tests.browser.guard import Guard
from tests.browser.passkeys import VirtualAuthenticator
from tests.browser.presses import Presses
from tests.browser.product import Product

DESKTOP = (1280, 800)
PHONE = (320, 640)
PATIENCE_MS = 10_000
APP_CODE = "Code from your authenticator app"
"""The label of the field for it, on the pages of both origins."""


@dataclass(frozen=True, kw_only=True)
class Machine:
    """What the browser says of its person; sizes in CSS pixels."""

    size: tuple[int, int] = DESKTOP
    scheme: str = "light"
    locale: str = "en-GB"
    zone: str = "Europe/London"
    scripts: bool = True


@dataclass
class Someone:
    """A person, a browser context, and what was seen and done in it."""

    person: Person
    product: Product
    context: BrowserContext
    page: Page
    guard: Guard
    presses: Presses
    authenticator: VirtualAuthenticator | None = None
    tabs: list[Page] = field(default_factory=list)

    async def open(self, url: str) -> None:
        """Follow an address."""
        await self.page.goto(url)

    async def new_tab(self, url: str) -> Page:
        """A second tab beside the first."""
        page = await _prepared(self.context)
        self.tabs.append(page)
        await page.goto(url)
        return page

    def button(self, name: str) -> Locator:
        """The button that says so."""
        return self.page.get_by_role("button", name=name, exact=True)

    def link(self, name: str) -> Locator:
        """The link that says so."""
        return self.page.get_by_role("link", name=name, exact=True)

    def field(self, label: str) -> Locator:
        """The field with this label."""
        return self.page.get_by_label(label, exact=True)

    async def press(self, name: str) -> None:
        """Click a button and wait for the page that comes of it."""
        async with self.page.expect_navigation():
            await self.button(name).click()

    async def follow(self, name: str) -> None:
        """Click a link and wait for its page."""
        async with self.page.expect_navigation():
            await self.link(name).click()

    async def heading(self) -> str:
        """What the page is about."""
        text: str = await self.page.locator("h1").inner_text()
        return text

    async def code(self) -> str:
        """A fresh code of this person's app."""
        return await code_of(self.person)

    async def nothing_found(self) -> None:
        """Nothing on this page is against WCAG 2.2 AA, as far as axe sees."""
        await nothing_found(self.page)

    async def fits(self) -> None:
        """The page needs no scrolling sideways (WCAG 2.2, 1.4.10)."""
        wide, seen = await self.page.evaluate(
            "() => [document.documentElement.scrollWidth, document.documentElement.clientWidth]"
        )
        assert wide <= seen, f"{self.page.url} is {wide} px wide on a screen of {seen}"


async def someone(browser: Browser, product: Product, person: Person, machine: Machine) -> Someone:
    """A browser of this person's own; staff with a sample passkey hold it."""
    options: dict[str, Any] = {
        "viewport": {"width": machine.size[0], "height": machine.size[1]},
        "color_scheme": machine.scheme,
        "locale": machine.locale,
        "timezone_id": machine.zone,
        "java_script_enabled": machine.scripts,
        "reduced_motion": "reduce",
    }
    context = await browser.new_context(**options)
    context.set_default_timeout(PATIENCE_MS)
    guard, presses = Guard(product.origins), Presses()
    await guard.watch(context)
    await presses.count_in(context)
    page = await _prepared(context)
    authenticator = await VirtualAuthenticator.plugged_into(page) if machine.scripts else None
    if authenticator and person.passkey:
        await authenticator.hold(person.passkey)
    return Someone(person, product, context, page, guard, presses, authenticator)


async def _prepared(context: BrowserContext) -> Page:
    return await context.new_page()
