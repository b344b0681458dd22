"""The rules and words of recovery as pure Python: no clock, no randomness, no settings, no I/O."""
