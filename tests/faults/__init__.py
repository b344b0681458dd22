"""Which faults of other products ours has been tested against, and the tests that stood nowhere else."""
