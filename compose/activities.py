"""What a worker registers: each activity with the ports that it needs."""

from __future__ import annotations

from typing import TYPE_CHECKING
from uuid import uuid4

from activities.assess import Assessing
from activities.campaign import Campaigning
from activities.close import Closing
from activities.confirm import Confirming
from activities.contain import Containing
from activities.reset import Resetting
from activities.suspend import Suspending
from activities.watch import Watching
from connectors.builtin import BuiltinGroups, BuiltinPresences, BuiltinRollout
from store.campaigns import CampaignBook

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from connectors.builtin import BuiltinDirectory
    from directory.services import DirectoryServices
    from store.ledger import Ledger


def case_activities(
    ledger: Ledger, accounts: BuiltinDirectory, presences: BuiltinPresences
) -> Sequence[Callable[..., object]]:
    """The steps of a case and of its watch."""
    assessing = Assessing(ledger)
    confirming = Confirming(ledger, accounts, accounts)
    return (
        assessing.open,
        assessing.assess,
        assessing.record_foreign,
        Containing(ledger, accounts, accounts, uuid4).contain,
        Resetting(ledger, accounts, accounts, presences, uuid4).reset,
        confirming.confirm,
        confirming.lapse,
        Suspending(ledger, accounts, uuid4).suspend,
        Watching(ledger, accounts, uuid4).watch,
        Closing(ledger).close,
    )


def all_activities(
    ledger: Ledger, accounts: BuiltinDirectory, services: DirectoryServices
) -> Sequence[Callable[..., object]]:
    """The steps of cases and of campaigns."""
    return (
        *case_activities(ledger, accounts, BuiltinPresences(services.administration)),
        Campaigning(CampaignBook(ledger), BuiltinGroups(services.rollout), BuiltinRollout(services.rollout)).advance,
    )
