"""The one interceptor, installed on the client; workers made from that client inherit it."""

from __future__ import annotations

import temporalio.client
import temporalio.worker

from transport.activity_errors import ActivityErrors
from transport.readable_fields import ReadableFields
from transport.workflow_messages import WorkflowMessages


class TransportInterceptor(temporalio.client.Interceptor, temporalio.worker.Interceptor):
    """Opaque readable fields outwards, checked messages inwards, redacted activity errors; no business rules."""

    def intercept_client(
        self,
        next: temporalio.client.OutboundInterceptor,  # noqa: A002 - the SDK's name
    ) -> temporalio.client.OutboundInterceptor:
        """See base class."""
        return ReadableFields(next)

    def intercept_activity(
        self,
        next: temporalio.worker.ActivityInboundInterceptor,  # noqa: A002 - the SDK's name
    ) -> temporalio.worker.ActivityInboundInterceptor:
        """See base class."""
        return ActivityErrors(next)

    def workflow_interceptor_class(
        self,
        input: temporalio.worker.WorkflowInterceptorClassInput,  # noqa: A002, ARG002 - the SDK's signature
    ) -> type[temporalio.worker.WorkflowInboundInterceptor]:
        """See base class."""
        return WorkflowMessages
