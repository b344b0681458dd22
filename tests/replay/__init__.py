"""Recorded histories and what replays them."""
