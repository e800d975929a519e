"""The rule of a race: which candidates can still win the full search.

After j of J splits, in an exchangeable order, only the mean over the other J - j splits is unknown.
So the difference of two candidates seen so far varies about that of the full search with the
variance of a sample drawn without replacement from a finite population, s^2 (1/j - 1/J).
"""

import math
from collections.abc import Iterable, Sequence
from enum import Enum
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import special, stats

from sklearn_xent._arrays import Codes, Floats
from sklearn_xent._messages import shorten

LEAST_SPLITS = 3
"""A variance of fewer scores is too uncertain for a test."""
LEAST_VARIANCES = 3
"""With fewer variances nothing is known of how alike they are."""
SHARES = (0.12, 0.2, 0.32, 0.48, 0.64, 0.8)
"""The looks by default, as shares of the splits: 3, 5, 8, 12, 16 and 20 of 25."""
LEAST_TO_RACE = 8
"""With fewer splits a race spares too little."""
RARELY, LEAST_PAIRS = 0.01, 30
"""Scores tell models apart if those of so small a share of so many pairs coincide."""
FLOOR = 1e-5
"""Variances below this share of their median are raised to it, as limma does."""


def squeeze_variances(variances: Floats, df: int) -> tuple[Floats, float]:
    """Return moderated variances, and their degrees of freedom.

    The variances, each of `df` degrees of freedom, are taken as draws from a scaled inverse
    chi-squared distribution, whose degrees of freedom and scale are fitted by the moments of
    their logarithms (Smyth 2004, section 6.2). Each is shrunk towards the scale. None of them can
    count for more degrees of freedom than all pooled.
    """
    positive = variances[variances > 0]
    if len(positive) == 0:
        return variances, float(df)
    raised = np.maximum(variances, FLOOR * float(np.median(positive)))
    if len(raised) < LEAST_VARIANCES:
        return raised, float(df)
    logs = np.log(raised) - special.digamma(df / 2) + math.log(df / 2)
    spread = float(logs.var(ddof=1) - special.polygamma(1, df / 2))
    pooled = float(df * len(raised))
    if spread <= 0:  # they are as alike as estimates of one variance
        return np.full(len(raised), math.exp(logs.mean())), pooled
    prior_df = 2 * inverse_trigamma(spread)
    half = prior_df / 2
    scale = math.exp(logs.mean() + special.digamma(half) - math.log(half))
    squeezed = (prior_df * scale + df * raised) / (prior_df + df)
    return squeezed, min(prior_df + df, pooled)


def inverse_trigamma(y: float) -> float:
    """Return the x with trigamma(x) = y, for y > 0 (Smyth 2004, appendix)."""
    if y > 1e7:
        return 1 / math.sqrt(y)
    if y < 1e-6:
        return 1 / y
    x = 0.5 + 1 / y
    for _ in range(50):
        trigamma = float(special.polygamma(1, x))
        step = trigamma * (1 - trigamma / y) / float(special.polygamma(2, x))
        x += step
        if -step < 1e-8 * x:
            break
    return x


def chances(scores: Floats, n_splits: int, size_ratio: float | None = None) -> Floats:
    """Return for each candidate the p-value of "it can still win the full search".

    `scores` (n_candidates, n_seen) are finite, and greater is better. The p-value is that of a
    one-sided t-test of its difference to the leader; that of the leader is 1. Variances are only
    moderated upwards: candidates of great variance often lead, and if theirs were shrunk, they
    would be dropped too often when they fall back. A variance that was not raised owes nothing to
    the others, so it has only its own degrees of freedom.

    With a `size_ratio`, of test to training parts, the question is whether a candidate can still
    come within one standard error of the winner: that of the difference and that of the leader,
    as `one_standard_error` has them. That is a multiple of a standard deviation, which is known
    from the splits seen only, so the t-test is a noncentral one.
    """
    n_seen = scores.shape[1]
    leader = int(scores.mean(axis=1).argmax())
    gaps = scores[leader] - scores
    others = np.arange(len(scores)) != leader
    own = gaps[others].var(axis=1, ddof=1)
    moderated, df_of_moderated = squeeze_variances(own, n_seen - 1)
    variances = np.maximum(own, moderated)
    df = np.where(own > moderated, n_seen - 1, df_of_moderated)
    out = np.ones(len(scores))
    if not variances.any():  # no difference varies: its size says nothing of other splits
        return out
    std_error = np.sqrt(variances * (1 / n_seen - 1 / n_splits))
    t = gaps[others].mean(axis=1) / std_error
    if size_ratio is None:
        out[others] = stats.t.sf(t, df)
    else:
        within = np.minimum(variances, scores[leader].var(ddof=1)) * (1 / n_splits + size_ratio)
        with np.errstate(all="ignore"):  # scipy 1.13 divides by zero on its way
            out[others] = stats.nct.sf(t, df, np.sqrt(within) / std_error)
    return out


def dropped(pvalues: Floats, level: float) -> NDArray[np.bool_]:
    """Return which candidates can hardly win any more, by Holm's correction for all but one."""
    out = np.zeros(len(pvalues), dtype=bool)
    order = np.argsort(pvalues, kind="stable")[:-1]
    for rank, i in enumerate(order):
        if pvalues[i] > level / (len(order) - rank):
            break
        out[i] = True
    return out


def first_alike(tables: Sequence[Floats]) -> Codes:
    """Return for each candidate the first one that has the same scores in every table."""
    table = np.hstack(tables)
    table = np.where(np.isnan(table), -np.inf, table)  # nan is never equal to nan
    _, first, which = np.unique(table, axis=0, return_index=True, return_inverse=True)
    return np.asarray(first[which.reshape(-1)], dtype=np.intp)


def tell_apart(tables: Sequence[Floats]) -> bool:
    """Return whether equal scores mean equal models, judged by candidates that are not alike.

    They do where the scores of such candidates hardly ever coincide in single splits: a Brier loss
    does not, an error rate often does. One such table is enough.
    """
    n = len(tables[0])
    return any(n * (n - 1) / 2 >= LEAST_PAIRS and _coinciding(x) <= RARELY for x in tables)


def _coinciding(scores: Floats) -> float:
    """Return the share of pairs of candidates with equal scores, a mean over splits."""
    n, n_splits = scores.shape
    counts = [np.unique(column, return_counts=True)[1] for column in scores.T]
    equal = sum(float((c * (c - 1) / 2).sum()) for c in counts)
    return float(equal / (n * (n - 1) / 2 * n_splits))


def read_looks(looks: Any, n_splits: int) -> list[int]:
    """Return after how many splits the candidates are judged; none where racing cannot pay."""
    if isinstance(looks, str):
        if looks != "auto":
            raise ValueError(f'looks must be "auto" or a list of numbers; got {shorten(looks)}.')
        if n_splits < LEAST_TO_RACE:
            return []
        return sorted({max(LEAST_SPLITS, math.ceil(n_splits * share)) for share in SHARES})
    listed = list(looks) if isinstance(looks, Iterable) else [looks]
    wrong = [x for x in listed if not _is_whole(x) or not LEAST_SPLITS <= x < n_splits]
    if wrong or sorted(set(listed)) != listed or not listed:
        raise ValueError(
            'looks must be "auto", or increasing numbers of splits after which candidates may be '
            f"dropped, each from {LEAST_SPLITS} to {n_splits - 1} (cv makes {n_splits} splits); "
            f"got {shorten(looks)}."
        )
    return [int(x) for x in listed]


def _is_whole(value: Any) -> bool:
    return isinstance(value, int | np.integer) and not isinstance(value, bool)


class Status(Enum):
    """What became of a candidate; the values are those of the column ``status``."""

    SURVIVED = "survived"
    DROPPED = "dropped"
    MERGED = "merged"
    FAILED = "failed"


class Race:
    """Follow which candidates are still fitted, from look to look.

    It holds no scores: they are passed to each call, as tables (n_candidates, n_seen) of the splits
    seen so far, whose rows of candidates out of the race are not read.
    """

    def __init__(
        self,
        n_candidates: int,
        n_splits: int,
        n_looks: int,
        alpha: float,
        size_ratio: float | None = None,
        *,
        merges: bool = True,
    ) -> None:
        self.merges = merges
        self.n_splits = n_splits
        self.size_ratio = size_ratio
        self.level = alpha / max(n_looks, 1)
        self.status = np.full(n_candidates, Status.SURVIVED, dtype=object)
        self.pvalues = np.full(n_candidates, np.nan)
        self.same_as = np.full(n_candidates, -1)
        self.decide_by(1)

    def decide_by(self, n_scores: int) -> None:
        """Set the number of deciding scores, which is known only after the first fits."""
        shape = len(self.status), n_scores
        self.unable = np.zeros(shape, dtype=bool)
        """Who lacks which of these scores, in some split."""
        self.out = np.zeros(shape, dtype=bool)
        """Who can hardly win by which of them, by the last look."""

    def _rows(self, status: Status) -> Codes:
        return np.flatnonzero(self.status == status)

    @property
    def alive(self) -> Codes:
        """Return the candidates that are in the race."""
        return self._rows(Status.SURVIVED)

    def drop_failed(self, deciding: Sequence[Floats]) -> bool:
        """Drop candidates that lack each deciding score, or have minus infinity, in a split.

        Return whether others came back for it, whose splits must be caught up: those merged into
        one that lacks a score now, and if nobody left can win by one of the scores, all that were
        dropped and may have it.
        """
        alive = self.alive
        before = self.unable[alive]
        lack = [~(scores[alive] > -np.inf).all(axis=1) for scores in deciding]
        self.unable[alive] |= np.column_stack(lack)
        self.status[alive[self.unable[alive].all(axis=1)]] = Status.FAILED
        back = self._rows(Status.MERGED)
        lost_one = alive[(self.unable[alive] != before).any(axis=1)]
        back = back[np.isin(self.same_as[back], lost_one)]
        if len(back) == 0:
            nobody = (self.unable | self.out)[self.alive].all(axis=0)
            back = self._rows(Status.DROPPED)
            back = back[~self.unable[np.ix_(back, nobody)].all(axis=1)]
        self.status[back] = Status.SURVIVED
        self.pvalues[back], self.same_as[back], self.out[back] = np.nan, -1, False
        return len(back) > 0

    def look(self, deciding: Sequence[Floats], all_scores: Sequence[Floats]) -> None:
        """Drop candidates that can hardly win any more by any of the deciding scores.

        Those that are alike in all scores are one candidate of the test, and share its fate. If
        equal scores mean equal models, the later ones are merged into the first, unless the choice
        looks at more than scores. Candidates with infinite scores, which no test can judge, stay.
        """
        alive = self.alive
        alive = alive[~np.isposinf(np.hstack(deciding)[alive]).any(axis=1)]
        if len(alive) < 2:
            return
        first = alive[first_alike([table[alive] for table in all_scores])]
        each = np.unique(first)
        by_score = [
            self._judge(scores[each], self.unable[each, k]) for k, scores in enumerate(deciding)
        ]
        pvalues = np.max([one for one, _ in by_score], axis=0)
        which = np.searchsorted(each, first)
        self.out[alive] = np.column_stack([out for _, out in by_score])[which]
        out = self.out[alive].all(axis=1)
        self.status[alive[out]] = Status.DROPPED
        self.pvalues[alive[out]] = pvalues[which[out]]
        twins = ~out & (first != alive)
        if self.merges and twins.any() and tell_apart([table[each] for table in all_scores]):
            self.status[alive[twins]] = Status.MERGED
            self.same_as[alive[twins]] = first[twins]

    def _judge(self, scores: Floats, unable: NDArray[np.bool_]) -> tuple[Floats, NDArray[np.bool_]]:
        """Return the p-values by one score, and who is out by it: who lacks it cannot win by it."""
        pvalues, out = np.zeros(len(scores)), unable.copy()
        able = np.flatnonzero(~unable)
        if len(able):
            with np.errstate(all="ignore"):  # huge scores: their sums overflow
                found = chances(scores[able], self.n_splits, self.size_ratio)
            pvalues[able] = np.where(np.isnan(found), 1.0, found)
            out[able] = dropped(pvalues[able], self.level)
        return pvalues, out
