"""The base of everything that doors show, and a case as one reader looks at it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from pydantic import BaseModel, ConfigDict

from domain.policy.objections import open_objections, suspended

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from domain.acts import Act
    from domain.case import Case
    from domain.case_file import CaseFile, Watch
    from domain.people import Actor, Member


class View(BaseModel):
    """Something as it is shown: it does not change afterwards."""

    model_config = ConfigDict(frozen=True)


def seen_by(reader: Actor, file: CaseFile) -> Seen:
    """A case file as this person looks at it."""
    return Seen(case=file.case, acts=file.acts, members=file.members, reader=reader, watch=file.watch, now=file.now)


@dataclass(frozen=True, kw_only=True)
class Seen:
    """A case as one reader looks at it at one instant."""

    case: Case
    acts: Sequence[Act]
    members: Mapping[str, Member]
    reader: Actor
    watch: Watch | None
    now: datetime

    @property
    def is_open(self) -> bool:
        """Whether the case has no outcome yet."""
        return self.case.outcome is None

    @property
    def disputed(self) -> bool:
        """Whether something is suspended, or objected to, that an officer has to rule on."""
        return suspended(self.acts) or bool(open_objections(self.case, self.acts, self.members))
