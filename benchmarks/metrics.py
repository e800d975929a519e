"""Measure time and memory of the metric functions, scikit-learn, torch, jax and a plain read.

Run it with ``make bench``. Every figure is a median of interleaved runs of CPU time on one thread,
on the same arrays, in an order that is shuffled in each round. It is printed as a multiple of the
floor, the fastest numpy reduction over the bytes of the predictions and the labels.
"""

import argparse
import os

for variable in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ[variable] = "1"  # before numpy and torch are loaded

import importlib.util
import random
import statistics
import time
import tracemalloc
from fractions import Fraction

import mpmath
import numpy as np
from sklearn import config_context
from sklearn.metrics import brier_score_loss, log_loss, zero_one_loss

import sklearn_xent as sx

PEERS = ["scikit-learn", "torch", "jax", "model-diagnostics"]
SIDES = ["ours", "trusted", *PEERS]
TABLES = ["speed", "small", "labels", "memory", "growth", "exact"]
SIZES = [
    "100000x2", "1000000x2", "1000000x10", "100000x100", "100000x1000", "100000x1000:float32",
]  # fmt: skip


def problem(n, k, seed=0):
    """Return labels, probabilities and logits; every class occurs."""
    rng = np.random.default_rng(seed)
    logits = rng.normal(size=(n, k)) * 2
    y = rng.integers(0, k, n)
    y[:k] = np.arange(k)
    proba = np.exp(logits - logits.max(axis=1, keepdims=True))
    proba /= proba.sum(axis=1, keepdims=True)
    return y, proba, logits


def floor_of(y, values):
    """Return a function that reads the same bytes once, in the fastest way."""
    cells, codes = values.ravel().view(np.uint64), y.view(np.uint64)

    def read():
        return np.bitwise_xor.reduce(cells) ^ np.bitwise_xor.reduce(codes)

    return read


def torch_peers(y, proba, logits):
    """Return what a user of torch would write; it checks nothing."""
    if importlib.util.find_spec("torch") is None:
        return {}
    import torch

    torch.set_num_threads(1)
    codes, p, z = torch.from_numpy(y), torch.from_numpy(proba), torch.from_numpy(logits)
    nll = torch.nn.functional.nll_loss
    return {
        "cross-entropy": lambda: float(nll(torch.log(p), codes)),
        "from logits": lambda: float(torch.nn.functional.cross_entropy(z, codes)),
        "Brier": lambda: float(
            ((p - torch.nn.functional.one_hot(codes, p.shape[1])) ** 2).sum(dim=1).mean()
        ),
        "error": lambda: float((p.argmax(dim=1) != codes).double().mean()),
    }


def jax_peers(y, proba, logits):
    """Return functions compiled by jax, in double precision; they check nothing."""
    if importlib.util.find_spec("jax") is None:
        return {}
    import jax
    import jax.numpy as jnp

    jax.config.update("jax_enable_x64", True)
    codes, p, z = jnp.asarray(y), jnp.asarray(proba), jnp.asarray(logits)

    def picked(values):
        return jnp.take_along_axis(values, codes[:, None], axis=1)

    functions = {
        "cross-entropy": (lambda p: -jnp.log(picked(p)).mean(), p),
        "from logits": (lambda z: -picked(jax.nn.log_softmax(z)).mean(), z),
        "Brier": (lambda p: ((p - jax.nn.one_hot(codes, p.shape[1])) ** 2).sum(1).mean(), p),
        "error": (lambda p: (p.argmax(1) != codes).mean(), p),
    }
    compiled = {name: (jax.jit(f), argument) for name, (f, argument) in functions.items()}
    return {name: (lambda f=f, x=x: float(f(x))) for name, (f, x) in compiled.items()}


def diagnostics_peers(y, proba):
    """Return the scoring functions of model-diagnostics, which are for two classes."""
    if importlib.util.find_spec("model_diagnostics") is None or proba.shape[1] != 2:
        return {}
    from model_diagnostics.scoring import LogLoss, SquaredError

    second = np.ascontiguousarray(proba[:, 1])
    return {
        "cross-entropy": lambda: float(LogLoss()(y, second)),
        "Brier": lambda: float(SquaredError()(y, second)),
    }


def sklearn_peers(y, proba):
    """Return scikit-learn's own metrics; the error is computed from probabilities."""
    labels = np.arange(proba.shape[1])
    brier = proba[:, 1] if proba.shape[1] == 2 else proba
    return {
        "cross-entropy": lambda: log_loss(y, proba, labels=labels),
        "Brier": lambda: brier_score_loss(y, brier, labels=labels),
        "error": lambda: zero_one_loss(y, labels[proba.argmax(axis=1)]),
    }


def our_metrics(y, proba, logits):
    """Return the public calls, with all their checks."""
    return {
        "cross-entropy": lambda: sx.cross_entropy(y, proba),
        "from logits": lambda: sx.cross_entropy(y, logits, from_logits=True),
        "Brier": lambda: sx.brier_loss(y, proba),
        "error": lambda: sx.classification_error(y, proba),
    }


def trusted_metrics(y, proba, logits):
    """Return the public calls without the checks of values, by scikit-learn's `assume_finite`."""

    def trusting(call):
        with config_context(assume_finite=True):
            return call()

    calls = our_metrics(y, proba, logits).items()
    return {work: lambda call=call: trusting(call) for work, call in calls}


def bare_numpy(y, proba, logits):
    """Return the numpy calls that the checks and a loss of one small block need, and no more."""
    n, k = proba.shape
    starts, ones, bits = np.arange(0, n * k, k), np.ones(k), np.uint64

    def read_labels():
        np.maximum.reduce(y.view(bits)), np.bincount(y[: 32 * k], minlength=k)

    def check(values):
        read_labels()
        np.maximum.reduce(values.ravel().view(bits))
        sums = np.dot(values, ones)
        np.minimum.reduce(sums), np.maximum.reduce(sums)

    def pick(values):
        return values.ravel().take(starts + y, mode="clip")

    def cross_entropy():
        check(proba)
        true = pick(proba)
        return np.minimum.reduce(true), np.add.reduce(np.log(true))

    def from_logits():
        read_labels()
        sums = np.dot(np.exp(logits), ones)
        np.minimum.reduce(sums), np.maximum.reduce(sums)
        return np.add.reduce(np.log(sums)) - np.add.reduce(pick(logits))

    def brier():
        check(proba)
        return np.dot(proba.ravel(), proba.ravel()) - 2 * np.add.reduce(pick(proba))

    def error():
        check(proba)
        return np.count_nonzero(proba.argmax(axis=1) == y)

    return {"cross-entropy": cross_entropy, "from logits": from_logits, "Brier": brier,
            "error": error}  # fmt: skip


def cpu_seconds(function, calls):
    """Return the CPU time of one of so many calls in a row."""
    start = time.process_time()
    for _ in range(calls):
        function()
    return (time.process_time() - start) / calls


def calls_for(function, at_least=5e-3):
    """Return how many calls are long enough to be timed."""
    return max(1, round(at_least / max(cpu_seconds(function, 1), cpu_seconds(function, 1), 1e-7)))


def interleaved(functions, rounds):
    """Return the median CPU time of each function over shuffled rounds."""
    times = {name: [] for name in functions}
    calls = {name: calls_for(function) for name, function in functions.items()}
    shuffle = random.Random(0)
    for _ in range(rounds):
        for name in shuffle.sample(list(functions), len(functions)):
            times[name].append(cpu_seconds(functions[name], calls[name]))
    return {name: statistics.median(values) for name, values in times.items()}


def speed_table(sizes, rounds):
    """Print times as multiples of the floor."""
    print(f"CPU time as a multiple of the floor; medians of {rounds} shuffled rounds, one thread\n")
    print(f"| work | floor | {' | '.join(SIDES)} | ours against the best peer | trusted |")
    print("|---|---|" + "---|" * (len(SIDES) + 2))
    for size in sizes:
        shape, _, dtype = size.partition(":")
        n, k = map(int, shape.split("x"))
        y, proba, logits = problem(n, k)
        proba, logits = (
            values.astype(dtype or "float64", copy=False) for values in (proba, logits)
        )
        sides = {
            "ours": our_metrics(y, proba, logits),
            "trusted": trusted_metrics(y, proba, logits),
            "scikit-learn": sklearn_peers(y, proba),
            "torch": torch_peers(y, proba, logits),
            "jax": jax_peers(y, proba, logits),
            "model-diagnostics": diagnostics_peers(y, proba),
        }
        for work in sides["ours"]:
            values = logits if work == "from logits" else proba
            here = {name: side[work] for name, side in sides.items() if work in side}
            median = interleaved({"floor": floor_of(y, values), **here}, rounds)
            title = f"{work} {n:.0e} x {k} {dtype}".replace("e+0", "e").strip()
            print(speed_row(title, median), flush=True)


def speed_row(title, median):
    """Return one line of the table."""
    floor = median["floor"]
    peers = {name: median[name] for name in PEERS if name in median}
    cells = [f"{t / floor:.1f}" if (t := median.get(name)) else "-"
             for name in SIDES]  # fmt: skip
    best = min(peers, key=peers.get)
    cells.append(f"{peers[best] / median['ours']:.2f} times as fast as {best}")
    cells.append(f"{peers[best] / median['trusted']:.2f}")
    return f"| {title} | {floor * 1e3:.3f} ms | {' | '.join(cells)} |"


def small_call_table(rounds):
    """Print the time of whole public calls on 1000 x 3."""
    y, proba, logits = problem(1000, 3)
    print("\nOne public call on 1000 x 3, microseconds of CPU time\n")
    print("| work | ours | trusted | numpy alone | scikit-learn | torch |")
    print("|---|---|---|---|---|---|")
    made = (our_metrics, trusted_metrics, bare_numpy, None, torch_peers)
    sides = [make(y, proba, logits) if make else sklearn_peers(y, proba) for make in made]
    for work in sides[0]:
        here = {i: side[work] for i, side in enumerate(sides) if work in side}
        median = interleaved(here, rounds)
        cells = [f"{median[i] * 1e6:.0f}" if i in median else "-" for i in range(len(sides))]
        print(f"| {work} | {' | '.join(cells)} |")


def label_table(rounds):
    """Print the time of cross-entropy on a million string labels."""
    y, proba, _ = problem(1_000_000, 10)
    names = np.array([f"class {i}" for i in range(10)])
    import pandas as pd

    kinds = {
        "integers": y,
        "numpy strings": names[y],
        "object strings": names[y].astype(object),
        "pandas strings": pd.Series(names[y]),
        "categorical": pd.Series(pd.Categorical.from_codes(y, names)),
    }
    print("\nCross-entropy of 1e6 x 10 by kind of label, milliseconds of CPU time\n")
    print("| labels | ours | scikit-learn | ratio |")
    print("|---|---|---|---|")
    for kind, labels in kinds.items():
        here = {
            "ours": lambda labels=labels: sx.cross_entropy(labels, proba),
            "theirs": lambda labels=labels: log_loss(labels, proba),
        }
        median = interleaved(here, rounds)
        ours, theirs = median["ours"] * 1e3, median["theirs"] * 1e3
        print(f"| {kind} | {ours:.1f} | {theirs:.1f} | {theirs / ours:.1f} |", flush=True)


def peak_extra(function):
    """Return the bytes allocated at the peak of a call, beyond those before it."""
    function()
    tracemalloc.start()
    before = tracemalloc.get_traced_memory()[0]
    function()
    peak = tracemalloc.get_traced_memory()[1] - before
    tracemalloc.stop()
    return peak


def memory_table():
    """Print the extra memory: constant for means, n floats for per-sample values."""
    print("\nExtra memory at the peak, MiB\n")
    print("| size | predictions | cross-entropy | Brier | error | from logits | per sample | "
          "scikit-learn log_loss |")  # fmt: skip
    print("|---|---|---|---|---|---|---|---|")
    for n, k in [(100_000, 10), (1_000_000, 10), (2_000_000, 10), (100_000, 1000)]:
        y, proba, logits = problem(n, k)
        calls = our_metrics(y, proba, logits)
        columns = [calls[w] for w in ("cross-entropy", "Brier", "error", "from logits")]
        columns.append(lambda y=y, p=proba: sx.cross_entropy(y, p, reduction="none"))
        columns.append(sklearn_peers(y, proba)["cross-entropy"])
        peaks = " | ".join(f"{peak_extra(f) / 2**20:.1f}" for f in columns)
        print(f"| {n} x {k} | {proba.nbytes / 2**20:.0f} | {peaks} |", flush=True)


def growth_table(rounds):
    """Print how time grows when the rows or the columns double."""
    print("\nTime of cross-entropy and Brier when n or k doubles, as a ratio\n")
    print("| from | to | cross-entropy | Brier | from logits |")
    print("|---|---|---|---|---|")
    for (n, k), (n2, k2) in [
        ((200_000, 10), (400_000, 10)),
        ((400_000, 10), (800_000, 10)),
        ((200_000, 2), (400_000, 2)),
        ((200_000, 10), (200_000, 20)),
        ((50_000, 100), (50_000, 200)),
        ((20_000, 500), (20_000, 1000)),
    ]:
        small, large = our_metrics(*problem(n, k)), our_metrics(*problem(n2, k2))
        cells = []
        for work in ("cross-entropy", "Brier", "from logits"):
            median = interleaved({"small": small[work], "large": large[work]}, rounds)
            cells.append(f"{median['large'] / median['small']:.2f}")
        print(f"| {n} x {k} | {n2} x {k2} | {' | '.join(cells)} |", flush=True)


def exactness():
    """Print how far the mean of 1e8 float32 probabilities is from the exact one."""
    n, distinct = 100_000_000, 4096
    rng = np.random.default_rng(0)
    few = rng.uniform(0.01, 0.99, distinct).astype(np.float32)
    which = rng.integers(0, distinct, n)
    y = rng.integers(0, 2, n)
    counts = np.bincount(which * 2 + y, minlength=2 * distinct).reshape(distinct, 2)
    proba = few[which]
    exact_p = [Fraction(float(p)) for p in few]
    print("\nRelative error of a mean over 1e8 float32 probabilities in one column\n")
    brier = sum(
        int(c0) * p**2 + int(c1) * (1 - p) ** 2 for p, (c0, c1) in zip(exact_p, counts, strict=True)
    )
    got = Fraction(sx.brier_loss(y, proba))
    print(f"Brier {float(abs(got * n / brier - 1)):.1e}")
    with mpmath.workdps(50):
        xent = -mpmath.fsum(
            int(c0) * mpmath.log(mpmath.mpf(1) - mpmath.mpf(float(p)))
            + int(c1) * mpmath.log(mpmath.mpf(float(p)))
            for p, (c0, c1) in zip(few, counts, strict=True)
        )
        got = sx.cross_entropy(y, proba)
        print(f"cross-entropy {float(abs(got * n / xent - 1)):.1e}")


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=9)
    parser.add_argument("--only", choices=TABLES)
    parser.add_argument("--sizes", nargs="*", help="such as 1000000x10, 100000x1000:float32")
    options = parser.parse_args()
    tables = {
        "speed": lambda: speed_table(options.sizes or SIZES, options.rounds),
        "small": lambda: small_call_table(options.rounds),
        "labels": lambda: label_table(max(3, options.rounds // 2)),
        "memory": memory_table,
        "growth": lambda: growth_table(options.rounds),
        "exact": exactness,
    }
    for name, table in tables.items():
        if options.only in (None, name):
            table()


if __name__ == "__main__":
    main()
