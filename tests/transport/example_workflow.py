"""How a workflow's handlers must look for no message to be able to jam it (B19); the real one follows this pattern.

- One model in, one out, and every update has a validator: the interceptor checks arity there, before acceptance,
  and a refused update leaves nothing in history.
- A dynamic update with a validator, so that unknown names are refused by the interceptor with a stable code.
- The outside signal takes a `RawValue` and decodes it by hand: a typed signal that cannot be decoded just vanishes.
- A dynamic signal notices unknown names; it keeps a count, never the names and contents.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

from temporalio import workflow
from temporalio.common import RawValue, RetryPolicy
from temporalio.exceptions import ActivityError, ApplicationError

with workflow.unsafe.imports_passed_through():
    from tests.transport.example_messages import Bell, Opened, Progress, example_fail, example_wait


@workflow.defn(name="example_case")
class ExampleCase:
    """Waits for bells until it is told to stop."""

    @workflow.init
    def __init__(self, opened: Opened) -> None:
        self._rings = 0
        self._outside: list[str] = []
        self._stopped = False

    @workflow.run
    async def run(self, opened: Opened) -> Progress:
        """Wait for the stop bell, then try an activity that fails."""
        await workflow.wait_condition(lambda: self._stopped)
        for urgency in ("routine", "stop"):
            try:
                await workflow.execute_activity(
                    example_fail,
                    Bell(act_id=opened.case_id, urgency=urgency),
                    start_to_close_timeout=timedelta(seconds=10),
                    retry_policy=RetryPolicy(maximum_attempts=1),
                )
            except ActivityError as error:
                cause = error.cause
                self._outside.append(cause.type or "" if isinstance(cause, ApplicationError) else type(cause).__name__)
        await workflow.wait_condition(workflow.all_handlers_finished)
        return self.progress()

    @workflow.update(name="ring")
    def ring(self, bell: Bell) -> Progress:
        """A door has committed an act."""
        self._rings += 1
        self._stopped = self._stopped or bell.urgency == "stop"
        return self.progress()

    @ring.validator
    def check_ring(self, bell: Bell) -> None:
        """Nothing to check here: its presence lets the interceptor refuse before acceptance."""

    @workflow.update(dynamic=True)
    def unknown_update(self, name: str, args: Sequence[RawValue]) -> None:
        """Never reached: the interceptor refuses unknown names in the validator."""
        raise ApplicationError("There is no update of this name.", type="message_unknown", non_retryable=True)

    @unknown_update.validator
    def check_unknown_update(self, name: str, args: Sequence[RawValue]) -> None:
        """See check_ring."""

    @workflow.update(name="unguarded")
    def unguarded(self, bell: Bell) -> Progress:
        """An update whose author forgot the validator: accepted, then failed, but never jammed."""
        return self.progress()

    @workflow.signal(name="identity_verification_signalled")
    def outside_signal(self, message: RawValue) -> None:
        """A caller outside rings; what cannot be read is noticed, not lost."""
        try:
            bell = workflow.payload_converter().from_payload(message.payload, Bell)
        except ValueError as error:
            self._notice(str(getattr(error, "code", "message_malformed")))
        else:
            self._notice(bell.act_id)

    @workflow.signal(name="typed")
    def typed_signal(self, bell: Bell) -> None:
        """A typed signal, to show what becomes of it."""
        self._notice(bell.act_id)

    @workflow.signal(dynamic=True)
    def unknown_signal(self, name: str, args: Sequence[RawValue]) -> None:
        """A caller sends what we do not know."""
        self._notice("message_unknown")

    @workflow.query(name="progress")
    def progress(self) -> Progress:
        """What was noticed so far."""
        return Progress(rings=self._rings, outside=list(self._outside))

    def _notice(self, what: str) -> None:
        self._outside = [*self._outside[-19:], what]


@workflow.defn(name="example_waiting")
class ExampleWaiting:
    """Waits for an activity that a caller outside completes."""

    @workflow.run
    async def run(self, opened: Opened) -> Progress:
        """Return what the activity was completed with, or how it failed."""
        try:
            return await workflow.execute_activity(
                example_wait, opened, activity_id="wait", start_to_close_timeout=timedelta(seconds=30)
            )
        except ActivityError as error:
            cause = error.cause
            kind = cause.type if isinstance(cause, ApplicationError) else None
            return Progress(rings=0, outside=[str(kind), str(cause)])
