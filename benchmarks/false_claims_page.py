"""Write ``docs/false_claims.md`` and its picture from ``benchmarks/false_claims.csv``.

``python benchmarks/false_claims.py`` writes the page after each scenario; run this file alone for
the picture, too. Every figure of the page is computed here: the text has places for them.
"""

import csv
import re
import textwrap
from pathlib import Path

from dots import Dots, as_markdown, draw
from pages import put_between

HERE = Path(__file__).parent
RESULTS, PAGE = HERE / "false_claims.csv", HERE.parent / "docs" / "false_claims.md"
PICTURE = HERE.parent / "docs" / "images" / "false_claims"
START, END = (
    "<!-- written by benchmarks/false_claims_page.py -->",
    "<!-- end of what is written -->",
)

SUMMARY = [
    ("One test set", "held_out", "", "paired", None),
    ("Groups: `groups=`", "clustered", "", "cluster-robust", "clusters ignored"),
    ("Time order: `times=`", "time_order", "", "times given", "times not given"),
    ("Out-of-fold array: `folds=`", "out_of_fold", "", "folds given", "folds not given"),
    ("Ten folds", "k_fold", "", "out-of-fold", None),
    ("10 x 10 folds", "repeated", "", "corrected t", "naive t"),
    ("10 or 40 candidates", "grid", "", "out-of-fold, Holm", "best, uncorrected"),
    ("A search of two trees", "search_of_trees", "", "compare_search", None),
    ("Training seeds", "training_seeds", "", "10 seeds each, rows and seeds", "one seed each"),
    ("Read 3000 times: a stream", "stream", "", "sequence", "t interval"),
]
"""What a row of the summary is called, its scenario, models, method, and what is done instead."""

DRAWN = [
    ("One test set", "held_out", "", "paired", "ours"),
    ("models of unlike kinds", "unlike", "", "paired", "ours"),
    ("bootstrap t", "bootstrapped", "", "", "ours"),
    ("Groups", "clustered", "", "cluster-robust", "ours"),
    ("groups, unlike sizes", "skewed_clusters", "", "", "ours"),
    ("groups ignored", "clustered", "", "clusters ignored", "others"),
    ("Time order", "time_order", "", "times given", "ours"),
    ("TimeSeriesSplit", "time_series_split", "", "", "ours"),
    ("times not given", "time_order", "", "times not given", "others"),
    ("Ten folds, logistic", "k_fold", "logistic", "out-of-fold", "ours"),
    ("ten folds, trees", "k_fold", "tree", "out-of-fold", "ours"),
    ("corrected t, ten folds", "k_fold", "", "corrected t", "ours"),
    ("10 x 10 folds, logistic", "repeated", "logistic", "corrected t", "ours"),
    ("10 x 10 folds, trees", "repeated", "tree", "corrected t", "ours"),
    ("10 x 10, neighbours", "neighbours", "", "", "ours"),
    ("naive t, 10 x 10 folds", "repeated", "", "naive t", "others"),
    ("10 or 40 candidates", "grid", "", "out-of-fold, Holm", "ours"),
    ("best, uncorrected", "grid", "", "best, uncorrected", "others"),
    ("Searches", "search_of_", "", "", "ours"),
    ("Training seeds", "training_seeds", "", "10 seeds each, rows and seeds", "ours"),
    ("one seed each", "training_seeds", "", "one seed each", "others"),
    ("Stream, read 3000 times", "stream", "", "sequence", "ours"),
    ("t interval, re-read", "stream", "", "t interval", "others"),
]
"""The rows of the picture: label, scenario, models, method, and "ours" or "others"."""

ALT = (
    "Dots: the share of runs with a false claim, one dot a sample size, loss and kind of model. "
    "Each row is a method of this package, or what is usual instead. The table below has the "
    "least and the greatest of ten rows."
)

TEXT = """\
- *One test set.* The default makes a false claim in {claims: held_out} % of runs and covers in
  {covered: held_out} %. For two models of unlike shape and equal loss it does so in {claims:
  unlike; ; paired} % and covers in {covered: unlike; ; paired} %. The bootstrap t makes {claims:
  bootstrapped} % false claims. Models that vote give probabilities of exactly zero. Under the
  cross-entropy {flagged: held_out; five votes; ; cross_entropy} % of their runs are flagged.
- *Groups.* If you ignore them, {claims: clustered; ; clusters ignored} % of runs make a false
  claim; with cluster-robust intervals {claims: clustered; ; cluster-robust} % do. Where groups
  have unlike sizes and differences are skewed, it is {claims: skewed_clusters; skewed} %, and
  {quiet_claims: skewed_clusters; skewed} % of the runs without the caution "clusters skewed"
  ([groups](how_to/groups.md)).
- *Equivalence.* Where the true difference equals the margin, errors of nested models are called
  equivalent in {claims: nested_errors} % of runs, and models that differ in one of 200 rows in
  {claims: rare_rows} %.
- *A rare class.* Where a class has 1 % of the rows, the interval for the mean cross-entropy of
  one model covers in {covered: rare_class} % of runs; in runs without the caution "rare class",
  in {quiet_covered: rare_class} %. Of the intervals for differences in slices of 6 to 60 rows,
  {flagged: slices} % are flagged or left out, most of them for slices of fewer than 20 rows. The
  others cover in {quiet_covered: slices} %.
- *Time order.* If nobody says that rows are in time order, {claims: time_order; ; times not
  given} % of runs make a false claim, and {flagged: time_order; ; times not given} % of runs
  carry the caution "serial dependence". With `times=` {claims: time_order; ; times given} % make
  a false claim. The price is power: rows that depend on each other hold less information than as
  many independent ones. Five splits of `TimeSeriesSplit` make {claims: time_series_split} % false
  claims; of the runs that are not flagged, {quiet_claims: time_series_split} %.
- *Out-of-fold predictions.* If you do not name the folds, comparisons of trees make {claims:
  out_of_fold; ; folds not given} % false claims, and {flagged: out_of_fold; ; folds not given} %
  are flagged, because nothing in the numbers shows the folds. With `folds=` the same claims are
  made about the fitted models, and those with `retraining` "not shown" are flagged. Of the runs
  that are not flagged, {quiet_claims: out_of_fold; ; folds given} % make a false claim.
- *Ten folds.* The out-of-fold t-test is about the models that were fitted. It makes {claims:
  k_fold; logistic; out-of-fold} % false claims for logistic regressions. Trees change much when
  they are retrained: there it makes {claims: k_fold; tree; out-of-fold} %, and flags such claims.
  Of the runs that are not flagged, {quiet_claims: k_fold; tree; out-of-fold} % make one. The
  corrected t-test of the ten means makes {claims: k_fold; ; corrected t} % false claims. Its
  power is {power: k_fold; ; corrected t} %, that of the out-of-fold t-test {power: k_fold; ;
  out-of-fold} %.
- *Ten repeats of ten folds.* The corrected t-test makes a false claim in {claims: repeated;
  logistic; corrected t} % of runs of logistic regressions. For trees under the classification
  error it makes one in {claims: repeated; tree; corrected t; classification_error} %, and flags
  {flagged: repeated; tree; corrected t; classification_error} % of runs as unstable. The naive
  t-test, which this package does not offer, claims a difference in {claims: repeated; ; naive t}
  % of runs.
- *Many candidates.* With Holm's correction the out-of-fold t-test makes at least one false claim
  in {claims: grid; ; out-of-fold, Holm} % of runs ({quiet_claims: grid; ; out-of-fold, Holm} % of
  the runs without a flag), and the corrected t-test in {claims: grid; ; corrected t, Holm} %.
  Without a correction, some candidate is called worse than the best in {claims: grid; 10; best} %
  of runs with ten candidates, and in {claims: grid; 40; best} % with forty.
- *Searches.* `compare_search` on 10 x 10 folds of two trees makes a false claim in {claims:
  search_of_trees} % of runs, and in {quiet_claims: search_of_trees} % of the runs that are not
  flagged. With 20 candidates on 5 x 10 folds, and the best of them as the reference, at least one
  false claim is made in {claims: search_of_many} % of runs, because all pairs are corrected for.
  Its intervals cover in {covered: search_of_many} %.
- *Streams.* The confidence sequences make a false claim in {claims: stream; ; sequence} % of runs
  although they are read 3000 times. A t-interval that is read as often makes one in {claims:
  stream; ; t interval} %. The price is power: {power: stream; ; sequence; classification_error} %
  for the classification error and {power: stream; ; sequence; brier_loss} % for the Brier loss,
  where the t-interval has {power: stream; ; t interval} %.
- *Nearest neighbours.* On repeated folds the corrected t-test makes a false claim in {claims:
  neighbours; 1 neighbour} % of runs with one neighbour, and in {claims: neighbours; 25} % with
  25. A model of one neighbour changes as much as a tree does when it is retrained. Of the runs
  that are not flagged, {quiet_claims: neighbours} % make a false claim.
- *Training seeds.* Two runs of one algorithm differ in their seeds only. Tested as fitted models
  they differ clearly in {claims: training_seeds; ; one seed each} % of runs, and averages of ten
  runs in {claims: training_seeds; ; averages} %. That is true of these models, and false of the
  algorithm. Ten runs of each, with the variance between them added, make {claims: training_seeds;
  ; 10 seeds each, rows and seeds} % false claims. On repeated folds one fixed seed makes {claims:
  training_seeds; ; corrected t, one seed} % false claims. Then {flagged: training_seeds; random
  tree; corrected t, one seed} % of the runs of trees are flagged, and {flagged: training_seeds;
  random layer; corrected t, one seed} % of those of networks. A new seed for each fit makes
  {claims: training_seeds; ; corrected t, a new seed} % false claims, and {flagged:
  training_seeds; ; corrected t, a new seed} % of its runs are flagged ([training
  seeds](how_to/training_seeds.md)).
"""
"""What the simulation says. A place names a share, a scenario, and how models, method and loss
begin."""

SHARES = {
    "claims": 0,
    "covered": 1,
    "flagged": 2,
    "quiet_claims": 3,
    "quiet_covered": 4,
    "power": 5,
}
PLACE = re.compile(r"\{(\w+):\s([^}]+)\}")

EXPLAINED = """\
Each row has the least and the greatest share over losses, sample sizes and kinds of models, in per
cent of runs. In the picture each dot is one of these shares, blue for this package and orange for
what is usual. The dotted line is the 5 % that a test promises.

- **False claims**: the share of all runs.
- **Not flagged**: the share of the runs without a flag. A flag is a `caution`, or `retraining` that
  is not "clear".
- **Instead**: the false claims that you get without the argument, or by the usual method. By row:
  groups are ignored; times are not given; folds are not given; a paired t-test of the means of 100
  splits; the best candidate is tested against the others without a correction; one run of each
  algorithm; a t-interval is read after each row."""


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
    """Return the least and the greatest share in per cent, as text; a dash if none is known."""
    known = [round(100 * value, 1) for value in values if value is not None]
    if not known:
        return "-"
    low, high = min(known), max(known)
    return f"{low:g}" if low == high else f"{low:g} to {high:g}"


def rows_of(rows, scenario, models="", method="", loss=""):
    """Return the rows of a method; the names of scenario, models, method and loss may go on."""
    found = [
        row
        for row in rows
        if row["scenario"].startswith(scenario)
        and row["models"].startswith(models)
        and row["method"].startswith(method)
        and row["loss"].startswith(loss)
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


def said(rows):
    """Return the text with its figures."""

    def fill(place):
        name, where = place.groups()
        names = [" ".join(part.split()) for part in where.split(";")]
        return spread(shares(row)[SHARES[name]] for row in rows_of(rows, *names))

    return wrapped(PLACE.sub(fill, TEXT))


def wrapped(text):
    """Return the points of a list in lines of the width that the pages have."""
    points = [" ".join(point.split()) for point in re.split(r"(?m)^- ", text) if point.strip()]
    options = {"width": 150, "break_long_words": False, "break_on_hyphens": False}
    return "\n".join(
        textwrap.fill(point, initial_indent="- ", subsequent_indent="  ", **options)
        for point in points
    )


def page(text, rows):
    """Return the page: the picture, the table and what they say, in place of what is there."""
    runs = sorted({row["runs"] for row in rows})
    error = [200 * (0.05 * 0.95 / n) ** 0.5 for n in (runs[-1], runs[0])]
    everything = (
        f"All {len(rows)} rows, with coverage and power, are in one file:\n"
        "[false_claims.csv](../benchmarks/false_claims.csv). "
        f"They have {runs[0]:.0f} to {runs[-1]:.0f} runs each: two standard errors of a share\n"
        f"of 5 % are {error[0]:.1f} to {error[1]:.1f} points. The least and the greatest of many "
        "shares spread further than that."
    )
    parts = [as_markdown(PICTURE.name, ALT), summary(rows), EXPLAINED, everything]
    parts += ["## What it says", said(rows)]
    return put_between(text, START, END, parts)


def write_page():
    """Put the tables into the page, whose other text stays."""
    PAGE.write_text(page(PAGE.read_text(encoding="utf-8"), read()), encoding="utf-8")


def draw_picture(rows):
    """Draw one dot for each row of the file, in the rows of `DRAWN`."""
    dots = [
        Dots(label, whose, [100 * shares(row)[0] for row in rows_of(rows, *names)])
        for label, *names, whose in DRAWN
    ]
    draw([("False claims, % of runs", 5, (-2, 102), dots)], PICTURE)


if __name__ == "__main__":
    write_page()
    draw_picture(read())
