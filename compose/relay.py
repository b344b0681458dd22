"""The loops beside the doors: bells, sweep, the provider's events, nightly reads, notices, campaigns."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING
from uuid import uuid4

from postgres.pool import notifications
from service.policy_upkeep import settle_policies
from starter.relay.campaign_bells import CampaignBells
from starter.relay.follower import Follower
from starter.relay.loops import Relay
from starter.relay.nightly import NightlyReads
from starter.relay.overdue import OverdueEnrolments
from starter.relay.sweep import Sweep

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from temporalio.client import Client

    from compose.addresses import Addresses
    from compose.parts import Parts
    from starter.relay.notices import NoticeRelay
    from starter.relay.outbox import Outbox


def build_relay(
    these: Parts,
    client: Client,
    outbox: Outbox,
    addresses: Addresses,
    notices: NoticeRelay | None = None,
    *,
    announcements: Callable[[], Awaitable[int]] | None = None,
) -> Relay:
    """The loops beside the doors."""
    return Relay(
        outbox,
        Sweep(these.ledger, client, outbox, uuid4, OverdueEnrolments(these.ledger, these.feed, these.feed)),
        Follower(these.ledger, these.feed, outbox.deliver_now, uuid4),
        notifications=lambda: notifications(addresses.directory, "directory_events", application="recovery-follower"),
        housekeeping=lambda: asyncio.gather(these.forget_expired(), these.ledger.purge()),
        nightly=NightlyReads(these.ledger, these.feed, uuid4).read,
        policies=lambda: settle_policies(these.ledger),
        notices=[*(notices.loops() if notices else ()), *([announcements] if announcements else ())],
        campaigns=CampaignBells(these.ledger, client, task_queue=outbox.task_queue).ring,
    )
