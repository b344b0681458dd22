"""Policies: signed with a key outside the database and believed only so (R26); proposals are in `store.proposals`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from domain.acts import canonical
from domain.policy.document import Policy
from store.proposals import proposals_from_rows, proposals_on_version
from store.statements import SQL

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import datetime
    from uuid import UUID

    from domain.policy.changing import Proposal
    from domain.ports import ActSigner
    from store.ledger import Ledger
    from store.statements import Row
    from store.unit import Unit


@dataclass(frozen=True, kw_only=True)
class PolicyRow:
    """One row of the table. `signed` says that a door wrote it; `policy` is None where the document is no policy."""

    row_id: int
    version: int
    at: datetime
    by: str | None
    proposal_id: UUID | None
    policy: Policy | None
    signed: bool


@dataclass(frozen=True, kw_only=True)
class PolicyEvent:
    """One event of the audit about a policy: of which version, or of which forged row ("policies/7")."""

    type: str
    row: str | None
    version: int | None


async def policy_in_force(unit: Unit, now: datetime) -> Policy:
    """The policy that holds at `now`: the newest that a door has signed, or the proposal that is due since.

    The defaults where the tenant never set one. A row without a valid signature decides nothing.
    """
    policy = newest(await policy_rows(unit))
    due = await due_proposal(unit, version=policy.version, now=now)
    return _in_force(policy, due)


def policy_from_rows(
    rows: Iterable[Row], proposals: Sequence[Row], signer: ActSigner, tenant_id: UUID, now: datetime
) -> Policy:
    """The same, of the tenant's rows, newest version first, and the rows of its proposals."""
    believed = (one.policy for one in (_row(row, signer) for row in rows) if one.signed and one.policy is not None)
    policy = next(believed, Policy())
    return _in_force(policy, _first_due(proposals_from_rows(proposals, signer, tenant_id, policy.version), now))


async def due_proposal(unit: Unit, *, version: int, now: datetime) -> Proposal | None:
    """The seconded proposal on this version whose wait is over, if there is one; of several the first seconded."""
    return _first_due(await proposals_on_version(unit, version), now)


async def lock_policy(unit: Unit) -> None:
    """No other unit changes this tenant's policy until this one ends."""
    await unit._connection.execute(SQL["policy_lock"], str(unit.tenant_id))


async def put_policy(
    unit: Unit, policy: Policy, *, at: datetime, by: str | None, proposal_id: UUID | None = None
) -> None:
    """Write a new version, signed. The caller holds the lock of the tenant's policy, so no version is written twice."""
    document = policy.record()
    text = _text(unit.tenant_id, policy.version, document, at=at, by=by, proposal_id=proposal_id)
    key_id, signature = unit.act_signer.sign_act(text)
    await unit._connection.execute(
        SQL["policy_put"], unit.tenant_id, policy.version, document, at, by, proposal_id, signature, key_id
    )


async def policy_rows(unit: Unit) -> list[PolicyRow]:
    """Every row that is there, newest version first."""
    rows = await unit._connection.fetch(SQL["policies_of_tenant"], unit.tenant_id)
    return [_row(row, unit.act_signer) for row in rows]


async def tenants_with_policies(ledger: Ledger) -> list[UUID]:
    """The ids of the tenants that have a policy or a proposal of their own, signed or not."""
    return [row["tenant_id"] for row in await ledger._pool.fetch(SQL["tenants_with_policies"])]


async def policy_events(unit: Unit) -> list[PolicyEvent]:
    """What the audit already has of the tenant's versions and of rows that were found forged."""
    rows = await unit._connection.fetch(SQL["policy_events"], unit.tenant_id)
    return [PolicyEvent(type=row["type"], row=row["row"], version=row["version"]) for row in rows]


def newest(rows: list[PolicyRow]) -> Policy:
    """The newest policy that a door has signed; the defaults where there is none."""
    return next((one.policy for one in rows if one.signed and one.policy is not None), Policy())


def _in_force(policy: Policy, due: Proposal | None) -> Policy:
    return due.policy.model_copy(update={"version": policy.version + 1}) if due else policy


def _first_due(proposals: Iterable[Proposal], now: datetime) -> Proposal | None:
    due = [
        (one.holds_from, one.id, one)
        for one in proposals
        if one.holds_from is not None and one.withdrawn_at is None and one.holds_from <= now
    ]
    return min(due)[2] if due else None


def _row(row: Row, signer: ActSigner) -> PolicyRow:
    return PolicyRow(
        row_id=row["id"],
        version=row["version"],
        at=row["at"],
        by=row["by"],
        proposal_id=row["proposal_id"],
        policy=_policy(row),
        signed=_is_signed(row, signer),
    )


def _policy(row: Row) -> Policy | None:
    try:
        return Policy.model_validate(row["document"] | {"version": row["version"]})
    except (ValueError, TypeError):
        # Written past the doors, or by a release whose limits were others: a policy that is not valid decides nothing.
        return None


def _is_signed(row: Row, signer: ActSigner) -> bool:
    if row["signature"] is None or row["key_id"] is None:
        return False
    try:
        text = _text(
            row["tenant_id"],
            row["version"],
            row["document"],
            at=row["at"],
            by=row["by"],
            proposal_id=row["proposal_id"],
        )
    except (ValueError, TypeError):
        return False
    return signer.verify_act(row["key_id"], text, row["signature"])


def _text(
    tenant_id: UUID, version: int, document: object, *, at: datetime, by: str | None, proposal_id: UUID | None
) -> bytes:
    content = {
        "tenant": str(tenant_id),
        "version": version,
        # As it is stored: a field that a later release adds must void no signature (adr/0008).
        "document": document,
        "at": at.isoformat(),
        "by": by,
        "proposal": str(proposal_id) if proposal_id else None,
    }
    return b"mfa-recovery policy v1\n" + canonical(content)
