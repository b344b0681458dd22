"""What an activity may say when it fails: a known code, or `internal_error`; the log keeps the place (R44)."""

from __future__ import annotations

import logging
from typing import Any

from temporalio import activity
from temporalio.exceptions import FailureError
from temporalio.worker import ActivityInboundInterceptor, ExecuteActivityInput

from transport.failures import INTERNAL_ERROR, as_application_error
from transport.redaction import describe_exception

_log = logging.getLogger(__name__)


class ActivityErrors(ActivityInboundInterceptor):
    """Turns exceptions into `ApplicationError(type=code)`; those of Temporal itself pass unchanged."""

    async def execute_activity(self, input: ExecuteActivityInput) -> Any:  # noqa: A002 - the SDK's name
        """See base class."""
        try:
            return await self.next.execute_activity(input)
        except FailureError:
            raise
        except Exception as error:  # noqa: BLE001 - any text may hold personal data, so none may pass
            failure = as_application_error(error)
            if failure.type == INTERNAL_ERROR:
                _log_place(error)
            raise failure from None


def _log_place(error: Exception) -> None:
    info = activity.info()
    _log.error(
        "activity_failed_unexpectedly",
        extra={
            "error_code": INTERNAL_ERROR,
            "failure": describe_exception(error),
            "activity_type": info.activity_type,
            "attempt": info.attempt,
            "workflow_id": info.workflow_id,
        },
    )
