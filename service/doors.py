"""What every door needs, wired once in compose/."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from domain.ports import Accounts, Groups, NewIds, Presences, StaffSignIn, StepUps
    from store.ledger import Ledger

Ring = Callable[[int], Awaitable[bool]]
"""Delivers one outbox row at once if it can; True when the workflow has been told."""


@dataclass(frozen=True)
class Doors:
    """The parts behind the doors. `secret` makes session tokens; it is never logged."""

    ledger: Ledger
    accounts: Accounts
    presences: Presences
    sign_in: StaffSignIn
    step_ups: StepUps
    ring: Ring
    new_id: NewIds
    secret: bytes
    groups: Groups

    def __repr__(self) -> str:
        return "Doors(…)"
