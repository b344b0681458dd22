"""All small worlds."""

from __future__ import annotations

from tests.model.worlds_after import AFTER_THE_WIPE, AROUND_THE_CLAIM, LATER_FACTOR, OVERTAKING
from tests.model.worlds_before import BEFORE_THE_CLAIM

WORLDS = (*BEFORE_THE_CLAIM, *AROUND_THE_CLAIM, *OVERTAKING, *LATER_FACTOR, *AFTER_THE_WIPE)
