"""Agent and approver without a mouse: every stop is seen, and the path is walked by keys alone (WCAG 2.1.1, 2.4.7)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from playwright.async_api import expect

from tests.browser import console_site
from tests.browser.console_site import A_WHILE_MS

if TYPE_CHECKING:
    from tests.browser.cast import Cast
    from tests.browser.conftest import Meet
    from tests.browser.product import Product
    from tests.browser.someone import Someone

MOST_STOPS = 80
_HERE = """
() => {
  const one = document.activeElement;
  const seen = one !== document.body && one.matches(":focus-visible") && getComputedStyle(one).outlineStyle !== "none";
  const label = one.labels?.[0]?.innerText ?? one.innerText ?? "";
  return { label: label.trim().split("\\n")[0], id: one.id, name: one.name ?? "", value: one.value ?? "", seen };
}
"""


async def go_to(one: Someone, label: str, *, exact: bool = False) -> None:
    """Press Tab until the focus is on what has this label; each stop on the way shows that it has the focus."""
    for _ in range(MOST_STOPS):
        await one.page.keyboard.press("Tab")
        here = await one.page.evaluate(_HERE)
        if here["id"] != "content":
            assert here["seen"] or here["label"] == "", f"nothing shows that the focus is on {here}"
        if here["label"] == label or (not exact and label in here["label"]):
            return
    raise AssertionError(f"{one.page.url}: Tab never came to {label}")


async def enter(one: Someone) -> None:
    """Enter, and the page that comes of it."""
    async with one.page.expect_navigation():
        await one.page.keyboard.press("Enter")


async def test_the_whole_path_by_keys(product: Product, meet: Meet, cast: Cast) -> None:
    """From the inbox to the open case, and from the request to the recorded verdict, with no click at all."""
    subject = cast.subject()
    agent = await meet(cast.agent())
    await console_site.sign_in(agent)
    await agent.page.keyboard.press("Tab")
    assert (await agent.page.evaluate(_HERE))["label"] == "To the content"
    await go_to(agent, "People", exact=True)
    await enter(agent)
    # The pages put the focus where the work goes on.
    await expect(agent.page.get_by_label("Login or mail address")).to_be_focused()
    await agent.page.keyboard.type(subject.login)
    await enter(agent)
    await expect(agent.link("Force MFA reset")).to_be_focused()
    await enter(agent)
    for answer in ("No, none of them works", "Lost phone"):
        await go_to(agent, answer)
        await enter(agent)
    await go_to(agent, "No", exact=True)
    await enter(agent)
    await expect(agent.field("Ticket optional")).to_be_focused()
    await agent.page.keyboard.type("HELP-90001")
    await go_to(agent, "Open the case", exact=True)
    await enter(agent)
    reference = await console_site.reference_on(agent)

    approver = await meet(await console_site.drawn_approver(product, cast, reference))
    await console_site.sign_in(approver)
    await expect(approver.link(f"Verify: {subject.name}")).to_be_visible(timeout=A_WHILE_MS)
    await go_to(approver, f"Verify: {subject.name}")
    await enter(approver)
    await go_to(approver, "Seen in person")
    await approver.page.keyboard.press("Enter")
    await go_to(approver, "What did you see or hear?")
    await approver.page.keyboard.type("Came to the desk with the badge and the dock pass")
    await go_to(approver, "Where is the evidence kept?")
    await approver.page.keyboard.type("visitor log 44")
    await go_to(approver, "Verified")
    await enter(approver)
    await go_to(approver, "Use passkey or security key")
    await enter(approver)
    assert approver.page.url.endswith("/presence")
    assert not [press for press in (*agent.presses.made, *approver.presses.made) if press.startswith("click")]
