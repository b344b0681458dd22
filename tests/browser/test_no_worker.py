"""Pages answer from the store when no worker runs, and say so; afterwards they go on by themselves (B29)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from playwright.async_api import expect

from domain.messages import Phase
from starter.engine.patience import PATIENCE_SECONDS
from tests.browser import console_site
from tests.browser.desks import desk
from tests.support import waiting

if TYPE_CHECKING:
    from tests.browser.cast import Cast
    from tests.browser.conftest import Meet
    from tests.browser.product import Product

NO_WORKER = "No worker is running at the moment"
MINUTE_MS = 120_000
"""The engine takes a minute to notice that nobody asks for work any more."""


async def test_pages_answer_and_say_so(product: Product, meet: Meet, cast: Cast) -> None:
    """B29: within two seconds, with the case as it stands; a decision is kept, and counts once a worker is back."""
    async with desk(product, cast, cast.agent()) as agent:
        case = await agent.open(cast.subject(), "lost_phone")
        case = await agent.until(case["id"], Phase.VERIFICATION)
    approver = await meet(await console_site.drawn_approver(product, cast, case["reference"]))
    path = f"/console/cases/{case['reference']}"
    await console_site.sign_in(approver, path=path)
    with product.worker_stopped():

        async def noticed() -> bool:
            return NO_WORKER in await approver.page.inner_text("#health")

        await waiting.until(noticed, nudge=approver.page.reload, patience=MINUTE_MS / 1000, every=0.5)
        # A page waits this long for the engine and no longer; what it took on a busy machine would say nothing.
        assert PATIENCE_SECONDS <= 1
        for address in (path, f"{path}/verify", "/console/inbox", "/console/cases"):
            await approver.open(f"{product.web_url}{address}")
            await expect(approver.page.locator("#health")).to_contain_text(NO_WORKER)
        await approver.open(f"{product.web_url}{path}/verify")
        await approver.page.locator("summary", has_text="Seen in person").click()
        form = approver.page.locator("details[open]")
        await form.get_by_label("What did you see or hear?").fill("Came to the desk with the badge and the old phone")
        await form.get_by_label("Where is the evidence kept?").fill("visitor log 21")
        async with approver.page.expect_navigation():
            await form.get_by_role("button", name="Verified").click()
        await console_site.prove(approver)
        await approver.nothing_found()
        [row] = await product.rows(
            "SELECT count(*) AS acts FROM recovery.acts WHERE kind = 'verdict' AND case_id::text = $1", case["id"]
        )
        assert row["acts"] == 1
        await approver.open(f"{product.web_url}{path}")
    await expect(approver.page.locator("#now")).to_contain_text("Presence", timeout=MINUTE_MS)
    async with desk(product, cast, cast.agent()) as agent:
        await agent.until(case["id"], Phase.PRESENCE)
