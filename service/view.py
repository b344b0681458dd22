"""The base of everything that doors show."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict


class View(BaseModel):
    """Something as it is shown: it does not change afterwards."""

    model_config = ConfigDict(frozen=True)
