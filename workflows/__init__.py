"""What happens, in order; deterministic. Decisions are made in doors and activities, never here."""
