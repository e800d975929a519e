# ruff: noqa: N818
"""Models that fail in any way cost their own rows only, in this process and in workers."""

import threading
import warnings
from concurrent.futures.process import BrokenProcessPool
from pickle import PicklingError

import cloudpickle
import joblib
import numpy as np
import pytest
from sklearn.datasets import make_classification
from sklearn.model_selection import (
    GroupKFold,
    KFold,
    LeaveOneOut,
    LeavePOut,
    PredefinedSplit,
    RepeatedKFold,
    RepeatedStratifiedKFold,
    ShuffleSplit,
    StratifiedGroupKFold,
    StratifiedKFold,
    StratifiedShuffleSplit,
    TimeSeriesSplit,
    check_cv,
)
from sklearn.naive_bayes import GaussianNB

import sklearn_xent as sx
from sklearn_xent.training import fits
from sklearn_xent.training.fits import Failure
from sklearn_xent.training.splits import _wants_groups

# the data are small on purpose, and failures warn
pytestmark = pytest.mark.filterwarnings("ignore::sklearn_xent.XentWarning")

X, Y = make_classification(40, random_state=0)


class TwoArguments(Exception):
    def __init__(self, a, b):
        super().__init__(f"{a} {b}")


class WithLock(Exception):
    def __init__(self, text):
        super().__init__(text)
        self.lock = threading.Lock()


class NotWritten(Exception):
    def __reduce__(self):
        raise TypeError("not by pickle")


class NoText(Exception):
    def __str__(self):
        raise RuntimeError("no text")


class WrongText(Exception):
    def __str__(self):
        return None


class NoNotes(Exception):
    def add_note(self, note):
        raise RuntimeError("no notes")


class Surrogate(Exception):
    def __str__(self):
        return "bad \udc80\x1b[31m text"


def local_error():
    class Local(Exception):
        pass

    return Local("local")


def caused():
    error = ValueError("outer")
    error.__cause__ = TwoArguments(1, 2)
    return error


ERRORS = {
    "two arguments": (lambda: TwoArguments(1, 2), "TwoArguments", "1 2"),
    "a lock": (lambda: WithLock("locked"), "WithLock", "locked"),
    "not written": (lambda: NotWritten("x"), "NotWritten", "x"),
    "no text": (NoText, "NoText", "<NoText whose text raises RuntimeError>"),
    "wrong text": (WrongText, "WrongText", "<WrongText whose text raises TypeError>"),
    "no notes": (lambda: NoNotes("x"), "NoNotes", "x"),
    "surrogates and control": (Surrogate, "Surrogate", r"bad \udc80\u001b[31m text"),
    "local": (local_error, "Local", "local"),
    "caused": (caused, "ValueError", "outer"),
    "a group": (
        lambda: ExceptionGroup("g", [TwoArguments(1, 2)]),
        "ExceptionGroup",
        "g (1 sub-exception)",
    ),
    "five megabytes": (lambda: ValueError("x" * 5_000_000), "ValueError", "x" * 497 + "..."),
    "lines": (lambda: ValueError("a\n\tb\r\n"), "ValueError", "a b"),
    "stop": (lambda: StopIteration(3), "StopIteration", "3"),
    "empty": (ValueError, "ValueError", ""),
    "of bytes": (
        lambda: UnicodeDecodeError("utf8", b"\xff", 0, 1, "bad"),
        "UnicodeDecodeError",
        "'utf8' codec can't decode byte 0xff in position 0: bad",
    ),
}


class Raises(GaussianNB):
    """A model whose training raises."""

    def __init__(self, error="empty"):
        super().__init__()
        self.error = error

    def fit(self, X, y):
        raise ERRORS[self.error][0]()


class Locked(GaussianNB):
    """A model that cannot be sent."""

    def __init__(self, lock=None):
        super().__init__()
        self.lock = lock

    def __sklearn_clone__(self):
        return self


@pytest.mark.parametrize(("make", "kind", "text"), ERRORS.values(), ids=ERRORS)
def test_any_error_is_told_and_survives_its_way_from_a_worker(make, kind, text):
    before = Failure.from_error(make(), "This was here.")
    after = cloudpickle.loads(cloudpickle.dumps(before))
    for failure in (before, after):
        assert (failure.kind, failure.text, failure.where) == (kind, text, "This was here.")
        assert isinstance(failure.to_raise(), Exception)
    assert before.to_raise() is before.error


@pytest.mark.parametrize("error", ERRORS)
def test_a_model_that_raises_anything_costs_its_own_rows(error):
    models = {"bad": Raises(error), "good": GaussianNB()}
    comparison = sx.compare_models(models, X, Y, cv=2, losses="mse")
    assert comparison.summary["status"].tolist() == ["failed", "ok"]
    _, kind, text = ERRORS[error]
    assert comparison.summary["reason"][0] == f"{kind} in 2 of 2 splits: {text}"
    assert "bad failed" in repr(comparison)
    assert comparison.to_html().encode()
    with pytest.raises(Exception) as caught:  # noqa: PT011
        sx.compare_models(models, X, Y, cv=2, losses="mse", error_score="raise")
    assert type(caught.value).__name__ == kind


def test_errors_come_back_from_processes_and_what_cannot_be_sent_is_named():
    # "two arguments" can be written, but not read again
    models = {"good": GaussianNB(), "two": Raises("two arguments"), "lock": Raises("a lock")}
    models["locked"] = Locked(threading.Lock())
    with joblib.parallel_config("multiprocessing", n_jobs=2):  # which starts fast
        there = sx.compare_models(models, X, Y, cv=2, losses="mse").summary
    assert there["status"].tolist() == ["ok", "failed", "failed", "failed"]
    two, lock, locked = there["reason"][1:]
    assert two == "TwoArguments in 2 of 2 splits: 1 2"
    assert lock == "WithLock in 2 of 2 splits: locked"
    assert "in 2 of 2 splits: the model, or what it predicted, cannot be sent to a wor" in locked
    assert "cannot pickle '_thread.lock' object. Use n_jobs=1." in locked
    here = sx.compare_models({"good": GaussianNB()}, X, Y, cv=2, losses="mse").summary
    assert there["mean_loss"][0] == here["mean_loss"][0]


def losing(error, model):
    """Return what runs fits, but loses the answers of a model and of all after it."""
    plain = fits._run

    def run(data, jobs, n_jobs):
        for job, answer in zip(jobs, plain(data, jobs, None), strict=True):
            if job[0] == model:
                raise error
            yield answer

    return run


LOST = {
    "dead": BrokenProcessPool("gone"),
    "not sent": PicklingError("Could not pickle the task"),
    "no room": MemoryError(),
    "of another engine": RuntimeError("TimeoutError: scheduler"),
}


@pytest.mark.parametrize("error", LOST.values(), ids=LOST)
@pytest.mark.parametrize("bad", ["a", "b", "c"])
def test_what_is_lost_on_the_way_is_the_failure_of_one_model(monkeypatch, error, bad):
    # workers that really die take seconds to start again
    models = {name: GaussianNB(var_smoothing=x) for name, x in zip("abc", (1, 2, 3), strict=True)}
    whole = sx.compare_models(models, X, Y, cv=2, losses="mse").summary["mean_loss"]
    monkeypatch.setattr(fits, "_run", losing(error, bad))
    summary = sx.compare_models(models, X, Y, cv=2, losses="mse").summary
    assert summary["status"].tolist() == ["failed" if name == bad else "ok" for name in "abc"]
    others = [name != bad for name in "abc"]
    assert summary["mean_loss"][others].tolist() == whole[others].tolist()
    with pytest.raises(type(error)) as caught:
        sx.compare_models(models, X, Y, cv=2, losses="mse", error_score="raise")
    assert caught.value.__notes__[-1] == f"This was models[{bad!r}]."
    with pytest.raises(type(error)):  # nothing is left to compare
        sx.compare_models({bad: GaussianNB()}, X, Y, cv=2, losses="mse")


@pytest.mark.parametrize("backend", ["threading", "sequential"])
def test_every_backend_gives_the_same(backend):
    plain = sx.compare_models({"bayes": GaussianNB()}, X, Y, cv=2, losses="mse").summary
    with joblib.parallel_config(backend, n_jobs=2):
        there = sx.compare_models({"bayes": GaussianNB()}, X, Y, cv=2, losses="mse").summary
    assert there["mean_loss"].tolist() == plain["mean_loss"].tolist()


@pytest.mark.parametrize("n_jobs", [0, 1.5, "2", True, [1], np.nan])
def test_a_wrong_number_of_jobs_is_refused(n_jobs):
    with pytest.raises(ValueError, match="n_jobs must be None or a whole number other than 0"):
        sx.compare_models({"bayes": GaussianNB()}, X, Y, cv=2, n_jobs=n_jobs)


# --- the warning filters are of the whole process ---------------------------------------------


def test_threads_leave_the_warning_filters_as_they_are():
    before, groups = list(warnings.filters), np.arange(len(Y)) % 8

    def compare():
        arguments = {"losses": "mse", "groups": groups}
        with joblib.parallel_config("threading", n_jobs=2):
            sx.compare_models({"bayes": GaussianNB()}, X, Y, cv=GroupKFold(2), **arguments)
        halves = PredefinedSplit(groups % 2)
        sx.compare_models({"bayes": GaussianNB()}, X, Y, cv=halves, **arguments)

    threads = [threading.Thread(target=compare) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert warnings.filters == before


GROUPED = [GroupKFold(2), StratifiedGroupKFold(2)]
UNGROUPED = [
    KFold(2), StratifiedKFold(2), RepeatedKFold(n_splits=2), RepeatedStratifiedKFold(n_splits=2),
    ShuffleSplit(), StratifiedShuffleSplit(test_size=2), LeaveOneOut(), LeavePOut(2),
    TimeSeriesSplit(2),
    PredefinedSplit([0, 0, 1, 1]), check_cv(2), check_cv([([0], [1])]),
]  # fmt: skip


@pytest.mark.parametrize("splitter", GROUPED, ids=lambda x: type(x).__name__)
def test_splitters_of_groups_get_them(splitter):
    assert _wants_groups(splitter)


@pytest.mark.parametrize("splitter", UNGROUPED, ids=lambda x: type(x).__name__)
def test_splitters_that_ignore_groups_do_not_warn(splitter):
    wanted = np.arange(4) if _wants_groups(splitter) else None
    next(splitter.split(np.zeros((4, 1)), [0, 1, 0, 1], wanted))


class Own(KFold):
    """A splitter of one's own, which may look at groups."""

    def split(self, X, y=None, groups=None):
        assert groups is not None
        return GroupKFold(2).split(X, y, groups)


def test_splitters_of_ones_own_get_groups():
    groups = np.arange(len(Y)) % 8
    assert _wants_groups(Own(2))
    sx.compare_models({"bayes": GaussianNB()}, X, Y, cv=Own(2), groups=groups, losses="mse")
