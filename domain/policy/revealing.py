"""Showing a callback number in full: once, to an approver who may dial it for this case (R16)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from domain.messages import Phase
from domain.people import Actor
from domain.policy.decision import ALLOWED, Decision, first_refusal, refuse
from domain.policy.drawing import is_assigned
from domain.policy.evidence import number_is_trustworthy
from domain.policy.genuine import is_genuine
from domain.policy.progress import progress
from domain.policy.verification import may_verify
from domain.refusal_codes import Code

if TYPE_CHECKING:
    from domain.case_file import CaseFile


def may_reveal(actor: Actor, file: CaseFile, contact_id: str, *, seen_before: bool) -> Decision:
    """Whether this approver may see this number now; one that proves nothing is not shown at all."""
    return first_refusal(
        is_genuine(file.case),
        _needed_now(file),
        may_verify(actor, file.case),
        is_assigned(actor, file.case, file.acts, file.now),
        number_is_trustworthy(file.case, contact_id),
        _not_seen(seen_before=seen_before),
    )


def _needed_now(file: CaseFile) -> Decision:
    where = progress(file)
    if where.outcome is not None:
        return refuse("R5", Code.CASE_CLOSED, "This case has ended.", outcome=where.outcome.value)
    if where.phase is not Phase.VERIFICATION:
        return refuse("R16", Code.NOT_IN_THIS_PHASE, "Nobody is to be called back now.", phase=where.phase.value)
    return ALLOWED


def _not_seen(*, seen_before: bool) -> Decision:
    if seen_before:
        return refuse("R16", Code.NUMBER_ALREADY_REVEALED, "You have seen this number in full; it is shown once.")
    return ALLOWED
