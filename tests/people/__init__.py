"""What is known about people beyond one case."""
