"""Apply the formulas and the packages of others to the draws of `real_data.py`.

    pip install mlxtend==0.25.0 baycomp==1.0.3 autorank==1.3.0 evalstats==0.3.3 truescore==0.7.4
    python benchmarks/real_data_others.py CHECKPOINTS        # adds others.npz to the checkpoints

The formulas at the top need no package. The command runs the packages: it checks that mlxtend and
baycomp give what the formulas give, and keeps what evalstats and truescore say of one test set (of
one draw in ten) and autorank of two models on ten data sets.
"""

import contextlib
import io
import sys
import warnings
from pathlib import Path

import numpy as np
from real_data import MODELS, PAIRS, POPULATIONS, SPARSE
from scipy import stats
from sklearn.base import BaseEstimator

LEVEL = 0.95
A, B = (np.array([MODELS.index(pair[i]) for pair in PAIRS]) for i in (0, 1))


# --- formulas: of differences along the last axis, the mean, the half width and the p-value ------


def t_of(mean, std_error, df, level=LEVEL):
    """Return mean, half width (nan without spread) and p-value of a t statistic."""
    with np.errstate(divide="ignore", invalid="ignore"):
        pvalue = 2 * stats.t.sf(np.abs(mean) / std_error, df)
    same = std_error == 0
    pvalue = np.where(same, np.where(mean == 0, 1.0, 0.0), pvalue)
    half = np.where(same, np.nan, stats.t.ppf((1 + level) / 2, df) * std_error)
    return mean, half, pvalue


def naive_t(d):
    """Test the means of folds as if independent: mlxtend's `paired_ttest_kfold_cv`, `resampled`."""
    n = d.shape[-1]
    return t_of(d.mean(axis=-1), d.std(axis=-1, ddof=1) / np.sqrt(n), n - 1)


def corrected_t(d, ratio, level=LEVEL):
    """Test as Nadeau and Bengio: correctR's and correctipy's `repkfold_ttest`, and baycomp.

    The variance is that of n means times (1 / n + ratio), the test size over the training size.
    Bouckaert and Frank 2004; Henderson, correctR 0.2; the posterior of Corani and Benavoli 2015 has
    the same location, scale and degrees of freedom.
    """
    n = d.shape[-1]
    scale = np.sqrt(1 / n + ratio)
    return t_of(d.mean(axis=-1), scale * d.std(axis=-1, ddof=1), n - 1, level)


def wilcoxon(d):
    """Test the means of folds by Wilcoxon's signed ranks, as if independent."""
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")
        pvalue = stats.wilcoxon(d, axis=-1, method="approx", zero_method="zsplit").pvalue
    return d.mean(axis=-1), np.full(d.shape[:-1], np.nan), np.nan_to_num(pvalue, nan=1.0)


def five_by_two_t(d):
    """Test as Dietterich 1998: mlxtend's `paired_ttest_5x2cv`. The last axes are (5, 2)."""
    variance = ((d - d.mean(axis=-1, keepdims=True)) ** 2).sum(axis=(-1, -2)) / 5
    return t_of(d[..., 0, 0], np.sqrt(variance), 5)


def five_by_two_f(d):
    """Test as Alpaydin 1999: mlxtend's `combined_ftest_5x2cv`. The last axes are (5, 2)."""
    variance = ((d - d.mean(axis=-1, keepdims=True)) ** 2).sum(axis=(-1, -2))
    squares = (d**2).sum(axis=(-1, -2))
    with np.errstate(divide="ignore", invalid="ignore"):
        f = squares / (2 * variance)
    pvalue = np.where(variance > 0, stats.f.sf(f, 10, 5), np.where(squares > 0, 0.0, 1.0))
    return d.mean(axis=(-1, -2)), np.full(d.shape[:-2], np.nan), pvalue


def mcnemar(d):
    """Test errors on one test set by chi squared with a correction: mlxtend's `mcnemar`."""
    b, c = (d > 0).sum(axis=-1), (d < 0).sum(axis=-1)
    n = np.maximum(b + c, 1)
    pvalue = stats.chi2.sf((np.abs(b - c) - 1.0) ** 2 / n, 1)
    return d.mean(axis=-1), np.full(d.shape[:-1], np.nan), np.where(b + c > 0, pvalue, 1.0)


def larger_mean(d):
    """Claim whichever has the smaller mean loss."""
    mean = d.mean(axis=-1)
    return mean, np.full(mean.shape, np.nan), np.where(mean == 0, 1.0, 0.0)


# --- draws ----------------------------------------------------------------------------------


def read_draws(checkpoints):
    """Return, by population, the arrays of all draws that were made."""
    out = {}
    for name in POPULATIONS:
        parts = [np.load(path) for path in sorted(Path(checkpoints).glob(f"{name}-*.npz"))]
        if parts:
            out[name] = {key: np.concatenate([of[key] for of in parts]) for key in parts[0].files}
    if not out:
        raise FileNotFoundError(f"{checkpoints} has no draws; real_data.py makes them.")
    return out


def together(all_draws, key):
    """Return an array of all populations, (populations, draws, ...), of the draws that all have."""
    n = min(len(draws[key]) for draws in all_draws.values())
    return np.array([draws[key][:n] for draws in all_draws.values()])


def of_pairs(of_models, axis=1):
    """Return differences of all pairs, from values of all models."""
    return np.take(of_models, A, axis=axis) - np.take(of_models, B, axis=axis)


# --- the packages ---------------------------------------------------------------------------


class Scores(BaseEstimator):
    """A model whose scores are known in advance, one after the other."""

    _estimator_type = "classifier"

    def __init__(self, scores=()):
        self.scores = scores

    def fit(self, X, y):  # noqa: ARG002
        """Go on to the next score."""
        self.at_ = getattr(self, "at_", -1) + 1
        return self


def ask_mlxtend(test, of_a, of_b, **options):
    """Return the p-value of a test of mlxtend, which fits and scores two models in turn."""
    X, y = np.zeros((20, 1)), np.arange(20) % 2
    models = (Scores(of.ravel().tolist()) for of in (of_a, of_b))
    return test(*models, X, y, scoring=lambda model, X, y: model.scores[model.at_], **options)[1]  # noqa: ARG005


def check_formulas(draws):
    """Raise unless mlxtend and baycomp give what the formulas give, on some draws."""
    import baycomp
    import mlxtend.evaluate as mlxtend

    errors = {"baycomp": [0.0], "k-fold t": [0.0], "5x2 t": [0.0], "5x2 F": [0.0], "McNemar": [0.0]}
    for a, b in zip(A, B, strict=True):
        for means in draws["split_means"][:20, :, 1]:
            x, y = means[a], means[b]
            if not np.array_equal(x, y):
                posterior = 2 * min(baycomp.two_on_single(x, y, runs=3))
                errors["baycomp"].append(posterior - corrected_t(x - y, 1 / 4)[2])
                found = ask_mlxtend(mlxtend.paired_ttest_kfold_cv, x[:5], y[:5], cv=5)
                errors["k-fold t"].append(found - naive_t(x[:5] - y[:5])[2])
        for x, y in draws["five_by_two"][:5, ..., [a, b], 1].transpose(0, 3, 1, 2):
            found = ask_mlxtend(mlxtend.paired_ttest_5x2cv, x, y, random_seed=0)
            errors["5x2 t"].append(found - five_by_two_t(x - y)[2])
            found = ask_mlxtend(mlxtend.combined_ftest_5x2cv, x, y, random_seed=0)
            errors["5x2 F"].append(found - five_by_two_f(x - y)[2])
        for x, y in draws["held_out_losses"][:20, [a, b], 0]:
            d = x - y
            if d.any():
                table = np.array([[0, (d > 0).sum()], [(d < 0).sum(), 0]])
                errors["McNemar"].append(mlxtend.mcnemar(table)[1] - mcnemar(d)[2])
    for name, of in errors.items():
        print(f"{name}: {len(of) - 1} p-values, at most {np.abs(of).max():.0e} from the formula's")
        if not np.abs(of).max() < 1e-9:
            raise AssertionError(name)


def ask_evalstats(d):
    """Return difference, bounds and p-value of `pairwise_differences`."""
    import evalstats

    rng = np.random.default_rng(0)
    said = evalstats.pairwise_differences(d, 0, 1, rng=rng)
    return said.point_diff, said.ci_low, said.ci_high, said.p_value


def ask_truescore(d):
    """Return difference, bounds and p-value of `paired_bootstrap`."""
    import truescore

    said = truescore.paired_bootstrap(*d)
    return said.difference, said.low, said.high, said.p_value


def ask_autorank(table):
    """Return the p-value of autorank for two models on several data sets."""
    import pandas as pd
    from autorank import autorank

    with warnings.catch_warnings(), contextlib.redirect_stdout(io.StringIO()):
        warnings.simplefilter("ignore")
        return autorank(pd.DataFrame(table), alpha=0.05, order="ascending", verbose=False).pvalue


def go_on(path, draws, ask):
    """Return what was kept of the first draws, and what is said of the others; keep all of it."""
    kept = list(np.load(path)) if path.exists() else []
    kept += [ask(of) for of in draws[len(kept) :]]
    np.save(path, np.array(kept))
    print(path.name, len(kept), flush=True)
    return np.array(kept)


def ask_all(checkpoints):
    """Return what the packages say, by name: of each draw, pair and loss (no cross-entropy)."""
    all_draws, folder = read_draws(checkpoints), Path(checkpoints)
    check_formulas(next(iter(all_draws.values())))
    out = {}
    for name, draws in all_draws.items():
        losses = draws["held_out_losses"][::SPARSE].astype(float)
        for package, ask in (("evalstats", ask_evalstats), ("truescore", ask_truescore)):

            def of_draw(of, ask=ask):
                return [[ask(of[[a, b], k]) for k in (0, 1)] for a, b in zip(A, B, strict=True)]

            path = folder / f"{package}-of-{name}.npy"
            out[f"{package} {name}"] = go_on(path, losses, of_draw)

    def over_data_sets(of):  # (populations, models, losses)
        return [[ask_autorank(of[:, [a, b], k]) for k in (0, 1)] for a, b in zip(A, B, strict=True)]

    means = together(all_draws, "split_means")[..., :5].mean(axis=-1).swapaxes(0, 1)
    out["autorank"] = go_on(folder / "autorank.npy", means, over_data_sets)
    return out


if __name__ == "__main__":
    warnings.simplefilter("ignore")
    np.savez_compressed(Path(sys.argv[1]) / "others.npz", **ask_all(sys.argv[1]))
