"""How much one wish may ask for or hold; the same at every way in, so none promises what another refuses."""

from __future__ import annotations

USUAL_CASES, MOST_CASES = 50, 200
"""Cases in one list."""
USUAL_CAMPAIGNS, MOST_CAMPAIGNS = 50, 200
"""Campaigns in one list."""
USUAL_EVENTS, MOST_EVENTS = 100, 500
"""Audit events in one list."""
LONGEST_TEXT = 2000
"""Characters of a statement or a reason."""
LONGEST_WAIT_SECONDS = 25
"""Of one wait for news of a case."""
LARGEST_IMPORT_BYTES = 20 * 1024 * 1024
"""Of a document with people."""
