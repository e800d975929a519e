import numpy as np
import pytest
from sklearn.isotonic import IsotonicRegression

import sklearn_xent as sx
from sklearn_xent.scoring.decomposition import recalibrate
from tests.support.own_losses import spherical

RNG = np.random.default_rng(8)
PARTS = ["score", "miscalibration", "discrimination", "uncertainty"]


def binary(n=400):
    p = np.round(RNG.random(n), 2)  # with ties
    return (RNG.random(n) < p**2).astype(int), p


def multiclass(n=400, k=4):
    proba = RNG.dirichlet(np.ones(k), n)
    y = np.array([RNG.choice(k, p=row) for row in proba])
    return y, 0.7 * proba + 0.3 / k


PROPER = ["brier_loss", "cross_entropy", spherical]


@pytest.mark.parametrize("problem", [binary, multiclass])
@pytest.mark.parametrize("loss", PROPER)
def test_the_parts_sum_to_the_loss(loss, problem):
    y, proba = problem()
    weight = RNG.integers(0, 3, len(y)).astype(float)
    for w in (None, weight):
        row = sx.decompose(loss, y, proba, sample_weight=w).iloc[0]
        score = sx.mean_loss(loss, y, proba, sample_weight=w)
        assert row["score"] == pytest.approx(score, rel=1e-12)
        total = row["miscalibration"] - row["discrimination"] + row["uncertainty"]
        assert total == pytest.approx(score, rel=1e-12)
        assert row["miscalibration"] > 0
        assert row["discrimination"] > 0


@pytest.mark.parametrize("loss", PROPER)
def test_binary_recalibration_is_scikit_learns_isotonic_regression(loss):
    y, p = binary()
    weight = RNG.random(len(y))
    fitted = IsotonicRegression(y_min=0, y_max=1).fit_transform(p, y, sample_weight=weight)
    row = sx.decompose(loss, y, p, sample_weight=weight).iloc[0]
    recalibrated = sx.mean_loss(loss, y, fitted, sample_weight=weight, labels=[0, 1])
    assert row["score"] - row["miscalibration"] == pytest.approx(recalibrated, rel=1e-9)
    assert row["recalibration"] == "isotonic (CORP)"


@pytest.mark.parametrize("loss", PROPER)
@pytest.mark.parametrize("problem", [binary, multiclass])
def test_the_order_of_rows_and_repeats_do_not_matter(loss, problem):
    y, proba = problem()
    order = RNG.permutation(len(y))
    one = sx.decompose(loss, y, proba)[PARTS].to_numpy()
    two = sx.decompose(loss, y[order], proba[order])[PARTS].to_numpy()
    np.testing.assert_allclose(one, two, rtol=1e-12)
    times = RNG.integers(1, 4, len(y))
    repeated = sx.decompose(loss, y.repeat(times), proba.repeat(times, axis=0))[PARTS].to_numpy()
    weighted = sx.decompose(loss, y, proba, sample_weight=times)[PARTS].to_numpy()
    np.testing.assert_allclose(repeated, weighted, rtol=1e-9)


def test_murphys_decomposition_of_a_few_forecasts():
    """Few distinct, increasing hit rates: CORP is Murphy's (1973), with its bins the forecasts."""
    p = np.repeat([0.2, 0.5, 0.8], 50)
    y = np.concatenate([np.arange(50) < hits for hits in (5, 20, 45)]).astype(int)
    rates, mean = np.array([0.1, 0.4, 0.9]), 70 / 150
    row = sx.decompose("brier_loss", y, p).iloc[0]
    assert row["miscalibration"] == pytest.approx(np.mean((np.array([0.2, 0.5, 0.8]) - rates) ** 2))
    assert row["discrimination"] == pytest.approx(np.mean((rates - mean) ** 2))
    assert row["uncertainty"] == pytest.approx(mean * (1 - mean))


def test_reliable_forecasts_have_little_miscalibration():
    p = RNG.random(20_000)
    row = sx.decompose("brier_loss", (RNG.random(20_000) < p).astype(int), p).iloc[0]
    assert row["miscalibration"] < 0.002
    assert row["discrimination"] == pytest.approx(1 / 12, abs=0.005)


def test_rows_are_distributions_after_recalibration():
    y, proba = multiclass()
    out = recalibrate(y, proba, np.ones(len(y)))
    np.testing.assert_allclose(out.sum(axis=1), 1.0)
    assert (out >= 0).all()
    assert (out[np.arange(len(y)), y] > 0).all()


def test_standard_errors_by_bootstrap():
    y, p = binary()
    row = sx.decompose("brier_loss", y, p, n_resamples=200).iloc[0]
    each = sx.brier_loss(y, p, reduction="none")
    assert row["std_error_score"] == pytest.approx(each.std() / np.sqrt(len(y)), rel=0.2)
    assert all(row[f"std_error_{part}"] > 0 for part in PARTS)
    again = sx.decompose("brier_loss", y, p, n_resamples=200).iloc[0]
    assert again["std_error_score"] == row["std_error_score"]


def test_logits_strings_and_labels():
    y, p = binary()
    logits = np.log(np.clip(p, 0.01, 0.99) / (1 - np.clip(p, 0.01, 0.99)))
    names = np.array(["no", "yes"])[y]
    one = sx.decompose("xent", names, logits, labels=["no", "yes"], from_logits=True)[PARTS]
    two = sx.decompose("xent", y, np.clip(p, 0.01, 0.99))[PARTS]
    np.testing.assert_allclose(one, two, rtol=1e-9)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("error", [0, 1], [0.2, 0.7]), "classification_error is not strictly proper"),
        (("mse", np.eye(2), np.eye(2)), "y_true holds target distributions"),
        (("mse", [0, 1], [0.2, 1.7]), "have values outside"),
    ],
)
def test_bad_arguments(arguments, message):
    with pytest.raises(ValueError, match=message):
        sx.decompose(*arguments)
    with pytest.raises(ValueError, match="n_resamples must be a whole number"):
        sx.decompose("mse", [0, 1], [0.2, 0.7], n_resamples=-1)


@pytest.mark.parametrize(("n", "n_resamples"), [(400, 1), (1, 100)])
def test_standard_errors_need_two(n, n_resamples):
    y, p = binary()
    with pytest.raises(ValueError, match="at least two resamples of at least two samples"):
        sx.decompose("mse", y[:n], p[:n], labels=[0, 1], n_resamples=n_resamples)
