"""Irregular times to a regular grid, against pandas and polars, which have it for tables."""

import datetime

import numpy as np
import pandas as pd
import polars as pl
import pytest

from sk_attnseq.sequences import from_long

NAN = np.nan


def irregular(unit="s", n_samples=7, n_rows=60, dtype="float64"):
    rng = np.random.default_rng(0)
    seconds = np.sort(rng.uniform(0, 3_000, size=(n_samples, n_rows)), axis=1)
    times = np.datetime64("2024-03-01T10:20:30", "us") + (seconds * 1e6).astype("m8[us]")
    values = rng.normal(size=(n_samples, n_rows, 2)).astype(dtype)
    values[rng.random(values.shape) < 0.2] = NAN
    values[:, -1] = 1  # no padding
    frame = pd.DataFrame(values.reshape(-1, 2), columns=["a", "b"])
    frame.insert(0, "t", times.ravel())
    frame.insert(0, "s", np.repeat(np.arange(n_samples), n_rows))
    return frame.sample(frac=1, random_state=0)


def of_pandas(frame, every, aggregate):
    frame = frame.sort_values(["s", "t"])
    groups = frame.groupby("s").resample(every, on="t", origin="epoch")[["a", "b"]]
    table = getattr(groups, aggregate)()
    return {s: table.loc[s].to_numpy() for s in frame["s"].unique()}


@pytest.mark.parametrize("make_table", [dict, pd.DataFrame, pl.from_pandas])
@pytest.mark.parametrize("aggregate", ["last", "mean", "count"])
@pytest.mark.parametrize(
    ("every", "of_ours"),
    [
        ("37s", "37s"),
        ("1min", "1m"),
        ("7min", datetime.timedelta(minutes=7)),
        ("500ms", pd.Timedelta("500ms")),
        ("h", np.timedelta64(1, "h")),
    ],
)
def test_as_pandas_resamples(make_table, every, of_ours, aggregate):
    frame = irregular()
    if every == "500ms":
        frame = frame[frame["s"] < 2]
    expected = of_pandas(frame, every, aggregate)
    got = from_long(make_table(frame), sample="s", time="t", every=of_ours, aggregate=aggregate)
    for sample, values in zip(got.sample_ids, got.data, strict=True):
        np.testing.assert_allclose(values, expected[sample], rtol=1e-12)


def test_as_polars_groups():
    frame = irregular()
    table = pl.from_pandas(frame).sort("s", "t")
    table = table.with_columns(pl.col("a", "b").fill_nan(None))
    expected = (
        table.group_by("s", pl.col("t").dt.truncate("5m"), maintain_order=True)
        .agg(pl.col("a", "b").mean())
        .sort("s", "t")
    )
    got = from_long(table, sample="s", time="t", every="5m", aggregate="mean")
    rows = np.concatenate(list(got.data))
    np.testing.assert_allclose(rows[~np.isnan(rows).all(axis=1)], expected.select("a", "b"))


def small(times, values=(1.0, 2.0, 3.0, 4.0)):
    return {"s": [0, 0, 1, 1], "t": times, "x": list(values)}


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_by_hand(dtype):
    table = small([0.5, 3.5, -1.5, 0.0]) | {"x": np.array([1, 2, 3, 4], dtype)}
    got = from_long(table, sample="s", time="t", every=1).data
    expected = [[1, NAN, NAN, 2], [3, NAN, 4]]  # intervals 0 to 3 and -2 to 0
    for sample, values in zip(got, expected, strict=True):
        np.testing.assert_array_equal(sample[:, 0], np.array(values, dtype), strict=True)
    counts = from_long(table, sample="s", time="t", every=1, aggregate="count").data
    assert [c[:, 0].tolist() for c in counts] == [[1, 0, 0, 1], [1, 0, 1]]


def test_rows_at_one_time_are_aggregated():
    table = small([1, 1, 2, 2], [1.0, 2.0, 3.0, NAN])
    for aggregate, expected in (("last", [2, 3]), ("mean", [1.5, 3]), ("count", [2, 1])):
        data = from_long(table, sample="s", time="t", every=2, aggregate=aggregate).data
        assert data.ravel().tolist() == expected  # the last row of the table


def test_durations_and_zones():
    hours = pd.to_timedelta([0, 3, 1, 2], unit="h")
    got = from_long(small(hours), sample="s", time="t", every="2h").data
    assert [x.ravel().tolist() for x in got] == [[1, 2], [3, 4]]
    hours = pd.to_timedelta([0, 1.75, 1.75, 2], unit="h")
    zoned = pd.Timestamp("2024-01-01", tz="Asia/Kolkata") + hours  # 18:30, 20:15 and 20:30 in UTC
    got = from_long(small(pd.Series(zoned)), sample="s", time="t", every="2h").data
    assert [x.ravel().tolist() for x in got] == [[1, 2], [4]]


@pytest.mark.parametrize(
    ("times", "every", "message"),
    [
        ([0, 3, 1, 2], "1s", "every='1s' is a duration, but column 't' has numbers"),
        (pd.date_range("2024", periods=4), 2, "every=2 is a number, but column 't' has dates"),
        ([0, 3, 1, 2], 0, "every=0 must be more than 0"),
        ([0, 3, 1, 2], -1.5, "every=-1.5 must be more than 0"),
        ([0, 3, 1, 2], NAN, "every=nan must be more than 0"),
        (pd.date_range("2024", periods=4), "1x", "every='1x' is no duration"),
        (pd.date_range("2024", periods=4), "", "every='' is no duration"),
        ([0, 3, 1, 2], [1], "must be a duration, such as '30s', or a number"),
        (["a", "b", "c", "d"], 1, "column 't' has dtype object: convert it"),
        ([0, 1e9, 1, 2], 1, r"make 1000000001 intervals of 2 rows, from 0.0 to 1000000000.0"),
        ([0, np.inf, 1, 2], 1, "infinite times"),
    ],
)
def test_grids_that_cannot_be(times, every, message):
    with pytest.raises((ValueError, TypeError), match=message):
        from_long(small(times), sample="s", time="t", every=every)


def test_a_last_interval_without_values_would_be_padding():
    table = small([0, 5, 0, 1], [1.0, NAN, 2.0, 3.0])
    with pytest.raises(ValueError, match="Sample 0 has no value in any feature at time 5"):
        from_long(table, sample="s", time="t", every=2)
    counts = from_long(table, sample="s", time="t", every=2, aggregate="count").data
    assert [c.ravel().tolist() for c in counts] == [[1, 0, 0], [2]]
