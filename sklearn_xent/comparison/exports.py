"""The forms in which a comparison leaves Python: functions that are methods of `Comparison`."""

from __future__ import annotations

import os
from collections.abc import Callable, Hashable, Mapping
from typing import TYPE_CHECKING, Any, Literal, Protocol, overload

import numpy as np
import pandas as pd

from sklearn_xent._files import write_text
from sklearn_xent._messages import one_line, printable, shorten
from sklearn_xent.inputs.validation import read_flag
from sklearn_xent.losses.loss import LossInfo
from sklearn_xent.report import html, tables
from sklearn_xent.report.content import ReportContent
from sklearn_xent.report.rows import DifferenceRow, SummaryRow, read_frame, read_rows
from sklearn_xent.report.slide import slide_table
from sklearn_xent.report.verdicts import LossResults

if TYPE_CHECKING:  # it needs jinja2
    from pandas.io.formats.style import Styler

Table = Literal["summary", "differences"]
AnyTable = Literal["estimates", "summary", "differences"]

_SHARED = ["std_error", "conf_low", "conf_high", "confidence_level"]


class Exported(Protocol):
    """What the functions need of a comparison: its two frames, and the content of its report."""

    @property
    def summary(self) -> pd.DataFrame:
        """Mean losses."""
        ...

    @property
    def differences(self) -> pd.DataFrame:
        """Differences of mean losses."""
        ...

    @property
    def _losses(self) -> Mapping[str, LossInfo]: ...
    def _report(self, slices: Mapping[str, Any]) -> ReportContent: ...
    def _all_results(self) -> dict[str, LossResults]: ...
    def _chosen(self, told: Mapping[str, LossResults]) -> LossResults: ...


def summary_of(comparison: Exported) -> pd.DataFrame:
    """Return the summary with all columns, whatever index its owner set."""
    return read_frame("summary", comparison.summary, SummaryRow)


def differences_of(comparison: Exported) -> pd.DataFrame:
    """Return the differences with all columns, whatever index their owner set."""
    return read_frame("differences", comparison.differences, DifferenceRow)


def summary_rows_of(comparison: Exported) -> list[SummaryRow]:
    """Return the rows of the summary."""
    return read_rows("summary", comparison.summary, SummaryRow)


def difference_rows_of(comparison: Exported) -> list[DifferenceRow]:
    """Return the rows of the differences."""
    return read_rows("differences", comparison.differences, DifferenceRow)


def rows_of(comparison: Exported) -> tuple[list[SummaryRow], list[DifferenceRow]]:
    """Return the rows of both frames."""
    return summary_rows_of(comparison), difference_rows_of(comparison)


def table(self: Exported) -> pd.DataFrame:
    """Return the mean losses for a slide: a row for each model, a column for each loss.

    Each mean has the digits that its error allows, and marks in parentheses:

    - ``best``: the lowest mean loss; ties share it.
    - ``worse``, ``better``: clearly so, compared with the best, or with the baseline;
      ``equivalent``: within the margin. With a question mark where the difference has a caution,
      or is not shown for retrained models. No mark: no clear difference.
    - ``baseline``; and "failed" instead of a number.

    Returns
    -------
    DataFrame
        The index holds the models, the lowest loss first: of the last loss, other than the
        classification error. The columns are titles of losses, with their units. All cells are
        text; ``attrs["note"]`` says what the marks mean. For numbers use
        ``summary.pivot(index="model", columns="loss", values="mean_loss")``.

    Raises
    ------
    ValueError
        When no model has a mean loss.

    Examples
    --------
    >>> import sklearn_xent as sx
    >>> y = [0, 1, 1, 0] * 50
    >>> models = {"timid": [0.3, 0.6, 0.6, 0.4] * 50, "sharp": [0.1, 0.7, 0.9, 0.4] * 50}
    >>> comparison = sx.compare_predictions(y, models, losses=["mse", "cross_entropy"])
    >>> comparison.table()
              MSE (Brier) Cross-entropy (nats)
    model
    sharp   0.0675 (best)        0.2696 (best)
    timid  0.1425 (worse)       0.4723 (worse)
    """
    told = self._all_results()
    first = [row.model for row in self._chosen(told).ranked]
    models = dict.fromkeys([*first, *summary_of(self)["model"]])
    return slide_table(told.values(), list(models))


def to_frame(self: Exported) -> pd.DataFrame:
    """Return all estimates in tidy long form: a row for each mean loss and each difference.

    Returns
    -------
    DataFrame
        ``estimate`` ("mean loss" or "difference"), ``loss, model_a, model_b`` (missing for a
        mean loss), ``value, std_error, conf_low, conf_high, confidence_level, pvalue,
        pvalue_holm, conclusion`` (missing for a mean loss), ``n_obs, method, estimand``.

    Examples
    --------
    >>> import sklearn_xent as sx
    >>> y = [0, 1, 1, 0] * 50
    >>> models = {"sharp": [0.1, 0.7, 0.9, 0.4] * 50, "timid": [0.3, 0.6, 0.6, 0.4] * 50}
    >>> comparison = sx.compare_predictions(y, models, losses="brier_loss")
    >>> comparison.to_frame()[["estimate", "model_a", "model_b", "value", "conf_high"]].round(3)
         estimate model_a model_b  value  conf_high
    0   mean loss   sharp    None  0.068      0.076
    1   mean loss   timid    None  0.143      0.147
    2  difference   sharp   timid -0.075     -0.068
    """
    means = summary_of(self).rename(columns={"model": "model_a", "mean_loss": "value"})
    pairs = differences_of(self).rename(columns={"difference": "value"})
    means = means.assign(
        estimate="mean loss", model_b=None, pvalue=np.nan, pvalue_holm=np.nan, conclusion=None
    )
    columns = ["estimate", "loss", "model_a", "model_b", "value", *_SHARED, "pvalue"]
    columns += ["pvalue_holm", "conclusion", "n_obs", "method", "estimand"]
    parts = [
        frame[columns].astype({"n_obs": "Int64", "model_b": object, "conclusion": object})
        for frame in (means, pairs.assign(estimate="difference"))
    ]
    # an empty frame would decide the types of the other
    return pd.concat([part for part in parts if len(part)] or parts[:1], ignore_index=True)


@overload
def to_csv(
    self: Exported, path: None = None, *, table: AnyTable = ..., wide: bool = ...
) -> str: ...
@overload
def to_csv(
    self: Exported, path: str | os.PathLike[str], *, table: AnyTable = ..., wide: bool = ...
) -> None: ...
def to_csv(
    self: Exported,
    path: str | os.PathLike[str] | None = None,
    *,
    table: AnyTable = "estimates",
    wide: bool = False,
) -> str | None:
    r"""Return comma-separated values, in full precision, safe to open in a spreadsheet.

    What a spreadsheet would take for a formula, such as ``=cmd()`` at the beginning of a name or
    after a separator, gets an apostrophe in front, as OWASP advises. Control characters become
    escapes, such as ``\n``.

    Parameters
    ----------
    path : str or path-like, optional
        Where to write it, in UTF-8. By default it is returned.
    table : {"estimates", "summary", "differences"}, default="estimates"
        Which frame: "estimates" is that of `to_frame`.
    wide : bool, default=False
        Write `table` instead: a row for each model, a column for each loss.

    Returns
    -------
    str or None
        The text; None if it was written.

    Raises
    ------
    ValueError
        For another table, and for differences that are wide.

    References
    ----------
    OWASP Foundation. CSV Injection.

    Examples
    --------
    >>> import sklearn_xent as sx
    >>> models = {"=SUM(A1)": [0.2, 0.7]}
    >>> print(sx.compare_predictions([0, 1], models, losses="brier_loss").to_csv())
    "estimate","loss","model_a","model_b","value",...
    "mean loss","brier_loss","'=SUM(A1)","",0.065,...
    """
    frames = {
        "estimates": lambda: to_frame(self),
        "summary": lambda: summary_of(self),
        "differences": lambda: differences_of(self),
    }
    return written(tables.to_csv(_choose(table, frames, _wide_of(self, wide))), path)


@overload
def to_markdown(
    self: Exported, path: None = None, *, table: Table = ..., wide: bool = ...
) -> str: ...
@overload
def to_markdown(
    self: Exported, path: str | os.PathLike[str], *, table: Table = ..., wide: bool = ...
) -> None: ...
def to_markdown(
    self: Exported,
    path: str | os.PathLike[str] | None = None,
    *,
    table: Table = "summary",
    wide: bool = False,
) -> str | None:
    r"""Return a table of GitHub's Markdown, rounded; names are escaped.

    Parameters
    ----------
    path : str or path-like, optional
        Where to write it, in UTF-8. By default it is returned.
    table : {"summary", "differences"}, default="summary"
        Which frame.
    wide : bool, default=False
        Write `table` instead: a row for each model, a column for each loss.

    Returns
    -------
    str or None
        The text; None if it was written.

    Raises
    ------
    ValueError
        For another table, and for differences that are wide.

    Examples
    --------
    >>> import sklearn_xent as sx
    >>> y = [0, 1, 1, 0] * 50
    >>> models = {"sharp": [0.1, 0.7, 0.9, 0.4] * 50, "timid": [0.3, 0.6, 0.6, 0.4] * 50}
    >>> comparison = sx.compare_predictions(y, models, losses="brier_loss")
    >>> print(comparison.to_markdown())
    | loss | model | mean_loss | 95% interval | skill | rank |
    | :-- | :-- | --: | --: | --: | --: |
    | brier\_loss | sharp | 0.0675 | [0.0587, 0.0763] | 0.73 | 1 |
    | brier\_loss | timid | 0.1425 | [0.1383, 0.1467] | 0.43 | 2 |
    """
    return written(tables.to_markdown(_readable(self, table, wide)), path)


@overload
def to_latex(self: Exported, path: None = None, *, table: Table = ..., wide: bool = ...) -> str: ...
@overload
def to_latex(
    self: Exported, path: str | os.PathLike[str], *, table: Table = ..., wide: bool = ...
) -> None: ...
def to_latex(
    self: Exported,
    path: str | os.PathLike[str] | None = None,
    *,
    table: Table = "summary",
    wide: bool = False,
) -> str | None:
    r"""Return a LaTeX tabular with the rules of the package booktabs, rounded; names are escaped.

    Parameters
    ----------
    path : str or path-like, optional
        Where to write it, in UTF-8. By default it is returned.
    table : {"summary", "differences"}, default="summary"
        Which frame.
    wide : bool, default=False
        Write `table` instead: a row for each model, a column for each loss.

    Returns
    -------
    str or None
        The text; None if it was written.

    Raises
    ------
    ValueError
        For another table, and for differences that are wide.

    Examples
    --------
    >>> import sklearn_xent as sx
    >>> y = [0, 1, 1, 0] * 50
    >>> models = {"sharp": [0.1, 0.7, 0.9, 0.4] * 50, "timid": [0.3, 0.6, 0.6, 0.4] * 50}
    >>> comparison = sx.compare_predictions(y, models, losses="brier_loss")
    >>> print(comparison.to_latex())
    \begin{tabular}{llrrrr}
    \toprule
    loss & model & mean\_loss & 95\% interval & skill & rank \\
    \midrule
    brier\_loss & sharp & 0.0675 & {[}0.0587, 0.0763{]} & 0.73 & 1 \\
    brier\_loss & timid & 0.1425 & {[}0.1383, 0.1467{]} & 0.43 & 2 \\
    \bottomrule
    \end{tabular}
    """
    return written(tables.to_latex(_readable(self, table, wide)), path)


@overload
def to_html(
    self: Exported,
    path: None = None,
    *,
    title: str | None = ...,
    slices: Mapping[str, Any] | None = ...,
) -> str: ...
@overload
def to_html(
    self: Exported,
    path: str | os.PathLike[str],
    *,
    title: str | None = ...,
    slices: Mapping[str, Any] | None = ...,
) -> None: ...
def to_html(
    self: Exported,
    path: str | os.PathLike[str] | None = None,
    *,
    title: str | None = None,
    slices: Mapping[str, Any] | None = None,
) -> str | None:
    """Return the report as a page in HTML that needs nothing else.

    The conclusions in plain words first; then the losses and the differences with their
    intervals, the calibration (of up to 3 million probabilities) and the slices where single
    samples are known, and what was warned of, and how to fix it. Nothing in it runs or is
    fetched, and names are shown as they are, whatever they hold. In a notebook a comparison
    shows itself so.

    Parameters
    ----------
    path : str or path-like, optional
        Where to write it, in UTF-8. By default it is returned.
    title : str, optional
        Its title.
    slices : dict of str to array-like of shape (n_samples,), optional
        The slice of each sample, as `by` takes it, by the name of what slices them.

    Returns
    -------
    str or None
        The page; None if it was written.

    Raises
    ------
    ValueError
        As `by`, for the slices.

    Examples
    --------
    >>> import sklearn_xent as sx
    >>> y = [0, 1, 1, 0] * 50
    >>> models = {"sharp": [0.1, 0.7, 0.9, 0.4] * 50, "timid": [0.3, 0.6, 0.6, 0.4] * 50}
    >>> comparison = sx.compare_predictions(y, models, losses="brier_loss")
    >>> page = comparison.to_html(title="Sharp or timid")
    >>> page[:15], "<title>Sharp or timid</title>" in page
    ('<!doctype html>', True)
    """
    if title is not None and not isinstance(title, str):
        raise ValueError(f"title must be a string; got {shorten(title)}.")
    title = None if title is None else one_line(title)
    return written(html.document(self._report({} if slices is None else slices), title), path)


def style(self: Exported) -> Styler:
    """Return the summary as a pandas ``Styler``, rounded, names escaped: a start for your own.

    Needs jinja2, as every ``Styler``.

    Examples
    --------
    >>> import sklearn_xent as sx
    >>> y = [0, 1, 1, 0] * 50
    >>> models = {"sharp": [0.1, 0.7, 0.9, 0.4] * 50, "timid": [0.3, 0.6, 0.6, 0.4] * 50}
    >>> comparison = sx.compare_predictions(y, models, losses="brier_loss")
    >>> print(comparison.style.hide(slice("rank", None), axis="columns").to_string())
    loss model mean_loss std_error conf_low conf_high confidence_level skill
    brier_loss sharp 0.0675 0.0044 0.0587 0.0763 0.9500 0.7300
    brier_loss timid 0.1425 0.0021 0.1383 0.1467 0.9500 0.4300
    """
    shown: list[Hashable] = ["mean_loss", *_SHARED, "skill"]
    table = summary_of(self).drop(columns=["method", "estimand"])
    if table["mean_score"].notna().any():
        shown.append("mean_score")
    else:
        table = table.drop(columns="mean_score")
    return (
        table.style.hide(axis="index")
        .format(escape="html")
        .format(printable, escape="html", subset=["loss", "model", "reason"])
        .format("{:.4f}", subset=shown, na_rep="")
        .format_index(escape="html", axis="columns")
    )


def _readable(comparison: Exported, table: str, wide: Any) -> pd.DataFrame:
    """Return a table as a person reads it."""
    frames = {
        "summary": lambda: tables.losses_table(summary_rows_of(comparison)),
        "differences": lambda: tables.pairs_table(difference_rows_of(comparison)),
    }
    return _choose(table, frames, _wide_of(comparison, wide))


Frame = Callable[[], pd.DataFrame]


def _wide_of(comparison: Exported, wide: Any) -> Frame | None:
    """Return what makes the wide table, or None where it is not wanted."""
    is_wide = read_flag("wide", wide)
    return (lambda: table(comparison).reset_index()) if is_wide else None


def _choose(name: Any, frames: Mapping[str, Frame], wide: Frame | None) -> pd.DataFrame:
    """Return the frame of a name, or the wide one."""
    if not isinstance(name, str) or name not in frames:
        raise ValueError(f"table must be among {', '.join(frames)}; got {shorten(name)}.")
    if wide is None:
        return frames[name]()
    if name == "differences":
        raise ValueError(
            "wide=True writes mean losses, a row for each model; differences are of pairs. Leave "
            'out wide or table="differences".'
        )
    return wide()


def written(text: str, path: str | os.PathLike[str] | None) -> str | None:
    """Return the text, or None where it was written to a file."""
    if path is None:
        return text
    write_text(path, text)
    return None
