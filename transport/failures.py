"""How exceptions become failures in history: with a code and a place, without their texts (R44, B09)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from temporalio.api.failure.v1 import Failure
from temporalio.converter import DefaultFailureConverterWithEncodedAttributes, PayloadConverter
from temporalio.exceptions import ApplicationError, FailureError

from transport.codec import ENCODING, REFUSED
from transport.errors import MessageUnreadable, PayloadRefused
from transport.redaction import error_code, summary_of

if TYPE_CHECKING:
    from temporalio.api.common.v1 import Payloads

INTERNAL_ERROR = "internal_error"


def as_application_error(error: BaseException) -> ApplicationError:
    """The failure that stands for an exception: its own code and class docstring, or `internal_error`.

    Only errors that declare `code` and `retryable` are known; every other text may quote a row or an input.
    """
    code = error_code(error)
    if code is None:
        return ApplicationError(f"An unexpected {type(error).__name__}; the log names the place.", type=INTERNAL_ERROR)
    return ApplicationError(summary_of(error), type=code, non_retryable=not getattr(error, "retryable", False))


class RedactingFailureConverter(DefaultFailureConverterWithEncodedAttributes):
    """Moves message and stack trace into an encrypted payload and takes the texts of foreign exceptions away.

    On the way back, what did not come encrypted is dropped instead of believed, its type included, and never raises in
    a worker: one forged failure must not fail every task of a case.
    """

    def to_failure(self, exception: BaseException, payload_converter: PayloadConverter, failure: Failure) -> None:
        """See base class; causes come through here too."""
        if not isinstance(exception, FailureError):
            known = as_application_error(exception)
            known.__traceback__ = exception.__traceback__
            known.__cause__ = exception.__cause__
            exception = known
        super().to_failure(exception, payload_converter, failure)

    def from_failure(self, failure: Failure, payload_converter: PayloadConverter) -> BaseException:
        """See base class."""
        believed = Failure()
        believed.CopyFrom(failure)
        if believed.HasField("application_failure_info") and not _came_encrypted(believed):
            believed.message = ""
            believed.stack_trace = ""
            believed.application_failure_info.type = PayloadRefused.code
        details = _details(believed)
        if details is not None:
            try:
                payload_converter.from_payloads_wrapper(details)
            except MessageUnreadable:
                del details.payloads[:]
        return super().from_failure(believed, payload_converter)


def _came_encrypted(failure: Failure) -> bool:
    return (
        failure.HasField("encoded_attributes") and failure.encoded_attributes.metadata.get(ENCODING, REFUSED) != REFUSED
    )


def _details(failure: Failure) -> Payloads | None:
    match failure.WhichOneof("failure_info"):
        case "application_failure_info":
            return failure.application_failure_info.details
        case "canceled_failure_info":
            return failure.canceled_failure_info.details
        case "timeout_failure_info":
            return failure.timeout_failure_info.last_heartbeat_details
        case _:
            return None
