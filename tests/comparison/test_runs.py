"""Several runs of each model: what is random, where variance comes from, what is refused."""

import numpy as np
import pandas as pd
import pytest

import sklearn_xent as sx

pytestmark = pytest.mark.filterwarnings("ignore::sklearn_xent.XentWarning")

N, R = 60, 4
RNG = np.random.default_rng(5)
DIFFICULTY = RNG.normal(size=(N, 1))
RUNS = {
    name: shift + DIFFICULTY + 0.5 * RNG.normal(size=R) + RNG.normal(size=(N, R))
    for name, shift in (("a", 0.0), ("b", 0.1), ("c", 2.0))
}
PASSAGE = np.arange(N) // 3


def table(runs):
    """Return a long table of runs, with labels that no two models share."""
    rows = [
        (model, f"{model}{run}", item, PASSAGE[item], x[item, run])
        for model, x in runs.items()
        for run in range(R)
        for item in range(N)
    ]
    return pd.DataFrame(rows, columns=["model", "run", "item", "passage", "loss"])


LONG = {"item": "item", "model": "model", "value": "loss", "run": "run"}


def test_matrices_and_long_tables_are_the_same():
    wide = sx.compare_losses(RUNS, groups=PASSAGE, name="loss")
    long = sx.compare_losses(table(RUNS), groups="passage", **LONG)
    pd.testing.assert_frame_equal(long.differences, wide.differences)
    pd.testing.assert_frame_equal(long.summary, wide.summary)
    means = long.sample_losses.pivot(index="sample", columns="model", values="value")
    np.testing.assert_allclose(means["b"], RUNS["b"].mean(axis=1))


def test_components_add_up_and_say_what_to_buy():
    comparison = sx.compare_losses(RUNS)
    parts = comparison.variance_components()
    differences = comparison.differences
    assert parts["model_b"].tolist() == ["b", "c", "c"]
    total = parts["items"] + parts["runs"] + parts["noise"]
    np.testing.assert_allclose(np.sqrt(total), differences["std_error"])
    np.testing.assert_allclose(parts["std_error"], differences["std_error"])
    assert set(parts["more"]) == {"runs"}  # the items are shared, and most of the noise is theirs
    assert (parts["n_runs"].unique().tolist(), parts["n_items"].unique().tolist()) == ([R], [N])
    assert parts["n_groups"].isna().all()
    alike = {name: DIFFICULTY * RNG.normal(size=(N, 1)) + RNG.normal(size=(N, R)) for name in "ab"}
    [more] = sx.compare_losses(alike).variance_components()["more"]
    assert more == "items"
    grouped = sx.compare_losses(alike, groups=PASSAGE).variance_components()
    assert (grouped["more"][0], grouped["n_groups"][0]) == ("groups", N // 3)


def test_the_report_says_what_to_buy_where_something_is_not_clear():
    said = repr(sx.compare_losses(RUNS)).replace("\n", " ")
    assert "60 items, 4 runs of each model" in said
    assert "twice as many runs would help more than twice as many items" in said
    clear = {"a": RUNS["a"], "c": RUNS["c"]}
    assert "twice as many" not in repr(sx.compare_losses(clear))


def test_runs_of_two_models_are_never_matched():
    shuffled = {name: x[:, RNG.permutation(R)] for name, x in RUNS.items()}
    np.testing.assert_allclose(
        sx.compare_losses(shuffled).differences["pvalue"],
        sx.compare_losses(RUNS).differences["pvalue"],
    )


def test_runs_make_intervals_wider_never_narrower():
    means = {name: x.mean(axis=1) for name, x in RUNS.items()}
    for options in ({}, {"groups": PASSAGE}, {"sample_weight": np.arange(N) + 1.0}):
        with_runs = sx.compare_losses(RUNS, **options)
        of_means = sx.compare_losses(means, **options)
        for frame in ("differences", "summary"):
            runs, mean = getattr(with_runs, frame), getattr(of_means, frame)
            value = "difference" if frame == "differences" else "mean_loss"
            np.testing.assert_allclose(runs[value], mean[value])
            assert (runs["std_error"] >= mean["std_error"]).all()
        assert with_runs.differences["method"].str.contains("runs random").all()


def test_zero_and_one_are_not_counted_over_runs():
    answers = {name: (x > 0.5) * 1.0 for name, x in RUNS.items()}
    comparison = sx.compare_losses(answers, greater_is_better=True, name="accuracy")
    assert comparison.differences["n_discordant"].isna().all()
    np.testing.assert_allclose(
        comparison.summary["mean_score"], [x.mean() for x in answers.values()]
    )
    assert (comparison.summary["conf_low"] >= 0).all()


@pytest.mark.parametrize(
    "options", [{}, {"groups": PASSAGE}, {"sample_weight": np.arange(N) + 1.0}]
)
def test_a_slice_has_the_interval_of_its_items_alone(options):
    slices = PASSAGE % 2
    comparison = sx.compare_losses(RUNS, **options)
    by_model, by_pair = comparison.by(slices), comparison.by(slices, pairs=True)
    for part in (0, 1):
        here = np.flatnonzero(slices == part)
        alone = sx.compare_losses(
            {name: x[here] for name, x in RUNS.items()},
            **{key: np.asarray(x)[here] for key, x in options.items()},
        )
        for found, frame, value in (
            (by_model, alone.summary, "mean_loss"),
            (by_pair, alone.differences, "difference"),
        ):
            rows = found[found["group"] == part]
            np.testing.assert_allclose(rows[value], frame[value])
            if options.get("groups") is None:
                np.testing.assert_allclose(rows["std_error"], frame["std_error"])
                np.testing.assert_allclose(rows["conf_low"], frame["conf_low"])
            else:  # ten groups are too few
                assert rows["reason"].str.startswith("fewer than 20 groups").all()
                assert rows["conf_low"].isna().all()


def test_selected_models_keep_their_runs():
    comparison = sx.compare_losses(RUNS)
    two = comparison.select(["c", "a"])
    pd.testing.assert_frame_equal(
        two.variance_components(), comparison.variance_components().iloc[[1]].reset_index(drop=True)
    )


def test_the_same_runs_of_both_models_support_nothing():
    comparison = sx.compare_losses({"a": RUNS["a"], "b": RUNS["a"] + 1})
    row = comparison.differences.iloc[0]
    assert row["degenerate"]
    assert np.isnan(row["pvalue"])


REFUSED = {
    "folds": {"folds": np.arange(N) % 3},
    "times": {"times": np.arange(N)},
    "bootstrap": {"method": "bootstrap_t"},
}


@pytest.mark.parametrize("case", REFUSED)
def test_what_is_not_modelled_is_refused(case):
    with pytest.raises(ValueError, match="runs"):
        sx.compare_losses(RUNS, **REFUSED[case])


def test_winner_and_components_say_what_they_lack():
    with pytest.raises(ValueError, match="winner resamples the items"):
        sx.compare_losses(RUNS).winner()
    with pytest.raises(ValueError, match="needs several runs"):
        sx.compare_losses({"a": RUNS["a"][:, 0]}).variance_components()


@pytest.mark.parametrize("size", [1e-95, 1e99])
def test_runs_of_any_size(size):
    values = {"a": RNG.random((30, 3)), "b": RNG.random((30, 3))}
    usual, far = (
        sx.compare_losses({name: x * scale for name, x in values.items()}) for scale in (1.0, size)
    )
    for column in ("pvalue", "df"):
        assert far.differences[column][0] == pytest.approx(usual.differences[column][0])
