"""Timesteps at irregular times, brought to a regular grid."""

import datetime
import re
from numbers import Real

import numpy as np

from sk_attnseq._runtime.floating_point import ignores_floating_point_errors

AGGREGATES = ("last", "mean", "count")
# Units of pandas and polars as NumPy has them.
_UNITS = {"min": "m", "d": "D"} | {unit: unit for unit in ("ns", "us", "ms", "s", "m", "h", "D")}
# More empty intervals than that are a wrong time, or a wrong unit.
_MOST_INTERVALS_PER_ROW = 1_000


@ignores_floating_point_errors  # intervals without values are divided by 0
def to_grid(values, times, lengths, *, every, aggregate, name):
    """Aggregate timesteps by intervals, from the first to the last with a row of each sample.

    `values` (n_rows, n_features) at `times` (n_rows,) are the timesteps of all samples, one after
    the other, each sorted by time; `lengths` (n_samples,) of them are of each. Intervals of the
    length `every` begin with its multiples. `name` is that of the times' column, for messages.

    Returns the values of all intervals, and the number of intervals of each sample. Values are
    missing where an interval has none, or 0 if they are counted.
    """
    intervals = _number_intervals(times, every, name)
    ends = np.cumsum(lengths)
    first, last = intervals[ends - lengths], intervals[ends - 1]
    n_intervals = last - first + 1
    too_many = n_intervals > _MOST_INTERVALS_PER_ROW * lengths
    if too_many.any():
        worst = np.argmax(too_many)
        raise ValueError(
            f"every={every!r} would make {n_intervals[worst]} intervals of {lengths[worst]} rows, "
            f"from {times[ends[worst] - lengths[worst]]} to {times[ends[worst] - 1]} in column "
            f"{name!r}: check the times, or make the intervals longer."
        )
    n_rows = n_intervals.sum()
    starts = np.cumsum(n_intervals) - n_intervals
    rows = intervals + np.repeat(starts - first, lengths)  # (n_rows,), in the new table
    grid = np.full((n_rows, values.shape[1]), np.nan, values.dtype)
    for feature, column in zip(grid.T, values.T, strict=True):
        present = ~np.isnan(column)
        if aggregate == "last":
            feature[rows[present]] = column[present]  # NumPy keeps the last of several
            continue
        count = np.bincount(rows[present], minlength=n_rows)
        if aggregate == "mean":
            total = np.bincount(rows[present], weights=column[present], minlength=n_rows)
        feature[:] = count if aggregate == "count" else total / count
    return grid, n_intervals


def _number_intervals(times, every, name):
    """The number of the interval that each time is in, counted from 0 or from 1970."""
    length = _length_of_intervals(every)
    is_duration = isinstance(length, np.timedelta64)
    if times.dtype.kind not in "iufmM":
        raise ValueError(
            f"`every` needs times that are numbers, dates or durations, but column {name!r} has "
            f"dtype {times.dtype}: convert it, such as with pandas.to_datetime."
        )
    if is_duration != (times.dtype.kind in "mM"):
        kinds = ("a duration", "numbers") if is_duration else ("a number", "dates or durations")
        raise ValueError(f"every={every!r} is {kinds[0]}, but column {name!r} has {kinds[1]}.")
    if times.dtype.kind == "M":
        times = times - np.zeros((), times.dtype)
    if times.dtype.kind == "f" and not np.isfinite(times).all():
        raise ValueError(f"Column {name!r} has infinite times, which are in no interval.")
    return (times // length).astype(np.int64)


def _length_of_intervals(every):
    if isinstance(every, str):
        match = re.fullmatch(r"(\d*) ?([A-Za-z]+)", every)
        if match is None or match[2] not in _UNITS:
            raise ValueError(f"every={every!r} is no duration: pass one such as '30s' or '1h'.")
        every = np.timedelta64(int(match[1] or 1), _UNITS[match[2]])
    if isinstance(every, datetime.timedelta):  # also of pandas
        every = np.timedelta64(every)
    if not isinstance(every, (Real, np.timedelta64)) or isinstance(every, bool):
        raise TypeError(f"every={every!r} must be a duration, such as '30s', or a number.")
    if not every > 0 * every or not np.isfinite(every):
        raise ValueError(f"every={every!r} must be more than 0.")
    return every
