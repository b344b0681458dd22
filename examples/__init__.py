"""The sample tenant and the script that writes it."""
