"""What limits a row: skewed clusters, rare classes, approximate tests."""

import numpy as np
import pytest
from scipy import stats
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV, RepeatedStratifiedKFold

import sklearn_xent as sx
from sklearn_xent.inference import bootstrap

RNG = np.random.default_rng(8)
pytestmark = pytest.mark.filterwarnings("ignore::sklearn_xent.LeverageWarning")


def in_clusters(effects, sizes):
    """Return an outcome, two models that differ by about the effects, and the clusters."""
    groups = np.repeat(np.arange(len(sizes)), sizes)
    y = np.arange(len(groups)) % 2
    p, q = (np.clip(0.5 + 0.1 * x, 0.02, 0.98) for x in (np.zeros(len(y)), effects[groups]))
    return y, {"p": np.where(y == 1, p, 1 - p), "q": np.where(y == 1, q, 1 - q)}, groups


def compared(effects, sizes, **options):
    y, models, groups = in_clusters(effects, sizes)
    return sx.compare_predictions(y, models, groups=groups, losses="mse", **options)


SKEWED = np.concatenate([np.full(17, 0.25), [-0.05, 0.02, 5.0]])
SIZES = np.concatenate([np.full(19, 4), [20]])
SOUND = np.linspace(0.5, 1.5, 20)


@pytest.mark.parametrize("method", ["auto", "bootstrap_t"])
def test_a_claim_that_resampled_clusters_contradict(method):
    row = compared(SOUND, np.full(20, 4), method=method).differences.iloc[0]
    assert (row["conclusion"], row["caution"]) == ("b better", "")
    few = compared(np.asarray([1.0, 1.1, 1.2]), np.full(3, 30)).differences.iloc[0]
    assert (few["conclusion"], few["caution"]) == ("b better", "clusters skewed")


def test_the_caution_is_that_of_the_four_tests():
    found = set()
    for seed in range(40):
        rng = np.random.default_rng(seed)
        sizes = np.maximum(1, np.round(6 * rng.lognormal(0, 1, 12))).astype(int)
        effects = rng.exponential(size=12) - 0.4
        y, models, groups = in_clusters(effects, sizes)
        row = sx.compare_predictions(y, models, groups=groups, losses="mse").differences.iloc[0]
        d = np.subtract(*(sx.mean_loss("mse", y, p, reduction="none") for p in models.values()))
        means = np.bincount(groups, weights=d) / sizes
        p = bootstrap.cluster_pvalues(means[None], sizes.astype(float), np.zeros(1), 1999, 0)[0]
        claims = row["conclusion"] != "not clear"
        expected = "clusters skewed" if claims and p > 0.05 else ""
        assert row["caution"] == expected
        found.add((claims, expected))
    assert len(found) == 3


def test_a_claim_about_clusters_is_judged_at_the_level_of_holm():
    effects = 0.55 * (SOUND - 1.0) + 0.145
    y, models, groups = in_clusters(effects, np.full(20, 4))
    alone = sx.compare_predictions(y, models, groups=groups, losses="mse").differences.iloc[0]
    many = models | {f"p{i}": models["p"] + 0.001 * np.sin(i + np.arange(len(y))) for i in range(9)}
    rows = sx.compare_predictions(y, many, groups=groups, losses="mse").differences
    among = rows[(rows["model_a"] == "p") & (rows["model_b"] == "q")].iloc[0]
    assert alone["pvalue"] == among["pvalue"] < alone["pvalue"] * 20 < among["pvalue_holm"]


def test_leverage_says_nothing_of_clusters():
    row = compared(SKEWED, SIZES).differences.iloc[0]
    assert row["sample_leverage"] > 0.25
    assert "weighs" not in row["caution"]
    y, models, _ = in_clusters(SKEWED, SIZES)
    models["q"][0] = 1 - models["q"][0]
    assert sx.compare_predictions(y[:20], {k: p[:20] for k, p in models.items()}, losses="mse") \
        .differences["caution"].str.contains("weighs").all()  # fmt: skip


@pytest.mark.parametrize("effects", [SOUND, SKEWED, np.asarray([1.0, 1.1, 1.2])])
def test_a_stream_has_the_same_check(effects):
    sizes = SIZES if len(effects) == 20 else np.full(3, 30)
    y, models, groups = in_clusters(effects, sizes)
    stream = sx.LossAccumulator(labels=[0, 1], models=list(models), losses="mse", groups=True)
    for start in range(0, len(y), 17):
        part = slice(start, start + 17)
        predictions = {name: p[part] for name, p in models.items()}
        stream = stream.update(y[part], predictions, groups=groups[part])
    expected = sx.compare_predictions(y, models, groups=groups, losses="mse").differences
    got = stream.compute().differences
    assert got["caution"].tolist() == expected["caution"].tolist()
    assert got["conclusion"].tolist() == expected["conclusion"].tolist()


def test_equivalence_of_few_clusters_is_not_claimed():
    """What no cluster of few shows may still be frequent: clusters count, not rows."""
    effects = np.asarray([0.0, 0.001, -0.001])
    row = compared(effects, np.full(3, 200), equivalence_margin=0.1).differences.iloc[0]
    assert (row["conclusion"], row["caution"]) == ("not clear", "few rows differ")
    row = compared(np.tile(effects, 16), np.full(48, 10), equivalence_margin=0.1).differences
    assert (row["conclusion"][0], row["caution"][0]) == ("equivalent", "")


# --- rare classes ---------------------------------------------------------------------------


@pytest.mark.filterwarnings("ignore::sklearn_xent.UndefinedSkillWarning")  # of one class
@pytest.mark.parametrize(("n_rare", "named"), [(0, True), (9, True), (10, False)])
def test_a_rare_class_is_named(n_rare, named):
    y = (np.arange(200) < n_rare).astype(int)
    p = 0.3 + 0.4 * RNG.random(200)
    summary = sx.compare_predictions(y, {"p": p}, labels=[0, 1]).summary.set_index("loss")
    assert summary["caution"]["classification_error"] == ""  # Wilson's interval holds
    for loss in ("brier_loss", "cross_entropy"):
        assert summary["caution"][loss] == ("rare class" if named else "")


def test_rare_by_weight_and_by_clusters():
    y, p = (np.arange(200) < 12).astype(int), 0.3 + 0.4 * RNG.random(200)

    def caution(**options):
        return sx.compare_predictions(y, {"p": p}, losses="mse", **options).summary["caution"][0]

    assert caution() == ""
    assert caution(sample_weight=np.where(np.arange(200) < 3, 50.0, 1.0)) == "rare class"
    assert caution(groups=np.arange(200) // 4) == "rare class"  # three of fifty clusters have it
    assert caution(groups=np.arange(200) % 50) == ""
    assert caution(groups=np.arange(200) % 8) == ""  # few clusters, but the class is in all


@pytest.mark.filterwarnings("ignore::sklearn_xent.RareClassWarning")
def test_a_sample_that_is_tested_often_counts_once():
    X = RNG.normal(size=(90, 1))
    y = (np.arange(90) < 6).astype(int)
    cv = RepeatedStratifiedKFold(n_splits=3, n_repeats=2, random_state=0)
    summary = sx.compare_models({"m": LogisticRegression()}, X, y, cv=cv, losses="mse").summary
    assert summary["n_obs"].tolist() == [180]
    assert summary["caution"].tolist() == ["rare class"]


def test_a_stream_names_a_rare_class():
    y, p = (np.arange(300) < 4).astype(int), 0.3 + 0.4 * RNG.random(300)
    stream = sx.LossAccumulator(labels=[0, 1], models=["p"]).update(y, {"p": p})
    expected = sx.compare_predictions(y, {"p": p}, labels=[0, 1]).summary["caution"]
    assert stream.compute().summary["caution"].tolist() == expected.tolist()
    assert "rare class" in set(expected)


# --- approximate tests ----------------------------------------------------------------------


def test_claims_of_overlapping_splits_are_approximate_unless_clear():
    levels = set()
    for seed in range(12):
        rng = np.random.default_rng(seed)
        hidden = rng.normal(size=80)
        X = np.column_stack([hidden, hidden]) + rng.normal(size=(80, 2)) * [0.5, 1.3]
        y = (rng.random(80) < 1 / (1 + np.exp(-3 * hidden))).astype(int)
        cv = RepeatedStratifiedKFold(n_splits=3, n_repeats=2, random_state=0)
        models = {name: OneFeature(i) for i, name in enumerate("ab")}
        search = GridSearchCV(
            OneFeature(), {"feature": [0, 1]}, cv=cv, scoring=sx.neg_brier_loss
        ).fit(X, y)
        for comparison in (
            sx.compare_models(models, X, y, cv=cv, losses="mse"), sx.compare_search(search)
        ):  # fmt: skip
            row = comparison.differences.iloc[0]
            claims = row["conclusion"] != "not clear"
            approximate = claims and row["pvalue_holm"] > 0.01
            assert ("approximate" in row["caution"]) == approximate
            levels.add((claims, approximate))
    assert levels == {(False, False), (True, False), (True, True)}


class OneFeature(LogisticRegression):
    """A logistic regression on one feature."""

    def __init__(self, feature=0):
        super().__init__()
        self.feature = feature

    def fit(self, X, y):
        return super().fit(X[:, [self.feature]], y)

    def predict_proba(self, X):
        return super().predict_proba(X[:, [self.feature]])


def test_intervals_of_two_candidates_are_those_of_the_t_test():
    X = RNG.normal(size=(60, 2))
    y = (X[:, 0] + RNG.normal(size=60) > 0).astype(int)
    search = GridSearchCV(OneFeature(), {"feature": [0, 1]}, cv=5, scoring=sx.neg_brier_loss)
    row = sx.compare_search(search.fit(X, y)).differences.iloc[0]
    half = (row["conf_high"] - row["conf_low"]) / 2
    assert half == pytest.approx(stats.t.ppf(0.975, 4) * row["std_error"])
