"""Compare models: on a test set, by cross-validation, after a search."""
