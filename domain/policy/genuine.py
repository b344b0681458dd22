"""What of a case's row is believed: only what signed acts bear out (a row written past the doors decides nothing)."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

from domain.acts import JudgementBody, OpenBody, ReplannedBody, actor_record, canonical
from domain.policy.decision import ALLOWED, Decision, refuse
from domain.refusal_codes import Code

if TYPE_CHECKING:
    from collections.abc import Sequence

    from domain.acts import Act
    from domain.case import Case


def facts_digest(case: Case) -> str:
    """SHA-256, in hex, of everything that a case was opened or planned anew with.

    Defaults are left out, so that a field of a later release voids no open case (adr/0008).
    """
    content: dict[str, object] = {
        "case": str(case.id),
        "tenant": str(case.tenant_id),
        "subject": [case.subject_id, case.subject_person_id],
        "agent": actor_record(case.agent),
        "acting_admin": actor_record(case.acting_admin),
        "intake": case.intake.model_dump(mode="json", exclude_defaults=True),
        "tier": case.tier.value,
        "policy": case.policy.record(defaults=False),
        "snapshot": case.snapshot.model_dump(mode="json", exclude_defaults=True),
        "plan": case.plan.digest(),
        "opened_at": case.opened_at.isoformat(),
    }
    if case.risks:
        content["risks"] = [one.model_dump(mode="json") for one in case.risks]
    return hashlib.sha256(b"mfa-recovery case v1\n" + canonical(content)).hexdigest()


def believed(case: Case, acts: Sequence[Act]) -> Case:
    """The case as its signed acts bear it out.

    Requests count only after the last signed refusal (R27, R36). A claim that no judgement made is no claim
    (R34). Facts that differ from those signed at the opening, or at the last new plan, make the case not genuine.
    """
    judgements = [(act.seq, act.body) for act in acts if isinstance(act.body, JudgementBody)]
    last = judgements[-1][1] if judgements else None
    facts = [act.body.facts for act in acts if isinstance(act.body, OpenBody | ReplannedBody)]
    changes: dict[str, object] = {
        "spent_seq": max((seq for seq, body in judgements if not body.allowed), default=0),
        "genuine": bool(facts) and facts[-1] == facts_digest(case),
    }
    if case.claimed_at is not None and not _made_by(last, case):
        changes |= {"claimed_at": None, "enrol_by": None, "presence_id": None, "wiped_at": None}
    return case.model_copy(update=changes)


def is_genuine(case: Case) -> Decision:
    """Refused for a case whose row was changed past the doors."""
    if not case.genuine:
        return refuse("R42", Code.CASE_ROW_CHANGED, "This case was changed past the product. Security must look at it.")
    return ALLOWED


def _made_by(judgement: JudgementBody | None, case: Case) -> bool:
    return (
        judgement is not None
        and judgement.allowed
        and judgement.enrol_by == case.enrol_by
        and judgement.presence_id == case.presence_id
    )
