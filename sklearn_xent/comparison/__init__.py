"""Compare models: on test sets, in folds and searches, from tables, on several data sets."""
