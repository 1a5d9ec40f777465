"""Columns of long tables as arrays, checked, with what sorts and numbers their rows."""

from collections.abc import Mapping

import numpy as np
from sklearn.utils import check_consistent_length

from sk_attnseq._input.frames import column_names
from sk_attnseq._input.values import as_numbers, read_values, simplify_strings


def check_columns(frame, keys, features, label):
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


def check_table(table, samples, keys, features):
    """Check that there are rows, and no sample, time or label is missing; make features numbers."""
    check_consistent_length(*table.values())
    if len(table[keys[0]]) == 0:
        raise ValueError("The table has no rows: pass at least one timestep of one sample.")
    for name in keys:
        missing = table[name] != table[name]
        if missing.any():
            row = np.argmax(missing)
            of_sample = "" if name in samples else f" of sample {id_in_row(table, samples, row)}"
            raise ValueError(
                f"Column {name!r} has no value in row {row} (from 0){of_sample}: fill it in, or "
                "leave the row out."
            )
    for name in features:
        table[name] = as_numbers(table[name], f"Feature {name!r}", _in_row)


def id_in_row(table, samples, row):
    """The sample of a row, as the columns `samples` identify it."""
    values = [table[name][row] for name in samples]
    if len(values) == 1:
        return values[0]
    return tuple(value.item() if isinstance(value, np.generic) else value for value in values)


def _in_row(index):
    return f"in row {index[0]} (from 0)"


def check_times(table, samples, time, order, codes, ranks):
    """Check that a sample has one row at each time, in rows that are sorted."""
    before, after = order[:-1], order[1:]
    twice = (codes[before] == codes[after]) & (ranks[before] == ranks[after])
    if twice.any():
        row = after[np.argmax(twice)]
        raise ValueError(
            f"Sample {id_in_row(table, samples, row)} has more than one row at time "
            f"{table[time][row]}: keep one, or aggregate them, such as with `every`."
        )


def check_labels(table, samples, time, label, order, codes):
    """Check that a sample has one label, in rows that are sorted."""
    before, after = order[:-1], order[1:]
    labels, times = table[label], table[time]
    changes = (codes[before] == codes[after]) & (labels[before] != labels[after])
    if changes.any():
        old, new = before[np.argmax(changes)], after[np.argmax(changes)]
        raise ValueError(
            f"Sample {id_in_row(table, samples, new)} has the label {labels[old]} at time "
            f"{times[old]}, but {labels[new]} at time {times[new]}: a sample needs one label in "
            "all its rows."
        )


def read_column(frame, name):
    """A column as an array, of a type of NumPy's if it has one; what is missing as NaN."""
    values = read_values(frame[name])
    if values.ndim != 1:
        raise ValueError(f"Column {name!r} has shape {values.shape}: it must be one column.")
    return values


def number_samples(table, samples):
    """Number the samples that columns identify together, from 0, as they first appear."""
    codes = np.zeros(1, dtype=np.intp)
    for name in samples:
        of_column = number_equal_values(table[name])
        codes = codes * (of_column.max() + 1) + of_column
    return number_equal_values(codes)


def ids_of_samples(table, samples, rows):
    """The ids of samples by one row of each, (n_samples, n_columns)."""
    columns = [simplify_strings(table[name][rows]) for name in samples]
    same_kind = len({column.dtype.kind for column in columns}) == 1
    return np.stack([c if same_kind else c.astype(object) for c in columns], axis=1)


def number_equal_values(values):
    """Number equal values alike, from 0, as they first appear."""
    keys = values.tolist()
    codes = {key: code for code, key in enumerate(dict.fromkeys(keys))}
    return np.fromiter(map(codes.__getitem__, keys), dtype=np.intp, count=len(keys))
