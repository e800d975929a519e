"""Any input gives the exact number or an error of ours: inputs are drawn."""

import math
import warnings

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

import sklearn_xent as sx
from tests.support.exact_means import EXACT, Plain

ANY_LABEL = st.one_of(
    st.integers(-3, 3), st.integers(), st.floats(), st.text(max_size=2), st.booleans(), st.none(),
    st.binary(max_size=2), st.just(pd.NA), st.dates(), st.tuples(st.integers(0, 2)),
)  # fmt: skip
ANY_NUMBER = st.one_of(
    st.sampled_from([0.0, 1.0, 0.5, 0.25, -0.0, 1e-17, -1e-17, 1 + 2**-52, math.nan, math.inf]),
    st.floats(0, 1), st.floats(),
)  # fmt: skip
ANY_MATRIX = st.one_of(
    hnp.arrays(
        st.sampled_from([np.float16, np.float32, np.float64, np.int8, np.bool_]),
        hnp.array_shapes(min_dims=0, max_dims=3, min_side=0, max_side=4),
    ),
    st.integers(1, 4).flatmap(
        lambda k: st.lists(st.lists(ANY_NUMBER, min_size=k, max_size=k), max_size=4)
    ),
    st.lists(st.lists(ANY_LABEL, max_size=3), max_size=3),
)
ANY_OPTIONS = st.fixed_dictionaries(
    {},
    optional={
        "labels": st.one_of(st.lists(ANY_LABEL, max_size=4), st.just([0, 1]), ANY_LABEL),
        "sample_weight": st.one_of(st.lists(ANY_NUMBER, max_size=4), ANY_LABEL),
        "class_weight": st.one_of(
            st.dictionaries(st.integers(0, 2), ANY_NUMBER, max_size=3),
            st.sampled_from(["balanced", "other", 3]),
        ),
        "from_logits": st.booleans(),
        "reduction": st.sampled_from(["mean", "sum", "none", "other", None]),
    },
)


@pytest.mark.filterwarnings("ignore::sklearn_xent.XentWarning")
@pytest.mark.parametrize(("metric", "exact"), EXACT, ids=[name for _, name in EXACT])
@given(
    y=st.one_of(st.lists(ANY_LABEL, max_size=4), ANY_MATRIX), proba=ANY_MATRIX, options=ANY_OPTIONS
)
def test_junk_gives_a_number_or_our_error(metric, exact, y, proba, options):
    """Never an exception of numpy's or pandas' own, never a foreign warning, never nan."""
    message, value = None, 0.0
    try:
        value = metric(y, proba, **options)
    except ValueError as error:
        message = str(error)
    assert message is None or message.endswith((".", ")", "]"))
    assert not np.isnan(value).any()


@given(
    y=st.lists(st.integers(0, 2), min_size=1, max_size=5),
    eighths=st.data(),
    layout=st.sampled_from(["C", "F", "strided", "list", "frame", "float32", "column order"]),
    names=st.sampled_from([[0, 1, 2], ["a", "b", "c"], [1.0, 2.0, 3.0], [b"x", b"y", b"z"]]),
    weighted=st.booleans(),
)
def test_any_form_of_a_problem_is_exact(y, eighths, layout, names, weighted):
    row = st.tuples(st.integers(0, 8), st.integers(0, 8)).map(sorted)
    cuts = [eighths.draw(row) for _ in y]
    proba = np.array([[a, b - a, 8 - b] for a, b in cuts]) / 8
    weight = [i + 1 for i in range(len(y))] if weighted else None
    given_as = {
        "C": proba,
        "F": np.asfortranarray(proba),
        "strided": np.repeat(proba, 2, axis=1)[:, ::2],
        "list": proba.tolist(),
        "frame": pd.DataFrame(proba),
        "float32": proba.astype(np.float32),
        "column order": proba[:, [2, 0, 1]],
    }[layout]
    labels = [names[i] for i in (2, 0, 1)] if layout == "column order" else names
    if layout == "frame":
        given_as.columns = names
    for metric, exact in EXACT:
        options = {"eps": 2**-52} if metric is sx.cross_entropy else {}
        expected = Plain(y, proba.tolist(), weight=weight).mean(exact)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", sx.ZeroProbabilityWarning)
            value = metric(
                [names[i] for i in y], given_as, labels=labels, sample_weight=weight, **options
            )
        assert value == pytest.approx(expected, rel=1e-15, abs=1e-300)
