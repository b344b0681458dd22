"""Neutral PostgreSQL plumbing for `store` and `directory`; knows nothing of either."""
