"""Policy rollout campaigns (R40)."""
