"""Keeps what Temporal stores in clear opaque: ids, reasons, queues, search attributes (R44, G2)."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from temporalio.client import (
    CancelWorkflowInput,
    OutboundInterceptor,
    StartWorkflowInput,
    StartWorkflowUpdateInput,
    StartWorkflowUpdateWithStartInput,
    TerminateWorkflowInput,
    WorkflowHandle,
    WorkflowUpdateHandle,
)
from temporalio.common import TypedSearchAttributes

from transport.errors import ReadableFieldRefused

if TYPE_CHECKING:
    from collections.abc import Iterator

# Ids and codes only: no spaces, no @, nothing that a name, an address or a sentence would need.
_OPAQUE = re.compile(r"[A-Za-z0-9_./:-]{0,200}")


class ReadableFields(OutboundInterceptor):
    """Refuses to send a readable field that is more than an id or a code; raises `ReadableFieldRefused`."""

    async def start_workflow(self, input: StartWorkflowInput) -> WorkflowHandle[Any, Any]:  # noqa: A002 - the SDK's
        """See base class."""
        require_opaque(input.id, input.task_queue, input.priority.fairness_key, *_searchable(input.search_attributes))
        return await super().start_workflow(input)

    async def cancel_workflow(self, input: CancelWorkflowInput) -> None:  # noqa: A002 - the SDK's name
        """See base class."""
        require_opaque(input.reason)
        await super().cancel_workflow(input)

    async def terminate_workflow(self, input: TerminateWorkflowInput) -> None:  # noqa: A002 - the SDK's name
        """See base class."""
        require_opaque(input.reason)
        await super().terminate_workflow(input)

    async def start_workflow_update(self, input: StartWorkflowUpdateInput) -> WorkflowUpdateHandle[Any]:  # noqa: A002
        """See base class."""
        require_opaque(input.update_id)
        return await super().start_workflow_update(input)

    async def start_update_with_start_workflow(
        self,
        input: StartWorkflowUpdateWithStartInput,  # noqa: A002 - the SDK's name
    ) -> WorkflowUpdateHandle[Any]:
        """See base class."""
        start = input.start_workflow_input
        require_opaque(start.id, start.task_queue, start.priority.fairness_key, *_searchable(start.search_attributes))
        require_opaque(input.update_workflow_input.update_id)
        return await super().start_update_with_start_workflow(input)


def require_opaque(*values: str | None) -> None:
    """Raise `ReadableFieldRefused` unless each value is None, an id or a code."""
    if not all(value is None or _OPAQUE.fullmatch(value) for value in values):
        raise ReadableFieldRefused


def _searchable(attributes: Any) -> Iterator[str]:
    if isinstance(attributes, TypedSearchAttributes):
        values: list[Any] = [pair.value for pair in attributes]
    else:
        values = list((attributes or {}).values())
    for value in values:
        for item in value if isinstance(value, (list, tuple)) else [value]:
            if isinstance(item, str):
                yield item
