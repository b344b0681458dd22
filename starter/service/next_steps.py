"""What a case waits for, said to the human who has to act; a table from codes to sentences, without rules."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from domain.policy.codes import HOW_TO_USE_A_CODE
from domain.policy.verification import needs

if TYPE_CHECKING:
    from domain.case import Case

WaitingFor = Literal["agent", "approver", "acting_admin", "subject", "nobody"]


@dataclass(frozen=True)
class NextStep:
    """Who has to act, and what they have to do."""

    waiting_for: WaitingFor
    sentence: str


_STEPS = {
    "backup_codes_left": NextStep(
        "agent", HOW_TO_USE_A_CODE + " If the codes cannot be used, state why; a wish for a reset is no reason."
    ),
    "code_sign_in_to_confirm": NextStep(
        "agent", "A sign-in with a backup code was seen. Ask the caller whether it was theirs, then confirm it."
    ),
    "verification_uncertain": NextStep(
        "approver", "A verdict was uncertain. Verify the caller again by another method, or record that it failed."
    ),
    "containment_due": NextStep("nobody", "The account is being disabled and its sessions are being ended."),
    "presence_awaited": NextStep(
        "approver", "Ask the caller to open the directory's recovery page and read out the code; enter it here."
    ),
    "step_up_awaited": NextStep(
        "acting_admin", "Prove that it is you and ask for the reset while the caller's browser waits."
    ),
    "reset_due": NextStep("nobody", "The reset was asked for and is about to be judged."),
    "reset_under_way": NextStep("nobody", "The factors are being removed."),
    "enrolment_awaited": NextStep("subject", "The caller sets up a new factor in the browser that waited."),
    "factor_awaited": NextStep("subject", "The caller sets up a new factor in the browser that waited."),
    "factor_not_allowed": NextStep(
        "subject", "The new factor is of a kind that policy does not allow; the caller sets up another one."
    ),
    "codes_awaited": NextStep("subject", "The caller lets the new backup codes be shown, and keeps them."),
    "password_awaited": NextStep("subject", "The caller chooses a new password in the browser that waited."),
    "enrolment_overdue": NextStep("nobody", "The time for the enrolment has passed; the account is being locked."),
    "store_behind_workflow": NextStep("nobody", "Held for the people who run the system; the store is behind."),
}

_ENDED = {
    "recovered": "The caller is back with a new factor. Nothing is left to do.",
    "self_service": "The caller signed in with a backup code. Nothing was reset.",
    "denied": "Verification failed. Nothing was reset, and security has to look at it.",
    "cancelled": "The case was cancelled. Nothing was reset.",
    "expired": "The case has expired. Open a new one if the person still needs help.",
    "enrolment_expired": "The time for the enrolment has passed and the account is locked. Open a new case.",
    "interrupted": "The case was interrupted. Look at its operations for what was and was not done.",
}


def next_step(case: Case, code: str, ended: str | None) -> NextStep:
    """The next step of a case that stands at `code`, or has `ended`."""
    if ended is not None:
        return NextStep("nobody", _ENDED.get(ended, "The case has ended."))
    if code == "verification_awaited":
        return NextStep("approver", f"Verify the caller out of band: {needs(case)}.")
    return _STEPS.get(code, NextStep("nobody", "Wait; the case goes on by itself."))
