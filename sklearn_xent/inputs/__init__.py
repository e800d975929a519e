"""Check what a user passes, and turn it into clean arrays."""
