"""Search attributes by which ops find a case; readable by every operator of the server, so codes and digests only."""

from __future__ import annotations

from temporalio.common import SearchAttributeKey

PHASE = SearchAttributeKey.for_keyword("RecoveryPhase")
OUTCOME = SearchAttributeKey.for_keyword("RecoveryOutcome")
TIER = SearchAttributeKey.for_keyword("RecoveryTier")
TENANT = SearchAttributeKey.for_keyword("RecoveryTenant")

ALL = (PHASE, OUTCOME, TIER, TENANT)
NAMES_AND_TYPES = {key.name: "Keyword" for key in ALL}
"""As the server's set-up command wants them."""
