"""What every scene shares: the product's addresses, the people, and the stage."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from starter.demo.browser import Browser

if TYPE_CHECKING:
    from temporalio.client import Client

    from starter.demo.cast import Person
    from starter.demo.desk import Desk
    from starter.demo.stage import Stage


@dataclass
class Play:
    """The product's addresses, the people, and the stage."""

    api_url: str
    directory_url: str
    directory_origin: str
    temporal_address: str
    temporal_namespace: str
    temporal_ui_url: str | None
    connect_temporal: Callable[[], Awaitable[Client]]
    tenant: str
    cast: dict[str, Person]
    stage: Stage
    desks: dict[str, Desk] = field(default_factory=dict)

    def drawn(self, case: dict[str, Any]) -> list[Desk]:
        """The desks of the approvers that the product drew for this case (R22)."""
        by_account = {desk.account_id: desk for desk in self.desks.values()}
        return [by_account[one] for one in case["drawn"]["approvers"]]

    def not_drawn(self, case: dict[str, Any]) -> Desk:
        """An approver who was not drawn and does not carry the case."""
        others = [self.desks[key] for key in ("cleo", "dev", "bo")]
        taken = {*case["drawn"]["approvers"], case["agent_id"]}
        return next(one for one in others if one.account_id not in taken)

    def report(self) -> dict[str, Any]:
        """What was seen so far, as the command prints it."""
        return {
            "cases": [
                {
                    "scenario": one.scenario,
                    "case_id": one.case_id,
                    "outcome": one.outcome,
                    "audit": one.audit,
                    "seconds": round(one.seconds, 2),
                }
                for one in self.stage.scenes
            ],
            "refusals": [{"attempt": one.attempt, "code": one.code} for one in self.stage.refusals],
        }

    def browser(self) -> Browser:
        """A new browser at the directory."""
        return Browser(self.directory_url, self.tenant)

    def now(self) -> str:
        """This instant as the API wants it."""
        return datetime.now(UTC).isoformat()

    async def account_id(self, desk: Desk, key: str) -> str:
        """The account id of a person, looked up by login."""
        found = await desk.get("/directory/accounts", exact=self.cast[key].login)
        return str(found["accounts"][0]["id"])
