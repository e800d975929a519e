"""Average losses: metrics, scorers, skill and decomposition."""
