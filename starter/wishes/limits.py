"""How much one wish may ask for or hold; the same at every way in, so none promises what another refuses."""

from __future__ import annotations

USUAL_CASES, MOST_CASES = 50, 200
"""Cases in one list."""
USUAL_CAMPAIGNS, MOST_CAMPAIGNS = 50, 200
"""Campaigns in one list."""
USUAL_EVENTS, MOST_EVENTS = 100, 500
"""Audit events in one list."""
LARGEST_IMPORT_BYTES = 20 * 1024 * 1024
"""Of a document with people."""
