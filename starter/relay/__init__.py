"""The loops that carry what the doors committed to Temporal, and what the provider reports to the cases."""
