"""What every holder of a case's short reference may know of it: plain sentences, of which none helps a stranger.

No name, no login, no contact, no organisation, and nothing that tells an objection, a brake or a risk from one another.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from typing import TYPE_CHECKING
from uuid import UUID

from domain.ids import case_reference
from domain.messages import Outcome
from domain.policy.cooling import cooling_off
from domain.policy.objections import disputed, upheld
from domain.policy.presence import presence_until, valid_presence
from domain.policy.verification import complete_until
from domain.refusal_codes import Code
from domain.texts import Text
from service.case_view import where_it_stands
from store.references import case_of_any_tenant

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from domain.case_file import CaseFile
    from store.ledger import Ledger

SHOWN_AFTER_THE_END = timedelta(hours=72)
_LONGEST_TYPED = 40
_NOT_SAID = re.compile(r"[\s\u00ad\u2010-\u2015\u2212-]+")
_LOOK_ALIKES = str.maketrans("OIL", "011")
_REFERENCE = re.compile(r"R?([0-9A-F]{8})", re.ASCII)


class Stage(StrEnum):
    """How far a case has come, as far as the page tells."""

    OPEN = "open"
    CHECKING = "checking"
    WAITING = "waiting"
    BROWSER = "browser"
    LAST_CONFIRMATION = "last_confirmation"
    REMOVING = "removing"
    ENROLLING = "enrolling"
    FINISHING = "finishing"
    SECURITY = "security"
    DONE = "done"
    TOO_LATE = "too_late"
    ENDED = "ended"


@dataclass(frozen=True)
class Told:
    """Where the case stands, and what happens next or is to be done."""

    now: Text
    next: Text


@dataclass(frozen=True, kw_only=True)
class PublicStatus:
    """What the page shows; `until` (UTC) is None where there is no time to tell."""

    reference: str
    stage: Stage
    until: datetime | None

    @property
    def told(self) -> Told:
        """The sentences of the stage."""
        return SENTENCES[self.stage]


SENTENCES = {
    Stage.OPEN: Told(
        Text("Your case is open."),
        Text(
            "The help desk looks at it first. If you still have a backup code, sign in with it: that is the "
            "fastest way."
        ),
    ),
    Stage.CHECKING: Told(
        Text("We check that it is really you."),
        Text(
            "Somebody reaches you in a way that we know already, or meets you. They ask what you lost. They never ask "
            "for your password or for a code that was sent to you."
        ),
    ),
    Stage.WAITING: Told(
        Text("You were checked. Now there is a waiting time."),
        Text("Everybody who has to know was told and can still object. Nothing for you to do until it is over."),
    ),
    Stage.BROWSER: Told(
        Text("It is your turn: we need your browser."),
        Text("While you talk with the help desk, open the recovery page of your sign-in and read out the code on it."),
    ),
    Stage.LAST_CONFIRMATION: Told(
        Text("Your browser was accepted."),
        Text("The help desk confirms one last time. Leave the page that showed your code open; it goes on by itself."),
    ),
    Stage.REMOVING: Told(
        Text("Your old factors are being removed."),
        Text("Leave the page that showed your code open; it goes on by itself."),
    ),
    Stage.ENROLLING: Told(
        Text("It is your turn: set up your new factor."),
        Text(
            "Go on in the browser that showed your code, and save the backup codes at the end. Afterwards the account "
            "is locked if no new factor is there."
        ),
    ),
    Stage.FINISHING: Told(Text("Your new factor is set up."), Text("The case is being closed. Nothing for you to do.")),
    Stage.SECURITY: Told(Text("Our security team has to look at it first."), Text("Nothing for you to do.")),
    Stage.DONE: Told(
        Text("Finished: a new factor is set up."), Text("Sign in with it from now on, and keep your backup codes.")
    ),
    Stage.TOO_LATE: Told(
        Text("The time for setting up a new factor is over."),
        Text("The account is locked. Call the help desk for a new case."),
    ),
    Stage.ENDED: Told(Text("This case has ended."), Text("If you still cannot sign in, call the help desk.")),
}
# Told apart by nothing: a holder of the reference must not learn that there was an objection, or what stood out.
_STAGES: Mapping[str, Stage] = {
    Code.OPENING: Stage.OPEN,
    Code.BACKUP_CODES_LEFT: Stage.OPEN,
    Code.CODE_SIGN_IN_TO_CONFIRM: Stage.OPEN,
    Code.VERIFICATION_AWAITED: Stage.CHECKING,
    Code.VERIFICATION_UNCERTAIN: Stage.CHECKING,
    Code.CONTAINMENT_DUE: Stage.CHECKING,
    Code.COOLING_OFF: Stage.WAITING,
    Code.NO_COOLING_OFF: Stage.WAITING,
    Code.NOTICE_AWAITED: Stage.WAITING,
    Code.COOLING_OFF_RULED_OVER: Stage.WAITING,
    Code.PRESENCE_AWAITED: Stage.BROWSER,
    Code.STEP_UP_AWAITED: Stage.LAST_CONFIRMATION,
    Code.RESET_DUE: Stage.LAST_CONFIRMATION,
    Code.RESET_UNDER_WAY: Stage.REMOVING,
    Code.ENROLMENT_AWAITED: Stage.ENROLLING,
    Code.FACTOR_AWAITED: Stage.ENROLLING,
    Code.FACTOR_NOT_ALLOWED: Stage.ENROLLING,
    Code.CODES_AWAITED: Stage.ENROLLING,
    Code.PASSWORD_AWAITED: Stage.ENROLLING,
    Code.EVENTS_AWAITED: Stage.FINISHING,
    Code.ENROLMENT_OVERDUE: Stage.TOO_LATE,
    Code.HELD_PAST_A_BRAKE: Stage.SECURITY,
    Code.PAUSED_BY_OBJECTION: Stage.SECURITY,
    Code.OFFICER_DECIDES_COOLING_OFF: Stage.SECURITY,
    Code.SUSPENSION_DUE: Stage.SECURITY,
    Code.SUSPENDED_UNTIL_RULING: Stage.SECURITY,
    Code.LIFT_DUE: Stage.SECURITY,
    Code.STORE_BEHIND_WORKFLOW: Stage.SECURITY,
    # Interrupted, and about to be written.
    Code.SUBJECT_GONE: Stage.ENDED,
    Code.SUBJECT_DISABLED: Stage.ENDED,
    Code.COMPLETION_REFUSED: Stage.ENDED,
    Code.WIPE_INCOMPLETE: Stage.ENDED,
    Code.CASE_ROW_CHANGED: Stage.ENDED,
    # How it ended is told where the person has to know: who was found to be an impostor is not.
    **{one.value: Stage.ENDED for one in Outcome},
    Outcome.RECOVERED.value: Stage.DONE,
    Outcome.ENROLMENT_EXPIRED.value: Stage.TOO_LATE,
}


async def look(ledger: Ledger, typed: str) -> PublicStatus | None:
    """The status of the case that a visitor names, or None: unknown, no reference, two cases', or ended long ago."""
    span = _ids_of(typed)
    if span is None:
        return None
    found = await case_of_any_tenant(ledger, *span, ended_within=SHOWN_AFTER_THE_END)
    if found is None:
        return None
    return status_of(await ledger.read_file(found.tenant_id, found.id))


def status_of(file: CaseFile) -> PublicStatus:
    """The status of a case as it was read; acts that no activity has applied yet are taken into account."""
    _, code = where_it_stands(file)
    outcome = file.case.outcome
    stage = _after_the_end(outcome, file) if outcome else stage_of(code)
    return PublicStatus(reference=case_reference(file.case.id), stage=stage, until=_until(stage, file))


def stage_of(code: str) -> Stage:
    """The stage of an open case at this code; a code without a sentence here tells nothing but a pause."""
    return _STAGES.get(code, Stage.SECURITY)


def is_known(code: str) -> bool:
    """Whether a stage is written down here for this code of an open case."""
    return code in _STAGES


def _after_the_end(outcome: Outcome, file: CaseFile) -> Stage:
    if upheld(file.acts):
        return Stage.ENDED
    if outcome is Outcome.RECOVERED and disputed(file):
        return Stage.SECURITY
    return _STAGES[outcome]


def _until(stage: Stage, file: CaseFile) -> datetime | None:
    case = file.case
    match stage:
        case Stage.OPEN | Stage.CHECKING:
            return case.expires_at
        case Stage.WAITING:
            return cooling_off(file).until
        case Stage.BROWSER:
            return min(complete_until(file) or case.expires_at, case.expires_at)
        case Stage.LAST_CONFIRMATION:
            presence = valid_presence(case, file.acts, file.now)
            return presence_until(case, presence) if presence else None
        case Stage.ENROLLING:
            return case.enrol_by
        case _:
            return None


def _ids_of(typed: str) -> tuple[UUID, UUID] | None:
    """The first and the last id that such a reference could be of, however it was typed (B28)."""
    if len(typed) > _LONGEST_TYPED:
        return None
    match = _REFERENCE.fullmatch(_NOT_SAID.sub("", typed).upper().translate(_LOOK_ALIKES))
    if match is None:
        return None
    return UUID(f"{match[1]}{'0' * 24}"), UUID(f"{match[1]}{'f' * 24}")
