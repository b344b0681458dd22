"""What the service needs of the durable engine, as Protocols; `starter/engine` fulfils them with Temporal."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Sequence
    from uuid import UUID

    from service.health import Health, QueueView
    from service.history import EventsRead


class Engine(Protocol):
    """Whether the engine carries the cases and by whom; nothing here waits longer than two seconds."""

    async def health(self) -> Health:
        """Whether cases move; the answer may be some seconds old, and is never an exception."""
        ...

    async def queues(self) -> list[QueueView] | None:
        """The queues that workers serve; None where the engine does not answer in time."""
        ...

    async def not_running(self, tenant_id: UUID, workflows: Sequence[str]) -> set[str] | None:
        """Those of the tenant's workflows that run nowhere our workers listen; None where it does not tell in time."""
        ...


class Histories(Protocol):
    """What happened in the workflows of cases, as the engine recorded it."""

    @property
    def namespace(self) -> str:
        """Where its workflows live, for links to its own pages."""
        ...

    async def events(self, workflow: str, *, after: int, most: int) -> EventsRead:
        """A workflow's events after number `after`, `most` at a time, decrypted. Raises `TemporalUnreachable`."""
        ...
