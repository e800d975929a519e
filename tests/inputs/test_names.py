"""Names that mean a class in another form: each gives the exact value, or an error."""

import datetime
import enum
import sqlite3
from collections import namedtuple
from decimal import Decimal
from fractions import Fraction

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

import sklearn_xent as sx
from sklearn_xent.inputs.names import find_misplaced
from tests.support.exact_means import EXACT, P2, SURE, TWO, frame

SWAPPED = [row[::-1] for row in P2]
PETS = ["cat", "dog"]
YEARS = [pd.Timestamp("2020-02-01"), pd.Timestamp("2021-03-01")]
UTC_YEARS = [year.tz_localize("UTC") for year in YEARS]
Level = enum.Enum("Level", "low high")


def named(values, names):
    """Return a frame whose names are exactly these."""
    index = pd.Index(names, dtype=object, tupleize_cols=isinstance(names[0], tuple))
    return pd.DataFrame(np.asarray(values), columns=index)


def labels_of(y):
    """Return the classes where they have no order of their own."""
    return {"labels": y} if isinstance(y[0], enum.Enum | pd.Interval) or y == [0.5, 1.5] else {}


# --- several columns --------------------------------------------------------------------------

FORMS = {
    "numbers as text": ([0, 1], ["0", "1"]),
    "floats as text": ([1, 2], ["1.0", "2.0"]),
    "floats as text of floats": ([1.0, 2.0], ["1", "2"]),
    "zeros before": ([1, 2], ["01", "02"]),
    "a plus sign": ([1, 2], ["+1", "+2"]),
    "exponents": ([1, 2], ["1e0", "2e0"]),
    "negative numbers": ([-1, 1], ["-1", "1"]),
    "huge numbers": ([2**62, 2**63 - 1], [str(2**62), str(2**63 - 1)]),
    "digits of full width": ([1, 2], ["\uff11", "\uff12"]),
    "Arabic digits": ([1, 2], ["\u0661", "\u0662"]),
    "text as numbers": (["1", "2"], [1, 2]),
    "text as floats": (["1", "2"], [1.0, 2.0]),
    "decimals": (["1", "2"], [Decimal("1.0"), Decimal(2)]),
    "fractions": (["1", "2"], [Fraction(1), Fraction(2)]),
    "other decimals": ([0.5, 1.5], ["0.50", "1.5"]),
    "bools as text": ([False, True], ["False", "True"]),
    "bools in small letters": ([False, True], ["false", "true"]),
    "bools as digits": ([False, True], ["0", "1"]),
    "numbers as bools in text": ([0, 1], ["false", "true"]),
    "numbers as yes and no": ([0, 1], ["no", "yes"]),
    "numbers as signs": ([0, 1], ["neg", "pos"]),
    "capitals": (PETS, ["Cat", "DOG"]),
    "numpy strings": (PETS, [np.str_("Cat"), np.str_("Dog")]),
    "spaces": (PETS, ["cat ", " dog"]),
    "tabs and line ends": (PETS, ["cat\t", "dog\r\n"]),
    "hard spaces": (PETS, ["cat\xa0", "dog\xa0"]),
    "invisible spaces": (PETS, ["\ufeffcat", "do\u200bg"]),
    "soft hyphens": (PETS, ["c\xadat", "d\xadog"]),
    "zero bytes": (PETS, ["cat\0", "dog\0"]),
    "case that tells classes apart": (["A", "a"], ["A ", "a "]),
    "bytes of an old encoding": (["th\u00e9", "\u00e9t\u00e9"], [b"th\xe9", b"\xe9t\xe9"]),
    "quotes": (PETS, ['"cat"', '"dog"']),
    "bytes": (PETS, [b"cat", b"dog"]),
    "text of bytes": ([b"cat", b"dog"], PETS),
    "other normal forms": (["caf\u00e9", "th\u00e9"], ["cafe\u0301", "the\u0301"]),
    "no accents": (["caf\u00e9", "th\u00e9"], ["cafe", "the"]),
    "sharp s": (["stra\u00dfe", "weg"], ["STRASSE", "WEG"]),
    "ligatures": (["dog", "fish"], ["Dog", "\ufb01sh"]),
    "underscores": (["los angeles", "new york"], ["los_angeles", "new_york"]),
    "dates as text": (YEARS, ["2020-02-01", "2021-03-01"]),
    "days before months": (YEARS, ["01/02/2020", "01/03/2021"]),
    "months before days": (YEARS, ["02/01/2020", "03/01/2021"]),
    "names of months": (YEARS, ["Feb 2020", "March 2021"]),
    "dates without time": (YEARS, [datetime.date(2020, 2, 1), datetime.date(2021, 3, 1)]),
    "dates with a zone": (YEARS, UTC_YEARS),
    "dates with another zone": (YEARS, [x.tz_localize("Europe/Berlin") for x in YEARS]),
    "zones as text": (UTC_YEARS, ["2020-02-01T00:00:00Z", "2021-03-01T01:00:00+01:00"]),
    "periods": (YEARS, [pd.Period("2020-02", "M"), pd.Period("2021-03", "M")]),
    "dates with their days": (YEARS, ["Saturday, 01 February 2020", "Monday, 1 March 2021"]),
    "years of two digits": (YEARS, ["01.02.20", "01.03.21"]),
    "dates after a word": (YEARS, ["p_2020-02-01", "p_2021-03-01"]),
    "days as numbers": (YEARS, [20200201, 20210301]),
    "days that could be months": ([pd.Timestamp("2020-01-02"), pd.Timestamp("2020-02-01")],
                                  ["2020-01-02", "2020-02-01"]),
    "numbered classes that are floats": ([1.0, 2.0], ["p1", "p2"]),
    "signs after a word": (["<=50K", ">50K"], ["p_<=50K", "p_>50K"]),
    "accents after a word": (["caf\u00e9", "th\u00e9"], ["p_cafe", "p_the"]),
    "years": ([pd.Timestamp("2020"), pd.Timestamp("2021")], ["2020", "2021"]),
    "years as numbers": ([pd.Timestamp("2020"), pd.Timestamp("2021")], [2020, 2021]),
    "durations": ([pd.Timedelta(1, "D"), pd.Timedelta(2, "D")], ["1 days 00:00:00", "2 days"]),
    "intervals": ([pd.Interval(0, 1), pd.Interval(1, 2)], ["(0, 1]", "(1, 2]"]),
    "a prefix": (PETS, ["A_cat", "A_dog"]),
    "a prefix without a sign": (PETS, ["pcat", "pdog"]),
    "a prefix before capitals": (PETS, ["probCat", "probDog"]),
    "a suffix": (PETS, ["cat_proba", "dog_proba"]),
    "brackets": (PETS, ["P(cat)", "P(dog)"]),
    "numbered": ([0, 1], ["p0", "p1"]),
    "numbered floats": ([1, 2], ["class 1.0", "class 2.0"]),
    "numbered signs": ([-1, 1], ["p_-1", "p_1"]),
    "numbers of numbered classes": (["v10", "v9"], ["p10", "p9"]),
    "a level of names": (PETS, [("p", "cat"), ("p", "dog")]),
    "a level of related names": (PETS, [("p", "Cat"), ("p", "Dog")]),
    "a level of numbers": ([1, 2], [("p", 1), ("p", 2)]),
    "tuples of one": (PETS, [("cat",), ("dog",)]),
    "joined tuples": ([("x", 1), ("y", 2)], ["x_1", "y_2"]),
    "members by name": ([Level.low, Level.high], ["low", "high"]),
    "members by value": ([Level.low, Level.high], [1, 2]),
    "members in full": ([Level.low, Level.high], ["Level.low", "Level.high"]),
    "numbers of the position": (PETS, ["0", "1"]),
    "names of polars": (PETS, ["column_0", "column_1"]),
    "truths after a word": ([0, 1], ["p_neg", "p_pos"]),
    "truths before a word": ([False, True], ["no_proba", "yes_proba"]),
    "words of truths after a word": (["negative", "positive"], ["p_neg", "p_pos"]),
    "signs as words": ([-1, 1], ["neg", "pos"]),
    "switches": ([0, 1], ["off", "on"]),
    "number words": ([1, 2], ["one", "two"]),
    "numbers after two words": ([0, 1], ["prob_0", "proba_1"]),
    "ordinals": ([0, 1], ["0th", "1st"]),
    "ranges": (["10-20", "5-10"], ["10 to 20", "5 to 10"]),
    "classes with an ending": (["cats", "dogs"], PETS),
}  # fmt: skip


@pytest.mark.parametrize("case", FORMS)
def test_names_in_the_order_of_the_classes_fit(case):
    y, names = FORMS[case]
    y_true = pd.Series(y, dtype=object) if isinstance(y[0], tuple) else y
    for metric, exact in EXACT:
        value = metric(y_true, named(P2, names), **labels_of(y))
        assert value == pytest.approx(TWO.mean(exact), rel=1e-15)


@pytest.mark.parametrize("case", FORMS)
def test_names_in_another_order_and_form_are_refused(case):
    y, names = FORMS[case]
    y_true = pd.Series(y, dtype=object) if isinstance(y[0], tuple) else y
    with pytest.raises(ValueError, match="the columns of y_proba") as caught:
        sx.brier_loss(y_true, named(SWAPPED, names[::-1]), **labels_of(y))
    assert "Rename the columns to the classes" in str(caught.value)
    assert len(str(caught.value)) < 600


@pytest.mark.parametrize("names", [["left", "right"], ["right", "left"], ["p1", "p2"], ["x", 3],
                                   ["model", "other"], ["a1", "b0"], [None, "x"]])  # fmt: skip
@pytest.mark.parametrize("y", [[0, 1], ["n", "y"], [5, 7]])
def test_unrelated_names_go_by_position(y, names):
    assert sx.brier_loss(y, named(P2, names)) == 0.0625


def test_some_names_after_a_prefix_are_in_the_place_of_their_class():
    y = ["high", "low", "medium"]
    assert sx.brier_loss(y, named(np.eye(3), ["rf_high", "rf_low", "rf_mid"])) == 0.0
    with pytest.raises(ValueError, match="'rf_low' is in column 0"):
        sx.brier_loss(y, named(np.eye(3), ["rf_low", "rf_mid", "rf_high"]))


@pytest.mark.parametrize("names", [[2, 1, 0], [0, 2, 1], ["2", "1", "0"], [1.0, 0.0, 2.0],
                                   ["column_1", "column_2", "column_0"], [3, 2, 1],
                                   ["p2", "p3", "p1"]])  # fmt: skip
@pytest.mark.parametrize("options", [{}, {"labels": ["a", "b", "c"]}])
def test_a_default_frame_whose_columns_were_moved_is_refused(names, options):
    with pytest.raises(ValueError, match="are numbers in another order"):
        sx.brier_loss(["a", "b", "c"], named(np.eye(3), names), **options)


@pytest.mark.parametrize("names", [[2, 1], ["2", "1"], [True, False], [1, -1], ["V2", "V1"]])
@pytest.mark.parametrize("y", [PETS, ["x", "y"]])
def test_two_columns_that_were_moved_are_refused(y, names):
    with pytest.raises(ValueError, match="are numbers in another order"):
        sx.brier_loss(y, named(SWAPPED, names))
    assert sx.brier_loss(y, named(P2, names[::-1])) == 0.0625


@pytest.mark.parametrize(("y", "names"), [(["1", "2"], [True, False]), ([0, 1], ["2", "1"]),
                                          ([-1, 1], ["2", "1"])])  # fmt: skip
def test_a_moved_name_that_happens_to_be_in_the_place_of_a_class_is_refused(y, names):
    with pytest.raises(ValueError, match="Rename the columns to the classes"):
        sx.brier_loss(y, named(SWAPPED, names))


def test_names_follow_labels_that_are_no_sorted_numbers():
    assert sx.brier_loss([2, 1], named(P2, ["2", "1"]), labels=[2, 1]) == 0.0625


def test_names_of_two_models_in_another_form_and_order_are_refused():
    models = {"a": named(P2, ["A_cat", "A_dog"]), "b": named(SWAPPED, ["B_dog", "B_cat"])}
    with pytest.raises(ValueError, match="have the same columns in another order"):
        sx.compare_predictions([0, 1], models)
    models["b"] = named([[0.5, 0.5], [0.25, 0.75]], ["B_cat", "B_dog"])
    result = sx.compare_predictions([0, 1], models, losses="mse")
    assert result.summary.mean_loss.tolist() == [0.0625, 0.15625]


def test_names_of_soft_targets_are_compared_with_those_of_predictions():
    y = named([[1, 0], [0, 1]], ["left", "right"])
    with pytest.raises(ValueError, match="the same columns in another order"):
        sx.brier_loss(y, named(SWAPPED, ["Right", "Left"]), labels=PETS)


def test_many_names_are_compared_fast():
    names = tuple(f"class {i}" for i in range(20_000))
    assert find_misplaced(names, tuple(range(20_000))) is None
    assert find_misplaced(names[::-1], tuple(range(20_000))) == 0


# --- one column -------------------------------------------------------------------------------

ONE = [0.25, 0.75]
ALONE = {
    "the second class": (PETS, "dog", None),
    "the first class": (PETS, "cat", "other"),
    "the second in capitals": (PETS, "DOG", None),
    "the first in capitals": (PETS, "Cat", "seems to be that of"),
    "the first with a space": (PETS, "cat ", "seems to be that of"),
    "the first as bytes": (PETS, b"cat", "seems to be that of"),
    "the first after a word": (PETS, "proba_cat", "seems to be that of"),
    "the first before a word": (PETS, "cat (p)", "seems to be that of"),
    "the second after a word": (PETS, "proba_dog", None),
    "no class": (PETS, "category", None),
    "column 1 of 1 and 2": ([1, 2], 1, "could be class 1 or no name at all"),
    "column 1 of 1 and 2 as text": ([1, 2], "1", "seems to be that of"),
    "column 1 of floats": ([1.0, 2.0], 1, "could be class 1 or no name at all"),
    "column 2 of 2 and 3": ([2, 3], 2, "could be class 2 or no name at all"),
    "column 2 of 1 and 2": ([1, 2], 2, None),
    "column 1 of 0 and 1": ([0, 1], 1, None),
    "column 0 of 1 and 2": ([1, 2], 0, "could be class 0 or no name at all"),
    "column 0 of words": (PETS, 0, "could be class 0 or no name at all"),
    "column 1 of words": (PETS, 1, None),
    "column 1 of bools": ([False, True], 1, None),
    "column 0 of bools": ([False, True], 0, "could be class 0 or no name at all"),
    "True of bools": ([False, True], True, None),
    "False of bools": ([False, True], False, "other"),
    "True of 1 and 2": ([1, 2], True, "seems to be that of"),
    "true in text": ([False, True], "true", None),
    "false in text": ([False, True], "false", "seems to be that of"),
    "no": ([0, 1], "no", "seems to be that of"),
    "-1 of -1 and 1": ([-1, 1], -1, "other"),
    "1 of -1 and 1": ([-1, 1], 1, None),
    "a date": (YEARS, YEARS[0], "other"),
    "a date as text": (YEARS, "2020-02-01", "seems to be that of"),
    "a date with a zone": (YEARS, UTC_YEARS[0], "seems to be that of"),
    "a model": ([0, 1], "model_0", None),
    "the number of the first after a word": ([0, 1], "proba_0", "seems to be that of"),
    "the number of the first in a formula": ([0, 1], "P(y=0)", "seems to be that of"),
    "the number of the second in a formula": ([0, 1], "P(y=1)", None),
    "no after a word": ([0, 1], "prob_neg", "seems to be that of"),
    "words of probabilities only": ([0, 1], "y_proba", None),
    "the first in a case that tells": (["A", "a"], "A", "other"),
    "the first after a model": (PETS, "rf_cat", "seems to be that of"),
    "the first before a model": (PETS, "cat_rf", "seems to be that of"),
    "False after a model": ([False, True], "rf_False", "seems to be that of"),
    "True after a model": ([False, True], "rf_True", None),
    "the first after its negation": (["no_spam", "spam"], "rf_no_spam", "seems to be that of"),
    "the second of these": (["no_spam", "spam"], "rf_spam", None),
    "signs of the first": (["<=50K", ">50K"], "P(<=50K)", "seems to be that of"),
    "signs of the second": (["<=50K", ">50K"], "P(>50K)", None),
    "a model named like a class": (["a", "b"], "model_a", None),
    "the first by its member": ([Level.low, Level.high], "low", "seems to be that of"),
    "a level of the second": (PETS, ("p", "dog"), None),
    "a level of the first": (PETS, ("p", "cat"), "seems to be that of"),
    "a level of 1 of 1 and 2": ([1, 2], ("p", 1), "seems to be that of"),
    "no level of a class": (PETS, ("p", "other"), None),
    "not the second": (PETS, "not_dog", "seems to be that of 'cat'"),
    "not the second, after a word": (PETS, "P(no dog)", "seems to be that of 'cat'"),
    "not the first": (PETS, "non-cat", None),
    "not the second number": ([0, 1], "p_not_1", "seems to be that of 0"),
    "a negation in a class": (["no_spam", "spam"], "p_no_spam", "seems to be that of 'no_spam'"),
    "a negation in the first": (["not sure", "sure"], "p_not_sure", "seems to be that of 'not s"),
    "a negation in it alone": (["not sure", "yes"], "p_not_sure", "seems to be that of 'not s"),
    "a negative number after a word": ([-1, 1], "p_-1", "seems to be that of -1"),
    "a hyphen before a number": ([0, 1], "p-1", None),
    "a sign as a word": ([-1, 1], "neg", "seems to be that of -1"),
    "the other sign as a word": ([-1, 1], "p_pos", None),
    "the first as a word": ([1, 2], "one", "seems to be that of 1"),
    "the first before a capital": (PETS, "catProb", "seems to be that of 'cat'"),
    "a capital within a class": (["McA", "xyz"], "p_McA", "seems to be that of 'McA'"),
    "what begins like False": ([False, True], "false_alarm", None),
    "a model that begins like False": ([False, True], "false_rate_True", None),
}


@pytest.mark.parametrize("as_frame", [False, True])
@pytest.mark.parametrize("case", ALONE)
def test_one_named_column(case, as_frame):
    y, name, found = ALONE[case]
    options = {"labels": y}
    column = pd.Series(ONE[::-1] if found == "other" else ONE, name=name)
    proba = column.to_frame() if as_frame else column
    if found in (None, "other"):
        assert sx.brier_loss(y, proba, **options) == 0.0625
    else:
        with pytest.raises(ValueError, match=found):
            sx.brier_loss(y, proba, **options)


@pytest.mark.parametrize(("name", "column"), [("dog", ONE), ("cat", ONE[::-1]), ("", ONE)])
def test_a_named_column_of_polars(name, column):
    assert sx.brier_loss(PETS, pl.Series(name, column), labels=PETS) == 0.0625
    with pytest.raises(ValueError, match="its type is not that of a class"):
        sx.brier_loss(PETS, pl.Series("Cat", column), labels=PETS)


# --- tables of other libraries ----------------------------------------------------------------


class Duck:
    """A table or column of a library that is not known, which numpy can read."""

    def __init__(self, values, **attributes):
        self.values = np.asarray(values)
        self.shape = self.values.shape
        vars(self).update(attributes)

    def __array__(self, dtype=None, copy=None):
        return self.values

    def __len__(self):
        return len(self.values)


class Convertible(Duck):
    def to_pandas(self):
        raise AssertionError("nothing is converted unasked")


class Late(Duck):
    def compute(self):
        raise AssertionError("nothing is converted unasked")


class Relation(Duck):
    def __getitem__(self, name):
        raise TypeError("no item")

    def df(self):
        raise AssertionError("nothing is converted unasked")


class Wide(Duck):
    def __getitem__(self, name):
        return self.values


class Readable(Duck):
    def __getitem__(self, name):
        return self.values[:, self.columns.index(name)]


class Lazy:
    columns = property(lambda self: pytest.fail("asking for columns may compute them"))

    def collect(self):
        return self


class Interchange(Duck):
    def __dataframe__(self):
        raise AssertionError("nothing is converted unasked")


def rows_of_a_database():
    connection = sqlite3.connect(":memory:")
    connection.row_factory = sqlite3.Row
    rows = connection.execute("select 0.25 as dog, 0.75 as cat union all select 0.75, 0.25")
    out = rows.fetchall()
    connection.close()
    return out


DATABASE = rows_of_a_database()
REFUSED = {
    "columns": (Duck(SWAPPED, columns=["dog", "cat"]), "columns are not read"),
    "an index as columns": (Duck(SWAPPED, columns=pd.Index(["dog", "cat"])), "columns are not"),
    "columns in a tuple": (Duck(SWAPPED, columns=("dog", "cat")), "columns are not read"),
    "columns by method": (Convertible(SWAPPED, columns=["a"]), r"Pass y_proba.to_pandas\(\)"),
    "an index": (Duck(SWAPPED, index=[1, 0]), "whose index and names are not read"),
    "coordinates": (Duck(P2, dims=("row", "class"), coords={"class": PETS}), "coordinates are"),
    "computed late": (Late(SWAPPED, columns=pd.Index(PETS[::-1])), r"Pass y_proba.compute\(\)"),
    "lazy": (Lazy(), r"Pass y_proba.collect\(\)"),
    "lazy polars": (pl.LazyFrame({"dog": [0.5, 0.5], "cat": [0.5, 0.5]}), r"y_proba.collect\(\)"),
    "structs of polars": (
        pl.DataFrame({"dog": [0.25, 0.75], "cat": [0.75, 0.25]}).to_struct("y"),
        r"whose fields are not read and would be lost. Pass y_proba.struct.unnest\(\)",
    ),
    "masked structs": (
        np.ma.array(np.array([(0.25, 0.75)] * 2, dtype=[("dog", "f8"), ("cat", "f8")])),
        "must hold real numbers; got dtype",
    ),
    "rows of a database": (DATABASE, "such as Row"),
    "columns that cannot be read": (
        Relation(SWAPPED, columns=PETS[::-1]),
        r"cannot be read one by one \(TypeError: no item\).*Pass y_proba.df\(\)",
    ),
    "columns that are no vectors": (Wide(SWAPPED, columns=PETS[::-1]), "are no vectors"),
    "only an interchange protocol": (Interchange(SWAPPED), "columns are not read"),
    "a list of rows": (
        [pd.Series(row, index=PETS[::-1]) for row in SWAPPED],
        "a list of items with names of their own, such as Series",
    ),
    "a list of frames": ([named([row], PETS) for row in P2], "such as DataFrame"),
    "a list of columns": ([pl.Series("cat", [0.5, 0.5])] * 2, "such as Series"),
    "named tuples of two kinds": (
        [namedtuple("A", PETS)(*P2[0]), namedtuple("B", PETS[::-1])(*SWAPPED[1])],
        "names of their own, such as [AB]",
    ),
    "doubled columns of Arrow": (
        pa.table([[0.5, 0.5], [0.5, 0.5]], names=["cat", "cat"]),
        "several columns",
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", REFUSED)
def test_names_that_would_be_lost(case):
    data, message = REFUSED[case]
    with pytest.raises(ValueError, match=message):
        sx.brier_loss(PETS, data)


@pytest.mark.parametrize("argument", ["sample_weight", "groups", "times", "y_true"])
def test_an_index_of_another_library_is_refused_for_every_argument(argument):
    column = Late([0, 1], index=pd.Index([1, 0]))
    arguments = {"y_true": [0, 1], "predictions": {"a": P2}, argument: column}
    with pytest.raises(
        ValueError, match=f"{argument} is a Late of tests, whose index.*{argument}.compute"
    ):
        sx.compare_predictions(**arguments)


Row = namedtuple("Row", PETS[::-1])
READ = {
    "polars": pl.DataFrame({"dog": [0.25, 0.75], "cat": [0.75, 0.25]}),
    "Arrow": pa.table({"dog": [0.25, 0.75], "cat": [0.75, 0.25]}),
    "batches of Arrow": pa.record_batch({"dog": [0.25, 0.75], "cat": [0.75, 0.25]}),
    "columns by name": Readable(SWAPPED, columns=PETS[::-1]),
    "named tuples": [Row(*row) for row in SWAPPED],
    "no names": Duck(P2),
    "dimensions without names": Duck(P2, dims=("row", "class"), coords={}),
    "methods called alike": Duck(P2, index=lambda x: x, columns=lambda: PETS),
    "no index": Duck(P2, index=None, columns=None),
    "a list of arrays": [np.array(row) for row in P2],
}


@pytest.mark.parametrize("case", READ)
def test_names_that_are_read(case):
    for metric, exact in EXACT:
        assert metric(PETS, READ[case]) == pytest.approx(TWO.mean(exact), rel=1e-15)


# --- ordered categories -----------------------------------------------------------------------

LOW = ["low", "high"]


def ordered(values=("low", "high"), categories=("low", "high"), **options):
    return pd.Categorical(list(values), list(categories), **{"ordered": True, **options})


CATEGORIES = {
    "array": (ordered(), P2, None),
    "series": (pd.Series(ordered()), P2, None),
    "index": (pd.CategoricalIndex(ordered()), P2, None),
    "frame": (pd.DataFrame({"y": ordered()}), P2, None),
    "other names": (ordered(), frame(P2, ["left", "right"]), None),
    "default names": (ordered(), frame(P2), None),
    "one column": (ordered((0, 1), (1, 0)), [0.25, 0.75], None),
    "three, one of them unused": (ordered("ac", "cba"), [[0.5, 0.25, 0.25]] * 2, None),
    "polars": (pl.Series(LOW, dtype=pl.Enum(LOW)), P2, None),
    "Arrow": (pa.DictionaryArray.from_arrays([0, 1], LOW, ordered=True), P2, None),
    "names": (ordered(), frame(SWAPPED, ["high", "low"]), TWO),
    "names in the order of categories": (ordered(), frame(P2, LOW), TWO),
    "one name": (ordered(), pd.Series([0.75, 0.25], name="low"), TWO),
    "not ordered": (ordered(ordered=False), SWAPPED, TWO),
    "sorted": (ordered("ab", "ab"), P2, TWO),
    "sorted but for one that is unused": (ordered("ab", "cab"), P2, TWO),
    "polars, sorted": (pl.Series(PETS, dtype=pl.Enum(PETS)), P2, TWO),
    "Arrow, not ordered": (pa.DictionaryArray.from_arrays([0, 1], LOW), SWAPPED, TWO),
    "soft targets": (frame([[1, 0], [0, 1]], pd.CategoricalIndex(ordered())), P2[::-1], SURE),
}  # fmt: skip


@pytest.mark.parametrize("case", CATEGORIES)
def test_ordered_categories(case):
    y, proba, plain = CATEGORIES[case]
    if case == "soft targets":  # have the classes of their columns
        proba, plain = frame([[1, 0], [0, 1]], LOW), SURE
    if plain is None:
        with pytest.raises(ValueError, match=r"y_true is an ordered categorical.*Pass labels="):
            sx.brier_loss(y, proba)
        return
    for metric, exact in EXACT:
        assert metric(y, proba) == pytest.approx(plain.mean(exact), rel=1e-15)


def test_labels_tell_the_order_of_categories():
    assert sx.brier_loss(ordered(), P2, labels=LOW) == 0.0625
    assert sx.classification_error(ordered(), ordered()) == 0.0


# --- predicted labels -------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("true", "predicted"),
    [
        (PETS, ["cat ", "dog"]),
        (PETS, ["cat", "DOG"]),
        (["1", "2"], ["1.0", "2.0"]),
        (["caf\u00e9", "the"], ["cafe\u0301", "the"]),
        (["a", "b"], ["a\xa0", "b"]),
    ],
)
def test_predicted_labels_in_another_form_are_refused(true, predicted):
    with pytest.raises(ValueError, match="looks like the same class in another form"):
        sx.classification_error(true, predicted)
    assert sx.classification_error(true, predicted, labels=sorted({*true, *predicted})) > 0


@pytest.mark.parametrize(
    "groups",
    [
        [7, "7", 8],
        ["7", 7.0, "8"],
        [b"a", "a", "b"],
        [7, b"7", 8],
        [YEARS[0], "2020-02-01", YEARS[1]],
        [YEARS[0], datetime.date(2020, 2, 1), YEARS[1]],
        [Decimal("7.5"), "7.50", "8"],
        [Decimal("0.1"), 0.1, 8],
    ],
)
def test_groups_in_two_forms_are_refused(groups):
    with pytest.raises(ValueError, match="look like the same cluster in two forms"):
        sx.compare_predictions([0, 1, 1], {"a": [*P2, P2[0]]}, groups=groups)
    kept = ["A", "a", 7, "8"]  # text differs in any character, as names of clusters may
    sx.compare_predictions([0, 1, 1, 0], {"a": P2 + P2}, groups=kept)


def test_labels_may_have_attributes_of_tables():
    kind = enum.Enum("kind", "keys columns")
    labels = [kind.keys, kind.columns]
    assert sx.brier_loss(labels, P2, labels=labels) == 0.0625


def test_labels_that_differ_only_in_form_may_be_true_classes():
    assert sx.classification_error(["a", "A", "b"], ["A", "A", "b"]) == 1 / 3


# --- tensors as labels ------------------------------------------------------------------------


class Tensor:
    """As tensors of torch: equal ones have different hashes, and compare to a tensor."""

    def __init__(self, value):
        self.value = np.asarray(value)

    ndim = property(lambda self: self.value.ndim)
    shape = property(lambda self: self.value.shape)

    def __array__(self, dtype=None, copy=None):
        return self.value

    def __eq__(self, other):
        return Tensor(self.value == np.asarray(other))

    __hash__ = object.__hash__

    def __float__(self):
        return float(self.value)

    def __int__(self):
        return int(self.value)

    def item(self):
        return self.value.item()


class NoItem(Tensor):
    item = property()


class WithDLPack(Tensor):
    dtype = property(lambda self: self.value.dtype)

    def __dlpack__(self, **options):
        return self.value.__dlpack__(**options)


def tensors(values, kind=Tensor):
    return [kind(value) for value in values]


Y, GUESS = [0, 1, 1], [0, 1, 0]
AS_TENSORS = {
    "list": tensors,
    "tuple": lambda values: tuple(tensors(values)),
    "DLPack": lambda values: tensors(values, WithDLPack),
    "no item": lambda values: tensors(values, NoItem),
    "vectors of one": lambda values: tensors([[value] for value in values]),
    "mixed": lambda values: [Tensor(values[0]), *values[1:]],
    "series": lambda values: pd.Series(tensors(values), dtype=object),
    "objects": lambda values: np.array([*tensors(values), None], dtype=object)[:-1],
}


@pytest.mark.parametrize("form", AS_TENSORS)
def test_tensors_as_labels(form):
    make = AS_TENSORS[form]
    assert sx.classification_error(make(Y), make(GUESS)) == 1 / 3
    assert sx.classification_error(make(Y), GUESS) == 1 / 3
    assert sx.classification_error(Y, make(GUESS)) == 1 / 3
    assert sx.brier_loss(make(Y), [0, 1, 0]) == 1 / 3
    if form != "vectors of one":
        assert sx.brier_loss(Y, [0, 1, 0], labels=make([0, 1])) == 1 / 3


@pytest.mark.parametrize("form", AS_TENSORS)
def test_tensors_as_groups_folds_and_times(form):
    make, rng = AS_TENSORS[form], np.random.default_rng(0)
    proba = rng.random(24)
    models = {"a": proba, "b": proba**2}
    y, group = np.arange(24) % 2, (np.arange(24) // 2).tolist()
    for argument in ("groups", "folds", "times"):
        plain = sx.compare_predictions(y, models, losses="mse", **{argument: group})
        as_tensors = sx.compare_predictions(y, models, losses="mse", **{argument: make(group)})
        pd.testing.assert_frame_equal(plain.differences, as_tensors.differences)


def test_tensors_as_groups_of_a_stream():
    arguments = {"labels": tensors([0, 1]), "models": ["a"], "groups": True}
    stream = sx.LossAccumulator(**arguments)
    for _ in range(2):
        stream.update(tensors(Y), {"a": [0.1, 0.9, 0.4]}, groups=tensors([7, 7, 8]))
    assert set(stream._state.clusters) == {7, 8}


def test_a_missing_tensor_is_missing():
    with pytest.raises(ValueError, match="1 of 2 labels are missing; first nan in row 1"):
        sx.brier_loss(tensors([0.0, np.nan]), P2)


def test_fractional_tensors_are_no_labels():
    with pytest.raises(ValueError, match=r"got fractional numbers, first 0\.5 in row 0"):
        sx.brier_loss(tensors([0.5, 1.0]), P2)


@pytest.mark.parametrize(
    "columns", [["one", "two"], ["one", "many"], ["0_1", "1_2"], ["2_1", "1_2"]]
)
def test_names_with_numbers_that_are_not_all_classes_are_names(columns):
    proba = pd.DataFrame([[0.75, 0.25], [0.25, 0.75]], columns=columns)
    assert sx.brier_loss([0, 1], proba) == 0.0625


@pytest.mark.parametrize("columns", [["one", "zero"], ["p_one", "p_zero"]])
def test_number_words_of_all_classes_in_another_order_are_an_error(columns):
    with pytest.raises(ValueError, match="name some of the classes"):
        sx.brier_loss([0, 1], pd.DataFrame(np.eye(2), columns=columns))
