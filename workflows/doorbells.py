"""What every workflow of ours does alike: it is rung, it waits, and it reports what is not ours (B04, B19).

A message says that something was recorded, never what; nothing here decides. Every client of the server can ring:
bells carry an act's id, which the next look checks against the store.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

from temporalio import workflow
from temporalio.common import RawValue
from temporalio.exceptions import ApplicationError

from workflows.options import look

with workflow.unsafe.imports_passed_through():
    from activities.assess import Assessing
    from domain.messages import CaseInput, Doorbell, ForeignMessage, Rung, WatchInput

MOST_BELLS = 20
"""Bells remembered between two looks; more would only let a stranger fill the history."""


def only_under_its_own_id(own: bool, whose: str) -> None:  # noqa: FBT001 - the answer to the one question
    """Raises where `own` is False: a start copied from another history; ciphertexts are bound to the namespace only.

    See adr/0006. `whose` is what the id should name: a case or a campaign.
    """
    if not own:
        raise ApplicationError(
            f"This workflow's id is not its {whose}'s.", type="workflow_id_wrong", non_retryable=True
        )


class Doorbells:
    """The handlers of a workflow, what they have heard since the last look, and the wait for more."""

    def __init__(self) -> None:
        self.rung = False
        self.acts: list[Doorbell] = []
        self.foreign: dict[str, int] = {}
        self.version = 0

    @workflow.update(name="act_recorded", description="A door has recorded an act for this case")
    def act_recorded(self, bell: Doorbell) -> Rung:
        """Heard; the answer about the act itself comes from the door that recorded it."""
        self._hear(bell)
        return Rung(version=self.version)

    @act_recorded.validator
    def check_act_recorded(self, bell: Doorbell) -> None:
        """Nothing to check; a validator lets malformed updates be refused before they enter the history."""

    @workflow.signal(name="identity_verification_signalled", description="An approver's verdict was recorded")
    def identity_verification_signalled(self, message: RawValue) -> None:
        """The outside signal, decoded by hand: a typed one that cannot be decoded would vanish (temporal.md C2)."""
        try:
            bell = workflow.payload_converter().from_payload(message.payload, Doorbell)
        except ValueError as error:
            self._notice(str(getattr(error, "code", "message_malformed")))
        else:
            self._hear(bell)

    @workflow.signal(dynamic=True, description="Anything else is noticed and audited")
    def unknown_signal(self, name: str, args: Sequence[RawValue]) -> None:  # noqa: ARG002 - nothing in it is believed
        """A signal of a name that is not ours."""
        self._notice("message_unknown")

    @workflow.update(dynamic=True, description="Anything else is refused")
    def unknown_update(self, name: str, args: Sequence[RawValue]) -> None:  # noqa: ARG002 - nothing in it is believed
        """Refused before it gets here; kept so that the refusal has a stable code."""
        raise ApplicationError("There is no update of this name.", type="message_unknown", non_retryable=True)

    @unknown_update.validator
    def check_unknown_update(self, name: str, args: Sequence[RawValue]) -> None:
        """See check_act_recorded."""

    def take_bells(self) -> list[Doorbell]:
        """The bells since the last look, and silence after it, unless a foreign message has yet to be reported."""
        heard, self.acts, self.rung = self.acts, [], bool(self.foreign)
        return heard

    def take_foreign(self) -> dict[str, int]:
        """The foreign messages since the last look, counted by code."""
        heard, self.foreign = self.foreign, {}
        return heard

    async def bell_or_timer(self, seconds: float, for_what: str) -> None:
        """Wait until a bell has rung, and at most so many seconds; `for_what` stands beside the timer."""
        try:
            await workflow.wait_condition(
                lambda: self.rung, timeout=timedelta(seconds=seconds), timeout_summary=for_what
            )
        except TimeoutError:
            return

    async def report_foreign(self, of: CaseInput | WatchInput) -> None:
        """Have the messages audited that are not ours (B19); the campaign hands them to its look instead."""
        for code, count in sorted(self.take_foreign().items()):
            message = ForeignMessage(case_id=of.case_id, tenant_id=of.tenant_id, code=code, count=count)
            await workflow.execute_activity_method(
                Assessing.record_foreign, message, **look("Audit a message that is not ours")
            )

    def _hear(self, bell: Doorbell) -> None:
        self.rung = True
        if len(self.acts) < MOST_BELLS:
            self.acts.append(bell)

    def _notice(self, code: str) -> None:
        self.rung = True
        self.foreign[code] = self.foreign.get(code, 0) + 1
