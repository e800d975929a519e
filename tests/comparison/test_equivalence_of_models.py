"""When models are called equivalent, and when rows that the sample lacks forbid it."""

import math

import numpy as np
import pytest
from sklearn.dummy import DummyClassifier
from sklearn.model_selection import GridSearchCV, RepeatedStratifiedKFold

import sklearn_xent as sx
from sklearn_xent.inference.equivalence import tango_equivalence
from tests.support.three_models import N, Y

pytestmark = pytest.mark.filterwarnings("ignore::sklearn_xent.LeverageWarning")

RNG = np.random.default_rng(7)


def predictions(n):
    """Return labels, and two models that differ a little on every row."""
    p = RNG.uniform(0.2, 0.8, n)
    y = (RNG.random(n) < p).astype(int)
    return y, {"a": p, "b": p + RNG.uniform(-0.02, 0.02, n)}


def row(y, models, margin, loss="brier_loss", **options):
    compared = sx.compare_predictions(
        y, models, losses=loss, equivalence_margin=margin, labels=[0, 1], **options
    )
    return compared.differences.iloc[0]


def test_errors_by_tango():
    n = 400
    y = RNG.integers(0, 2, n)
    wrong = RNG.random((2, n)) < [[0.10], [0.11]]
    models = {
        name: np.where(of, 1 - y, y).astype(float) for name, of in zip("ab", wrong, strict=True)
    }
    a_only, b_only = int((wrong[0] & ~wrong[1]).sum()), int((wrong[1] & ~wrong[0]).sum())
    found = set()
    for margin in np.linspace(0.02, 0.15, 14):
        expected = tango_equivalence(n, a_only, b_only, margin) <= 0.05
        got = row(y, models, margin, "classification_error")
        assert (got["conclusion"] == "equivalent") == expected
        assert got["caution"] == ""
        found.add(expected)
    assert found == {True, False}


@pytest.mark.parametrize(("n", "expected"), [(290, False), (330, True)])
def test_rows_that_the_sample_may_lack(n, expected):
    """The Brier loss of two classes differs by up to 1, so 3 / n must stay below the margin."""
    y, models = predictions(n)
    got = row(y, models, 0.0101)
    assert (got["conclusion"] == "equivalent") == expected
    assert got["caution"] == ("" if expected else "few rows differ")


def test_weights_count_by_their_effective_number():
    y, models = predictions(330)
    weight = RNG.gamma(1.0, size=330)
    assert 3 / (weight.sum() ** 2 / (weight**2).sum()) > 0.0101
    assert row(y, models, 0.0101, sample_weight=weight)["caution"] == "few rows differ"
    assert row(y, models, 0.04, sample_weight=weight)["conclusion"] == "equivalent"


def test_clusters_count_as_one():
    y, models = predictions(330)
    groups = np.arange(330) // 3
    assert row(y, models, 0.0101, groups=groups)["caution"] == "few rows differ"
    assert row(y, models, 0.04, groups=groups)["conclusion"] == "equivalent"
    assert (
        row(y, models, 0.0101, "classification_error", groups=groups)["conclusion"] != "equivalent"
    )


def test_a_handful_of_rows_decides():
    y, models = predictions(2000)
    models["b"] = models["a"] * 0.999 + 0.0005
    rare = np.arange(5)
    models["b"][rare] = 1.0 - models["a"][rare]
    got = row(y, models, 0.02)
    assert (got["conclusion"], got["caution"]) == (
        "not clear",
        "one sample weighs much; few rows differ",
    )


def test_cross_entropy_is_bounded_by_its_floor_and_not_at_all_for_logits():
    y, models = predictions(3000)
    cost = -math.log(2**-52)
    assert 3 / 3000 * cost < 0.04 < 3 / 2000 * cost
    assert row(y, models, 0.04, "cross_entropy")["conclusion"] == "equivalent"
    assert (
        row(y[:2000], {k: p[:2000] for k, p in models.items()}, 0.04, "cross_entropy")["caution"]
        == "few rows differ"
    )
    logits = {**models, "b": np.log(models["b"] / (1 - models["b"]))}
    got = row(y, logits, 0.04, "cross_entropy", from_logits=["b"])
    assert got["caution"] == "few rows differ"
    floored = sx.get_loss("cross_entropy").with_options(eps=0)
    assert row(y, models, 0.04, floored)["caution"] == "few rows differ"


def test_without_a_claim_of_the_tests_nothing_is_said_of_rare_rows():
    y, models = predictions(200)
    assert row(y, models, 1e-6)["caution"] == ""


@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize("grouped", [False, True])
def test_a_stream_claims_no_more_than_its_samples(weighted, grouped):
    """Sums bound the number of decisive rows from below."""
    y, models = predictions(4000)
    extra = {}
    if weighted:
        extra["sample_weight"] = RNG.uniform(0.5, 1.5, 4000)
    if grouped:
        extra["groups"] = np.arange(4000) // 2
    losses = ["mse", "xent"]
    stream = sx.LossAccumulator(
        labels=[0, 1], models=["a", "b"], losses=losses, weighted=weighted, groups=grouped
    )
    stream.update(y, models, **extra)
    for margin in (0.001, 0.01, 0.1):
        streamed = stream.compute(equivalence_margin=margin).differences
        compared = sx.compare_predictions(
            y, models, losses=losses, equivalence_margin=margin, **extra
        ).differences
        claimed = streamed["conclusion"] == "equivalent"
        assert not (claimed & (compared["conclusion"] != "equivalent")).any()
    assert claimed.all()


def test_repeated_folds_count_each_sample_once():
    X = np.zeros((N, 1))
    models = {"a": DummyClassifier(strategy="prior"), "b": DummyClassifier(strategy="uniform")}
    folds = RepeatedStratifiedKFold(n_splits=4, n_repeats=5, random_state=0)
    difference = sx.compare_models(models, X, Y, cv=folds, losses="mse").differences["difference"]
    reach = abs(difference[0]) + 3 / N * 2
    for margin, expected in ((1.01 * reach, True), (0.99 * reach, False)):
        got = sx.compare_models(
            models, X, Y, cv=folds, losses="mse", equivalence_margin=margin
        ).differences.iloc[0]
        assert (got["conclusion"] == "equivalent") == expected
        assert ("few rows differ" in got["caution"]) != expected


def test_single_rows_of_a_search_are_not_known():
    search = GridSearchCV(
        DummyClassifier(), {"strategy": ["prior", "uniform"]}, scoring=sx.neg_brier_loss, cv=5
    ).fit(np.zeros((N, 1)), Y)
    got = sx.compare_search(search, equivalence_margin=0.2, cv=5).differences.iloc[0]
    assert (got["conclusion"], got["caution"]) == ("equivalent", "approximate")


def fitted(margin, **options):
    models = {"prior": DummyClassifier(), "first": DummyClassifier(strategy="most_frequent")}
    X = np.zeros((40, 1))
    return sx.compare_models(
        models, X, np.arange(40) % 2, losses="mse", equivalence_margin=margin, **options
    )


def searched(margin):
    search = GridSearchCV(
        DummyClassifier(), {"strategy": ["prior", "uniform"]}, scoring=sx.neg_brier_loss, cv=3
    )
    return sx.compare_search(search.fit(np.zeros((30, 1)), np.arange(30) % 2),
                             equivalence_margin=margin)  # fmt: skip


def streamed(margin):
    accumulator = sx.LossAccumulator(labels=[0, 1], models=["a", "b"], losses="mse")
    accumulator.update([0, 1, 1], {"a": [0.2, 0.6, 0.9], "b": [0.3, 0.6, 0.5]})
    return accumulator.compute(equivalence_margin=margin)


def over_datasets(margin):
    data = {f"of {n}": (np.zeros((n, 1)), np.arange(n) % 2) for n in (40, 44)}
    models = {"prior": DummyClassifier(), "first": DummyClassifier(strategy="most_frequent")}
    return sx.compare_datasets(data, models, losses="mse", equivalence_margin=margin)


ENTRANCES = {
    "predictions": lambda margin: row([0, 1, 1], {"a": [0.2, 0.6, 0.9], "b": [0.3, 0.6, 0.5]},
                                      margin),
    "models": fitted,
    "scorers": lambda margin: fitted(margin, scoring="roc_auc"),
    "a scorer that returns several": lambda margin: fitted(margin, scoring=lambda *_: {"one": 1.0}),
    "search": searched,
    "stream": streamed,
    "datasets": over_datasets,
    "losses": lambda margin: sx.compare_losses({"a": [1.0, 2.0], "b": [2.0, 5.0]}, name="mse",
                                               equivalence_margin=margin),
    "scores": lambda margin: sx.compare_scores({"a": [-0.5, -0.3], "b": [-0.6, -0.1]}, cv=2,
                                               name="neg_mse", equivalence_margin=margin),
}  # fmt: skip


@pytest.mark.filterwarnings("ignore::sklearn_xent.XentWarning")
@pytest.mark.parametrize("compare", ENTRANCES.values(), ids=ENTRANCES)
def test_margins_are_of_losses_that_are_compared(compare):
    """A margin under a misspelt name would have no effect, and nobody would know."""
    with pytest.raises(
        ValueError, match=r"equivalence_margin must name losses .*; got 'brier_los'"
    ):
        compare({"brier_los": 0.1})
    compare({"mse": 0.1})
    compare({})


def test_two_margins_of_one_loss_are_refused():
    with pytest.raises(ValueError, match=r"each loss once; 'mse' is another name .* 'brier_loss'"):
        row([0, 1, 1], {"a": [0.2, 0.6, 0.9], "b": [0.3, 0.6, 0.5]}, {"brier_loss": 0.1, "mse": 1})
