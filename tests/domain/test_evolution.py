"""What a later release may add without voiding what people decided before (adr/0008), and what voids it."""

from __future__ import annotations

from domain.acts import CancelBody, CancelReason, Evidence, Method, Verdict, VerdictBody, binding
from domain.plan import Plan
from domain.policy.verification import enough
from tests.domain.builders import CLEO, account, case, verdict


class LaterPlan(Plan):
    """The plan of a later release."""

    something_new: bool = False


class LaterEvidence(Evidence):
    """Evidence of a later release."""

    something_new: str | None = None


def test_a_new_field_of_the_plan_voids_no_verdict() -> None:
    """B30: a field added with its default leaves the digest of an open case's plan as it was."""
    plan = case().plan
    assert LaterPlan.model_validate(plan.model_dump()).digest() == plan.digest()


def test_a_new_field_of_the_evidence_voids_no_step_up() -> None:
    """B30: a field added with its default leaves the binding of a decision as it was."""
    seen, reference = "Met at the front desk", "visitor book"
    before = VerdictBody(
        verdict=Verdict.VERIFIED, method=Method.IN_PERSON, evidence=Evidence(seen=seen, reference=reference)
    )
    after = before.model_copy(update={"evidence": LaterEvidence(seen=seen, reference=reference)})
    this = case()
    of_before, of_after = (
        binding(case_id=this.id, plan_digest=this.plan.digest(), actor=CLEO, body=body) for body in (before, after)
    )
    assert of_before == of_after


def test_the_kind_of_a_decision_is_bound() -> None:
    """B24: two decisions with the same fields of different kinds are not the same decision."""
    this = case()
    texts = {
        binding(case_id=this.id, plan_digest=this.plan.digest(), actor=CLEO, body=CancelBody(reason=reason))
        for reason in CancelReason
    }
    assert len(texts) == len(CancelReason)


def test_another_manager_is_another_plan() -> None:
    """R20: the voucher is part of what was vouched for."""
    assert case(about=account(manager_id="m-1")).plan.digest() != case(about=account(manager_id="m-2")).plan.digest()


def test_a_face_is_never_the_only_way() -> None:
    """R14: a video call alone is not enough, however far a tenant has lowered the standard."""
    lowered = case()
    limits = lowered.policy.verification.model_copy(update={"standard_methods": 1})
    lowered = lowered.model_copy(update={"policy": lowered.policy.model_copy(update={"verification": limits})})
    alone = verdict(lowered, CLEO, Method.VIDEO_CALL)
    assert not enough(lowered, [alone])
    assert enough(lowered, [verdict(lowered, CLEO, Method.CALLBACK)])
