"""The rule of a race, against limma's published formulas, written again with mpmath."""

import math

import mpmath
import numpy as np
import pytest
from scipy import stats

from sklearn_xent.inference.racing import (
    Race,
    Status,
    chances,
    dropped,
    first_alike,
    inverse_trigamma,
    read_looks,
    squeeze_variances,
    tell_apart,
)


def squeeze_var(variances, df):
    """limma's fitFDist and squeezeVar (Smyth 2004, section 6.2), without its floor."""
    with mpmath.workdps(30):
        z = [mpmath.log(v) for v in variances]
        half = mpmath.mpf(df) / 2
        e = [x - mpmath.digamma(half) + mpmath.log(half) for x in z]
        mean = mpmath.fsum(e) / len(e)
        evar = mpmath.fsum((x - mean) ** 2 for x in e) / (len(e) - 1) - mpmath.psi(1, half)
        if evar <= 0:
            return [float(mpmath.exp(mean))] * len(e), float(df * len(e))
        d0 = 2 * mpmath.findroot(lambda x: mpmath.psi(1, x) - evar, 0.5 + 1 / evar)
        s02 = mpmath.exp(mean + mpmath.digamma(d0 / 2) - mpmath.log(d0 / 2))
        post = [float((d0 * s02 + df * v) / (d0 + df)) for v in variances]
        return post, float(min(d0 + df, df * len(e)))


@pytest.mark.parametrize(
    ("variances", "df"),
    [
        ([0.1, 0.5, 2.0, 30.0], 2),
        ([1.0, 1.1, 0.9, 1.05], 4),  # as alike as estimates of one variance
        ([1e-8, 3e-8, 5e-7, 1e-6, 2e-6], 7),
        (list(np.geomspace(0.01, 100, 40)), 11),
    ],
)
def test_variances_are_those_of_limma(variances, df):
    squeezed, total = squeeze_variances(np.array(variances), df)
    expected, expected_df = squeeze_var(variances, df)
    np.testing.assert_allclose(squeezed, expected, rtol=1e-10)
    assert total == pytest.approx(expected_df, rel=1e-9)


def test_few_or_no_variances_are_left_as_they_are():
    assert squeeze_variances(np.array([0.0, 0.0]), 2)[0].tolist() == [0.0, 0.0]
    squeezed, df = squeeze_variances(np.array([1.0, 4.0]), 2)
    assert squeezed.tolist() == [1.0, 4.0]
    assert df == 2


def test_a_variance_of_zero_is_raised_to_a_share_of_the_median():
    squeezed, _ = squeeze_variances(np.array([0.0, 1.0]), 3)
    assert squeezed.tolist() == [1e-5, 1.0]


@pytest.mark.parametrize("y", [1e-9, 1e-3, 0.3, 1.0, 50.0, 1e4, 1e9])
def test_inverse_trigamma(y):
    with mpmath.workdps(30):
        assert float(mpmath.psi(1, inverse_trigamma(y))) == pytest.approx(y, rel=1e-6)


def test_pvalue_of_two_candidates_is_a_t_test_of_a_finite_population():
    scores = np.array([[0.5, 0.7, 0.6, 0.9], [0.4, 0.5, 0.55, 0.6]])
    d = scores[0] - scores[1]
    t = d.mean() / (d.std(ddof=1) / 2 * math.sqrt(1 - 4 / 10))  # the factor 1 - n / N
    np.testing.assert_allclose(chances(scores, 10), [1.0, stats.t.sf(t, 3)], rtol=1e-12)


def test_differences_that_do_not_vary_drop_nobody():
    assert chances(np.array([[0.5, 0.6, 0.7], [0.4, 0.5, 0.6]]), 25).tolist() == [1.0, 1.0]


def test_variances_are_moderated_upwards_only():
    rng = np.random.default_rng(3)
    scores = rng.normal(0, np.geomspace(0.1, 10, 12)[:, None], (12, 6))
    d = scores[scores.mean(axis=1).argmax()] - scores
    d = d[d.any(axis=1)]
    own = d.var(axis=1, ddof=1)
    moderated, df = squeeze_var(own, 5)
    used = np.maximum(own, moderated)
    assert (used > own).any()
    assert (used > moderated).any()
    # a variance that was not raised is known from its own six splits only
    df = np.where(own > moderated, 5, df)
    expected = stats.t.sf(d.mean(axis=1) / np.sqrt(used * (1 / 6 - 1 / 20)), df)
    found = chances(scores, 20)
    np.testing.assert_allclose(found[found < 1], expected, rtol=1e-9)


def test_within_one_standard_error():
    """A multiple of s, of which only the splits seen tell: a noncentral t, here by mpmath."""

    def noncentral(t, df, nc):
        """P(Z + nc > t sqrt(V / df)), over the chi-squared V."""
        with mpmath.workdps(20):
            half = mpmath.mpf(df) / 2
            return float(
                mpmath.quad(
                    lambda v: (
                        mpmath.ncdf(nc - t * mpmath.sqrt(v / df))
                        * mpmath.exp(-v / 2 + (half - 1) * mpmath.log(v / 2))
                        / (2 * mpmath.gamma(half))
                    ),
                    [0, 1, 4, 20, mpmath.inf],
                )
            )

    scores = np.array([[0.5, 0.7, 0.6, 0.9], [0.4, 0.5, 0.55, 0.6]])
    for of_best in (1.0, 1e-3):  # where the best hardly varies, its own error counts
        scores[0] = 0.675 + (scores[0] - 0.675) * of_best
        d = scores[0] - scores[1]
        std_error = d.std(ddof=1) * math.sqrt(1 / 4 - 1 / 10)
        within = min(d.std(ddof=1), scores[0].std(ddof=1)) * math.sqrt(1 / 10 + 0.25)
        expected = noncentral(d.mean() / std_error, 3, within / std_error)
        np.testing.assert_allclose(chances(scores, 10, 0.25)[1], expected, rtol=1e-8)


def test_holm_among_all_but_the_leader():
    pvalues = np.array([0.001, 1.0, 0.02, 0.0165, 0.6])
    assert dropped(pvalues, 0.05).tolist() == [True, False, True, True, False]
    assert dropped(pvalues, 0.04).tolist() == [True, False, False, False, False]
    assert dropped(np.array([0.0]), 0.05).tolist() == [False]


def test_alike_in_all_tables_only():
    a = np.array([[1.0, 2.0], [1.0, 2.0], [1.0, 2.0], [0.0, 2.0]])
    b = np.array([[3.0, 3.0], [3.0, 3.0], [3.0, 4.0], [3.0, 3.0]])
    assert first_alike([a]).tolist() == [0, 0, 0, 3]
    assert first_alike([a, b]).tolist() == [0, 0, 2, 3]


def test_scores_tell_apart_unless_they_often_coincide():
    rng = np.random.default_rng(0)
    fine = rng.random((20, 3))
    coarse = np.round(fine, 1)
    assert tell_apart([fine])
    assert not tell_apart([coarse])
    assert tell_apart([coarse, fine])
    assert not tell_apart([fine[:5]])  # too few pairs to know


@pytest.mark.parametrize(
    ("n_splits", "looks"),
    [(25, [3, 5, 8, 12, 16, 20]), (8, [3, 4, 6, 7]), (7, []), (10, [3, 4, 5, 7, 8])],
)
def test_looks(n_splits, looks):
    assert read_looks("auto", n_splits) == looks


@pytest.mark.parametrize(
    "looks", ["never", [2], [3, 25], [5, 3], [3, 3], [], [3.0], [True], 2, None]
)
def test_looks_that_cannot_be(looks):
    with pytest.raises(ValueError, match=r'looks must be "auto"'):
        read_looks(looks, 25)


def race_of(scores, **options):
    """Race with looks after 3, 5 and 8 of the splits, and return it."""
    scores = np.asarray(scores, dtype=float)
    race = Race(len(scores), scores.shape[1], 3, options.get("alpha", 0.05))
    for n_seen in (3, 5, 8, scores.shape[1]):
        while race.drop_failed([scores[:, :n_seen]]):
            pass
        if n_seen < scores.shape[1]:
            race.look([scores[:, :n_seen]], [scores[:, :n_seen]])
    return race


def table(n=12, n_splits=10, seed=0):
    """Scores of which the first candidates are the best."""
    rng = np.random.default_rng(seed)
    return rng.normal(-0.1 * np.arange(n)[:, None], 0.02, (n, n_splits))


def test_far_worse_candidates_are_dropped_and_the_best_stays():
    race = race_of(table())
    assert race.alive[0] == 0
    assert set(race.status[1:]) == {Status.DROPPED}
    assert (race.pvalues[1:] <= 0.05 / 3).all()
    assert np.isnan(race.pvalues[0])


def test_twins_share_one_fate():
    scores = table()
    twins = np.vstack([scores, scores[[0, 7, 7]]])
    race, alone = race_of(twins), race_of(scores)
    assert race.status[12] == Status.MERGED
    assert race.same_as[12] == 0
    assert set(race.status[[7, 13, 14]]) == {Status.DROPPED}
    # the p-values are those of a race without twins
    np.testing.assert_array_equal(race.pvalues[:12], alone.pvalues)
    assert race.pvalues[13] == race.pvalues[7]


def test_equal_error_rates_merge_nobody():
    scores = np.repeat(np.round(table() / 20, 2), 2, axis=0)
    assert Status.MERGED not in set(race_of(scores).status)


def test_a_candidate_without_a_score_is_out():
    scores = table()
    scores[0, 1], scores[1, 4] = np.nan, -np.inf
    race = race_of(scores)
    assert race.status[:2].tolist() == [Status.FAILED] * 2
    assert 2 in race.alive


def test_twins_of_one_that_fails_come_back():
    scores = np.vstack([table(), table()[[0]]])
    scores[0, 9] = np.nan
    race = race_of(scores)
    assert race.status[0] == Status.FAILED
    assert 12 in race.alive
    assert race.same_as[12] == -1


def test_the_dropped_come_back_if_nobody_else_is_left():
    scores = table()
    scores[0, 9] = np.nan
    race = race_of(scores)
    assert race.status[0] == Status.FAILED
    assert len(race.alive) == 11
    assert np.isnan(race.pvalues).all()


def test_infinitely_good_scores_are_not_judged():
    scores = table()
    scores[3] = np.inf
    race = race_of(scores)
    assert {0, 3} <= set(race.alive)


def test_all_failed():
    race = Race(2, 10, 3, 0.05)
    assert race.drop_failed([np.full((2, 3), np.nan)]) is False
    assert len(race.alive) == 0


def test_the_winner_is_dropped_as_rarely_as_promised():
    """Equal candidates with unequal variances, the hardest case; 6 percent in 300 races."""
    lost = 0
    for seed in range(300):
        rng = np.random.default_rng(seed)
        spread = np.exp(rng.normal(0, 0.7, 20))
        scores = rng.normal(0, spread[:, None], (20, 25)) + rng.normal(0, 1, 25)
        lost += int(scores.mean(axis=1).argmax()) not in race_of(scores).alive
    assert lost <= 300 * 0.05 + 3 * math.sqrt(300 * 0.05 * 0.95)


def race_by_two(a, b):
    race = Race(len(a), 10, 3, 0.05)
    race.decide_by(2)
    for n_seen in (3, 5, 8, 10):
        tables = [a[:, :n_seen], b[:, :n_seen]]
        while race.drop_failed(tables):
            pass
        if n_seen < 10:
            race.look(tables, tables)
    return race


def test_who_lacks_one_of_two_scores_may_win_by_the_other():
    a, b = table(), table(seed=1)[::-1].copy()
    a[11] = np.nan  # the best by b
    a[5, 9] = np.nan
    race = race_by_two(a, b)
    assert {0, 11} <= set(race.alive)
    assert 5 not in race.alive
    assert Status.FAILED not in set(race.status)
    assert (race.pvalues[race.status == Status.DROPPED] <= 0.05 / 3).all()


def test_a_score_that_nobody_has_decides_nothing():
    b = table()
    race, alone = race_by_two(np.full(b.shape, np.nan), b), race_of(b)
    assert race.status.tolist() == alone.status.tolist()


def test_the_dropped_come_back_for_a_score_that_nobody_left_has():
    a, b = table(), table(seed=1)[::-1].copy()
    a[0, 9] = np.nan  # the best by a, and all others were dropped
    race = race_by_two(a, b)
    assert {0, 1, 11} <= set(race.alive)


def test_huge_scores_drop_nobody_without_reason():
    scores = np.full((3, 10), 1e308)
    scores[1] *= np.linspace(-1, 1, 10)
    assert len(race_of(scores).alive) >= 2
