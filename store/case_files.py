"""Reading case files: one statement, however many cases, so that nothing in a file is of another instant (adr/0017)."""

from __future__ import annotations

import json
from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING

from domain.case_file import CaseFile, Watch
from domain.errors import CaseNotFound
from domain.policy.genuine import believed
from store.acts import acts_from_rows
from store.cases import case_from_row
from store.members import members_from_rows
from store.policies import policy_from_rows
from store.statements import SQL

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from typing import Any
    from uuid import UUID

    from domain.ports import ActSigner
    from store.audit.statements import Connection
    from store.statements import Row

_CASE = (
    "id", "tenant_id", "subject_id", "subject_person_id", "agent", "acting_admin", "intake", "tier", "policy",
    "snapshot", "plan", "plan_version", "phase", "code", "outcome", "version", "act_seq", "applied_seq", "opened_at",
    "expires_at", "contained_at", "claimed_at", "enrol_by", "presence_id", "wiped_at", "attempt", "closed_at", "step",
    "risks",
)  # fmt: skip
_ACT = ("case_id", "id", "seq", "kind", "record", "signature", "key_id")
_MEMBER = (
    "tenant_id", "account_id", "person_id", "roles", "founding", "since", "granted_by", "signature", "key_id",
    "granter", "recovered_at",
)  # fmt: skip
_WATCH = ("case_id", "until", "version", "ended_at")
_POLICY = ("id", "tenant_id", "version", "document", "at", "by", "proposal_id", "signature", "key_id")
_PROPOSAL = ("id", "record", "signature", "key_id")
_JSON = frozenset(
    {"agent", "acting_admin", "intake", "policy", "snapshot", "plan", "step", "risks", "record", "document"}
)


@dataclass(frozen=True)
class Stored:
    """A case file, and what the last activity answered as its row has it, which only `Page` reads."""

    file: CaseFile
    step: dict[str, object] | None


async def case_files(
    connection: Connection, signer: ActSigner, tenant_id: UUID, case_ids: Sequence[UUID], *, readers: Iterable[str] = ()
) -> dict[UUID, Stored]:
    """The files of those of these cases that are the tenant's; `readers` are person ids whose standing is read too."""
    row = await connection.fetchrow(SQL["case_files"], tenant_id, list(case_ids), list(readers))
    if row is None:
        return {}
    now, members = row["now"], members_from_rows(_rows(row["members"], _MEMBER), signer)
    policy = policy_from_rows(
        _rows(row["policies"], _POLICY), _rows(row["proposals"], _PROPOSAL), signer, tenant_id, now
    )
    watches = {one["case_id"]: _watch(one) for one in _rows(row["watches"], _WATCH)}
    acts_of: defaultdict[UUID, list[Row]] = defaultdict(list)
    for one in _rows(row["acts"], _ACT):
        acts_of[one["case_id"]].append(one)
    found = {}
    for one in _rows(row["cases"], _CASE):
        acts, forged = acts_from_rows(acts_of[one["id"]], one["id"], signer)
        file = CaseFile(
            case=believed(case_from_row(one), acts), acts=tuple(acts), members=members, policy=policy, now=now,
            watch=watches.get(one["id"]), forged=forged,
        )  # fmt: skip
        found[file.case.id] = Stored(file, one["step"])
    return found


async def case_file(
    connection: Connection, signer: ActSigner, tenant_id: UUID, case_id: UUID, *, readers: Iterable[str] = ()
) -> Stored:
    """The file of one case. Raises `CaseNotFound`, also for another tenant's case (B23)."""
    found = (await case_files(connection, signer, tenant_id, [case_id], readers=readers)).get(case_id)
    if found is None:
        raise CaseNotFound
    return found


def _rows(records: Sequence[Sequence[Any]], columns: tuple[str, ...]) -> list[Row]:
    """Rows within a row come without names, and their JSON as text."""
    return [
        {
            name: json.loads(value) if name in _JSON and value is not None else value
            for name, value in zip(columns, record, strict=True)
        }
        for record in records
    ]


def _watch(row: Row) -> Watch:
    return Watch(until=row["until"], version=row["version"], ended=row["ended_at"] is not None)
