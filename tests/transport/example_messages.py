"""The messages and activities of the example workflow."""

from __future__ import annotations

from typing import ClassVar, Literal

from pydantic import BaseModel, ConfigDict, Field
from temporalio import activity

from domain.errors import RecoveryError


class Opened(BaseModel):
    """What starts the example."""

    case_id: str = Field(max_length=64)


class Bell(BaseModel):
    """A doorbell: nothing but the id of an act."""

    model_config = ConfigDict(extra="ignore")

    act_id: str = Field(max_length=64)
    urgency: Literal["routine", "stop"] = "routine"


class Progress(BaseModel):
    """What the example has noticed so far."""

    rings: int
    outside: list[str]


class VendorSaysNo(RecoveryError):
    """The vendor refuses this call."""

    code: ClassVar[str] = "vendor_says_no"  # type: ignore[misc]


@activity.defn(name="example_fail")
async def example_fail(bell: Bell) -> None:
    """Fail in the way the message asks for, quoting it like a careless driver would."""
    if bell.urgency == "stop":
        raise VendorSaysNo(f"no, because of {bell.act_id}")
    try:
        dict[str, str]()[bell.act_id]
    except KeyError as error:
        text = f"row ({bell.act_id}) is broken"
        raise RuntimeError(text) from error


@activity.defn(name="example_wait")
async def example_wait(opened: Opened) -> Progress:
    """Leave the answer to another caller."""
    activity.raise_complete_async()
