"""Every law holds for every loss, and each law can fail."""

import itertools
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, note
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

import sklearn_xent as sx
from sklearn_xent.losses.registry import LOSSES
from tests.support import laws
from tests.support.own_losses import ranked, spherical


def costs_of_decisions(k):
    """Costs of any decision under any of k classes, one decision more than classes."""
    costs = np.random.default_rng(k).uniform(-1, 9, (k, k + 1))
    return sx.expected_cost(costs, labels=range(k), decisions=range(k + 1))


EVERY = [
    *LOSSES.values(), sx.get_loss("brier_loss", scale_by_half=False), spherical, ranked,
    costs_of_decisions,
]  # fmt: skip


@st.composite
def problems(draw):
    n, k = draw(st.integers(2, 8)), draw(st.integers(2, 5))
    # multiples of 1/8 make ties likely
    eighths = hnp.arrays(np.int64, (n, k), elements=st.integers(-40, 40))
    return laws.Problem(
        codes=draw(hnp.arrays(np.int64, n, elements=st.integers(0, k - 1))),
        logits=draw(eighths) / 8.0,
        weight=draw(hnp.arrays(np.int64, n, elements=st.integers(1, 4))),
        order=np.asarray(draw(st.permutations(range(k)))),
    )


def losses_of(law):
    """The losses that obey a law."""
    if law in laws.OF_CROSS_ENTROPY:
        return [sx.get_loss("cross_entropy")]
    ordered = [loss for loss in EVERY if loss is not costs_of_decisions and loss.ordered]
    without = {
        laws.classes_in_any_order: ordered,
        # costs name their labels, and test_expected_cost.py says how
        laws.labels_of_any_type: [*ordered, costs_of_decisions],
    }.get(law, [])
    return [loss for loss in EVERY if loss not in without]


def name_of(value):
    return getattr(value, "__name__", getattr(value, "name", None))


# rows of logits may sum to one by chance
@pytest.mark.filterwarnings("ignore::sklearn_xent.SuspectLogitsWarning")
@pytest.mark.parametrize(
    "law", [*laws.OF_EVERY_LOSS, *laws.OF_NOMINAL_LOSSES, *laws.OF_CROSS_ENTROPY], ids=name_of
)
@given(problem=problems())
def test_law_holds(law, problem):
    """All losses share the problems, whose drawing takes longest; the last note names a failure."""
    for loss in losses_of(law):
        note(f"{name_of(loss)}")
        law(loss(problem.k) if callable(loss) else loss, problem)


def true_of(codes, proba):
    return np.take_along_axis(proba, codes[:, None], axis=1)[:, 0]


def breaking(function, **options):
    return sx.Loss(name="broken", title="Broken", function=function, **options)


def counted():
    """Another value at every call."""
    calls = itertools.count()
    return lambda codes, proba: np.full(len(codes), float(next(calls)))


LINEAR = breaking(lambda codes, proba: 1 - true_of(codes, proba), strictly_proper=True)
CODED = breaking(lambda codes, proba: codes.astype(float))
BREAKERS = {
    laws.rows_in_any_order: breaking(lambda codes, proba: np.arange(len(codes)) * proba[:, 0]),
    laws.classes_in_any_order: replace(CODED, ordered=True),
    laws.labels_of_any_type: CODED,
    laws.weights_are_repeats: breaking(lambda codes, proba: np.full(len(codes), 1 / len(codes))),
    laws.samples_make_the_mean: breaking(counted()),
    laws.logits_are_probabilities: replace(LINEAR, logit_function=lambda y, z: z[:, 0] ** 2),
    laws.logits_may_shift: replace(LINEAR, logit_function=lambda y, z: np.abs(z[:, 0])),
    laws.one_hot_is_hard: replace(LINEAR, soft_function=lambda t, p: t[:, 0]),
    laws.truth_is_best: LINEAR,
    laws.true_class_pays: breaking(true_of),
    laws.trusted_values_keep_the_bits: breaking(counted()),
    laws.entropy_plus_divergence: breaking(lambda codes, proba: -np.log2(true_of(codes, proba))),
}
# these are refused before they can give a number
REFUSED = {
    **dict.fromkeys(
        [
            laws.rows_in_any_order,
            laws.weights_are_repeats,
            laws.samples_make_the_mean,
            laws.trusted_values_keep_the_bits,
        ],
        "with other rows",
    ),
    **dict.fromkeys(
        [laws.logits_are_probabilities, laws.logits_may_shift],
        "logit_function of loss broken must give what its function gives",
    ),
    laws.one_hot_is_hard: "soft_function of loss broken must give what its function gives",
}


def test_there_is_a_breaker_of_every_law():
    every = {*laws.OF_EVERY_LOSS, *laws.OF_NOMINAL_LOSSES, *laws.OF_CROSS_ENTROPY}
    assert set(BREAKERS) == every


@pytest.mark.parametrize("law", BREAKERS, ids=name_of)
def test_law_fails_for_a_loss_that_breaks_it(law):
    problem = laws.Problem(
        codes=np.array([0, 2, 1, 1, 2]),
        logits=np.array([[1, 0, 2], [3, 1, 0], [0, 0, 1], [2, 4, 1], [0.5, 0, 3]]),
        weight=np.array([1, 3, 2, 1, 2]),
        order=np.array([2, 0, 1]),
    )
    refused = ValueError if law in REFUSED else AssertionError
    with pytest.raises(refused, match=REFUSED.get(law)):
        law(BREAKERS[law], problem)
