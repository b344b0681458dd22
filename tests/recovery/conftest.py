"""Worlds for playing cases: a copy of one filled database for each test, so that a test costs a second or two."""

from __future__ import annotations

from contextlib import AbstractAsyncContextManager
from typing import TYPE_CHECKING, Protocol

import pytest
import pytest_asyncio

from tests.support import servers
from tests.support import world as worlds

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

    from temporalio.testing import WorkflowEnvironment

    from compose.parts import Parts


class MakeWorld(Protocol):
    """Makes worlds of a test's own kind."""

    def __call__(
        self, *, start_worker: bool = True, wrap: Callable[[Parts], Parts] | None = None
    ) -> AbstractAsyncContextManager[worlds.World]:
        """See `tests.support.world.world`."""
        ...


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def prepared(postgres_url: str, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[worlds.Prepared]:
    """The filled database that worlds are copies of."""
    made = await worlds.prepare(postgres_url, tmp_path_factory.mktemp("prepared"))
    try:
        yield made
    finally:
        await servers.drop_database(postgres_url, servers.database_of(postgres_url, made.template))


@pytest.fixture
def make_world(postgres_url: str, temporal_server: WorkflowEnvironment, prepared: worlds.Prepared) -> MakeWorld:
    """Worlds without a worker, or with something between activities and their ports."""

    def make(
        *, start_worker: bool = True, wrap: Callable[[Parts], Parts] | None = None
    ) -> AbstractAsyncContextManager[worlds.World]:
        return worlds.world(postgres_url, temporal_server, prepared, start_worker=start_worker, wrap=wrap)

    return make


@pytest_asyncio.fixture(loop_scope="session")
async def w(make_world: MakeWorld) -> AsyncIterator[worlds.World]:
    """A world with a worker."""
    async with make_world() as made:
        yield made
