"""A copy of the case with two steps swapped, to show that replay notices; alone in its file because of the sandbox."""

from __future__ import annotations

from temporalio import workflow

from workflows.options import look
from workflows.recovery import RecoveryCase

with workflow.unsafe.imports_passed_through():
    from activities.assess import Assessing
    from domain.messages import CaseInput, CaseResult, StepInput


@workflow.defn(name="recovery_case")
class ReorderedCase(RecoveryCase):
    """Assesses before it takes up the case."""

    @workflow.init
    def __init__(self, case: CaseInput) -> None:
        super().__init__(case)

    @workflow.run
    async def run(self, case: CaseInput) -> CaseResult:
        """As before."""
        return await super().run(case)

    async def _intake(self) -> None:
        message = StepInput(case_id=self._case.case_id, tenant_id=self._case.tenant_id, version=0)
        await workflow.execute_activity_method(Assessing.assess, message, **look("Too early"))
        await super()._intake()
