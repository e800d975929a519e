"""Frames as text, Markdown, LaTeX and CSV, in which no name of a model can do harm."""

import csv
import math
import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from statistics import median
from typing import TypeVar

import pandas as pd

from sklearn_xent._messages import printable
from sklearn_xent.report.rows import DifferenceRow, SummaryRow

WIDTH = 80
MINUS = "\N{MINUS SIGN}"
MOST_DECIMALS, MORE_DECIMALS = 12, 4
"""With more than so many additional decimals, a number gets an exponent."""
FAR_BELOW = 100.0


# --- numbers --------------------------------------------------------------------------------


class Numbers:
    """Format the numbers of one table to the same decimals: two digits of the smallest error.

    An error far below the usual one asks for no digits, such as that of two models that are almost
    the same. A number that is not zero is never shown as zero: it gets more digits or an exponent,
    unless it is so small that it may be an error of rounding.
    """

    def __init__(self, errors: Iterable[float], *, least: int = 1, minus: str = MINUS) -> None:
        sound = sorted(x for x in errors if 0 < x < math.inf)
        sound = [x for x in sound if x >= sound[len(sound) // 2] / FAR_BELOW]
        needed = 1 - math.floor(math.log10(min(sound))) if sound else 4
        self.decimals = min(max(needed, least), MOST_DECIMALS)
        self.minus = minus

    def __call__(self, x: float, *, signed: bool = False) -> str:
        """Format one number."""
        if not math.isfinite(x):
            return "unknown" if math.isnan(x) else f"{self.minus * (x < 0)}infinite"
        decimals = self.decimals
        if round(x, MOST_DECIMALS) and not round(x, decimals):
            decimals = min(-math.floor(math.log10(abs(x))), MOST_DECIMALS)
            if decimals > self.decimals + MORE_DECIMALS:
                return f"{x:{'+' * signed}.0e}".replace("-", self.minus)
        text = f"{round(x, decimals) + 0.0:{'+' * signed}.{decimals}f}"
        return text.replace("-", self.minus)

    def with_decimals(self, decimals: int) -> "Numbers":
        """Return the same format with other decimals."""
        out = Numbers([], minus=self.minus)
        out.decimals = min(max(decimals, 0), MOST_DECIMALS)
        return out

    def interval(self, low: float, high: float) -> str:
        """Format both limits; return nothing where one is not known."""
        return "" if math.isnan(low) or math.isnan(high) else f"{self(low)} to {self(high)}"


def median_of(errors: Iterable[float]) -> list[float]:
    """Return the median of the errors that are known, if any is."""
    known = [x for x in errors if not math.isnan(x)]
    return [median(known)] if known else []


def pvalue(p: float) -> str:
    """Format a p-value with enough digits to compare it with the usual levels."""
    if math.isnan(p):
        return ""
    if p < 0.0001:
        return "<0.0001"
    return f"{p:.3f}" if p >= 0.0995 else f"{p:.4f}"


# --- tables of text -------------------------------------------------------------------------


def losses_table(rows: Sequence[SummaryRow]) -> pd.DataFrame:
    """Return the summary as a person reads it, all columns as text."""
    ok = [row.status != "failed" for row in rows]
    scored = [not math.isnan(row.mean_score) for row in rows]
    only_scores = any(scored) and not any(a and not b for a, b in zip(ok, scored, strict=True))
    shown = [_as_score(row) for row in rows] if only_scores else rows
    value = "mean_score" if only_scores else "mean_loss"
    values, intervals = _values(shown, value)
    table = _named(rows, "loss", "model")
    table[value] = _where(ok, values, "failed")
    table[interval_title(rows)] = _where(ok, intervals)
    if any(scored) and not only_scores:
        table["mean_score"] = _where(scored, _values(rows, "mean_score")[0])
    if not all(math.isnan(row.skill) for row in rows):  # of a search no class frequencies are known
        skills = [f"{round(row.skill, 2) + 0.0:.2f}" for row in rows]
        table["skill"] = _where([row.n_obs is not None for row in rows], skills)  # not of splits
        table["skill"] = _where(ok, table["skill"])
    table["rank"] = _where(ok, [str(row.rank) for row in rows])
    return pd.DataFrame(table)


def pairs_table(rows: Sequence[DifferenceRow]) -> pd.DataFrame:
    """Return the differences as a person reads them."""
    values, intervals = _values(rows, "difference")
    table = _named(rows, "loss", "model_a", "model_b")
    table |= {"difference": values, interval_title(rows): intervals}
    table["p (Holm)"] = [pvalue(row.pvalue_holm) for row in rows]
    return pd.DataFrame(table | _named(rows, "conclusion"))


AnyRow = TypeVar("AnyRow", SummaryRow, DifferenceRow)


def _named(rows: Sequence[AnyRow], *fields: str) -> dict[str, list[str]]:
    """Return some columns of text."""
    return {field: [getattr(row, field) for row in rows] for field in fields}


def _as_score(row: SummaryRow) -> SummaryRow:
    """Return a row with the interval of the mean score, instead of that of the loss."""
    top = row.mean_score + row.mean_loss
    return replace(row, conf_low=top - row.conf_high, conf_high=top - row.conf_low)


def _where(known: list[bool], texts: list[str], instead: str = "") -> list[str]:
    """Return the texts of rows where they are known, and another text elsewhere."""
    return [text if is_known else instead for is_known, text in zip(known, texts, strict=True)]


def interval_title(rows: Sequence[AnyRow]) -> str:
    """Return the title of the column of intervals."""
    return f"{100 * max((row.confidence_level for row in rows), default=math.nan):g}% interval"


def _values(rows: Sequence[AnyRow], value: str) -> tuple[list[str], list[str]]:
    """Format values and intervals; each loss gets the decimals it needs, at least four."""
    errors: dict[str, list[float]] = {}
    for row in rows:
        errors.setdefault(row.loss, []).append(row.std_error)
    number = {loss: Numbers(of_loss, least=4, minus="-") for loss, of_loss in errors.items()}
    return [number[row.loss](getattr(row, value)) for row in rows], [
        f"[{number[row.loss](row.conf_low)}, {number[row.loss](row.conf_high)}]" for row in rows
    ]


# --- names -----------------------------------------------------------------------------------


def cut_all(names: list[str], width: int) -> list[str]:
    """Shorten names to a width; number them if the short ones could not be told apart.

    Parameters of candidates first lose all but the last word of their names: "depth=2" for
    "max_depth=2".
    """
    names = with_short_keys(names, width)
    cut = [_cut(name, width) for name in names]
    if len(set(cut)) == len(set(names)):
        return cut
    position = {name: i for i, name in enumerate(dict.fromkeys(names))}
    return [f"({position[name]}) {_cut(name, width - 6)}" for name in names]


def with_short_keys(names: list[str], width: int) -> list[str]:
    """Return names without all but the last word of parameters, where any is too long."""
    if all(len(name) <= width for name in names):
        return names
    short = [_LAST_WORD.sub("", name) for name in names]
    return short if len(set(short)) == len(set(names)) else names


_LAST_WORD = re.compile(r"(?<![^\W_])(?:[^\W_]+_+)+(?=[^\W_]+=)")
"""What stands before the last word of the name of a parameter."""


def _cut(text: str, width: int) -> str:
    """Cut out the middle of a name: the candidates of a search differ at the end."""
    if len(text) <= width:
        return text
    head = (width - 3) // 2
    return text[:head] + "..." + text[len(text) - (width - 3 - head) :]


# --- files of other programs ----------------------------------------------------------------


def to_csv(frame: pd.DataFrame) -> str:
    """Write comma-separated values that no spreadsheet takes for formulas."""
    safe = frame.rename(columns=_no_formula)
    for name in safe.columns:
        if safe[name].dtype == object or pd.api.types.is_string_dtype(safe[name].dtype):
            safe[name] = safe[name].map(_no_formula, na_action="ignore")
    # some programs expect another separator: quotes keep a name in one cell
    return safe.to_csv(index=False, lineterminator="\n", quoting=csv.QUOTE_NONNUMERIC)


_BEGINS = "=+-@\uff1d\uff0b\uff0d\uff20"
"""The characters that begin a formula."""
_IN_A_NAME = re.compile(
    rf"""(?<=[;,|\t])(?=["'\s]*[{re.escape(_BEGINS)}])"""
    r"""(?!\s*[+-]?[0-9.]+([eE][+-]?[0-9]+)?\s*([;,|)\]}]|$))"""
)
"""Where a formula, not just a number, begins after a separator: it is the beginning of a cell if a
program cuts the line there."""


def _no_formula(value: object) -> object:
    """Put an apostrophe before what a spreadsheet would compute, as OWASP advises."""
    if not isinstance(value, str):
        return value
    start = next((c for c in value if c.isprintable() and not c.isspace()), "")
    risky = start in tuple(_BEGINS) or value[:1] in tuple("\t\r\n")
    return "'" * risky + _IN_A_NAME.sub("'", printable(value))


def to_markdown(table: pd.DataFrame) -> str:
    """Write a table in GitHub's Markdown."""
    rule = [":--" if name in _WORDS else "--:" for name in table.columns]
    body = table.assign(**{name: _escaped(table[name], _markdown) for name in _words_of(table)})
    rows = [_escaped(table.columns, _markdown_title), rule, *body.astype(str).to_numpy().tolist()]
    return "".join(f"| {' | '.join(row)} |\n" for row in rows)


def to_latex(table: pd.DataFrame) -> str:
    """Write a tabular environment with the rules of the package booktabs."""
    columns = "".join("l" if name in _WORDS else "r" for name in table.columns)
    rows = [list(table.columns), *table.astype(object).to_numpy().tolist()]
    lines = [" & ".join(_escaped(row, _latex)) + r" \\" for row in rows]
    return "\n".join(
        [rf"\begin{{tabular}}{{{columns}}}", r"\toprule", lines[0], r"\midrule", *lines[1:],
         r"\bottomrule", r"\end{tabular}", ""]
    )  # fmt: skip


_WORDS = ("loss", "model", "model_a", "model_b", "conclusion", "question", "data set")
"""The columns of words; they are aligned to the left."""


def _words_of(table: pd.DataFrame) -> list[str]:
    return [name for name in table.columns if name in _WORDS]


def _escaped(values: Iterable[object], escape: Callable[[str], str]) -> list[str]:
    return [escape(printable(value)) for value in values]


def _markdown(text: str) -> str:
    """Escape punctuation, and write HTML as entities, so that nothing is markup."""
    text = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return re.sub(r"([\\`*_{}\[\]#|~!$@:]|(?<=www)\.)", r"\\\1", text)


def _markdown_title(text: str) -> str:
    """Escape the title of a column; an underscore between letters is no markup."""
    return text if re.fullmatch(r"[^\W_]+(_[^\W_]+)*", text) else _markdown(text)


_LATEX = {
    "\\": r"\textbackslash{}", "{": r"\{", "}": r"\}", "$": r"\$", "&": r"\&", "#": r"\#",
    "_": r"\_", "%": r"\%", "^": r"\textasciicircum{}", "~": r"\textasciitilde{}",
    "<": r"\textless{}", ">": r"\textgreater{}", "|": r"\textbar{}", '"': '{"}',
    "[": "{[}", "]": "{]}", "\N{MINUS SIGN}": "$-$",
}  # fmt: skip


def _latex(text: str) -> str:
    """Escape what LaTeX reads as commands; a hyphen before a number becomes a minus sign."""
    text = re.sub(r"(?<![\w.)-])-(?=\.?\d)", "\N{MINUS SIGN}", text)
    return "".join(_LATEX.get(c, c) for c in text)
