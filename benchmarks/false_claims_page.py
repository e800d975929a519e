"""Write the tables of ``docs/false_claims.md`` from ``benchmarks/false_claims.csv``.

``python benchmarks/false_claims.py`` does so after each scenario; run this file alone after a
change to the tables. The text between them is written by hand.
"""

import csv
from collections import defaultdict
from pathlib import Path

HERE = Path(__file__).parent
RESULTS, PAGE = HERE / "false_claims.csv", HERE.parent / "docs" / "false_claims.md"
MARK = "<!-- tables, written by benchmarks/false_claims_page.py -->"

SUMMARY = [
    ("One test set", "held_out", "", "paired", None),
    ("Groups: `groups=`", "clustered", "", "cluster-robust", "clusters ignored"),
    ("Groups of unlike sizes", "skewed_clusters", "", "cluster-robust", None),
    ("Time order: `times=`", "time_order", "", "times given", "times not given"),
    ("`TimeSeriesSplit`", "time_series_split", "", "TimeSeriesSplit", None),
    ("Out-of-fold array: `folds=`", "out_of_fold", "", "folds given", "folds not given"),
    ("Ten folds, logistic", "k_fold", "logistic", "out-of-fold", None),
    ("Ten folds, trees", "k_fold", "tree", "out-of-fold", None),
    ("10 x 10 folds, logistic", "repeated", "logistic", "corrected t", "naive t"),
    ("10 x 10 folds, trees", "repeated", "tree", "corrected t", "naive t"),
    ("Repeated folds, neighbours", "neighbours", "", "corrected t", None),
    ("10 or 40 candidates", "grid", "", "out-of-fold, Holm", "best, uncorrected"),
    ("A search of two trees", "search_of_trees", "", "compare_search", None),
    ("A search of 20 candidates", "search_of_many", "", "best against others", None),
    ("Training seeds", "training_seeds", "", "10 seeds each, rows and seeds", "one seed each"),
    ("Read 3000 times: a stream", "stream", "", "sequence", "t interval"),
]
"""What a row of the summary is called, its scenario, models, method, and what is done instead."""

TITLES = {
    "held_out": "One test set",
    "unlike": "One test set, models of unlike shape and equal loss",
    "bootstrapped": 'One test set, method="bootstrap_t"',
    "clustered": "Groups of ten rows",
    "k_fold": "One run of ten folds",
    "repeated": "Ten repeats of ten folds",
    "stream": "A stream, read after each row",
    "grid": "Many candidates",
    "time_order": "Rows in time order",
    "time_series_split": "TimeSeriesSplit",
    "out_of_fold": "Out-of-fold predictions in an array",
    "skewed_clusters": "Groups of unlike sizes",
    "nested_errors": "Equivalence of error rates at the margin",
    "rare_rows": "Equivalence where few rows differ",
    "neighbours": "Nearest neighbours on repeated folds",
    "search_of_trees": "A search of two trees",
    "search_of_many": "A search of twenty candidates",
    "training_seeds": "Training seeds",
    "rare_class": "The mean loss of one model, with a rare class",
    "slices": "Slices",
}
"""The heading of the rows of each scenario."""


def read(path=RESULTS):
    """Return the rows of the file, with numbers for its counts."""
    with path.open() as file:
        rows = list(csv.DictReader(file))
    names = list(rows[0])[5:]
    return [row | {name: float(row[name]) for name in names} for row in rows]


def shares(row):
    """Return the shares of a row: claims, coverage, warned, both of quiet runs, power."""
    runs, quiet = row["runs"], row["runs"] - row["warned"]
    found = None if row["found"] != row["found"] else row["found"] / runs
    out = [row["claims"] / runs, row["covered"] / runs, row["warned"] / runs]
    if quiet < 0.1 * runs:
        return [*out, None, None, found]
    missed = runs - row["covered"] - row["missed_warned"]
    return [*out, (row["claims"] - row["claims_warned"]) / quiet, 1 - missed / quiet, found]


def spread(values):
    """Return the least and the greatest share in per cent, as text."""
    known = [round(100 * value, 1) for value in values if value is not None]
    if not known:
        return "-"
    low, high = min(known), max(known)
    return f"{low:g}" if low == high else f"{low:g} to {high:g}"


def rows_of(rows, scenario, models, method):
    """Return the rows of a method, whose name may go on."""
    found = [
        row
        for row in rows
        if row["scenario"] == scenario
        and row["models"].startswith(models)
        and row["method"].startswith(method)
    ]
    if not found:
        raise ValueError(f"no row of {scenario!r}, {models!r}, {method!r}")
    return found


def summary(rows):
    """Return the short table: what is said, and what is said without this package's method."""
    lines = ["| data | false claims | not flagged | instead |", "|---|---|---|---|"]
    for title, scenario, models, method, other in SUMMARY:
        ours = [shares(row) for row in rows_of(rows, scenario, models, method)]
        instead = "-"
        if other:
            instead = spread(shares(row)[0] for row in rows_of(rows, scenario, models, other))
        cells = [spread(s[0] for s in ours), spread(s[3] for s in ours), instead]
        lines.append("| " + " | ".join([title, *cells]) + " |")
    return "\n".join(lines)


def details(rows):
    """Return a table of all rows of each scenario, folded."""
    head = ["models", "n", "method", "loss", "false claims", "coverage", "flagged",
            "not flagged: false claims", "not flagged: coverage", "power"]  # fmt: skip
    of_each = defaultdict(list)
    for row in rows:
        cells = ["-" if share is None else f"{100 * share:.1f}" for share in shares(row)]
        names = [row["models"], row["n"], row["method"], row["loss"].replace("_", " ")]
        of_each[row["scenario"]].append("| " + " | ".join([*names, *cells]) + " |")
    parts = []
    for scenario, lines in of_each.items():
        name = scenario.replace("_", " ")
        table = ["| " + " | ".join(head) + " |", "|" + "---|" * len(head), *lines]
        title = f"{TITLES[scenario]} (<i>{name}</i>, rows: {len(lines)})"
        parts.append(
            "\n".join([f"<details>\n<summary>{title}</summary>\n", *table, "\n</details>"])
        )
    return "\n\n".join(parts)


def page(text, rows):
    """Return the page: the short table in place of the one that is there, and the folded tables."""
    before, mark, _ = text.partition(MARK)
    if not mark:
        raise ValueError(f"the page lacks the line {MARK}")
    start, end = "<!-- summary -->", "<!-- end of the summary -->"
    above, rest = before.split(start)
    below = rest.split(end)[1]
    return f"{above}{start}\n\n{summary(rows)}\n\n{end}{below}{MARK}\n\n{details(rows)}\n"


def write_page():
    """Put the tables into the page, whose text stays."""
    PAGE.write_text(page(PAGE.read_text(encoding="utf-8"), read()), encoding="utf-8")


if __name__ == "__main__":
    write_page()
