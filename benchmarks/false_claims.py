"""Measure how often a difference is claimed between equal models, and found between unequal ones.

Run it with ``python benchmarks/false_claims.py``. It continues where it stopped, and writes
``benchmarks/false_claims.csv`` and, by ``benchmarks/false_claims_page.py``, the figures and the
picture of ``docs/false_claims.md``.

Two models that each use one of two exchangeable features have the same risk, so every claim that
one is better is false. For the power, one of the features is worse. A run counts as warned if the
library flagged the loss: a leverage above its limit, zero probabilities of true classes, or a
difference that is not shown for retrained models.
"""

import argparse
import csv
import os
import warnings
from collections import Counter
from functools import cache

for variable in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ[variable] = "1"  # replications run in parallel

import designs
import numpy as np
import sklearn
from designs import MODELS, OnFeature, draw, forecast, judge
from false_claims_page import RESULTS, draw_picture, read, write_page
from joblib import Parallel, delayed
from scipy import optimize, stats
from sklearn.model_selection import GridSearchCV, RepeatedStratifiedKFold, StratifiedKFold

import sklearn_xent as sx
from sklearn_xent._messages import track

LOSSES = ("classification_error", "brier_loss", "cross_entropy")
COUNTS = ("runs", "claims", "covered", "warned", "claims_warned", "missed_warned", "found")
LEVEL = 0.95


# --- one replication: counts of each loss ---------------------------------------------------


def held_out(rng, n, kind, signal):
    X, y = draw(rng, n, signal=signal)
    predictions = {"a": forecast(X[:, 0], kind), "b": forecast(X[:, 1], kind)}
    return {"paired": judge(sx.compare_predictions(y, predictions, labels=[0, 1]))}


@cache
def matched_slope(loss, slope):
    """Return another slope of the logits that has the same expected loss."""
    x = np.linspace(-6, 6, 2001)
    nodes, weights = np.polynomial.hermite_e.hermegauss(41)
    hidden = np.sqrt(0.5) * (x[:, None] + nodes)
    chance = (1 / (1 + np.exp(-2.0 * hidden))) @ (weights / weights.sum())
    density = stats.norm.pdf(x)

    def risk(of_slope):
        logits = np.column_stack([np.zeros_like(x), of_slope * x])
        of_label = [sx.get_loss(loss).evaluate(np.full(len(x), j), logits, True) for j in (0, 1)]
        return np.trapezoid(density * (chance * of_label[1] + (1 - chance) * of_label[0]), x)

    best = optimize.minimize_scalar(risk, bounds=(0.1, 3.0), method="bounded").x
    return optimize.brentq(lambda t: risk(t) - risk(slope), -5.0, best)


def unlike(rng, n, kind, signal):
    """Compare models of equal expected loss: one too sure, the other too cautious or worse."""
    X, y = draw(rng, n, signal=signal)
    slope = {"overconfident": 3.3, "sharp": 1.8}[kind]
    out = {}
    for loss in ("brier_loss", "cross_entropy"):
        slopes = slope, matched_slope(loss, slope)
        predictions = {name: slopes[i] * X[:, i] for i, name in enumerate("ab")}
        for method, name in (("auto", "paired"), ("bootstrap_t", "bootstrap t")):
            comparison = sx.compare_predictions(
                y, predictions, losses=loss, labels=[0, 1], from_logits=True, method=method
            )
            out.setdefault(name, {})[loss] = judge(comparison)[loss]
    return out


def bootstrapped(rng, n, kind, signal):
    X, y = draw(rng, n, signal=signal)
    predictions = {"a": forecast(X[:, 0], kind), "b": forecast(X[:, 1], kind)}
    return {
        "bootstrap t": judge(
            sx.compare_predictions(y, predictions, labels=[0, 1], method="bootstrap_t")
        )
    }


def clustered(rng, n, kind, signal):
    """Compare on clusters of ten samples that share the hidden state of features and outcome."""
    n_groups = n // 10
    groups = np.repeat(np.arange(n_groups), 10)
    hidden = rng.normal(size=n_groups)[groups]
    X = np.sqrt(0.5) * hidden[:, None] + np.sqrt(0.5) * rng.normal(size=(n_groups, 2))[groups]
    X[:, 1] = signal * X[:, 1] + np.sqrt(1 - signal**2) * rng.normal(size=n_groups)[groups]
    y = (rng.random(n) < 1 / (1 + np.exp(-2.0 * hidden))).astype(int)
    predictions = {"a": forecast(X[:, 0], kind), "b": forecast(X[:, 1], kind)}
    return {
        "cluster-robust": judge(
            sx.compare_predictions(y, predictions, groups=groups, labels=[0, 1])
        ),
        "clusters ignored": judge(sx.compare_predictions(y, predictions, labels=[0, 1])),
    }


def k_fold(rng, n, kind, signal):
    X, y = draw(rng, n, signal=signal)
    models = {name: OnFeature(MODELS[kind], i) for i, name in enumerate("ab")}
    folds = StratifiedKFold(10, shuffle=True, random_state=int(rng.integers(2**31)))
    comparison = sx.compare_models(models, X, y, cv=folds)
    search = search_of(X, y, MODELS[kind], 2, folds)
    return {"out-of-fold": judge(comparison), "corrected t": judge(sx.compare_search(search))}


def repeated(rng, n, kind, signal):
    X, y = draw(rng, n, signal=signal)
    models = {name: OnFeature(MODELS[kind], i) for i, name in enumerate("ab")}
    seed = int(rng.integers(2**31))
    folds = RepeatedStratifiedKFold(n_splits=10, n_repeats=10, random_state=seed)
    comparison = sx.compare_models(models, X, y, cv=folds)
    means = comparison.split_losses.pivot_table(
        index=["loss", "split"], columns="model", values="mean_loss"
    )
    naive = {}
    for loss, of_loss in means.groupby(level="loss"):
        pvalue = stats.ttest_rel(of_loss["a"], of_loss["b"]).pvalue
        naive[loss] = {"claims": pvalue <= 0.05, "covered": pvalue > 0.05, "warned": False}
    return {"corrected t, 10 x 10": judge(comparison), "naive t, 10 x 10": naive}


def search_of(X, y, model, m, folds):
    search = GridSearchCV(
        OnFeature(model), {"feature": list(range(m))}, scoring=sx.SCORERS, cv=folds, refit=False
    )
    return search.fit(X, y)


def grid(rng, n, kind, signal):
    """Compare ten or forty equally good candidates: every claim is false."""
    m = int(kind.split()[0])
    X, y = draw(rng, n, m, signal)
    folds = StratifiedKFold(10, shuffle=True, random_state=int(rng.integers(2**31)))
    model = MODELS["logistic"]
    models = {f"feature={i}": OnFeature(model, i) for i in range(m)}
    comparison = sx.compare_models(models, X, y, cv=folds)
    search = sx.compare_search(search_of(X, y, model, m, folds))
    unadjusted = {}
    for loss in LOSSES:
        rows = comparison.differences[comparison.differences["loss"] == loss]
        best = comparison.summary.loc[
            comparison.summary[comparison.summary["loss"] == loss]["mean_loss"].idxmin(), "model"
        ]
        of_best = rows[(rows["model_a"] == best) | (rows["model_b"] == best)]
        claims = bool((of_best["pvalue"] <= 0.05).any())
        unadjusted[loss] = {"claims": claims, "covered": not claims, "warned": False}
    return {
        "out-of-fold, Holm": judge(comparison),
        "corrected t, Holm": judge(search),
        "best, uncorrected": unadjusted,
    }


def stream(rng, n, kind, signal):
    """Look after every sample whether a difference is claimed."""
    X, y = draw(rng, n, signal=signal)
    p = [forecast(X[:, i], kind) for i in range(2)]
    out = {"sequence": {}, "t interval, re-read": {}}
    for loss in LOSSES:
        a, b = (sx.mean_loss(loss, y, q, labels=[0, 1], reduction="none") for q in p)
        options = {"bounds": (-1, 1)}
        if loss == "cross_entropy":
            options = {"method": "asymptotic"}
        sequence = sx.confidence_sequence(a - b, **options)
        out["sequence"][loss] = judge_path(sequence["conf_low"], sequence["conf_high"])
        d, times = a - b, np.arange(1, n + 1)
        mean = np.cumsum(d) / times
        with np.errstate(invalid="ignore", divide="ignore"):
            variance = (np.cumsum(d**2) - times * mean**2) / (times - 1)
            half = stats.t.ppf(0.975, times - 1) * np.sqrt(np.maximum(variance, 0) / times)
        half[:30] = np.inf
        out["t interval, re-read"][loss] = judge_path(mean - half, mean + half)
    return out


def judge_path(low, high):
    """Return whether any of the intervals along a stream excludes zero."""
    claims = bool(((low > 0) | (high < 0)).any())
    return {"claims": claims, "covered": not claims, "warned": False}


SCENARIOS = [
    *((held_out, n, kind) for kind in ("calibrated", "overconfident", "five votes")
      for n in (50, 100, 250, 500)),
    *((unlike, n, kind) for kind in ("sharp", "overconfident") for n in (50, 100, 250, 500)),
    *((bootstrapped, n, kind) for kind in ("calibrated", "overconfident") for n in (100, 250)),
    *((clustered, n, "calibrated") for n in (200, 500, 1000)),
    *((k_fold, n, kind) for kind in MODELS for n in (100, 250, 500)),
    *((repeated, n, kind) for kind in MODELS for n in (100, 250)),
    *((stream, 3000, kind) for kind in ("calibrated", "overconfident")),
    *((grid, n, "10 candidates") for n in (100, 250)),
    (grid, 250, "40 candidates"),
    *((designs.time_order, n, "of states") for n in (300, 1000)),
    (designs.time_series_split, 300, "logistic"),
    (designs.out_of_fold, 250, "tree"),
    *((designs.skewed_clusters, n, kind) for kind in ("skewed", "normal") for n in (20, 50, 200)),
    *((designs.nested_errors, n, "nested") for n in (30, 100, 400)),
    *((designs.rare_rows, n, "one in 200 rows") for n in (200, 2000)),
    *((designs.neighbours, 250, kind) for kind in ("1 neighbour", "25 neighbours")),
    (designs.search_of_trees, 250, "tree"),
    (designs.search_of_many, 250, "20 candidates"),
    *((designs.training_seeds, 1250, kind) for kind in ("random tree", "random layer")),
    *((designs.rare_class, n, "1 %") for n in (1000, 3000)),
    (designs.slices, 186, "overconfident"),
]  # fmt: skip

WITHOUT_POWER = {
    "grid", "unlike", "nested_errors", "rare_rows", "rare_class", "slices", "search_of_many",
}  # fmt: skip
"""Scenarios without a version in which the models differ."""

FEWER = {
    ("k_fold", "logistic"): 500,
    ("k_fold", "tree"): 500,
    ("repeated", "logistic"): 500,
    ("repeated", "tree"): 300,
    ("grid", "10 candidates"): 500,
    ("grid", "40 candidates"): 300,
    ("neighbours", "1 neighbour"): 500,
    ("neighbours", "25 neighbours"): 500,
    ("training_seeds", "random tree"): 500,
    ("training_seeds", "random layer"): 500,
    ("search_of_trees", "tree"): 500,
    ("search_of_many", "20 candidates"): 500,
}
"""Fewer replications of scenarios that take up to three seconds each."""


# --- the runs -------------------------------------------------------------------------------


def replicate(scenario, n, kind, seed):
    """Return the counts of one replication with equal models, and with models that differ."""
    out = Counter()
    with warnings.catch_warnings(), sklearn.config_context(skip_parameter_validation=True):
        warnings.simplefilter("ignore")
        equal = scenario(np.random.default_rng([seed, n]), n, kind, 1.0)
        unequal = equal
        has_power = scenario.__name__ not in WITHOUT_POWER
        if has_power:
            unequal = scenario(np.random.default_rng([seed, n, 1]), n, kind, 0.8)
    for method, losses in equal.items():
        for loss, said in losses.items():
            key = (method, loss)
            out[*key, "runs"] += 1
            out[*key, "claims"] += said["claims"]
            out[*key, "covered"] += said["covered"]
            out[*key, "warned"] += said["warned"]
            out[*key, "claims_warned"] += said["claims"] and said["warned"]
            out[*key, "missed_warned"] += (1 - said["covered"]) * said["warned"]
            out[*key, "found"] += unequal[method][loss]["claims"] if has_power else np.nan
    return out


def done():
    """Return the scenarios in the file, with their number of replications."""
    if not RESULTS.exists():
        return {}
    with RESULTS.open() as file:
        rows = list(csv.DictReader(file))
    return {(row["scenario"], int(row["n"]), row["models"]): int(row["runs"]) for row in rows}


def run(replications, n_jobs, only=None, again=False):
    """Run the missing scenarios, or all of them, one by one, and put each into the file."""
    for scenario, n, kind in SCENARIOS:
        if only is not None and scenario.__name__ not in only:
            continue
        wanted = min(replications, FEWER.get((scenario.__name__, kind), replications))
        if not again and done().get((scenario.__name__, n, kind), 0) >= wanted:
            continue
        jobs = Parallel(n_jobs=n_jobs, return_as="generator_unordered")(
            delayed(replicate)(scenario, n, kind, seed) for seed in range(wanted)
        )
        total = Counter()
        for counts in track(jobs, wanted, f"{scenario.__name__} {n} {kind}", shown=True):
            total.update(counts)
        write(scenario.__name__, n, kind, total)
        write_page()


def write(scenario, n, kind, total):
    """Put the counts of a scenario into the file, in the order of the scenarios."""
    rows = []
    if RESULTS.exists():
        with RESULTS.open() as file:
            rows = [r for r in list(csv.reader(file))[1:] if r[:3] != [scenario, str(n), kind]]
    for method, loss in dict.fromkeys(key[:2] for key in total):
        counts = [
            f"{float(total[method, loss, name]):.2f}".rstrip("0").rstrip(".") for name in COUNTS
        ]
        rows.append([scenario, str(n), kind, method, loss, *counts])
    order = [[known.__name__, str(size), of] for known, size, of in SCENARIOS]
    rows.sort(key=lambda row: order.index(row[:3]))
    with RESULTS.open("w", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(["scenario", "n", "models", "method", "loss", *COUNTS])
        writer.writerows(rows)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--replications", type=int, default=1000)
    parser.add_argument("--jobs", type=int, default=-1)
    parser.add_argument("--only", nargs="*", help="names of scenarios; all by default")
    parser.add_argument("--again", action="store_true", help="replace rows that are there")
    options = parser.parse_args()
    run(options.replications, options.jobs, options.only, options.again)
    write_page()
    draw_picture(read())


if __name__ == "__main__":
    main()
