"""Compute what a prediction costs: one file for each loss."""
