import io

import numpy as np
import pandas as pd
import pytest

import sklearn_xent as sx
from tests.support.hostile import NAMES, comparison


@pytest.fixture(scope="module")
def result():
    return comparison()[0]


def test_to_frame_holds_every_estimate(result):
    frame = result.to_frame()
    assert list(frame) == [
        "estimate", "loss", "model_a", "model_b", "value", "std_error", "conf_low", "conf_high",
        "confidence_level", "pvalue", "pvalue_holm", "conclusion", "n_obs", "method", "estimand",
    ]  # fmt: skip
    means, pairs = (frame[frame["estimate"] == x] for x in ("mean loss", "difference"))
    assert np.array_equal(means["value"], result.summary["mean_loss"])
    assert means["model_b"].isna().all()
    assert np.array_equal(pairs["value"], result.differences["difference"])
    assert pairs["conclusion"].tolist() == result.differences["conclusion"].tolist()


def test_to_frame_of_one_model():
    frame = sx.compare_predictions([0, 1, 0, 1], {"a": [0.1, 0.8, 0.3, 0.9]}).to_frame()
    assert frame["estimate"].eq("mean loss").all()
    assert len(frame) == 3


@pytest.mark.parametrize("table", ["estimates", "summary", "differences"])
def test_to_csv_reads_back(result, table):
    frame = result.to_frame() if table == "estimates" else getattr(result, table)
    back = pd.read_csv(io.StringIO(result.to_csv(table=table)), keep_default_na=True)
    assert list(back) == list(frame)
    for name in frame.select_dtypes("number"):
        assert np.allclose(back[name].astype(float), frame[name].astype(float), equal_nan=True)


def test_to_csv_has_no_formula(result):
    for line in result.to_csv().splitlines():
        assert not line.lstrip('"').startswith(tuple("=+-@"))
    assert f'"\'{NAMES["formula"]}"' in result.to_csv()


@pytest.mark.parametrize("form", ["to_markdown", "to_latex"])
@pytest.mark.parametrize("table", ["summary", "differences"])
def test_markup_has_a_row_for_each(result, form, table):
    text = getattr(result, form)(table=table)
    extra = {"to_markdown": 2, "to_latex": 6}[form]
    assert len(text.splitlines()) == len(getattr(result, table)) + extra


@pytest.mark.parametrize("form", ["to_csv", "to_markdown", "to_latex", "to_html"])
def test_files(result, form, tmp_path):
    path = tmp_path / "out"
    assert getattr(result, form)(path) is None
    assert path.read_text(encoding="utf-8") == getattr(result, form)()


@pytest.mark.parametrize("form", ["to_csv", "to_markdown", "to_latex"])
@pytest.mark.parametrize("table", ["other", None, ["summary"]])
def test_unknown_tables(result, form, table):
    with pytest.raises(ValueError, match=r"table must be among .*summary, differences; got"):
        getattr(result, form)(table=table)


def test_style_escapes_names(result):
    html = result.style.to_html()
    assert "<script" not in html
    assert "&lt;script&gt;" in html
