"""Compare models on data that does not fit into memory."""
