"""Proposals of weaker policies: rows are only added, each signed; what was withdrawn once stays withdrawn (R26)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from domain.acts import canonical
from domain.policy.changing import Proposal
from store.statements import SQL

if TYPE_CHECKING:
    from collections.abc import Sequence
    from uuid import UUID

    from domain.ports import ActSigner
    from store.statements import Row
    from store.unit import Unit


async def put_proposal(unit: Unit, proposal: Proposal) -> None:
    """Add how a proposal stands now, signed; the rows before stay."""
    record = _record(proposal)
    key_id, signature = unit.act_signer.sign_act(_text(record))
    await unit._connection.execute(SQL["proposal_put"], proposal.tenant_id, proposal.id, record, signature, key_id)


async def proposals_of_tenant(unit: Unit) -> list[Proposal]:
    """The tenant's proposals that a door has signed, as they stand, newest first."""
    rows = await unit._connection.fetch(SQL["proposals_of_tenant"], unit.tenant_id)
    return sorted(_as_they_stand(rows, unit.act_signer, unit.tenant_id), key=lambda one: one.proposed_at, reverse=True)


async def proposals_on_version(unit: Unit, version: int) -> list[Proposal]:
    """Those that were made on this version, as they stand."""
    rows = await unit._connection.fetch(SQL["proposals_on_version"], unit.tenant_id, str(version))
    return _as_they_stand(rows, unit.act_signer, unit.tenant_id)


def proposals_from_rows(rows: Sequence[Row], signer: ActSigner, tenant_id: UUID, version: int) -> list[Proposal]:
    """Of the tenant's rows those that were made on this version, as they stand."""
    return _as_they_stand([row for row in rows if _is_on(row["record"], version)], signer, tenant_id)


async def forged_proposals(unit: Unit) -> list[int]:
    """The ids of the rows that no door has signed."""
    rows = await unit._connection.fetch(SQL["proposals_of_tenant"], unit.tenant_id)
    return [row["id"] for row in rows if not _is_signed(row, unit.act_signer, unit.tenant_id)]


def _is_on(record: object, version: int) -> bool:
    return isinstance(record, dict) and record.get("base_version") == version


def _as_they_stand(rows: Sequence[Row], signer: ActSigner, tenant_id: UUID) -> list[Proposal]:
    found: dict[UUID, Proposal] = {}
    for row in rows:
        one = _proposal(row, signer, tenant_id)
        # An older row that is copied to the end is signed too: the row that has gone furthest counts, not the last.
        if one is not None and (one.id not in found or _steps(one) > _steps(found[one.id])):
            found[one.id] = one
    return list(found.values())


def _steps(proposal: Proposal) -> tuple[bool, bool]:
    return proposal.withdrawn_at is not None, proposal.seconded_at is not None


def _proposal(row: Row, signer: ActSigner, tenant_id: UUID) -> Proposal | None:
    if not _is_signed(row, signer, tenant_id):
        return None
    try:
        return Proposal.model_validate(row["record"])
    except ValueError:
        # By a release whose limits were others: a policy that is not valid never comes to hold.
        return None


def _is_signed(row: Row, signer: ActSigner, tenant_id: UUID) -> bool:
    record = row["record"]
    belongs = isinstance(record, dict) and record.get("tenant_id") == str(tenant_id)
    try:
        return belongs and signer.verify_act(row["key_id"], _text(record), row["signature"])
    except (ValueError, TypeError):
        return False


def _text(record: dict[str, object]) -> bytes:
    # As it is stored: a field that a later release adds must void no signature (adr/0008).
    return b"mfa-recovery policy proposal v1\n" + canonical(record)


def _record(proposal: Proposal) -> dict[str, object]:
    content = proposal.model_dump(mode="json", exclude={"applied_version", "policy"})
    return {**content, "policy": proposal.policy.record()}
