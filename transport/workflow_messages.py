"""Refuses messages that do not fit their handler before they can fail a case's task (B19)."""

from __future__ import annotations

import inspect
from typing import TYPE_CHECKING, Any

from pydantic import ValidationError
from temporalio import workflow
from temporalio.exceptions import ApplicationError
from temporalio.worker import HandleSignalInput, HandleUpdateInput, WorkflowInboundInterceptor

from transport.errors import MessageMalformed, MessageUnreadable

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

MESSAGE_UNKNOWN = "message_unknown"
REFUSED_COUNTER = "recovery_messages_refused"


class WorkflowMessages(WorkflowInboundInterceptor):
    """Checks the number of arguments against the workflow's handlers, and that an update's name is known.

    The SDK calls a handler with whatever arrived and takes the `TypeError` for a bug of the workflow, retried for
    ever. A signal has no caller who waits, so it is dropped, logged and counted. An update is refused with
    `ApplicationError`: in the validator it leaves nothing in history (and so cannot use up the 2,000 updates a run
    may have), which is why every update handler needs a validator, even an empty one.
    """

    async def handle_signal(self, input: HandleSignalInput) -> None:  # noqa: A002 - the SDK's name
        """See base class."""
        handler = workflow.get_signal_handler(input.signal) or workflow.get_dynamic_signal_handler()
        if handler is not None and not _accepts(handler, input.args):
            _count("signal", MessageMalformed.code)
            return
        try:
            await self.next.handle_signal(input)
        except (MessageUnreadable, ValidationError):
            _count("signal", MessageMalformed.code)

    def handle_update_validator(self, input: HandleUpdateInput) -> None:  # noqa: A002 - the SDK's name
        """See base class; raises `ApplicationError` of type message_unknown or message_malformed."""
        handler = workflow.get_update_handler(input.update)
        if handler is None:
            _count("update", MESSAGE_UNKNOWN)
            raise ApplicationError("There is no update of this name.", type=MESSAGE_UNKNOWN, non_retryable=True)
        _check_update(handler, input.args)
        self.next.handle_update_validator(input)

    async def handle_update_handler(self, input: HandleUpdateInput) -> Any:  # noqa: A002 - the SDK's name
        """See base class; raises `ApplicationError` of type message_malformed."""
        handler = workflow.get_update_handler(input.update) or workflow.get_dynamic_update_handler()
        if handler is not None:
            _check_update(handler, input.args)
        try:
            return await self.next.handle_update_handler(input)
        except (MessageUnreadable, ValidationError):
            _count("update", MessageMalformed.code)
            raise _malformed() from None


def _check_update(handler: Callable[..., Any], args: Sequence[Any]) -> None:
    if not _accepts(handler, args):
        _count("update", MessageMalformed.code)
        raise _malformed()


def _accepts(handler: Callable[..., Any], args: Sequence[Any]) -> bool:
    try:
        inspect.signature(handler).bind(*args)
    except TypeError:
        return False
    return True


def _malformed() -> ApplicationError:
    return ApplicationError(str(MessageMalformed()), type=MessageMalformed.code, non_retryable=True)


def _count(kind: str, code: str) -> None:
    # The name is the sender's to choose: it goes neither into a log nor into a label.
    workflow.logger.warning("message_refused", extra={"error_code": code, "message_kind": kind})
    counter = workflow.metric_meter().create_counter(REFUSED_COUNTER, "Messages refused before a handler saw them")
    counter.add(1, {"kind": kind, "code": code})
