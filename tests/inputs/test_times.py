import datetime
import re

import numpy as np
import pandas as pd
import pytest

from sklearn_xent.inputs.times import read_times

ORDER = [2, 0, 1, 3, 0]
DAYS = [datetime.date(2020, 1, 1 + i) for i in ORDER]


@pytest.mark.parametrize(
    "times",
    [
        ORDER,
        np.array(ORDER, dtype=np.uint8),
        np.array(ORDER) * 0.5 - 1,
        [2**70 * i for i in ORDER],
        DAYS,
        np.array(DAYS, dtype="datetime64[s]"),
        pd.Series(DAYS),
        pd.Series(pd.to_datetime(DAYS)).dt.tz_localize("Europe/Zurich"),
        pd.to_datetime(DAYS),
        pd.PeriodIndex(DAYS, freq="D"),
        [str(day) for day in DAYS],
        [(2020, i) for i in ORDER],
        [f"week {i + 8:02d}" for i in ORDER],
        [f"2020Q{i + 1}" for i in ORDER],
        [f"Q{i + 1} 2020" for i in ORDER],
        [f"Q{i + 1} 202{i}" for i in ORDER],  # in order all the same
        [f"{20 + i}-01-05" for i in ORDER],
        [f"{20 + i}.{i + 1:02d}.01" for i in ORDER],
        [f"0{i + 1}/15/21" for i in ORDER],
        [f"0{i + 1}.01.21" for i in ORDER],
        [f"store 12 2020-01-0{i + 1}" for i in ORDER],
        [f"run {i + 1} of 2" for i in ORDER],
        [["20-03-05", "20-03-06", "21-01-01", "21-01-02"][i] for i in ORDER],
        [["01/31/21", "02/15/21", "03/01/21", "04/01/21"][i] for i in ORDER],
        [f"{2020 + i} after {2010 - i}" for i in ORDER],
        [f"0.{25 + 5 * i}" for i in ORDER],
        [("2020", f"{i + 8:02d}") for i in ORDER],
        [("2020", i) for i in ORDER],
        [f"2020-03-{26 + i}T00:00:00+0{1 + (i > 2)}:00" for i in ORDER],  # summer time begins
        [f"2020/01/01 0{i}:00 +0100" for i in ORDER],
        [str(10**30 + i) for i in ORDER],
        [b"cabda"[i : i + 1] for i in [0, 1, 2, 3, 1]],
        pd.Series(ORDER, dtype="Int64"),
        pd.Series(["mon", "sun", "sat", "tue", "sun"]).astype(
            pd.CategoricalDtype(["sun", "sat", "mon", "tue"], ordered=True)
        ),
        pd.Series(["c", "a", "b", "d", "a"], dtype="category"),
        np.array(ORDER)[:, None],
        np.ma.array(ORDER),
    ],
)
def test_times_of_any_kind_become_codes_in_their_order(times):
    assert read_times(times).codes.tolist() == ORDER


def test_the_index_is_kept():
    times = read_times(pd.Series(ORDER, index=list("vwxyz")))
    assert list(times.index) == list("vwxyz")
    assert len(times) == 5
    assert read_times(ORDER).index is None


def test_polars_times():
    polars = pytest.importorskip("polars", reason="polars is not required")
    assert read_times(polars.Series(DAYS)).codes.tolist() == ORDER


@pytest.mark.parametrize(
    ("times", "message"),
    [
        ([1, 2, None, 3], "times: 1 of 4 times are missing; first None in row 2. Drop these rows"),
        ([1.0, np.nan, np.nan], "times: 2 of 3 times are missing; first nan in row 1."),
        (pd.to_datetime(["2020-01-01", None]), "1 of 2 times are missing; first NaT in row 1."),
        ([1, 2, "3"], "times must be of one kind that can be sorted; '3' in row 2 (str) has no"),
        ([{1}, {2}, {1, 2}], "{2} in row 1 (set) has no place before or after {1} in row 0 (set)"),
        ([{1}, {1, 2}, {1, 3}], "{1, 3} in row 2 (set) has no place before or after {1, 2} in row"),
        (
            [frozenset(x) for x in ("a", "ab", "ac", "abcd")],
            "in row 2 (frozenset) has no place before or after frozenset(",
        ),
        ([1j, 2j], "times must be of one kind that can be sorted; 2j in row 1 (complex)"),
        ([datetime.date(2020, 1, 1), datetime.datetime(2020, 1, 1)], "in row 1 (datetime) has no"),
        ([], "times must be a vector, one time for each sample; got shape (0,)."),
        (np.ones((3, 2)), "got shape (3, 2)."),
        (5, "got shape ()."),
        (["1", "10", "9"], "strings such as '9' in row 2 are not in the order of time: '10' would"),
        (["week 9", "week 10"], "'week 9' in row 0 are not in the order of time: 'week 10' would"),
        (["01/02/2020", "03/01/2019"], "'01/02/2020' in row 0 are not in the order of time: its"),
        (["Q1 2020", "Q2 2019", "Q3 2020"], "'Q1 2020' in row 0 are not in the order of time: its"),
        (["05/2021", "06/2020"], "'05/2021' in row 0 are not in the order of time: its year comes"),
        (["01.02.21", "02.01.21"], "'01.02.21' in row 0 are not in the order of time: its year"),
        (["01/31/21", "02/15/20", "03/20/21"], "'01/31/21' in row 0 are not in the order of time"),
        (["31-12-20", "02-01-21", "15-03-21"], "'02-01-21' in row 1 are not in the order of time"),
        (["Jan 2020", "Feb 2020"], "'Feb 2020' in row 1 are not in the order of time: 'Feb' is"),
        (["monday", "sunday"], "'monday' in row 0 are not in the order of time: 'monday' is not"),
        (["10:00 AM", "01:00 PM"], "'PM' is not sorted by time. Pass numbers, or dates"),
        (["-1", "-2"], "strings such as '-2' in row 1 are not in the order of time: '-1' would"),
        ([b"9", b"10"], "strings such as b'9' in row 0 are not in the order of time: b'10' would"),
        (np.array([b"9", b"10"]), "strings such as b'9' in row 0"),
        ([("2020", "9"), ("2020", "10")], "('2020', '9') in row 0 are not in the order of time"),
        (["2020-01-01T01:30+01:00", "2020-01-01T01:00Z"], "in row 0 are not in the order of time"),
        (["2020-01-01T00:00", "2020-01-01T01:00Z"], "its offset from UTC is another than that of"),
        (["2020/01/01 1:30 CET", "2020/01/01 2:00 UTC"], "2:00 UTC' in row 1 are not in the order"),
        (
            ["2020/01/01 1:30 CET", "2020/01/01 2:00 CET", "2020/01/01 3:00 UTC"],
            "'2020/01/01 3:00 UTC' in row 2 are not in the order of time: its offset from UTC is "
            "another than that of '2020/01/01 1:30 CET'",
        ),
        (np.ma.array([1, 2], mask=[0, 1]), "times must not hold masked values; first in row 1."),
    ],
)
def test_bad_times_name_the_first_row(times, message):
    with pytest.raises(ValueError, match=re.escape(message)):
        read_times(times)
