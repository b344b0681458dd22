"""Attacks on the whole product, one theme a file."""
