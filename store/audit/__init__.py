"""The audit chain: append, sign, check and export; imports neither Temporal nor a cryptography library."""
