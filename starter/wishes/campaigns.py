"""Starting a policy rollout campaign (R40)."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from domain.policy.campaigns import USUAL_PER_SECOND, Wish
from starter.wishes.fields import Line, Strict


class StartCampaign(Strict):
    """Which group needs a second factor from when on; without `remind_days`, 7, 3 and 1 days before as they fit."""

    group: Annotated[Line, Field(min_length=1, examples=["sales"])]
    grace_days: Annotated[int, Field(strict=True, examples=[14], description="1 to 90")]
    remind_days: Annotated[list[Annotated[int, Field(strict=True)]] | None, Field(max_length=50)] = None
    per_second: Annotated[int, Field(strict=True, description="Accounts a second at most, 1 to 1000")] = (
        USUAL_PER_SECOND
    )

    def wish(self) -> Wish:
        """As the rules take it."""
        reminders = None if self.remind_days is None else tuple(self.remind_days)
        return Wish(group=self.group, grace_days=self.grace_days, remind_days=reminders, per_second=self.per_second)
