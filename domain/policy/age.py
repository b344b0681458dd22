"""How long something must have been so before a rule may rely on it (R16); an unknown age counts as new."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from domain.people import Tier

if TYPE_CHECKING:
    from domain.case import Case


def age_days(case: Case) -> int:
    """For how many days before the case everything relied on must have been so (R16)."""
    limits = case.policy.verification
    return limits.privileged_contact_age_days if case.tier is Tier.PRIVILEGED else limits.contact_age_days


def is_old_enough(case: Case, since: datetime | None) -> bool:
    """Whether something has been so for as long as R16 asks; an unknown age counts as new."""
    return since is not None and since <= case.opened_at - timedelta(days=age_days(case))
