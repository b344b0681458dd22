"""What leaves an activity that fails (R44, B09)."""

from __future__ import annotations

from typing import Any

import pytest
from temporalio.exceptions import ApplicationError, CancelledError
from temporalio.testing import ActivityEnvironment
from temporalio.worker import ActivityInboundInterceptor, ExecuteActivityInput

from domain.errors import ProviderUnavailable, Refused
from domain.refusal_codes import Code
from tests.transport.example_messages import VendorSaysNo
from transport.activity_errors import ActivityErrors


class Failing(ActivityInboundInterceptor):
    """Stands for the activity."""

    def __init__(self, error: BaseException) -> None:
        self.error = error

    async def execute_activity(self, input: ExecuteActivityInput) -> Any:  # noqa: A002 - the SDK's name
        """Fail."""
        try:
            dict[str, str]()["canary"]
        except KeyError as cause:
            raise self.error from cause


async def outcome(error: BaseException) -> BaseException:
    """What the SDK gets to see of an activity's exception."""

    async def run() -> None:
        arguments = ExecuteActivityInput(fn=run, args=[], executor=None, headers={})
        await ActivityErrors(Failing(error)).execute_activity(arguments)

    with pytest.raises(BaseException) as caught:
        await ActivityEnvironment().run(run)
    return caught.value


@pytest.mark.parametrize(
    ("error", "code", "final"),
    [
        (RuntimeError("canary"), "internal_error", False),
        (TimeoutError("canary"), "internal_error", False),
        (VendorSaysNo("canary"), "vendor_says_no", True),
        (ProviderUnavailable("canary"), "provider_unavailable", False),
        (Refused(Code.ROLE_TOO_YOUNG, "canary"), "role_too_young", True),
    ],
)
async def test_errors_become_codes(error: Exception, code: str, final: bool) -> None:
    """R44: code, retry meaning and public message go out; text and cause stay."""
    failure = await outcome(error)
    assert isinstance(failure, ApplicationError)
    assert (failure.type, failure.non_retryable) == (code, final)
    assert "canary" not in str(failure)
    assert failure.__cause__ is None
    assert failure.__suppress_context__


@pytest.mark.parametrize("error", [ApplicationError("ours", type="ours"), CancelledError("stop")])
async def test_temporals_own_errors_pass(error: Exception) -> None:
    """Cancellation and deliberate failures keep their meaning."""
    assert await outcome(error) is error
