"""Compare the same models on several data sets."""
