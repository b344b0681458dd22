"""What people ask for, as it is written whichever way they come in: the fields of each wish, and their limits."""
