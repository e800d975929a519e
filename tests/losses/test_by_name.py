"""Losses by name, alias and list."""

import pytest
from sklearn import metrics

import sklearn_xent as sx
from sklearn_xent.losses.registry import ALIASES, LOSSES, read_losses
from tests.support.own_losses import spherical

NAMES = ["classification_error", "brier_loss", "cross_entropy"]


@pytest.mark.parametrize(
    ("alias", "name"),
    [
        ("error", "classification_error"),
        ("zero_one_loss", "classification_error"),
        ("mse", "brier_loss"),
        ("mean_squared_error", "brier_loss"),
        ("brier_score", "brier_loss"),
        ("log_loss", "cross_entropy"),
        ("xent", "cross_entropy"),
    ],
)
def test_aliases(alias, name):
    assert sx.get_loss(alias) is sx.get_loss(name)


def test_every_alias_is_of_a_loss_and_no_loss():
    assert set(ALIASES.values()) <= set(LOSSES)
    assert not set(ALIASES) & set(LOSSES)


def test_get_loss_errors():
    with pytest.raises(ValueError, match="unknown loss 'hinge'; known: classification_error"):
        sx.get_loss("hinge")
    with pytest.raises(ValueError, match="losses must be names or Losses; got 3"):
        sx.compare_predictions([0, 1], {"a": [0.2, 0.7]}, losses=3)
    with pytest.raises(TypeError, match=r"must be a name or a Loss; got int: 3\.$"):
        sx.get_loss(3)
    with pytest.raises(TypeError, match="brier_loss takes no option 'eps'; its options: scale"):
        sx.get_loss("brier_loss", eps=0)
    with pytest.raises(TypeError, match="spherical takes no option 'eps'; its options: none"):
        sx.get_loss(spherical, eps=0)


def test_read_losses():
    assert [loss.name for loss in read_losses(None)] == NAMES
    assert read_losses("mse") == [sx.get_loss("brier_loss")]
    assert read_losses(spherical) == [spherical]
    assert read_losses(["xent", spherical]) == [sx.get_loss("cross_entropy"), spherical]
    assert read_losses(iter(["error", "mse"])) == [sx.get_loss("error"), sx.get_loss("mse")]


@pytest.mark.parametrize(
    ("losses", "message"),
    [
        (3, r"losses must be names or Losses; got 3\."),
        ([], r"losses must name each loss once, and at least one; got \[\]"),
        (["mse", "xent", "brier_loss"], r"each loss once.*'brier_loss', 'cross_entropy', 'brier"),
        (["hinge"], "unknown loss 'hinge'"),
    ],
)
def test_read_losses_errors(losses, message):
    with pytest.raises(ValueError, match=message):
        read_losses(losses)


@pytest.mark.parametrize(
    ("given", "advice"),
    [
        ("Brier", 'Pass "brier"'),
        ("cross-entropy", 'Pass "cross_entropy"'),
        ("log loss", 'Pass "log_loss"'),
        ("logloss", 'Pass "log_loss"'),
        ("MSE", 'Pass "mse"'),
        ("neg_brier_score", 'Pass "brier_score"'),
        ("clasification_error", 'Pass "classification_error"'),
        ("accuracy", 'Accuracy is one minus the error: pass "classification_error"'),
        ("roc_auc", "a score of a whole data set, .* takes the names of such scores in scoring="),
        ("neg_f1_macro", "in scoring="),
        ("balanced_accuracy", "in scoring="),
        ("hinge", r"or pass a Loss\.$"),
        ("", r"or pass a Loss\.$"),
    ],
)
def test_an_unknown_name_names_what_may_be_meant(given, advice):
    with pytest.raises(ValueError, match=f"unknown loss {given!r}; known: .*{advice}"):
        sx.get_loss(given)


def test_metrics_of_scikit_learn_name_the_loss():
    with pytest.raises(ValueError, match=r'got <function accuracy_score .*"classification_error"'):
        read_losses(metrics.accuracy_score)
    with pytest.raises(TypeError, match=r'must be a name or a Loss; .* Pass "brier_score_loss"'):
        sx.get_loss(metrics.brier_score_loss)
    with pytest.raises(TypeError, match="in scoring="):
        sx.get_loss(metrics.roc_auc_score)
