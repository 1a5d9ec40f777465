"""Tables as users have them: their columns as arrays, checked, with what sorts and numbers them."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from sklearn.utils import check_consistent_length

from sk_attnseq._data.arrays import as_numbers, read_values


def is_frame(X) -> bool:
    """Whether X is a dataframe of pandas or polars, or a table of pyarrow."""
    return hasattr(type(X), "columns") and hasattr(X, "__array__")


def column_names(frame) -> list | None:
    """Names of a table's columns; None if it has none."""
    if hasattr(type(frame), "column_names"):  # pyarrow, whose `columns` are not names
        return list(frame.column_names)
    return list(frame.columns) if hasattr(frame, "columns") else None


def check_names(frame, keys, features, label):
    """Check that the table has the columns, and return the names of the features."""
    if type(frame).__name__ == "LazyFrame":  # of polars
        raise TypeError("`frame` is a LazyFrame: pass `frame.collect()`.")
    columns = list(frame) if isinstance(frame, Mapping) else column_names(frame)
    if columns is None:
        raise TypeError(
            "`frame` must be a DataFrame of pandas or polars, a pyarrow table or a dict of "
            f"columns, got {type(frame).__name__}."
        )
    if isinstance(features, str):
        raise ValueError(f"`features` is {features!r}: pass a list of columns.")
    if features is None:
        features = [name for name in columns if name not in keys]
    features = list(features)
    if not features:
        raise ValueError(f"No column of {columns} is a feature: a table needs at least one.")
    if label is not None and label in features:
        raise ValueError(f"`features` has the label {label!r}: leave it out.")
    for name in (*keys, *features):
        if name not in columns:
            raise ValueError(
                f"The table has no column {name!r}, only {columns}: check the name; columns of "
                "an index need `frame.reset_index()`."
            )
    return features


def check_table(table, keys, features):
    """Check that there are rows, and no sample, time or label is missing; make features numbers."""
    check_consistent_length(*table.values())
    ids = table[keys[0]]
    if len(ids) == 0:
        raise ValueError("The table has no rows: pass at least one timestep of one sample.")
    for name in keys:
        missing = table[name] != table[name]
        if missing.any():
            row = np.argmax(missing)
            of_sample = "" if name == keys[0] else f" of sample {ids[row]}"
            raise ValueError(
                f"Column {name!r} has no value in row {row} (from 0){of_sample}: fill it in, or "
                "leave the row out."
            )
    for name in features:
        table[name] = as_numbers(table[name], f"Feature {name!r}", _in_row)


def _in_row(index):
    return f"in row {index[0]} (from 0)"


def check_neighbours(order, codes, ranks, ids, times, labels):
    """Check that a sample has one row at each time, and one label, in rows that are sorted."""
    before, after = order[:-1], order[1:]
    in_sample = codes[before] == codes[after]
    twice = in_sample & (ranks[before] == ranks[after])
    if twice.any():
        row = after[np.argmax(twice)]
        raise ValueError(
            f"Sample {ids[row]} has more than one row at time {times[row]}: keep one, or "
            "aggregate them."
        )
    if labels is None:
        return
    changes = in_sample & (labels[before] != labels[after])
    if changes.any():
        old, new = before[np.argmax(changes)], after[np.argmax(changes)]
        raise ValueError(
            f"Sample {ids[new]} has the label {labels[old]} at time {times[old]}, but "
            f"{labels[new]} at time {times[new]}: a sample needs one label in all its rows."
        )


def read_column(frame, name):
    """A column as an array, of a type of NumPy's if it has one; what is missing as NaN."""
    values = read_values(frame[name])
    if values.ndim != 1:
        raise ValueError(f"Column {name!r} has shape {values.shape}: it must be one column.")
    return values


def plain_strings(values):
    """Objects that are all strings as NumPy's strings, anything else as it is."""
    # For one value a sample, not a row: each takes the memory of the longest.
    are_strings = values.dtype == object and all(isinstance(value, str) for value in values)
    return values.astype(str) if are_strings else values


def number_values(values, *, in_order=False):
    """Number equal values alike, from 0: as they first appear, or in their order."""
    keys = values.tolist()
    different = dict.fromkeys(keys)
    codes = {key: code for code, key in enumerate(sorted(different) if in_order else different)}
    return np.fromiter(map(codes.__getitem__, keys), dtype=np.intp, count=len(keys))


def _refuse_numbers_as_text(times, name):
    """Raise if times are numbers in strings, which would come in another order than theirs."""
    try:
        numbers = {text: float(text) for text in set(times.tolist())}
    except (TypeError, ValueError):
        return  # dates, names, or no strings
    before = sorted(numbers)
    after = sorted(before, key=lambda text: numbers[text])
    if before != after:
        first = next(i for i, text in enumerate(before) if text != after[i])
        raise ValueError(
            f"Column {name!r} has numbers as text, which would sort as text, {before[first]!r} "
            f"before {after[first]!r}: convert it to numbers."
        )


def _places_in_order(column, name):
    """The place of each value among ordered categories; None if a column has none."""
    dtype = getattr(column, "dtype", None)
    if getattr(dtype, "ordered", False):  # of pandas, in a table or a dict of columns
        return np.asarray(getattr(column, "cat", column).codes)
    if type(dtype).__name__ == "Enum":  # of polars
        return np.asarray(column.to_physical())
    if hasattr(dtype, "pyarrow_dtype"):
        column = getattr(column, "array", column).__arrow_array__()
    if not getattr(getattr(column, "type", None), "ordered", False):  # of pyarrow
        return None
    chunks = [chunk for chunk in getattr(column, "chunks", [column]) if len(chunk)]
    if any(not chunk.dictionary.equals(chunks[0].dictionary) for chunk in chunks):
        raise ValueError(
            f"Column {name!r} has other categories in some of its chunks, so that their order is "
            "not known: make a column of numbers of it."
        )
    return np.concatenate([chunk.indices.to_numpy() for chunk in chunks])


def rank_times(column, times, *, name):
    """What sorts as the times do, and fast: numbers, not text."""
    places = _places_in_order(column, name)
    if places is not None:
        return places
    if times.dtype.kind in "buifmM":
        return times
    _refuse_numbers_as_text(times, name)
    try:
        return number_values(times, in_order=True)
    except TypeError as error:
        raise ValueError(
            f"Column {name!r} has times that cannot be sorted ({error}): make them all numbers, "
            "dates or strings."
        ) from error
