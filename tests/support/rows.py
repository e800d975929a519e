"""Rows of both frames of a comparison, for tests of what is told of them."""

from dataclasses import replace

from sklearn_xent.report.rows import DifferenceRow, SummaryRow

NAN = float("nan")

MEAN = SummaryRow(
    loss="loss", model="a", mean_loss=0.1, std_error=0.01, conf_low=NAN, conf_high=NAN,
    confidence_level=0.95, skill=NAN, rank=1, n_obs=50, n_zero_probability=0, method="t interval",
    estimand="mean loss", status="ok", reason="", caution="", n_normalized=None, mean_score=NAN,
    may_be_best=None,
)  # fmt: skip
PAIR = DifferenceRow(
    loss="loss", model_a="a", model_b="b", loss_a=0.2, loss_b=0.3, difference=-0.1, std_error=0.025,
    conf_low=-0.15, conf_high=-0.05, confidence_level=0.95, statistic=-4.0, df=49.0, pvalue=0.01,
    pvalue_holm=0.02, method="paired t", estimand="difference in mean loss", n_obs=50,
    n_groups=None, n_splits=1, n_repeats=1, n_discordant=None, label_leverage=0.1,
    sample_leverage=0.1, degenerate=False, conclusion="a better", retraining=None, caution="",
    detectable_difference=NAN,
)  # fmt: skip


def change(rows, *where, **columns):
    """Put values into the rows at some places, or into all: one value, or one for each."""
    places = list(where) or range(len(rows))
    for column, values in columns.items():
        each = values if isinstance(values, list) else [values] * len(places)
        for i, value in zip(places, each, strict=True):
            rows[i] = replace(rows[i], **{column: value})
