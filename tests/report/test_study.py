"""Numbers and shares, as reports say what was compared."""

import pytest

from sklearn_xent.report.content import ClassShares
from sklearn_xent.report.study import Study, count, per_cent


@pytest.mark.parametrize(
    ("n", "said"),
    [(1, "1 sample"), (0, "0 samples"), (9999, "9999 samples"), (300_000, "300,000 samples")],
)
def test_long_numbers_have_commas(n, said):
    assert count(n, "sample") == said


@pytest.mark.parametrize(
    ("share", "said"),
    [
        (0.0, "0%"), (1e-7, "1e-07"), (0.0004, "0.04%"), (0.0147, "1.5%"), (0.02, "2%"),
        (0.33333, "33%"), (0.985, "98.5%"), (0.9996, "99.96%"), (1 - 1e-9, ">99.99%"),
        (1.0, "100%"),
    ],
)  # fmt: skip
def test_rare_shares_have_digits(share, said):
    assert per_cent(share) == said


def test_many_classes_are_told_by_the_rarest_and_the_most_frequent():
    assert ClassShares(["a", "b"], [0.25, 0.75]).words == "a: 25%, b: 75%"
    assert ClassShares(list("abcdef"), [1 / 6] * 6).words == "6 classes, 17% each"
    shares = [0.05, 0.1, 0.15, 0.2, 0.2, 0.3]
    said = "6 classes; rarest: class a (5%); most frequent: class f (30%)"
    assert ClassShares(list("abcdef"), shares).words == said


def test_what_the_intervals_are_about_may_be_told_elsewhere():
    study = Study(n_samples=50, design="5-fold cross-validation, 4 times", retrained=True)
    said = "2 models, 50 samples, 5-fold cross-validation, 4 times"
    assert study.facts(2, estimand=False) == said
    assert study.facts(2) == f"{said}; about retrained models"
