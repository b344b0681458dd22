"""The rules: pure functions from facts and the present instant to a decision with a code and a reason."""
