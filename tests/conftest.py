"""Fixtures that every folder of tests shares: a real PostgreSQL, a fresh database of it, and Temporal."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest
import pytest_asyncio
from hypothesis import HealthCheck, settings

from tests.support import servers
from workflows.attributes import NAMES_AND_TYPES

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Generator

    from temporalio.testing import WorkflowEnvironment

# An example may take as long as a busy machine needs, to be made as well as to be judged (F10).
settings.register_profile("unhurried", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("unhurried")

LOOPBACK = "127.0.0.1,::1,localhost"


@pytest.hookimpl(tryfirst=True)
def pytest_configure(config: pytest.Config) -> None:
    """Let Python sockets reach this machine only; a test that wants the network must ask for it by marker.

    Folders of single tests lie in memory too: what is written there is read within the same second.
    """
    if (memory := servers.memory()) is not None:
        os.environ.setdefault("PYTEST_DEBUG_TEMPROOT", str(memory))
    config.option.allow_hosts = LOOPBACK
    config.option.allow_unix_socket = True


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport() -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Lone surrogates are part of what is tested (B26), and xdist cannot carry them from worker to master."""
    report = yield
    report.sections = [
        (name, text.encode("utf-8", "backslashreplace").decode("utf-8")) for name, text in report.sections
    ]
    return report


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def postgres_url() -> AsyncIterator[str]:
    """The superuser's URL of a server: RECOVERY_TEST_DATABASE_URL, or one of this pytest process alone."""
    given = os.environ.get("RECOVERY_TEST_DATABASE_URL")
    if given:
        yield given
        return
    from starter.embedded import PostgresSettings, embedded  # noqa: PLC0415 - a server of one's own needs no bundle

    with servers.scratch_folder("recovery-tests-") as folder:
        async with embedded(folder, postgres=PostgresSettings(fsync=False), temporal=None) as running:
            yield running.database_url


@pytest_asyncio.fixture(loop_scope="session")
async def database_url(postgres_url: str) -> AsyncIterator[str]:
    """The URL of an empty database for one test, dropped afterwards."""
    url = await servers.fresh_database(postgres_url)
    try:
        yield url
    finally:
        await servers.drop_database(postgres_url, url)


@pytest.fixture(scope="session")
def temporal_search_attributes() -> dict[str, str]:
    """Search attributes registered with `temporal_server`, by name and type."""
    return dict(NAMES_AND_TYPES)


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def temporal_server(temporal_search_attributes: dict[str, str]) -> AsyncIterator[WorkflowEnvironment]:
    """One Temporal server per pytest process, with a clock of its own for every workflow."""
    async with servers.time_skipping_temporal(temporal_search_attributes) as environment:
        yield environment
