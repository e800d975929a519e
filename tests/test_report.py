import pandas as pd

from sklearn_xent import report


def frames(verdicts):
    """A best model "m" and one other for each verdict: (difference, low, high, conclusion)."""
    names = ["m", *(f"other {i}" for i in range(len(verdicts)))]
    summary = pd.DataFrame(
        {
            "model": names,
            "mean_loss": [0.1, *(0.1 - v[0] for v in verdicts)],
            "rank": range(1, len(names) + 1),
            "n_zero_probability": 0,
            "method": "t interval",
        }
    )
    differences = pd.DataFrame(
        [
            {"model_a": "m", "model_b": name, "difference": d, "conf_low": low, "conf_high": high,
             "loss_a": 0.1, "loss_b": 0.1 - d, "n_obs": 50, "n_splits": 1, "doubt": "",
             "pvalue": 0.01 if high < 0 else 0.4, "method": "paired t",
             "label_leverage": 0.1, "sample_leverage": 0.1,
             "conclusion": conclusion, "degenerate": low != low, "confidence_level": 0.95}
            for name, (d, low, high, conclusion) in zip(names[1:], verdicts, strict=True)
        ]
    )  # fmt: skip
    return summary, differences


def headline(verdicts, **options):
    return report.headline(report.Shown("Loss", "nats"), *frames(verdicts), **options)


def test_lower():
    assert headline([(-0.2, -0.3, -0.1, "a lower")]) == (
        "Loss: m has the lowest mean loss, 0.1 nats; shown by the data to be less than that of "
        "other 0 (lower by 0.2, 95% interval 0.1 to 0.3)."
    )


def test_open():
    assert headline([(-0.2, -0.5, 0.1, "inconclusive")]).endswith(
        "; the data cannot tell it apart from other 0 (lower by 0.2, 95% interval -0.1 to 0.5)."
    )


def test_open_only_after_adjusting():
    assert "not shown once adjusted for all pairs" in headline([(-0.2, -0.3, -0.1, "inconclusive")])


def test_degenerate():
    nan = float("nan")
    assert "nothing can be said against other 0 (lower by 0.2 in every sample alike)" in headline(
        [(-0.2, nan, nan, "inconclusive")]
    )


def test_many_are_counted():
    assert "other 2 (lower by" in headline([(-0.2, -0.3, -0.1, "a lower")] * 5)
    assert "and 2 more" in headline([(-0.2, -0.3, -0.1, "a lower")] * 5)


def test_best_as_model_b_turns_the_signs():
    summary, differences = frames([(-0.2, -0.3, -0.1, "a lower")])
    turned = differences.assign(
        model_a="other 0", model_b="m", difference=0.2, conf_low=0.1, conf_high=0.3,
        conclusion="b lower",
    )  # fmt: skip
    as_b = report.headline(report.Shown("Loss", "nats"), summary, turned)
    assert as_b == headline([(-0.2, -0.3, -0.1, "a lower")])


def test_best_outside_the_baseline_pairs():
    summary, differences = frames([(-0.2, -0.3, -0.1, "a lower")] * 2)
    others = differences.assign(model_a="other 0", model_b="other 1")
    told = report.headline(report.Shown("Loss"), summary, others)
    assert told == "Loss: m has the lowest mean loss, 0.1; it was compared with no other model."


def test_doubtful_intervals_are_told():
    summary, differences = frames([(-0.2, -0.3, -0.1, "a lower")] * 5)
    differences.loc[[0, 2, 3, 4], "label_leverage"] = 0.6
    said = report.headline(report.Shown("Loss"), summary, differences)
    assert said.endswith(
        " One sample may decide much of the interval of the difference to other 0, other 2 and "
        "other 3 and 1 more."
    )


def test_nearest_are_told_first():
    verdicts = [(-0.4, -0.9, 0.1, "inconclusive"), (-0.1, -0.6, 0.4, "inconclusive")]
    said = headline(verdicts)
    assert said.index("other 1") < said.index("other 0")
