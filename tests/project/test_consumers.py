"""Run each consumer of scorers on every kind of classes and labels that it takes."""

import numpy as np
import pytest
from sklearn.model_selection import cross_validate
from sklearn.naive_bayes import GaussianNB

import sklearn_xent as sx
from tests.support.consumers import CONSUMERS, PAGE, data, page

RUNS = [
    pytest.param(
        c, k, labels, id=f"{c.library}-{c.name}-{k}-{labels}",
        marks=[pytest.mark.arrays] if c.needs_torch else [],
    )
    for c in CONSUMERS
    for k in c.classes
    for labels in c.labels
]  # fmt: skip


@pytest.mark.parametrize(("consumer", "n_classes", "labels"), RUNS)
def test_consumer(consumer, n_classes, labels):
    if consumer.missing:
        pytest.skip(
            f"{consumer.missing} are test-time extras, which the oldest releases go without"
        )
    assert np.isfinite(consumer(n_classes, labels)).all()


def test_the_published_table_is_this_matrix():
    assert PAGE.read_text() == page(), "run python -m tests.support.consumers"


def test_a_list_holds_names_of_scikit_learn_only():
    """This is how scikit-learn behaves. If it changes, the table has to change, too."""
    with pytest.raises(ValueError, match="Use a dict of score name mapped to the scorer callable"):
        cross_validate(GaussianNB(), *data(2), scoring=[sx.neg_brier_loss])
