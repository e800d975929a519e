"""Measure whether the set of best models holds one, and whether plans keep their power.

Run it with ``python benchmarks/decisions.py``. It continues where it stopped, and writes
``benchmarks/best_set.csv``, ``benchmarks/planning.csv`` and the tables in ``docs/decisions.md``.

Losses are drawn directly, without fitting; the functions of the package judge them. In the first
part some of the models are exchangeable and best, and others see a worse feature. In the second a
pilot plans a study, which is then done: models differ by a known amount.
"""

import argparse
import csv
import os
import time
from functools import cache
from pathlib import Path

for variable in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ[variable] = "1"

import numpy as np
from designs import draw_clusters, in_time_order
from scipy import stats

from sklearn_xent.inference.best_set import may_be_best, may_be_best_by_t
from sklearn_xent.inference.dependence import TimeSeries
from sklearn_xent.inference.equivalence import tango_equivalence
from sklearn_xent.inference.moments import units
from sklearn_xent.inference.paired_tests import FEW_DISCORDANT, holm, paired_errors
from sklearn_xent.inference.planning import (
    Pilot,
    detectable_difference,
    n_for_equivalence,
    n_for_half_width,
    n_for_power,
)

HERE = Path(__file__).parent
BEST_SET, PLANNING = HERE / "best_set.csv", HERE / "planning.csv"
PAGE = HERE.parent / "docs" / "decisions.md"
MARKER = "<!-- below is written by benchmarks/decisions.py -->"
LEVEL, POWER, WORSE = 0.95, 0.8, 0.6
LOSSES = ("errors", "Brier", "cross-entropy", "cross-entropy, too sure")
N_WORSE = {"all equal": 0.0, "half worse": 0.5, "one best": 1.0}
"""Which share of the models is worse; one is always best."""


# --- the set of best models -----------------------------------------------------------------


def losses_of(logits, y):
    """Return the losses of models, (n_models, n), of each kind."""
    p, sure = (1 / (1 + np.exp(-slope * logits)) for slope in (1.1, 3.3))
    right, surely_right = (np.where(y == 1, of, 1 - of) for of in (p, sure))
    found = ((right < 0.5).astype(float), 2 * (1 - right) ** 2, -np.log(right))
    return dict(zip(LOSSES, (*found, -np.log(surely_right)), strict=True))


def features(rng, hidden, m, n_worse):
    """Return one feature for each model: those of the last are worse, all others exchangeable."""
    n = len(hidden)
    own = np.sqrt(0.5) * rng.normal(size=n) + np.sqrt(0.5) * rng.normal(size=(m, n))
    x = np.sqrt(0.5) * hidden + np.sqrt(0.5) * own
    if n_worse:
        noise = rng.normal(size=(n_worse, n))
        x[-n_worse:] = WORSE * x[-n_worse:] + np.sqrt(1 - WORSE**2) * noise
    return x


def samples(rng, m, n, n_worse):
    """Draw a test set; many samples are resampled in batches."""
    hidden = rng.normal(size=n)
    y = rng.random(n) < 1 / (1 + np.exp(-2 * hidden))
    for loss, values in losses_of(features(rng, hidden, m, n_worse), y).items():
        yield "bootstrap", loss, values, may_be_best(values, None, LEVEL, 0)


def near_copies(rng, m, n, n_worse):
    """Draw errors of models that differ on a few samples."""
    values = np.tile((rng.random(n) < 0.2).astype(float), (m, 1))
    changed = rng.random((m, n)) < 6 / n
    values[changed] = rng.random(np.count_nonzero(changed)) < 0.5
    values[m - n_worse :] = np.maximum(values[m - n_worse :], rng.random((n_worse, n)) < 0.1)
    yield "bootstrap", "errors", values, may_be_best(values, None, LEVEL, 0)


def moments(rng, m, n, n_worse):
    """Draw a test set of which only means and variances are used, as those of a stream."""
    for _, loss, values, _ in samples(rng, m, n, n_worse):
        variances = np.maximum(variances_of(values), 0) / n
        kept = may_be_best_by_t(values.mean(axis=1), variances, n - 1, LEVEL, 0)
        yield "variances only", loss, values, kept


def clusters(rng, m, n, n_worse):
    """Draw n clusters of lognormal sizes, whose samples share features and outcomes."""
    sizes, _ = draw_clusters(rng, n, "lognormal")
    groups = np.repeat(np.arange(n), sizes)
    hidden = rng.normal(size=n)
    y = rng.random(len(groups)) < 1 / (1 + np.exp(-2 * hidden[groups]))
    x = features(rng, hidden, m, n_worse)[:, groups]
    for loss, values in losses_of(x, y).items():
        found = [units(of, None, groups) for of in values]
        of_clusters, weight = np.stack([means for means, _ in found]), found[0][1]
        kept = may_be_best(of_clusters, weight, LEVEL, 0, clusters=True)
        yield "bootstrap of clusters", loss, of_clusters, kept


def in_time(rng, m, n, n_worse):
    """Draw rows in time order."""
    columns = in_time_order(rng, n, m + 1).T
    hidden, x = columns[0], np.sqrt(0.5) * (columns[0] + columns[1:])
    if n_worse:
        noise = rng.normal(size=(n_worse, n))
        x[-n_worse:] = WORSE * x[-n_worse:] + np.sqrt(1 - WORSE**2) * noise
    y = rng.random(n) < 1 / (1 + np.exp(-2 * hidden))
    for loss, values in losses_of(x, y).items():
        variances = np.zeros((m, m))
        for a in range(m):
            for b in range(a):
                d = values[a] - values[b]
                series = TimeSeries(d, None, np.arange(n), float(d.mean()))
                variances[a, b] = variances[b, a] = series.std_error**2
        kept = may_be_best_by_t(values.mean(axis=1), variances, series.df, LEVEL, 0)
        yield "cosines, Bonferroni", loss, values, kept


def splits(rng, m, n, n_worse):
    """Draw scores of n splits of ten folds, normal, with the correlation of their overlap."""
    share = 0.2 if n == 5 else 0.1
    common, each = rng.normal(size=(m, 1)), rng.normal(size=(m, n))
    like = rng.normal(size=(m, 3)) @ (
        np.sqrt(share) * rng.normal(size=(3, 1)) + np.sqrt(1 - share) * rng.normal(size=(3, n))
    )
    values = 0.5 * like + np.sqrt(share) * common + np.sqrt(1 - share) * each
    values[m - n_worse :] += 1.0
    variances = variances_of(values) * (1 / n + share / (1 - share))
    kept = may_be_best_by_t(values.mean(axis=1), variances, n - 1, LEVEL, 0)
    yield "corrected t of splits, Bonferroni", "normal scores", values, kept


def variances_of(values):
    """Return the variances of the differences of all pairs."""
    c = np.atleast_2d(np.cov(values))
    return np.maximum(np.diag(c)[:, None] + np.diag(c) - 2 * c, 0)


def excluded_by_holm(values):
    """Count the models that are worse than the sample's best by t-tests of all pairs (Holm)."""
    m, n = values.shape
    a, b = np.triu_indices(m, 1)
    means, variances = values.mean(axis=1), variances_of(values)
    with np.errstate(divide="ignore", invalid="ignore"):
        t = (means[a] - means[b]) / np.sqrt(variances[a, b] / n)
    found = np.asarray(holm(2 * stats.t.sf(np.abs(t), n - 1))) <= 1 - LEVEL
    best = means.argmin()
    return int(found[(a == best) | (b == best)].sum())


SETS = [
    *((splits, m, kind, n) for m in (10, 40) for n in (5, 10, 50) for kind in N_WORSE),
    *((samples, 10, kind, n) for n in (100, 250) for kind in N_WORSE),
    *((near_copies, m, "all equal", n) for m in (5, 10) for n in (100, 1000)),
    *((clusters, 10, kind, n) for n in (50, 200) for kind in ("all equal", "half worse")),
    (samples, 40, "half worse", 250),
    *((samples, 5, kind, n) for n in (100, 1000) for kind in ("all equal", "half worse")),
    *((samples, 10, kind, 1000) for kind in ("all equal", "half worse")),
    (in_time, 10, "all equal", 1000),
    *((moments, 10, "all equal", n) for n in (250, 1000)),
    *((samples, 40, kind, 250) for kind in ("all equal", "one best")),
    (samples, 10, "all equal", 5000),
    *((samples, 40, "all equal", n) for n in (100, 1000)),
    (clusters, 40, "all equal", 100),
]


def run_set(scenario, m, kind, n, runs):
    """Return rows of counts: how many best and how many worse models were excluded."""
    n_worse = min(int(N_WORSE[kind] * m), m - 1)
    best = np.arange(m) < m - n_worse
    counts = {}
    for seed in range(runs):
        rng = np.random.default_rng([seed, m, n, n_worse])
        for method, loss, values, kept in scenario(rng, m, n, n_worse):
            of = counts.setdefault((method, loss), np.zeros(3))
            by_holm = excluded_by_holm(values) if scenario in (samples, near_copies) else np.nan
            of += (1 - kept[best].mean(), np.count_nonzero(~kept & ~best), by_holm)
    return [
        [scenario.__name__, m, kind, n, method, loss, runs, *np.round(of, 3)]
        for (method, loss), of in counts.items()
    ]


# --- plans ----------------------------------------------------------------------------------


@cache
def pool(loss):
    """Return the differences of the worse of two models from the other, of very many samples."""
    rng = np.random.default_rng(7)
    size = 1_000_000
    x = rng.normal(size=size)
    y = rng.random(size) < 1 / (1 + np.exp(-1.5 * x))
    logits = 1.5 * x + np.stack([0.5, 0.9])[:, None] * rng.normal(size=(2, size))
    if loss == "cross-entropy, too sure":
        logits[1] = 2.5 * (1.5 * x + 0.5 * rng.normal(size=size))
        loss = "cross-entropy"
    a, b = losses_of(np.clip(logits, -9.2, 9.2) / 1.1, y)[loss]
    return (a - b) * np.sign((a - b).mean())


def independent(rng, loss, n):
    """Draw the differences of n samples."""
    d = pool(loss)
    return d[rng.integers(len(d), size=n)]


def in_clusters(rng, loss, n):
    """Draw the mean differences of n clusters of two to ten samples that share a half."""
    return clusters_of(rng, loss, rng.integers(2, 11, size=n))


def in_unequal_clusters(rng, loss, n):
    """Draw the mean differences of n clusters of lognormal sizes that share a half."""
    sizes = np.exp(np.log(6) + 0.7 * rng.normal(size=n))
    return clusters_of(rng, loss, np.maximum(1, np.round(sizes)).astype(int))


def clusters_of(rng, loss, sizes):
    n = len(sizes)
    groups = np.repeat(np.arange(n), sizes)
    shared = independent(rng, loss, n)[groups]
    own = independent(rng, loss, len(groups))
    return units(np.where(rng.random(len(groups)) < 0.5, shared, own), None, groups)


def test_of(x, weight):
    """Return the mean, its standard error and the degrees of freedom that the package uses."""
    w = np.ones(len(x)) if weight is None else weight
    mean, n = np.average(x, weights=w), len(x)
    m = n if weight is None else w.sum() ** 2 / np.square(w).sum()
    square = np.square(w * (x - mean)).sum() / w.sum() ** 2
    return mean, np.sqrt(square * n / (n - 1)), m - 1


PLANS = [
    *((independent, loss, n) for loss in LOSSES for n in (50, 100, 300)),
    *((in_clusters, loss, n) for loss in ("Brier", "cross-entropy") for n in (50, 100)),
    *((in_unequal_clusters, loss, n) for loss in ("Brier", "cross-entropy") for n in (50, 100)),
]


def run_plan(scenario, loss, n, runs):
    """Return counts of promises kept: of power, detectable difference, half-width, equivalence."""
    d, kept, sizes = pool(loss), np.zeros(4, dtype=int), []
    true = float(d.mean())
    for seed in range(runs):
        rng = np.random.default_rng([seed, n, 11])
        study = CountedErrors(rng, d, true) if loss == "errors" else Measured(rng, loss, scenario)
        pilot = study.pilot(n)
        if not pilot.is_usable:
            continue
        sizes.append(n_for_power(pilot, true, LEVEL, POWER))
        kept[0] += study.finds(sizes[-1], true)
        kept[1] += study.finds(n, detectable_difference(pilot, LEVEL, POWER))
        kept[2] += study.half_width(n_for_half_width(pilot, true, LEVEL, POWER)) <= true
        size = n_for_equivalence(pilot, 2 * true, LEVEL, POWER, study.greatest)
        kept[3] += study.is_equivalent(size, 2 * true)
    return [[scenario.__name__, loss, n, len(sizes), *kept, round(float(np.median(sizes)))]]


class Measured:
    """Studies of losses that are not counted."""

    greatest = 0.0

    def __init__(self, rng, loss, scenario):
        self.rng, self.loss, self.scenario = rng, loss, scenario
        self.true = float(pool(loss).mean())

    def draw(self, n):
        """Return the differences of n samples or clusters, and the weights of these."""
        drawn = self.scenario(self.rng, self.loss, n)
        return (drawn, None) if self.scenario is independent else drawn

    def pilot(self, n):
        """Return a pilot of n samples or clusters."""
        return Pilot.from_values(*self.draw(n), clusters=self.scenario is not independent)

    def study(self, n, difference):
        """Return the test of a study whose true difference is this one."""
        x, weight = self.draw(n)
        return test_of(x - self.true + difference, weight)

    def finds(self, n, difference):
        """Return whether a study finds a difference."""
        mean, error, df = self.study(n, difference)
        return mean > stats.t.ppf(0.5 + LEVEL / 2, df) * error

    def half_width(self, n):
        """Return the half-width of the interval of a study."""
        _, error, df = self.study(n, self.true)
        return stats.t.ppf(0.5 + LEVEL / 2, df) * error

    def is_equivalent(self, n, margin):
        """Return whether a study of two models whose losses are the same shows it."""
        mean, error, df = self.study(n, 0.0)
        return abs(mean) + stats.t.ppf(LEVEL, df) * error <= margin


class CountedErrors:
    """Studies of errors, which the package tests by counts."""

    greatest = None

    def __init__(self, rng, d, true):
        self.rng, self.true = rng, true
        self.discordance = float(np.count_nonzero(d)) / len(d)

    def draw(self, n, difference):
        """Return on how many samples A alone errs, and B alone."""
        share = max(self.discordance, difference)
        chances = [(share + difference) / 2, (share - difference) / 2]
        return self.rng.multinomial(n, [*chances, 1 - sum(chances)])[:2]

    def pilot(self, n):
        """Return a pilot of n samples."""
        return Pilot.from_errors(n, int(self.draw(n, self.true).sum()))

    def finds(self, n, difference):
        """Return whether the test of the package finds a difference."""
        a, b = map(int, self.draw(n, difference))
        if a + b < FEW_DISCORDANT:
            return a > b and paired_errors(n, a, b, LEVEL).pvalue <= 1 - LEVEL
        mean = (a - b) / n
        error = np.sqrt(max(((a + b) / n - mean**2), 1e-12) / (n - 1))
        return mean > stats.t.ppf(0.5 + LEVEL / 2, n - 1) * error

    def half_width(self, n):
        """Return the half-width of the interval of a study."""
        a, b = map(int, self.draw(n, self.true))
        error = np.sqrt(((a + b) / n - ((a - b) / n) ** 2) / (n - 1))
        return stats.t.ppf(0.5 + LEVEL / 2, n - 1) * error

    def is_equivalent(self, n, margin):
        """Return whether Tango's test shows it."""
        return tango_equivalence(n, *map(int, self.draw(n, 0.0)), margin) <= 1 - LEVEL


# --- the runs -------------------------------------------------------------------------------


SET_COLUMNS = ["scenario", "models", "kind", "n", "method", "loss", "runs", "best_excluded",
               "worse_excluded", "worse_excluded_by_holm"]  # fmt: skip
PLAN_COLUMNS = ["scenario", "loss", "pilot", "runs", "found", "detected", "narrow", "equivalent",
                "n_for_power"]  # fmt: skip


def read(path):
    """Return the rows of a file, without its head."""
    if not path.exists():
        return []
    with path.open() as file:
        return list(csv.reader(file))[1:]


def run(path, columns, todo, simulate, key, runs):
    """Do what is missing, scenario by scenario, and put each into the file."""
    for scenario in todo:
        name = [scenario[0].__name__, *map(str, scenario[1:])]
        if any(row[:key] == name for row in read(path)):
            continue
        start = time.process_time()
        rows = [*read(path), *simulate(*scenario, runs)]
        with path.open("w", newline="") as file:
            csv.writer(file, lineterminator="\n").writerows([columns, *rows])
        print(name, f"{time.process_time() - start:.0f} s", flush=True)


def table(head, rows):
    """Return rows as a Markdown table."""
    lines = ["| " + " | ".join(head) + " |", "|" + "---|" * len(head)]
    return "\n".join([*lines, *("| " + " | ".join(row) + " |" for row in rows)])


def page(text):
    """Return the text of the page with the tables of both files, in per cent, below the marker."""
    plans, sets = [], []
    for scenario, loss, pilot, runs, *kept, median in read(PLANNING):
        shares = [f"{100 * float(x) / float(runs):.1f}" for x in kept]
        plans.append([scenario.replace("_", " "), loss, pilot, runs, *shares, median])
    for scenario, m, kind, n, method, loss, runs, best, worse, by_holm in read(BEST_SET):
        counts = [float(worse) / float(runs), float(by_holm) / float(runs)]
        # without worse models what Holm finds is false
        has_worse = kind != "all equal"
        known = [f"{x:.2f}" if has_worse and not np.isnan(x) else "" for x in counts]
        share = f"{100 * float(best) / float(runs):.1f}"
        sets.append([scenario.replace("_", " "), method, m, kind, n, loss, runs, share, *known])
    of_sets = ["data", "method", "models", "which", "n", "loss", "runs", "a best model excluded",
               "worse models excluded", "shown worse than the lowest by Holm"]  # fmt: skip
    of_plans = ["data", "loss", "pilot", "runs", "found by n_for_power",
                "detectable_difference found", "narrow enough", "shown to be equivalent",
                "median n_for_power"]  # fmt: skip
    start = text.split(MARKER)[0] + MARKER
    parts = [start, "## Sets", table(of_sets, sets), "## Plans", table(of_plans, plans)]
    return "\n\n".join(parts) + "\n"


def main():
    """Run what is missing."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--runs", type=int, default=1000)
    parser.add_argument("--plans", type=int, default=2000)
    parser.add_argument("--only", choices=["best-set", "planning"])
    options = parser.parse_args()
    if options.only != "best-set":
        run(PLANNING, PLAN_COLUMNS, PLANS, run_plan, 3, options.plans)
    if options.only != "planning":
        run(BEST_SET, SET_COLUMNS, SETS, run_set, 4, options.runs)
    text = PAGE.read_text(encoding="utf-8")
    PAGE.write_text(page(text), encoding="utf-8")


if __name__ == "__main__":
    main()
