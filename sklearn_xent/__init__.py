"""sklearn_xent: choose between scikit-learn classifiers, honestly."""

from sklearn_xent.comparison.cross_validation import compare_models
from sklearn_xent.comparison.decisions import ReleaseVerdict
from sklearn_xent.comparison.holdout import compare_predictions
from sklearn_xent.comparison.losses import compare_losses
from sklearn_xent.comparison.result import Comparison
from sklearn_xent.comparison.scores import compare_scores
from sklearn_xent.datasets.datasets import DatasetsComparison, compare_datasets
from sklearn_xent.exceptions import (
    DegenerateDifferenceWarning,
    FailedModelWarning,
    FittedModelsWarning,
    LeverageWarning,
    RareClassWarning,
    SerialDependenceWarning,
    SuspectLabelsWarning,
    SuspectLogitsWarning,
    UndefinedSkillWarning,
    UnseenClassWarning,
    UnstableModelsWarning,
    XentWarning,
    ZeroProbabilityWarning,
)
from sklearn_xent.inference.confidence_sequences import confidence_sequence
from sklearn_xent.losses.loss import Loss
from sklearn_xent.losses.registry import get_loss
from sklearn_xent.plots.comparison import ComparisonDisplay
from sklearn_xent.plots.datasets import ForestDisplay, RanksDisplay
from sklearn_xent.plots.loss_curves import LossCurveDisplay
from sklearn_xent.plots.murphy import MurphyDisplay
from sklearn_xent.plots.racing import RaceDisplay
from sklearn_xent.plots.reliability import ReliabilityDisplay
from sklearn_xent.scoring.boosting import eval_metric, objective
from sklearn_xent.scoring.costs import expected_cost
from sklearn_xent.scoring.decomposition import decompose
from sklearn_xent.scoring.metrics import (
    brier_loss,
    classification_error,
    cross_entropy,
    mean_loss,
    skill_score,
)
from sklearn_xent.scoring.scorers import (
    SCORERS,
    LossScorer,
    get_scorer,
    neg_brier_loss,
    neg_classification_error,
    neg_cross_entropy,
)
from sklearn_xent.search.one_standard_error import one_standard_error
from sklearn_xent.search.racing import RacingSearchCV
from sklearn_xent.search.search import compare_search
from sklearn_xent.streaming.accumulator import LossAccumulator
from sklearn_xent.streaming.table import compare_table

__version__ = "0.1.0"

__all__ = [
    "SCORERS",
    "Comparison",
    "ComparisonDisplay",
    "DatasetsComparison",
    "DegenerateDifferenceWarning",
    "FailedModelWarning",
    "FittedModelsWarning",
    "ForestDisplay",
    "LeverageWarning",
    "Loss",
    "LossAccumulator",
    "LossCurveDisplay",
    "LossScorer",
    "MurphyDisplay",
    "RaceDisplay",
    "RacingSearchCV",
    "RanksDisplay",
    "RareClassWarning",
    "ReleaseVerdict",
    "ReliabilityDisplay",
    "SerialDependenceWarning",
    "SuspectLabelsWarning",
    "SuspectLogitsWarning",
    "UndefinedSkillWarning",
    "UnseenClassWarning",
    "UnstableModelsWarning",
    "XentWarning",
    "ZeroProbabilityWarning",
    "brier_loss",
    "classification_error",
    "compare_datasets",
    "compare_losses",
    "compare_models",
    "compare_predictions",
    "compare_scores",
    "compare_search",
    "compare_table",
    "confidence_sequence",
    "cross_entropy",
    "decompose",
    "eval_metric",
    "expected_cost",
    "get_loss",
    "get_scorer",
    "mean_loss",
    "neg_brier_loss",
    "neg_classification_error",
    "neg_cross_entropy",
    "objective",
    "one_standard_error",
    "skill_score",
]
