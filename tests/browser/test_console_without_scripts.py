"""Agent and approver get through a whole case in browsers that run no scripts; only passkeys need them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.browser import console_site, directory_site
from tests.browser.desks import desk
from tests.browser.someone import Machine
from tests.support import waiting

if TYPE_CHECKING:
    from tests.browser.cast import Cast
    from tests.browser.conftest import Meet
    from tests.browser.product import Product
    from tests.browser.someone import Someone

PLAIN = Machine(scripts=False)


async def until(one: Someone, words: str) -> None:
    """Look again, as the page offers, until it says so."""

    async def said() -> bool:
        return words in await one.page.inner_text("main")

    await waiting.until(said, nudge=one.page.reload, every=0.5)


async def test_a_whole_case_without_scripts(product: Product, meet: Meet, cast: Cast) -> None:
    """Everything but WebAuthn works without scripts: intake, verdict, presence, step-up by app, enrolment."""
    subject = cast.subject()
    agent, caller = await meet(cast.agent(), PLAIN), await meet(subject, PLAIN)
    await console_site.sign_in(agent)
    await console_site.open_case(agent, subject)
    reference = await console_site.reference_on(agent)
    await until(agent, "Verify the caller out of band.")

    approver = await meet(await console_site.drawn_approver(product, cast, reference), PLAIN)
    await console_site.sign_in(approver)
    await until(approver, subject.name)
    await console_site.verify_in_person(approver, subject)
    await console_site.bind(approver, await directory_site.show_code(caller))
    await until(agent, "Ask for the reset")
    await agent.follow("Ask for the reset")
    await until(agent, "Go on to sign the reset")
    await agent.press("Go on to sign the reset")
    await console_site.prove(agent)
    await until(caller, "Your old factors have been removed")
    await directory_site.enrol_app(caller)
    async with desk(product, cast, cast.agent()) as other:
        [row] = await product.rows(
            "SELECT id::text AS id FROM recovery.cases WHERE upper(left(id::text, 8)) = $1",
            reference.removeprefix("R-").replace("-", ""),
        )
        await other.until_seen(row["id"], lambda seen: seen["outcome"] == "recovered")
