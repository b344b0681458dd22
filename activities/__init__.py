"""The steps a workflow calls; thin: they ask `domain` and use its ports, and import neither store nor connectors."""
