"""Draw losses and comparisons with matplotlib."""
