"""How messages travel to and from Temporal; knows nothing of `workflows` and `activities`."""
