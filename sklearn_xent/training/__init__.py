"""Fit models in the splits of a cross-validation: which models, which splits, which scorers."""
