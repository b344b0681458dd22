"""Policies and proposals: signed with a key outside the database, and believed only so (R26)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from domain.acts import canonical
from domain.policy.changing import Proposal
from domain.policy.document import Policy
from store.statements import SQL

if TYPE_CHECKING:
    from datetime import datetime
    from uuid import UUID

    from domain.ports import ActSigner
    from store.audit.statements import Connection
    from store.statements import Row


async def policy_in_force(connection: Connection, signer: ActSigner, tenant_id: UUID, now: datetime) -> Policy:
    """The policy that holds at `now`: the newest that a door has signed, or the proposal that is due since.

    The defaults where the tenant never set one. A row that nobody signed decides nothing.
    """
    policy = await _newest_signed(connection, signer, tenant_id)
    due = await due_proposal(connection, signer, tenant_id, version=policy.version, now=now)
    return due.policy.model_copy(update={"version": policy.version + 1}) if due else policy


async def due_proposal(
    connection: Connection, signer: ActSigner, tenant_id: UUID, *, version: int, now: datetime
) -> Proposal | None:
    """The seconded proposal on this version whose wait is over, if there is one; of several the first seconded."""
    for row in await connection.fetch(SQL["proposals_open"], tenant_id):
        one = proposal_from_row(row, signer)
        if one is None or one.tenant_id != tenant_id or one.base_version != version or one.withdrawn_at:
            continue
        if one.holds_from is not None and one.holds_from <= now:
            return one
    return None


async def put_policy(
    connection: Connection,
    signer: ActSigner,
    tenant_id: UUID,
    policy: Policy,
    *,
    at: datetime,
    by: str | None,
    proposal_id: UUID | None = None,
) -> bool:
    """Write a new version, signed; False where this version is there already."""
    key_id, signature = signer.sign_act(_text(tenant_id, policy, at, by, proposal_id))
    written = await connection.fetchval(
        SQL["policy_put"], tenant_id, policy.version, policy.record(), at, by, proposal_id, signature, key_id
    )
    return written is not None


async def versions(connection: Connection, signer: ActSigner, tenant_id: UUID) -> list[tuple[Policy, Row, bool]]:
    """Every version that is there, newest first, with its row and whether a door has signed it."""
    found = []
    for row in await connection.fetch(SQL["policies_of_tenant"], tenant_id):
        policy = _policy(row)
        if policy is not None:
            found.append((policy, row, _is_signed(row, policy, signer)))
    return found


async def insert_proposal(connection: Connection, signer: ActSigner, proposal: Proposal) -> None:
    """Keep a new proposal, signed."""
    key_id, signature = signer.sign_act(proposal.signed_text())
    await connection.execute(
        SQL["proposal_insert"], proposal.id, proposal.tenant_id, _record(proposal), signature, key_id
    )


async def update_proposal(connection: Connection, signer: ActSigner, proposal: Proposal) -> None:
    """Keep what became of a proposal, signed anew."""
    key_id, signature = signer.sign_act(proposal.signed_text())
    await connection.execute(SQL["proposal_update"], proposal.id, _record(proposal), signature, key_id)


async def proposals(connection: Connection, signer: ActSigner, tenant_id: UUID) -> list[Proposal]:
    """The tenant's proposals that a door has signed, newest first."""
    rows = await connection.fetch(SQL["proposals_of_tenant"], tenant_id)
    found = [proposal_from_row(row, signer) for row in rows]
    return [one for one in found if one is not None and one.tenant_id == tenant_id]


def proposal_from_row(row: Row, signer: ActSigner) -> Proposal | None:
    """The proposal of a row, or None where nobody has signed it as it stands."""
    try:
        proposal = Proposal.model_validate({**row["record"], "applied_version": row["applied_version"]})
    except ValueError:
        return None
    signed = signer.verify_act(row["key_id"], proposal.signed_text(), row["signature"])
    return proposal if signed and proposal.id == row["id"] else None


async def _newest_signed(connection: Connection, signer: ActSigner, tenant_id: UUID) -> Policy:
    for row in await connection.fetch(SQL["policies_of_tenant"], tenant_id):
        policy = _policy(row)
        if policy is not None and _is_signed(row, policy, signer):
            return policy
    return Policy()


def _policy(row: Row) -> Policy | None:
    try:
        return Policy.model_validate(row["document"] | {"version": row["version"]})
    except (ValueError, TypeError):
        # Written past the doors, or by a release whose limits were others: a policy that is not valid decides nothing.
        return None


def _is_signed(row: Row, policy: Policy, signer: ActSigner) -> bool:
    if row["signature"] is None or row["key_id"] is None:
        return False
    text = _text(row["tenant_id"], policy, row["at"], row["by"], row["proposal_id"], document=row["document"])
    return signer.verify_act(row["key_id"], text, row["signature"])


def _record(proposal: Proposal) -> dict[str, object]:
    content = proposal.model_dump(mode="json", exclude={"applied_version", "policy"})
    return {**content, "policy": proposal.policy.record()}


def _text(
    tenant_id: UUID,
    policy: Policy,
    at: datetime,
    by: str | None,
    proposal_id: UUID | None,
    *,
    document: object = None,
) -> bytes:
    content = {
        "tenant": str(tenant_id),
        "version": policy.version,
        # As it is stored: a field that a later release adds must void no signature (adr/0008).
        "document": document if document is not None else policy.record(),
        "at": at.isoformat(),
        "by": by,
        "proposal": str(proposal_id) if proposal_id else None,
    }
    return b"mfa-recovery policy v1\n" + canonical(content)
