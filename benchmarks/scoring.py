"""Measure the time that GridSearchCV spends on scoring, with our scorers and scikit-learn's.

Run it with ``make bench``. Both searches have the same folds and candidates. Prediction is part of
scoring: ours predicts once a fold, while scikit-learn's accuracy predicts a second time. The
figures are CPU time of the scoring calls alone, medians of interleaved runs.
"""

import argparse
import random
import statistics
import time
import warnings

from sklearn.datasets import make_classification
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import check_scoring
from sklearn.model_selection import GridSearchCV
from sklearn.naive_bayes import GaussianNB

import sklearn_xent as sx

THEIRS = ["neg_log_loss", "neg_brier_score", "accuracy"]
SIZES = [(500, 2), (500, 3), (20_000, 2), (20_000, 10), (200_000, 3)]
MODELS = {"naive Bayes": GaussianNB(), "logistic": LogisticRegression()}


class Timed:
    """All scorers of a side, as one callable that adds up its CPU time."""

    def __init__(self, scoring):
        self.scoring = scoring
        self.seconds = 0.0

    def __call__(self, estimator, X, y):
        """Score, and add the time."""
        scorers = check_scoring(estimator, scoring=self.scoring)
        start = time.process_time()
        scores = scorers(estimator, X, y)
        self.seconds += time.process_time() - start
        return scores


def seconds_of_scoring(model, X, y, scoring):
    timed = Timed(scoring)
    GridSearchCV(model, {}, scoring=timed, refit=False, cv=5).fit(X, y)
    return timed.seconds


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=9)
    rounds = parser.parse_args().rounds
    sides = {"ours": dict(sx.SCORERS), "scikit-learn": THEIRS}
    print("\nMilliseconds of scoring in one GridSearchCV of five folds\n")
    print("| model | samples x classes | ours | scikit-learn | ours / scikit-learn |")
    print("|---|---|---|---|---|")
    for n, k in SIZES:
        X, y = make_classification(n, 10, n_informative=6, n_classes=k, random_state=0)
        for name, model in MODELS.items():
            taken = {side: [] for side in sides}
            for _ in range(rounds):
                for side in random.sample(list(sides), len(sides)):
                    with warnings.catch_warnings():
                        warnings.simplefilter("ignore")
                        taken[side].append(seconds_of_scoring(model, X, y, sides[side]))
            ours, theirs = (1e3 * statistics.median(taken[side]) for side in sides)
            print(f"| {name} | {n} x {k} | {ours:.1f} | {theirs:.1f} | {ours / theirs:.2f} |")


if __name__ == "__main__":
    main()
