"""Long tables, one row a timestep, to sequences and back."""

from __future__ import annotations

from collections.abc import Mapping
from numbers import Real

import numpy as np
from sklearn.utils import Bunch, check_consistent_length, column_or_1d

from sk_attnseq._sequences import check_numbers, is_list_of_sequences, pad

__all__ = ["from_long", "to_long"]


def from_long(frame, *, sample, time, features=None, label=None, return_X_y=False):
    """Turn a long table, one row a timestep, into sequences and their labels.

    Rows can be in any order: samples come in the order in which they first appear, and the
    timesteps of each in the order of their times.

    Parameters
    ----------
    frame : DataFrame, pyarrow table or dict
        The table: a DataFrame of pandas or polars, a pyarrow table, or a dict of columns.

    sample : str
        The column that tells which sample a row belongs to.

    time : str
        The column to sort the rows of a sample by: numbers, dates, ordered categories, or
        strings, which sort as text ("10" before "9"). It can be a feature, too.

    features : list of str or None, default=None
        The numeric columns to take, in this order; None takes all others of the table. For
        new data, pass the ``feature_names`` of the training data.

    label : str or None, default=None
        The column with the class, the same in all rows of a sample; None if there is none.

    return_X_y : bool, default=False
        Whether to return only ``(data, target)``, which needs `label`.

    Returns
    -------
    data : :class:`~sklearn.utils.Bunch`
        With the attributes:

        data : ndarray of shape (n_samples, n_timesteps, n_features)
            The sequences, padded with NaN at the end where they are shorter than the
            longest. float32 if that holds the types of all features, else float64.
        target : ndarray of shape (n_samples,) or None
            The classes; None without `label`.
        sample_ids : ndarray of shape (n_samples,)
            The values of the column `sample`, to look up what else is known of a sample.
        feature_names : list of str
            The columns taken as features.

    (data, target) : tuple if ``return_X_y`` is True
        The first two of these.

    Raises
    ------
    ValueError
        If the table is empty or lacks a column; if a sample, time or label is missing; if
        a sample has two rows at one time, or two labels; if a feature is not numeric; or
        if the last timestep of a sample has no value in any feature, because it could not
        be told from padding. Other missing values become NaN, for you to impute.

    TypeError
        If `frame` is no table.

    See Also
    --------
    to_long : The way back.

    Examples
    --------
    >>> import pandas as pd
    >>> from sk_attnseq.sequences import from_long
    >>> table = pd.DataFrame(
    ...     {
    ...         "patient": ["b", "b", "a", "b"],
    ...         "hour": [2, 1, 1, 3],
    ...         "pulse": [72.0, 71.0, 90.0, 73.0],
    ...         "ward": ["north", "north", "south", "north"],
    ...     }
    ... )
    >>> stays = from_long(table, sample="patient", time="hour", label="ward")
    >>> stays.data[:, :, 0]
    array([[71., 72., 73.],
           [90., nan, nan]])
    >>> stays.target.tolist(), stays.sample_ids.tolist(), stays.feature_names
    (['north', 'south'], ['b', 'a'], ['pulse'])
    """
    if return_X_y and label is None:
        raise ValueError("return_X_y=True needs `label`: name it, or take `data` of the Bunch.")
    keys = [sample, time] if label is None else [sample, time, label]
    features = _check_names(frame, keys, features, label)
    table = {name: _column(frame, name) for name in (*keys, *features)}
    _check_table(table, keys, features)
    ids, times = table[sample], table[time]

    codes, ranks = _codes(ids), _ranks(frame[time], times, name=time)
    order = np.lexsort((ranks, codes))  # by sample, then time
    _check_neighbours(order, codes, ranks, ids, times, table.get(label))

    lengths = np.bincount(codes)
    stops = np.cumsum(lengths)
    timesteps = np.empty_like(order)  # of each row, within its sample
    timesteps[order] = np.arange(len(order)) - np.repeat(stops - lengths, lengths)
    dtype = np.result_type(np.float32, *{table[name].dtype for name in features})
    X = np.full((len(lengths), lengths.max(), len(features)), np.nan, dtype)
    for index, name in enumerate(features):
        X[codes, timesteps, index] = table[name]
    last = order[stops - 1]  # row of each sample
    lost = np.isnan(X[np.arange(len(X)), lengths - 1]).all(axis=1)
    if lost.any():
        row = last[np.argmax(lost)]
        raise ValueError(
            f"Sample {ids[row]} has no value in any feature at time {times[row]}, its last, which "
            "would be read as padding: impute it, or leave the row out."
        )
    target = None if label is None else _plain_strings(table[label][last])
    if return_X_y:
        return X, target
    return Bunch(
        data=X,
        target=target,
        sample_ids=_plain_strings(ids[last]),
        feature_names=features,
    )


def to_long(
    X, y=None, *, sample_ids=None, sample="sample", time="time", features=None, label="label"
):
    """Turn sequences, and their labels if any, into a long table, one row a timestep.

    Padding is left out. Times are the numbers of the timesteps, from 0.

    Parameters
    ----------
    X : array-like of shape (n_samples, n_timesteps, n_features) or list of array-likes
        The sequences, with timesteps that are all NaN as padding at the end of shorter
        ones; or n_samples arrays of shape (n_timesteps_i, n_features).

    y : array-like of shape (n_samples,) or None, default=None
        The labels; None leaves out their column.

    sample_ids : array-like of shape (n_samples,) or None, default=None
        What to call the samples in the table; None numbers them from 0.

    sample : str, default="sample"
        What to call the column with the samples.

    time : str, default="time"
        What to call the column with the times.

    features : list of str or None, default=None
        What to call the features; None calls them "x0", "x1", ...

    label : str, default="label"
        What to call the column with the labels.

    Returns
    -------
    columns : dict of str to ndarray of shape (n_rows,)
        The columns `sample`, `time`, the features, and `label` if `y` is given: the table,
        for ``pandas.DataFrame(columns)`` or ``polars.DataFrame(columns)``.

    Raises
    ------
    ValueError
        If X is not 3-D, a sample has no timestep, lengths differ, or ids or names repeat.

    See Also
    --------
    from_long : The way back.

    Examples
    --------
    >>> import numpy as np
    >>> import pandas as pd
    >>> from sk_attnseq.sequences import to_long
    >>> X = [np.array([[71.0], [72.0]]), np.array([[90.0]])]
    >>> pd.DataFrame(to_long(X, ["north", "south"], features=["pulse"]))
       sample  time  pulse  label
    0       0     0   71.0  north
    1       0     1   72.0  north
    2       1     0   90.0  south
    """
    X = pad(X) if is_list_of_sequences(X) else X
    X = check_numbers(X, "X", allow_nd=True, ensure_2d=False, ensure_all_finite=False)
    if X.ndim != 3:
        raise ValueError(
            f"X has shape {X.shape}: pass sequences of shape (n_samples, n_timesteps, n_features)."
        )
    ids = np.arange(len(X)) if sample_ids is None else column_or_1d(sample_ids)
    labels = None if y is None else column_or_1d(y)
    check_consistent_length(X, ids, labels)
    if len(set(ids.tolist())) < len(ids):
        raise ValueError("`sample_ids` has an id more than once: give each sample its own.")
    features = [f"x{i}" for i in range(X.shape[2])] if features is None else list(features)
    if len(features) != X.shape[2]:
        raise ValueError(f"X has {X.shape[2]} features, but {len(features)} are named.")
    names = [sample, time, *features] + ([] if y is None else [label])
    if len(set(names)) < len(names):
        raise ValueError(f"The columns would be {names}: give each its own name.")

    has_values = ~np.isnan(X).all(axis=2)  # (n_samples, n_timesteps)
    if not has_values.any(axis=1).all():
        empty = np.argmin(has_values.any(axis=1))
        raise ValueError(f"Sample {empty} of X has no timestep that is not NaN: leave it out.")
    # Of the timesteps that are all NaN, only those after the last with a value are padding.
    rows = np.logical_or.accumulate(has_values[:, ::-1], axis=1)[:, ::-1]
    samples, timesteps = np.nonzero(rows)
    columns = [ids[samples], timesteps, *np.ascontiguousarray(X[rows].T)]
    if labels is not None:
        columns.append(labels[samples])
    return dict(zip(names, columns, strict=True))


def _check_names(frame, keys, features, label):
    """Check that the table has the columns, and return the names of the features."""
    if isinstance(frame, Mapping):
        columns = list(frame)
    elif hasattr(type(frame), "column_names"):  # pyarrow, whose `columns` are not names
        columns = list(frame.column_names)
    elif hasattr(frame, "columns"):
        columns = list(frame.columns)
    else:
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


def _check_table(table, keys, features):
    """Check that there are rows, no sample, time or label is missing, features are numbers."""
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
        values = table[name]
        if values.dtype.kind not in "buif":
            raise ValueError(
                f"Feature {name!r} is not numeric (its first value is {values[0]!r}): encode it as "
                "numbers, or leave it out of `features`."
            )


def _check_neighbours(order, codes, ranks, ids, times, labels):
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


def _column(frame, name):
    """A column as an array, of a type of NumPy's if it has one; what is missing as NaN."""
    column = frame[name]
    # Lists by way of objects: NumPy would make strings of ["a", nan] and of ["a", 1].
    is_array = hasattr(column, "__array__")
    values = np.asarray(column) if is_array else np.array(column, dtype=object)
    if values.ndim != 1:
        raise ValueError(f"Column {name!r} has shape {values.shape}: it must be one column.")
    if values.dtype != object:
        return values
    is_missing = getattr(column, "isna", getattr(column, "is_null", None))  # pandas, polars
    missing = np.asarray(is_missing()) if is_missing else np.equal(values, None)
    values = np.where(missing, np.nan, values)
    are_numbers = all(issubclass(kind, (Real, np.bool_)) for kind in set(map(type, values)))
    return np.array(values.tolist()) if are_numbers else values


def _plain_strings(values):
    """Objects that are all strings as NumPy's strings, anything else as it is."""
    # For one value a sample, not a row: each takes the memory of the longest.
    are_strings = values.dtype == object and all(isinstance(value, str) for value in values)
    return values.astype(str) if are_strings else values


def _codes(values, *, in_order=False):
    """Number equal values alike, from 0: as they first appear, or in their order."""
    keys = values.tolist()
    different = dict.fromkeys(keys)
    codes = {key: code for code, key in enumerate(sorted(different) if in_order else different)}
    return np.fromiter(map(codes.__getitem__, keys), dtype=np.intp, count=len(keys))


def _ranks(column, times, *, name):
    """What sorts as the times do, and fast: numbers, not text."""
    dtype = getattr(column, "dtype", None)
    if getattr(dtype, "ordered", False):  # categories of pandas
        return np.asarray(column.cat.codes)
    if type(dtype).__name__ == "Enum":  # categories of polars
        return np.asarray(column.to_physical())
    if times.dtype.kind in "buifmM":
        return times
    try:
        return _codes(times, in_order=True)
    except TypeError as error:
        raise ValueError(
            f"Column {name!r} has times that cannot be sorted ({error}): make them all numbers, "
            "dates or strings."
        ) from error
