"""sklearn_xent: choose between scikit-learn classifiers, honestly."""

from sklearn_xent._loss import Loss
from sklearn_xent._losses import get_loss
from sklearn_xent.boosting import eval_metric, objective
from sklearn_xent.comparison import Comparison
from sklearn_xent.decomposition import decompose
from sklearn_xent.exceptions import (
    DegenerateDifferenceWarning,
    FailedModelWarning,
    FittedModelsWarning,
    LeverageWarning,
    SuspectLogitsWarning,
    UndefinedSkillWarning,
    UnseenClassWarning,
    UnstableModelsWarning,
    XentWarning,
    ZeroProbabilityWarning,
)
from sklearn_xent.metrics import (
    brier_loss,
    classification_error,
    cross_entropy,
    mean_loss,
    skill_score,
)
from sklearn_xent.murphy import MurphyDisplay
from sklearn_xent.plotting import ComparisonDisplay, LossCurveDisplay
from sklearn_xent.predictions import compare_predictions
from sklearn_xent.refit import one_standard_error
from sklearn_xent.reliability import ReliabilityDisplay
from sklearn_xent.scorers import (
    SCORERS,
    LossScorer,
    get_scorer,
    neg_brier_loss,
    neg_classification_error,
    neg_cross_entropy,
)
from sklearn_xent.search import compare_search
from sklearn_xent.selection import compare_models
from sklearn_xent.sequences import confidence_sequence
from sklearn_xent.streaming import LossAccumulator
from sklearn_xent.table import compare_table

__version__ = "0.1.0"

__all__ = [
    "SCORERS",
    "Comparison",
    "ComparisonDisplay",
    "DegenerateDifferenceWarning",
    "FailedModelWarning",
    "FittedModelsWarning",
    "LeverageWarning",
    "Loss",
    "LossAccumulator",
    "LossCurveDisplay",
    "LossScorer",
    "MurphyDisplay",
    "ReliabilityDisplay",
    "SuspectLogitsWarning",
    "UndefinedSkillWarning",
    "UnseenClassWarning",
    "UnstableModelsWarning",
    "XentWarning",
    "ZeroProbabilityWarning",
    "brier_loss",
    "classification_error",
    "compare_models",
    "compare_predictions",
    "compare_search",
    "compare_table",
    "confidence_sequence",
    "cross_entropy",
    "decompose",
    "eval_metric",
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
