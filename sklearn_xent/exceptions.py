"""The warnings of sklearn_xent, one class for each kind."""

from typing import ClassVar


class XentWarning(UserWarning):
    """Base class of every warning of this package: ``warnings.filterwarnings`` catches all.

    Examples
    --------
    >>> import warnings
    >>> import sklearn_xent as sx
    >>> with warnings.catch_warnings(action="ignore", category=sx.XentWarning):
    ...     round(sx.cross_entropy(["no", "yes"], [[0.0, 1.0], [0.5, 0.5]]), 4)
    18.3684
    """

    meaning: ClassVar[str] = "Something limits a result."
    """What the kind of warning says, for reports: Python may strip docstrings (-OO)."""


class ZeroProbabilityWarning(XentWarning):
    """The true class of some samples has a probability below the floor ``eps``.

    Examples
    --------
    >>> import warnings
    >>> import sklearn_xent as sx
    >>> with warnings.catch_warnings(record=True, action="always") as heard:
    ...     loss = sx.cross_entropy(["no", "yes"], [[0.0, 1.0], [0.5, 0.5]])
    >>> print(heard[0].message)
    y_proba: 1 of 2 samples have a probability below eps=2.22e-16 for their true class;
    cross_entropy charges each -log(eps) = 36.04. ...
    """

    meaning: ClassVar[str] = "The true class of some samples has a probability below the floor eps."


class UnseenClassWarning(XentWarning):
    """A class of the data was not among the classes that the estimator was trained on.

    Examples
    --------
    >>> import warnings
    >>> import sklearn_xent as sx
    >>> from sklearn.dummy import DummyClassifier
    >>> frequencies = DummyClassifier().fit([[0], [0]], ["no", "yes"])
    >>> with warnings.catch_warnings(record=True, action="always") as heard:
    ...     score = sx.neg_brier_loss(frequencies, [[0], [0]], ["no", "maybe"])
    >>> print(heard[0].message)
    the estimator was not trained on 1 of the classes tested: 'maybe' (1 of the samples). Their
    probability is zero. Use stratified folds, or get more samples of these classes.
    """

    meaning: ClassVar[str] = (
        "A class of the data was not among the classes that the estimator was trained on."
    )


class UndefinedSkillWarning(XentWarning):
    """A skill is nan, because the loss of its reference leaves nothing finite to avoid.

    Examples
    --------
    >>> import warnings
    >>> import sklearn_xent as sx
    >>> with warnings.catch_warnings(record=True, action="always") as heard:
    ...     skill = sx.skill_score("brier_loss", [1, 1], [0.9, 0.8], labels=[0, 1])
    >>> print(heard[0].message)
    the skill of brier_loss is undefined (nan), because its reference has a loss of 0, which leaves
    no finite loss to avoid. If y_true holds one class only, always predicting it is perfect; ...
    """

    meaning: ClassVar[str] = (
        "A skill is nan, because the loss of its reference leaves nothing finite to avoid."
    )


class SuspectLogitsWarning(XentWarning):
    """What was passed with ``from_logits=True`` looks like probabilities.

    Examples
    --------
    >>> import warnings
    >>> import sklearn_xent as sx
    >>> with warnings.catch_warnings(record=True, action="always") as heard:
    ...     loss = sx.brier_loss([0, 1], [[0.9, 0.1], [0.2, 0.8]], from_logits=True)
    >>> print(heard[0].message)
    y_proba is taken as logits (from_logits), but its rows are not negative and sum to one: they
    look like probabilities.
    """

    meaning: ClassVar[str] = "What was passed with from_logits=True looks like probabilities."


class SuspectLabelsWarning(XentWarning):
    """A column of whole numbers, as ``predict`` returns, is taken for probabilities.

    Examples
    --------
    >>> import warnings
    >>> import sklearn_xent as sx
    >>> y, labels = [0, 1] * 10, [0, 0, 1, 1] * 5
    >>> with warnings.catch_warnings(record=True, action="always") as heard:
    ...     loss = sx.brier_loss(y, labels)
    >>> print(heard[0].message)
    y_proba is a column of whole numbers, as predict returns, and each is taken for a probability of
    0 or 1. Pass what predict_proba returns; if these are probabilities, pass them as floats.
    """

    meaning: ClassVar[str] = (
        "A column of whole numbers, as predict returns, is taken for probabilities."
    )


class DegenerateDifferenceWarning(XentWarning):
    """Two models differ by the same amount on every sample, so there is no interval and no test.

    Examples
    --------
    >>> import warnings
    >>> import sklearn_xent as sx
    >>> models = {"a": [0.1, 0.8, 0.6], "as a": [0.1, 0.8, 0.6]}
    >>> with warnings.catch_warnings(record=True, action="always") as heard:
    ...     comparison = sx.compare_predictions([0, 1, 1], models, losses="brier_loss")
    >>> print(heard[0].message)
    models whose difference is the same throughout, or of which there is only one to see: 'a',
    'as a'. That says nothing of new data, so there is no interval and no p-value (nan). Check that
    they are different models.
    """

    meaning: ClassVar[str] = (
        "Two models differ by the same amount on every sample, so there is no interval and no test."
    )


class LeverageWarning(XentWarning):
    """One sample decides so much of a claim that its interval may be too narrow.

    Examples
    --------
    >>> import warnings
    >>> import sklearn_xent as sx
    >>> models = {"bold": [0.01, 0.99] * 50, "timid": [0.4, 0.6] * 50}
    >>> with warnings.catch_warnings(record=True, action="always") as heard:
    ...     comparison = sx.compare_predictions([0, 1] * 49 + [1, 1], models, losses="log_loss")
    >>> print(heard[0].message)
    one sample has much influence on some of the claims, whose intervals may be too narrow: those
    about 'bold', 'timid'. Get more samples, or smooth probabilities near zero.
    """

    meaning: ClassVar[str] = (
        "One sample decides so much of a claim that its interval may be too narrow."
    )


class RareClassWarning(XentWarning):
    """A model never predicts a rare class, so that every sample of the class is wrong.

    Examples
    --------
    >>> import warnings
    >>> import sklearn_xent as sx
    >>> y = [0] * 95 + [1] * 5
    >>> with warnings.catch_warnings(record=True, action="always") as heard:
    ...     comparison = sx.compare_predictions(y, {"model": [0.1, 0.2, 0.3, 0.4] * 25})
    >>> print(heard[0].message)
    rare classes that are never predicted, and so always wrong: 1 (5 of 100 samples) by 'model'.
    The classification error hardly counts them. Look at per_class, and judge by brier_loss or
    cross_entropy.
    """

    meaning: ClassVar[str] = (
        "A model never predicts a rare class, so that every sample of the class is wrong."
    )


class FittedModelsWarning(XentWarning):
    """A difference is clear for the models that were fitted, but not for retrained models.

    Examples
    --------
    >>> import warnings
    >>> import sklearn_xent as sx
    >>> from sklearn.datasets import load_iris
    >>> from sklearn.tree import DecisionTreeClassifier as Tree
    >>> X, y = load_iris(return_X_y=True)
    >>> trees = {f"depth {d}": Tree(max_depth=d, random_state=0) for d in (2, None)}
    >>> with warnings.catch_warnings(record=True, action="always") as heard:
    ...     comparison = sx.compare_models(trees, X[:, :2], y, cv=3, losses="brier_loss")
    >>> print(heard[0].message)
    some differences are clear for the models fitted here, but not for retrained models (corrected
    t-test of the splits): those between 'depth 2', 'depth None'. If you will train again, compare
    on repeated folds, such as RepeatedStratifiedKFold.
    """

    meaning: ClassVar[str] = (
        "A difference is clear for the models that were fitted, but not for retrained models."
    )


class UnstableModelsWarning(XentWarning):
    """Losses of the same sample vary so much between repeats that a test may claim too much.

    Examples
    --------
    >>> import warnings
    >>> import sklearn_xent as sx
    >>> from sklearn.datasets import load_iris
    >>> from sklearn.model_selection import RepeatedStratifiedKFold
    >>> from sklearn.tree import DecisionTreeClassifier as Tree
    >>> X, y = load_iris(return_X_y=True)
    >>> trees = {f"depth {d}": Tree(max_depth=d, random_state=0) for d in (2, None)}
    >>> cv = RepeatedStratifiedKFold(n_splits=5, n_repeats=5, random_state=0)
    >>> with warnings.catch_warnings(record=True, action="always") as heard:
    ...     comparison = sx.compare_models(trees, X[:, :2], y, cv=cv, losses="brier_loss")
    >>> print(heard[0].message)
    models that change much between repeats of the same samples: 'depth 2', 'depth None'. The
    corrected t-test may claim too much of them. Trust small p-values only, or make the models more
    stable.
    """

    meaning: ClassVar[str] = (
        "Losses of the same sample vary so much between repeats that a test may claim too much."
    )


class SerialDependenceWarning(XentWarning):
    """Neighbouring rows are more alike than independent rows, so intervals may be too narrow.

    Examples
    --------
    >>> import warnings
    >>> import numpy as np
    >>> import sklearn_xent as sx
    >>> season = 0.5 + 0.4 * np.sin(np.arange(200) / 10)
    >>> models = {"sharp": season, "timid": 0.5 + 0.5 * (season - 0.5)}
    >>> y = np.random.default_rng(0).random(200) < season
    >>> with warnings.catch_warnings(record=True, action="always") as heard:
    ...     comparison = sx.compare_predictions(y, models, losses="brier_loss")
    >>> print(heard[0].message)
    are these rows in time order, or grouped, as several rows of one patient are? Neighbouring rows
    are more alike than independent rows, and intervals that take them for independent are then too
    narrow. Pass times= or groups=. ...
    """

    meaning: ClassVar[str] = (
        "Neighbouring rows are more alike than independent rows, so intervals may be too narrow."
    )


class FailedModelWarning(XentWarning):
    """A model could not be fitted or did not predict, so it has no losses.

    Examples
    --------
    >>> import warnings
    >>> import sklearn_xent as sx
    >>> from sklearn.dummy import DummyClassifier
    >>> from sklearn.svm import LinearSVC
    >>> models = {"frequencies": DummyClassifier(), "svm": LinearSVC()}
    >>> with warnings.catch_warnings(record=True, action="always") as heard:
    ...     comparison = sx.compare_models(models, [[0], [1]] * 20, [0, 1] * 20, losses="mse")
    >>> print(heard[0].message)
    no losses: models['svm'] failed with AttributeError in 10 of 10 splits: LinearSVC has no
    predict_proba. ...
    """

    meaning: ClassVar[str] = "A model could not be fitted or did not predict, so it has no losses."
