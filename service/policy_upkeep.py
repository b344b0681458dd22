"""What happens to policies without a request: proposals come to hold, and tampering is put on record (R26)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import structlog

from domain.audit import AuditEvent, EventOutcome, EventType
from domain.events import by_part
from domain.policy.document import STEP_UP_REQUIRED
from store.policies import (
    due_proposal,
    lock_policy,
    newest,
    policy_events,
    policy_rows,
    put_policy,
    tenants_with_policies,
)
from store.proposals import forged_proposals

if TYPE_CHECKING:
    from domain.policy.changing import Proposal
    from store.ledger import Ledger
    from store.unit import Unit

_LOG = structlog.get_logger(__name__)
_WROTE_A_VERSION = {EventType.POLICY_FOUNDED, EventType.POLICY_CHANGED, EventType.POLICY_TOOK_EFFECT}


async def settle_policies(ledger: Ledger) -> int:
    """Write down the proposals that have come to hold, once; they hold from their instant on without this too.

    Rows that no door wrote, and versions that are not there any more, are put on record on the way.
    """
    settled = 0
    for tenant_id in await tenants_with_policies(ledger):
        try:
            async with ledger.unit(tenant_id) as unit:
                settled += await settle(unit)
                await _put_tampering_on_record(unit)
        except Exception:  # noqa: BLE001 - whatever it is
            # One tenant whose rows cannot be read must not keep the others' proposals from being written down.
            _LOG.exception("policy_not_settled", tenant=str(tenant_id))
    return settled


async def settle(unit: Unit) -> bool:
    """Write down this tenant's proposal that holds by now, if there is one."""
    await lock_policy(unit)
    now = await unit.now()
    version = newest(await policy_rows(unit)).version
    due = await due_proposal(unit, version=version, now=now)
    if due is None or due.holds_from is None:
        return False
    after = due.policy.model_copy(update={"version": version + 1})
    await put_policy(unit, after, at=due.holds_from, by=due.proposed_by, proposal_id=due.id)
    data: dict[str, object] = {"version": after.version, "proposal": str(due.id), "weakens": list(due.weakens)}
    unit.audit(_by_clock(EventType.POLICY_TOOK_EFFECT, data))
    if STEP_UP_REQUIRED in due.weakens:
        unit.audit(_by_clock(EventType.STEP_UP_TURNED_OFF, data))
    return True


def tell_security(proposal: Proposal) -> None:
    """Alert security that a policy is to become weaker (R26): a warning in the log beside the event in the audit.

    The hook for whatever else is to reach the officers. Notices belong to a case, and a policy has none.
    """
    _LOG.warning("policy_weakening_proposed", proposal=str(proposal.id), weakens=list(proposal.weakens))


async def _put_tampering_on_record(unit: Unit) -> None:
    rows = await policy_rows(unit)
    forged = {f"policies/{one.row_id}" for one in rows if not one.signed}
    forged |= {
        f"policy_proposals/{one}"
        for one in await forged_proposals(unit)
    }  # fmt: skip
    events = await policy_events(unit)
    written = {one.version for one in events if one.type in _WROTE_A_VERSION and one.version is not None}
    there = {one.version for one in rows if one.signed}
    # The defaults are version 1 where the founder of the tenant set no policy.
    missing = (written | set(range(2, max(there, default=1)))) - there
    known = {(one.type, one.row or one.version) for one in events}
    for name in sorted(forged):
        if (EventType.POLICY_ROW_FORGED, name) not in known:
            unit.audit(_by_clock(EventType.POLICY_ROW_FORGED, {"row": name}, EventOutcome.FAILURE))
    for version in sorted(missing):
        if (EventType.POLICY_VERSION_MISSING, version) not in known:
            unit.audit(_by_clock(EventType.POLICY_VERSION_MISSING, {"version": version}, EventOutcome.FAILURE))


def _by_clock(
    event_type: EventType, data: dict[str, object], outcome: EventOutcome = EventOutcome.SUCCESS
) -> AuditEvent:
    return by_part("clock", event_type, outcome, details=data)
