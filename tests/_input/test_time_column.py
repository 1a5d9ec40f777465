"""Times in the order of what they mean, or refused with the line that makes times of them."""

import datetime
import re

import numpy as np
import pandas as pd
import polars as pl
import pytest

from sk_attnseq.sequences import from_long


def to_pyarrow(columns):
    return pytest.importorskip("pyarrow").table(columns)


TABLES = [dict, pd.DataFrame, pl.DataFrame, to_pyarrow]

# Times in their order, which is not that of their text, and whether the message has the line.
OUT_OF_ORDER = {
    "numbers": (["8", "9", "10"], True),
    "negative numbers": (["-2", "-1", "0"], True),
    "clock": (["8:00", "9:00", "10:00"], True),
    "clock with seconds": (["8:00:00", "9:30:00", "10:00:00"], True),
    "12-hour clock": (["09:00 AM", "11:00 AM", "01:00 PM"], True),
    "days": (["2024-1-9", "2024-1-10", "2024-1-11"], True),
    "months": (["2024/9/01", "2024/10/01", "2024/11/01"], True),
    "American dates": (["1/31/2024", "2/1/2024", "12/1/2024"], True),
    "American dates with zeros": (["12/01/2023", "01/31/2024", "02/01/2024"], True),
    "European dates": (["31.01.2024", "01.02.2024", "02.02.2024"], True),
    "European dates and times": (
        ["31.01.2024 23:00", "01.02.2024 00:30", "01.02.2024 09:00"],
        True,
    ),
    "days before months": (["31/01/2024", "01/02/2024", "02/02/2024"], True),
    "names of months": (["01-Jan-2024", "02-Feb-2024", "01-Mar-2024"], True),
    "dates and times": (["2024-01-01 8:00", "2024-01-01 9:00", "2024-01-01 10:00"], True),
    "weeks": (["week 8", "week 9", "week 10"], False),
    "hours and minutes": (["8h5", "8h10", "10h0"], False),
}


@pytest.mark.parametrize("make_table", TABLES)
@pytest.mark.parametrize("case", OUT_OF_ORDER)
def test_text_that_would_not_sort_by_time(case, make_table):
    times, has_line = OUT_OF_ORDER[case]
    frame = make_table({"s": [0, 0, 0], "t": times[1:] + times[:1], "x": [1.0, 2.0, 0.0]})
    with pytest.raises(
        ValueError, match=r"Column 't' has times as text, such as '.*' and"
    ) as error:
        from_long(frame, sample="s", time="t")
    lines = re.findall("`(.*?)`", str(error.value))
    assert bool(lines) == has_line
    if has_line:
        variables = {"frame": frame, "pandas": pd, "polars": pl}
        exec(lines[0], variables)
        read = from_long(variables["frame"], sample="s", time="t").data
        assert read.ravel().tolist() == [0, 1, 2]
    else:
        assert "convert them to numbers, dates or ordered categories" in str(error.value)


IN_ORDER = {
    "numbers": ["08", "09", "10"],
    "decimals": ["0.25", "0.5", "1"],
    "clock": ["08:00", "09:00", "10:00"],
    "clock with some seconds": ["08:00", "08:00:30", "08:00:30.25", "08:00:30.5"],
    "ISO": ["2024-01-09", "2024-01-10", "2024-01-10 10:00", "2024-01-10T09:00:00.5"],
    "ISO with a zone": ["2024-01-09T10:00:00+01:00", "2024-01-10T10:00:00+01:00"],
    "times of one day": ["31.01.2024 09:00", "31.01.2024 10:00", "31.01.2024 23:30"],
    "names": ["", "a", "b 1", "b 2", "c-1", "c1"],
    "weeks": ["week 08", "week 09", "week 10"],
    "single": ["12/1/2023"],
}


@pytest.mark.parametrize("case", IN_ORDER)
def test_text_that_sorts_by_time(case):
    times = IN_ORDER[case]
    frame = {"s": [0] * len(times), "t": times[::-1], "x": np.arange(len(times))[::-1]}
    assert from_long(frame, sample="s", time="t").data.ravel().tolist() == list(range(len(times)))


ZONE = "Europe/Paris"


@pytest.mark.parametrize("kind", ["Series", "Index", "array", "pyarrow", "polars"])
def test_times_with_a_zone_are_compared_in_utc(kind):
    utc = pd.date_range("2024-10-26 22:30", periods=6, freq="20min", tz="UTC")
    zoned = pd.Series(utc.tz_convert(ZONE))  # a clock that goes back
    order = [3, 1, 5, 0, 2, 4]
    shuffled = zoned.iloc[order]
    column = {
        "Series": lambda: shuffled,
        "Index": lambda: pd.DatetimeIndex(shuffled),
        "array": lambda: shuffled.array,
        "pyarrow": lambda: shuffled.astype(
            pd.ArrowDtype(pytest.importorskip("pyarrow").timestamp("us", ZONE))
        ),
        "polars": lambda: pl.from_pandas(shuffled.to_frame("t"))["t"],
    }[kind]()
    data = from_long({"s": [0] * 6, "t": column, "x": order}, sample="s", time="t").data
    assert data.ravel().tolist() == list(range(6))


def test_missing_times_with_a_zone():
    times = pd.Series(pd.to_datetime(["2024-01-01", None], utc=True))
    with pytest.raises(ValueError, match="Column 't' has no value in row 1"):
        from_long({"s": [0, 0], "t": times, "x": [1, 2]}, sample="s", time="t")


class NeverObjects:
    """A column of pandas that makes no array of objects of itself."""

    def __init__(self, series):
        self.series, self.dtype = series, series.dtype

    def __array__(self, dtype=None, copy=None):
        assert dtype is not None
        return np.asarray(self.series, dtype=dtype)


def test_no_time_with_a_zone_becomes_an_object():
    """What made them slow: a Timestamp for each row."""
    times = pd.Series(pd.date_range("2024-01-01", periods=50, freq="h", tz=ZONE))
    from_long({"s": [0] * 50, "t": NeverObjects(times), "x": range(50)}, sample="s", time="t")


def test_dates_with_clocks_of_python():
    zone = datetime.timezone(datetime.timedelta(hours=2))
    times = [datetime.datetime(2024, 1, 1, hour, tzinfo=zone) for hour in (3, 1, 2)]
    data = from_long({"s": [0] * 3, "t": times, "x": [2, 0, 1]}, sample="s", time="t").data
    assert data.ravel().tolist() == [0, 1, 2]
