"""The parts of a recovery that other people play while the subject looks at the pages."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID, uuid4

from directory import totp
from tests.directory.world import World
from tests.directory_pages.browser import Browser, Page, code_on, secret_on


async def confirm(world: World, page: Page, *, password_required: bool = True) -> UUID:
    """The approver types the code that was read out; returns the presence."""
    view = await world.administration.confirm_presence(world.ann, code_on(page), password_required=password_required)
    return view.id


async def let_on(world: World, presence_id: UUID, *, choose_password: bool = False) -> None:
    """The reset: wipe, then require enrolment of the confirmed browser for 15 minutes."""
    await world.wipe(world.ann)
    until = await world.now() + timedelta(minutes=15)
    await world.administration.require_enrolment(world.ann, presence_id, until, choose_password, uuid4())


async def at_the_factor(world: World, browser: Browser) -> Page:
    """Everything up to the choice of a new factor."""
    await let_on(world, await confirm(world, await browser.wait()))
    return await browser.submit(await browser.get("/waiting"), "/enrol/begin")


async def with_new_app(world: World, browser: Browser) -> tuple[Page, bytes]:
    """Everything up to the backup codes, and the new app's seed."""
    offered = await browser.submit(await at_the_factor(world, browser), "/enrol/app")
    seed = totp.parse_seed(secret_on(offered))
    return await browser.submit(offered, "/enrol/app/confirm", code=world.code(seed)), seed
