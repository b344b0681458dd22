"""Presence and step-up: the browser that waits, and the proof over exactly what will be done (R26 to R28, R36).

All of R36 is here. Asked by `doors` before the code is entered and before the reset is asked for, by `progress` and the
views until when a confirmation counts, by `judge` at the claim with what the provider then says of the browser, and by
`service.deciding` when the code is matched.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from domain.account import Fact
from domain.acts import ActKind, PresenceBody
from domain.people import Actor, Role, Tier
from domain.policy.decision import ALLOWED, Decision, refuse
from domain.policy.verification import may_verify
from domain.refusal_codes import Code

if TYPE_CHECKING:
    from collections.abc import Sequence

    from domain.acts import Act, Proof
    from domain.case import Case
    from domain.case_file import CaseFile

AAL2, AAL3 = 2, 3
IS_MISSING = refuse(
    "R36", Code.PRESENCE_MISSING, "The subject's own browser does not wait yet. The approver enters its code."
)
IS_STALE = refuse("R36", Code.PRESENCE_STALE, "The confirmation of the subject's browser is older than allowed.")
NO_PROOF = refuse("R28", Code.STEP_UP_MISSING, "This decision needs a fresh proof that it is you.")


class Presence(Fact):
    """The waiting browser as the provider sees it now."""

    id: str
    account_id: str | None
    confirmed: bool
    usable: bool
    password_verified: bool
    last_seen_at: datetime


def may_confirm_presence(actor: Actor, case: Case) -> Decision:
    """The approver who is on the verified channel enters the code; never agent or subject (R36)."""
    return may_verify(actor, case)


def may_execute(actor: Actor, case: Case) -> Decision:
    """Only the acting admin asks for the reset, and never about themselves (R6, R27)."""
    if case.subject_person_id == actor.person_id or case.subject_id == actor.account_id:
        return refuse("R6", Code.OWN_CASE, "Nobody resets themselves.")
    if not actor.has(Role.AGENT) or actor.person_id != case.acting_admin.person_id:
        return refuse("R27", Code.NOT_THE_ACTING_ADMIN, "Only the acting admin of this case can ask for the reset.")
    return ALLOWED


def proof_is_enough(proof: Proof | None, *, case: Case, wanted_binding: str) -> Decision:
    """AAL2, or AAL3 for a privileged subject, over exactly this decision (R27, R28).

    R27: The acting admin proves AAL2, for a privileged subject AAL3 by a hardware-bound key, over exactly this reset
    and at most minutes before the claim.
    """
    if proof is None:
        # A floor: no holder of a role is ever reset without a proof, whatever a tenant has set (R26, R27).
        if case.policy.step_up.required or case.tier is Tier.PRIVILEGED:
            return NO_PROOF
        return ALLOWED
    if not (over := is_over(proof, wanted_binding)).allowed:
        return over
    if case.tier is Tier.PRIVILEGED and (proof.aal < AAL3 or not (proof.phishing_resistant and proof.hardware_bound)):
        return refuse(
            "R27", Code.STEP_UP_TOO_WEAK, "A privileged subject needs a phishing-resistant, hardware-bound key."
        )
    if proof.aal < AAL2:
        return refuse("R27", Code.STEP_UP_TOO_WEAK, "The proof is weaker than a second factor.")
    return ALLOWED


def is_over(proof: Proof, wanted_binding: str) -> Decision:
    """Whether a proof was given over exactly this decision and nothing else (R28)."""
    if proof.binding != wanted_binding:
        return refuse(
            "R28", Code.STEP_UP_MISMATCH, "The proof was given for something else. Prove this decision itself."
        )
    return ALLOWED


def valid_presence(case: Case, acts: Sequence[Act], now: datetime) -> Act | None:
    """The latest confirmation for the present plan that has not grown old, if any."""
    latest = latest_presence(case, acts)
    return latest if latest is not None and presence_until(case, latest) > now else None


def presence_until(case: Case, confirmation: Act) -> datetime:
    """Until when (UTC) this confirmation of the waiting browser counts."""
    return confirmation.at + timedelta(minutes=case.policy.presence.confirmed_minutes)


def valid_step_up(case: Case, acts: Sequence[Act], now: datetime) -> Act | None:
    """The acting admin's latest request with a proof no older than policy allows (R27)."""
    requests = (
        act for act in _unspent(case, acts, ActKind.EXECUTE) if act.actor and may_execute(act.actor, case).allowed
    )
    latest = max(requests, key=lambda act: act.seq, default=None)
    if latest is None:
        return None
    proved = latest.proof.proved_at if latest.proof else latest.at
    return latest if proved + timedelta(minutes=case.policy.step_up.max_age_minutes) > now else None


def latest_presence(case: Case, acts: Sequence[Act]) -> Act | None:
    """The latest confirmation for the present plan by an approver who may give one, however old (R28, R36)."""
    confirmed = (
        act
        for act in _unspent(case, acts, ActKind.PRESENCE)
        if act.actor
        and may_confirm_presence(act.actor, case).allowed
        and (act.proof is not None or not case.policy.step_up.required)
    )
    return max(confirmed, key=lambda act: act.seq, default=None)


def confirmed_browser(case: Case, acts: Sequence[Act]) -> str | None:
    """The provider's id of the browser confirmed last for the present plan."""
    act = latest_presence(case, acts)
    return act.body.presence_id if act and isinstance(act.body, PresenceBody) else None


def browser_still_waits(presence: Presence | None, file: CaseFile) -> Decision:
    """The bound browser must be the subject's, the one confirmed last, and seen a moment ago (R27, R36).

    R36: Before the claim the subject's own browser waits, confirmed by an approver who heard its code; only that
    browser can enrol.
    """
    case, confirmed = file.case, confirmed_browser(file.case, file.acts)
    fits = presence is not None and presence.account_id == case.subject_id and presence.id == confirmed
    if presence is None or not fits or not (presence.confirmed and presence.usable):
        return refuse("R36", Code.PRESENCE_UNUSABLE, "The subject's browser no longer waits. A new code is needed.")
    if not presence.password_verified and not case.plan.choose_password:
        return refuse(
            "R36", Code.PRESENCE_WITHOUT_PASSWORD, "The waiting browser must have signed in with the password."
        )
    if file.now - presence.last_seen_at > timedelta(seconds=case.policy.presence.silent_seconds):
        return refuse(
            "R36", Code.PRESENCE_SILENT, "The subject's browser has gone silent. Ask them to open the page again."
        )
    return ALLOWED


def _unspent(case: Case, acts: Sequence[Act], kind: ActKind) -> list[Act]:
    digest = case.plan.digest()
    # What a judgement has used up, for or against, does not count again.
    return [act for act in acts if act.kind is kind and act.plan_digest == digest and act.seq > case.spent_seq]
