"""What a case waits for, said to the human who has to act; a table from codes to sentences, without rules."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal, get_args

from domain.messages import Outcome
from domain.policy.codes import HOW_TO_USE_A_CODE
from domain.policy.requirement import requirement_of
from domain.refusal_codes import Code
from domain.texts import NOTHING, Text, joined

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from domain.case import Case

WaitingFor = Literal["agent", "approver", "acting_admin", "subject", "security", "nobody"]
WAITING_FOR: tuple[WaitingFor, ...] = get_args(WaitingFor)


@dataclass(frozen=True)
class NextStep:
    """Who has to act, and what they have to do."""

    waiting_for: WaitingFor
    sentence: Text


@dataclass(frozen=True, kw_only=True)
class Course:
    """What is known beyond the code: who was drawn, until when (UTC) it cools off, what an objection did.

    `nobody_was_told`: not one notice to the subject or the manager was taken (B10).
    """

    drawn: tuple[str, ...] | None = None
    others_from: datetime | None = None
    mine: bool = False
    escalated: bool = False
    cools_off_until: datetime | None = None
    objected_after_the_end: bool = False
    upheld_after_the_end: bool = False
    nobody_was_told: bool = False


NOTHING_MORE = Course()

_STEPS: Mapping[str, NextStep] = {
    Code.OPENING: NextStep("nobody", Text("The case was opened a moment ago and is being looked at.")),
    Code.BACKUP_CODES_LEFT: NextStep(
        "agent",
        joined(
            [
                HOW_TO_USE_A_CODE,
                Text("If the codes cannot be used, state why; a wish for a reset is no reason."),
            ]
        ),
    ),
    Code.CODE_SIGN_IN_TO_CONFIRM: NextStep(
        "agent", Text("A sign-in with a backup code was seen. Ask the caller whether it was theirs, then confirm it.")
    ),
    Code.VERIFICATION_AWAITED: NextStep("approver", Text("Verify the caller out of band.")),
    Code.VERIFICATION_UNCERTAIN: NextStep(
        "approver",
        Text("A verdict was uncertain. Verify the caller again by another method, or record that it failed."),
    ),
    Code.CONTAINMENT_DUE: NextStep("nobody", Text("The account is being disabled and its sessions are being ended.")),
    Code.HELD_PAST_A_BRAKE: NextStep(
        "security",
        Text(
            "More cases than usual: a security officer looks at who opens and verifies them, then releases this one or "
            "cancels it. Meanwhile nothing is reset."
        ),
    ),
    Code.PAUSED_BY_OBJECTION: NextStep(
        "security",
        Text(
            "Somebody who was told of the case says it is not them. A security officer finds out who, then rules to "
            "resume or to uphold the objection; two new verdicts over other channels resume it too."
        ),
    ),
    Code.COOLING_OFF: NextStep(
        "nobody", Text("Everybody was told and still has time to object. Nothing to do meanwhile.")
    ),
    Code.NO_COOLING_OFF: NextStep("nobody", Text("Nothing has to be waited for; the case goes on by itself.")),
    Code.NOTICE_AWAITED: NextStep(
        "nobody",
        Text(
            "The cooling-off starts once a notice has been delivered over a channel that proves something. If none "
            "arrives, look at the case's notices and ask a security officer."
        ),
    ),
    Code.OFFICER_DECIDES_COOLING_OFF: NextStep(
        "security",
        Text(
            "No notice can reach the person over a channel that is old enough and was not used as proof. A security "
            "officer reaches them another way, then rules that the cooling-off is over or cancels the case."
        ),
    ),
    Code.COOLING_OFF_RULED_OVER: NextStep(
        "nobody", Text("A security officer has ruled that the cooling-off is over; the case goes on by itself.")
    ),
    Code.PRESENCE_AWAITED: NextStep(
        "approver", Text("Ask the caller to open the directory's recovery page and read out the code; enter it here.")
    ),
    Code.STEP_UP_AWAITED: NextStep(
        "acting_admin", Text("Prove that it is you and ask for the reset while the caller's browser waits.")
    ),
    Code.RESET_DUE: NextStep("nobody", Text("The reset was asked for and is about to be judged.")),
    Code.RESET_UNDER_WAY: NextStep("nobody", Text("The factors are being removed.")),
    Code.ENROLMENT_AWAITED: NextStep("subject", Text("The caller sets up a new factor in the browser that waited.")),
    Code.FACTOR_AWAITED: NextStep("subject", Text("The caller sets up a new factor in the browser that waited.")),
    Code.FACTOR_NOT_ALLOWED: NextStep(
        "subject", Text("The new factor is of a kind that policy does not allow; the caller sets up another one.")
    ),
    Code.CODES_AWAITED: NextStep("subject", Text("The caller lets the new backup codes be shown, and keeps them.")),
    Code.PASSWORD_AWAITED: NextStep("subject", Text("The caller chooses a new password in the browser that waited.")),
    Code.EVENTS_AWAITED: NextStep("nobody", Text("The caller is done; the directory's last events are on their way.")),
    Code.ENROLMENT_OVERDUE: NextStep(
        "nobody", Text("The time for the enrolment has passed; the account is being locked.")
    ),
    Code.SUSPENSION_DUE: NextStep(
        "nobody",
        Text("Somebody objected after the reset: the account is being disabled and its sessions are being ended."),
    ),
    Code.SUSPENDED_UNTIL_RULING: NextStep(
        "security",
        Text(
            "Somebody objected after the reset, so the account is disabled. A security officer finds out who has it, "
            "then rules to resume or to uphold the objection."
        ),
    ),
    Code.LIFT_DUE: NextStep("nobody", Text("A security officer ruled to resume; the account is being enabled again.")),
    Code.STORE_BEHIND_WORKFLOW: NextStep(
        "nobody", Text("Held for the people who run the system; the store is behind.")
    ),
}

_ENDED: Mapping[str, Text] = {
    Outcome.RECOVERED: Text("The caller is back with a new factor. Nothing is left to do."),
    Outcome.SELF_SERVICE: Text("The caller signed in with a backup code. Nothing was reset."),
    Outcome.REFUSED: Text("The case was refused. Nothing was reset."),
    Outcome.DENIED: Text("Verification failed. Nothing was reset, and security has to look at it."),
    Outcome.CANCELLED: Text("The case was cancelled. Nothing was reset."),
    Outcome.DISPUTED: Text(
        "A security officer upheld an objection. Do not open another case before security has spoken with the "
        "person; an account that was suspended stays disabled."
    ),
    Outcome.EXPIRED: Text("The case has expired. Open a new one if the person still needs help."),
    Outcome.ENROLMENT_EXPIRED: Text(
        "The time for the enrolment has passed and the account is locked. Open a new case."
    ),
    Outcome.INTERRUPTED: Text("The case was interrupted. Look at its operations for what was and was not done."),
}


_INTERRUPTED: Mapping[str, Text] = {
    Code.SUBJECT_GONE: Text("The account is no longer there. Ask whoever runs the directory what became of it."),
    Code.SUBJECT_DISABLED: Text(
        "Somebody disabled the account meanwhile, and a recovery enables nobody. Ask whoever did; "
        "if they agree, an administrator enables it."
    ),
    Code.COMPLETION_REFUSED: Text(
        "The caller has a new factor, but the account could not be enabled. An administrator has to."
    ),
    Code.WIPE_INCOMPLETE: Text(
        "Not every factor could be removed, so the account is locked. The operations name what is left; "
        "an administrator removes it, then open a new case."
    ),
    Code.CASE_ROW_CHANGED: Text(
        "This case was changed past the product. Nothing more is done in it; security must look at it."
    ),
}
"""Why people are needed, by the code with which a case was interrupted."""


_NOBODY_WAS_TOLD = Text(
    "Not one notice of this case has reached the person or their manager, so nobody could object: look at its "
    "notices, and reach the person another way."
)


def is_known(code: str) -> bool:
    """Whether there is a sentence for this code of a case, or for this outcome."""
    return code in _STEPS or code in _ENDED or code in _INTERRUPTED


def codes_waiting_for(who: WaitingFor) -> list[str]:
    """The codes of open cases in which a person of this kind has to act."""
    return sorted(code for code, step in _STEPS.items() if step.waiting_for == who)


def next_step(case: Case, code: str, ended: str | None, course: Course = NOTHING_MORE) -> NextStep:
    """The next step of a case that stands at `code`, or has `ended`."""
    step = _next_step(case, code, ended, course)
    return _and(step, _NOBODY_WAS_TOLD) if course.nobody_was_told else step


def sentences_of(case: Case, code: str, ended: str | None, course: Course = NOTHING_MORE) -> list[Text]:
    """The next step in whole sentences, for a page that shows names and times beside them."""
    found = [_next_step(case, code, ended, replace(course, drawn=None, cools_off_until=None)).sentence]
    if code == Code.VERIFICATION_AWAITED and ended is None:
        found = [_STEPS[code].sentence, requirement_of(case).in_words()]
    if course.nobody_was_told:
        found.append(_NOBODY_WAS_TOLD)
    return found


def _next_step(case: Case, code: str, ended: str | None, course: Course) -> NextStep:
    if ended is not None:
        return _after_the_end(ended, code, course)
    if code in _ENDED or code in _INTERRUPTED:
        # Decided, and about to be written.
        return _after_the_end(code, code, course)
    step = _STEPS.get(code, NextStep("nobody", Text("Wait; the case goes on by itself.")))
    if code == Code.VERIFICATION_AWAITED:
        needs = Text("Verify the caller out of band: {needs}.", needs=requirement_of(case).in_words())
        return _and(replace(step, sentence=needs), _who_was_drawn(course))
    if code == Code.VERIFICATION_UNCERTAIN:
        return _and(step, _who_was_drawn(course))
    if code == Code.COOLING_OFF and course.cools_off_until is not None:
        return _and(step, Text("It goes on at {clock}.", clock=course.cools_off_until))
    return step


def _and(step: NextStep, more: Text) -> NextStep:
    return replace(step, sentence=joined([step.sentence, more]))


def _after_the_end(ended: str, code: str, course: Course) -> NextStep:
    if course.upheld_after_the_end:
        return NextStep(
            "nobody",
            Text("The case had ended, then a security officer upheld an objection: the account stays disabled."),
        )
    if course.objected_after_the_end:
        return NextStep("security", _STEPS[Code.SUSPENDED_UNTIL_RULING].sentence)
    return NextStep("nobody", _INTERRUPTED.get(code) or _ENDED.get(ended, Text("The case has ended.")))


def _who_was_drawn(course: Course) -> Text:
    if course.drawn is None:
        return NOTHING
    if not course.drawn:
        return Text("Nobody was eligible when the approver was to be drawn; whoever is now may do it.")
    if course.mine:
        return Text("You were drawn to do it.")
    if course.escalated:
        return Text("Whoever was drawn has not answered, so every eligible approver may do it now.")
    drawn = ", ".join(course.drawn)
    if course.others_from is None:
        return Text("Drawn to do it: account {drawn}.", drawn=drawn)
    return Text(
        "Drawn to do it: account {drawn}; from {clock} on others may help.", drawn=drawn, clock=course.others_from
    )
