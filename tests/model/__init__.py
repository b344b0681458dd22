"""The rules explored exhaustively in small worlds: every interleaving, with invariants written as plain functions."""
