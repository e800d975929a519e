"""Add "See Also" to the reference, from one table of names that belong together.

A name of each row is followed by the others of its row, so that every link has its way back. A test
checks that every public name is in the table.
"""

TOGETHER = [
    "cross_entropy brier_loss classification_error mean_loss LossScorer",
    "skill_score mean_loss decompose",
    "decompose ReliabilityDisplay MurphyDisplay",
    "LossScorer get_scorer neg_cross_entropy neg_brier_loss neg_classification_error SCORERS",
    "one_standard_error RacingSearchCV compare_search",
    "RacingSearchCV RaceDisplay",
    "compare_predictions compare_models compare_search compare_table Comparison",
    "compare_losses compare_scores compare_predictions Comparison",
    "compare_datasets DatasetsComparison ForestDisplay RanksDisplay",
    "compare_datasets compare_models",
    "ReleaseVerdict Comparison",
    "confidence_sequence compare_predictions LossAccumulator",
    "compare_table LossAccumulator dask.compare_predictions",
    "Comparison ComparisonDisplay ReliabilityDisplay MurphyDisplay",
    "get_loss expected_cost Loss mean_loss",
    "objective eval_metric Loss LossCurveDisplay",
    "XentWarning ZeroProbabilityWarning SuspectLogitsWarning SuspectLabelsWarning",
    "UnseenClassWarning RareClassWarning UndefinedSkillWarning",
    "FittedModelsWarning UnstableModelsWarning FailedModelWarning",
    "LeverageWarning DegenerateDifferenceWarning SerialDependenceWarning",
    "LeverageWarning ZeroProbabilityWarning",
]


def beside(name):
    """Return the names that belong to a name, in the order of the table."""
    rows = [row.split() for row in TOGETHER]
    found = [other for row in rows if name in row for other in row if other != name]
    return list(dict.fromkeys(found))


def add(_app, _what, name, _obj, _options, lines):
    """Add the section to the docstring of a public name, before numpydoc reads it."""
    package, _, short = name.partition(".")
    if package == "sklearn_xent" and "See Also" not in lines and (names := beside(short)):
        listed = ", ".join(f"sklearn_xent.{other}" for other in names)
        lines += ["", "See Also", "--------", listed, ""]


def setup(app):
    """Register the hook, which runs before that of numpydoc."""
    app.setup_extension("sphinx.ext.autodoc")
    app.connect("autodoc-process-docstring", add, priority=100)
    return {"parallel_read_safe": True}
