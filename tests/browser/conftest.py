"""The one product and the one browser of a run, and the people whom a test meets."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path

import pytest
import pytest_asyncio
from playwright.async_api import Browser

from starter.demo.cast import Person
from tests.browser import cast as casting
from tests.browser import chromium as browsers
from tests.browser import product as products
from tests.browser.cast import Cast
from tests.browser.product import Product
from tests.browser.someone import Machine, Someone, someone

Meet = Callable[..., Awaitable[Someone]]
SECONDS = 240
"""For one test, the start of the product within the first one included."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Whole journeys take longer than other tests."""
    for item in items:
        if item.path.is_relative_to(Path(__file__).parent) and not item.get_closest_marker("timeout"):
            item.add_marker(pytest.mark.timeout(SECONDS))


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def product() -> AsyncIterator[Product]:
    """The product as `make up` starts it."""
    async with products.product() as running:
        yield running


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def chromium() -> AsyncIterator[Browser]:
    """The browser."""
    async with browsers.chromium() as running:
        yield running


@pytest.fixture(scope="session")
def cast() -> Cast:
    """The tenant's people; ask it for one whom no other test has used."""
    return casting.cast()


@pytest_asyncio.fixture(loop_scope="session")
async def meet(product: Product, chromium: Browser) -> AsyncIterator[Meet]:
    """Sits a person down at a browser of their own; at the end no page may have done what the guard forbids."""
    met: list[Someone] = []

    async def sit_down(person: Person, machine: Machine | None = None) -> Someone:
        one = await someone(chromium, product, person, machine or Machine())
        met.append(one)
        return one

    yield sit_down
    for one in met:
        await one.context.close()
    assert [problem for one in met for problem in one.guard.problems] == []
