"""Tables that are parts of others, whose columns share names, or whose lines are long."""

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.dataset as ds
import pyarrow.parquet as pq
import pytest

import sklearn_xent as sx
from sklearn_xent.inputs.names import check_order
from sklearn_xent.streaming import readers
from sklearn_xent.streaming.readers import check_columns

RNG = np.random.default_rng(0)
FRAME = pd.DataFrame({"y": [0, 1] * 20, "a": np.linspace(0.1, 0.9, 40), "b": 0.5})
ARGUMENTS = {"y_true": "y", "predictions": {"a": "a", "b": "b"}, "labels": [0, 1], "losses": "mse"}


def means(data, **options):
    return sx.compare_table(data, **ARGUMENTS, **options).summary["mean_loss"].tolist()


@pytest.fixture
def dataset(tmp_path):
    pq.write_table(pa.Table.from_pandas(FRAME), tmp_path / "table.parquet")
    return ds.dataset(tmp_path / "table.parquet")


def test_filtered_datasets_and_scanners_are_read(dataset, tmp_path):
    some = ds.field("a") > 0.5
    expected = means(FRAME[FRAME["a"] > 0.5])
    assert means(dataset.filter(some)) == expected
    assert means(dataset.scanner(filter=some)) == expected
    assert means(dataset.filter(some), batch_size=3) == expected
    with pytest.raises(ValueError, match="state is for files"):
        means(dataset.filter(some), state=tmp_path / "state")
    with pytest.raises(ValueError, match="there is no column 'b'"):
        means(dataset.scanner(columns=["y", "a"]))


def named(names):
    return pa.Table.from_arrays([pa.array(FRAME["y"]), *[pa.array(FRAME["a"])] * 3], names=names)


def test_columns_of_one_name(tmp_path):
    with pytest.raises(ValueError, match="there are several columns 'b'"):
        means(named(["y", "a", "b", "b"]))
    with pytest.raises(ValueError, match="there are several columns 'a'"):
        means(iter([named(["y", "a", "b", "a"])]))
    pq.write_table(named(["y", "a", "z", "z"]), tmp_path / "twice.parquet")
    with pytest.raises(ValueError, match=r"data cannot be read: .*Give each column a name"):
        means(tmp_path / "twice.parquet")
    (tmp_path / "twice.csv").write_text("y,a,b,b\n0,0.1,0.2,0.3\n")
    with pytest.raises(ValueError, match=r"multiple columns named b\. Give each column a name"):
        means(tmp_path / "twice.csv")


def test_long_lines_are_read(tmp_path, monkeypatch):
    monkeypatch.setattr(readers, "LEAST_BLOCK", 100)
    path = tmp_path / "long.csv"
    FRAME.assign(note="x" * 5000).to_csv(path, index=False)
    assert means(path) == pytest.approx(means(FRAME))
    short = FRAME.assign(note=["x"] * 39 + ["x" * 5000])
    short.to_csv(path, index=False)
    with pytest.raises(ValueError, match="a line is much longer than the first two"):
        means(path)


BROKEN = {
    "ragged": b"y,a,b\n0,0.1,0.2\n1,0.1\n",
    "text": b"y,a,b\n0,0.1,x\n",
    "empty": b"",
}


@pytest.mark.parametrize("content", BROKEN.values(), ids=BROKEN)
def test_broken_text_files_say_so(tmp_path, content):
    (tmp_path / "broken.csv").write_bytes(content)
    with pytest.raises(
        ValueError, match=r"^data cannot be read: .*Check the file, or read it with"
    ):
        means(tmp_path / "broken.csv")


def test_many_columns_are_looked_up_and_not_searched():
    class Name(str):
        compared = 0
        __hash__ = str.__hash__

        def __eq__(self, other):
            Name.compared += 1
            return str(self) == str(other)

    n = 500
    check_columns([Name(i) for i in range(n)], [Name(i) for i in range(n)][::-1])
    assert Name.compared < 20 * n


class ReadOnce:
    """Labels that count how often they are read."""

    def __init__(self, labels):
        self.labels, self.read = np.asarray(labels), 0
        self.shape = self.labels.shape

    def __len__(self):
        return len(self.labels)

    def __array__(self, dtype=None, copy=None):
        self.read += 1
        return self.labels


def test_groups_do_not_read_the_labels_again():
    def reads(**arguments):
        y = ReadOnce([0, 1, 1, 0])
        accumulator = sx.LossAccumulator(labels=[0, 1], models=["a"], groups=bool(arguments))
        accumulator.update(y, {"a": [0.1, 0.8, 0.7, 0.3]}, **arguments)
        return y.read

    assert reads(groups=[1, 1, 2, 2]) == reads()


def test_groups_are_still_matched_by_their_index():
    y = pd.Series([0, 1, 1, 0], index=list("abcd"))
    accumulator = sx.LossAccumulator(labels=[0, 1], models=["a"], groups=True)
    groups = pd.Series([1, 1, 2, 2], index=list("dcba"))
    with pytest.raises(ValueError, match="the same index in another order"):
        accumulator.update(y, {"a": [0.1, 0.8, 0.7, 0.3]}, groups=groups)
    assert accumulator.n_obs == 0


def test_a_list_of_columns_is_no_list_of_batches():
    # a Series of pandas 3 gives Arrow data, and one of pandas 2 does not
    message = "data must be a table with named columns, or an iterable|batch 0 is no table"
    with pytest.raises(ValueError, match=message):
        means([FRAME["y"], FRAME["a"]])


ORDERS = {
    "truths": ([0, 1], ["m_pos", "m_neg"]),
    "words of truths": (["no", "yes"], ["p_true", "p_false"]),
    "the other class": (["cat", "dog"], ["p_not_dog"]),
    "the other class, before a word": (["cat", "dog"], ["p no dog"]),
}


@pytest.mark.parametrize("case", ORDERS)
def test_names_of_columns_that_tell_another_order(case):
    labels, columns = ORDERS[case]
    with pytest.raises(ValueError, match="whose names tell another order of the classes than lab"):
        check_order("predictions['m']", columns, labels)
    turned = columns[::-1] if len(columns) > 1 else ["p_not_cat"]
    check_order("predictions['m']", turned, labels)


@pytest.mark.parametrize("labels", [[0, 1], ["0", "1"]])
def test_a_column_named_by_a_number_may_be_of_a_model_of_this_number(labels):
    check_order("predictions['m']", ["0"], labels)
    with pytest.raises(ValueError, match="A single column holds the probabilities of the second"):
        check_order("predictions['m']", ["no"], ["no", "yes"])
