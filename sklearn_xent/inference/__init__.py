"""Turn numbers into intervals and tests."""
