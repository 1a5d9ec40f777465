"""Long tables, one row per timestep, to sequences and back."""

import datetime
from typing import Any, Literal, overload

import numpy as np
from numpy.typing import ArrayLike
from sklearn.utils import Bunch, check_consistent_length, column_or_1d

from sk_attnseq._estimator.parameters import check_choice
from sk_attnseq._input.long_table_columns import (
    check_columns,
    check_labels,
    check_table,
    check_times,
    id_in_row,
    ids_of_samples,
    number_samples,
    read_column,
)
from sk_attnseq._input.read_samples import read_samples
from sk_attnseq._input.stacked_timesteps import stack_timesteps
from sk_attnseq._input.time_column import rank_times, read_times
from sk_attnseq._input.time_grid import AGGREGATES, to_grid
from sk_attnseq._input.values import read_values, simplify_strings

_Samples = np.ndarray | list[np.ndarray]
_Interval = str | float | datetime.timedelta | np.timedelta64


@overload
def from_long(
    frame: Any,
    *,
    sample: str | list[str],
    time: str,
    features: list[str] | None = None,
    label: str | None = None,
    every: _Interval | None = None,
    aggregate: Literal["last", "mean", "count"] = "last",
    return_X_y: Literal[False] = False,
) -> Bunch: ...
@overload
def from_long(
    frame: Any,
    *,
    sample: str | list[str],
    time: str,
    features: list[str] | None = None,
    label: str | None = None,
    every: _Interval | None = None,
    aggregate: Literal["last", "mean", "count"] = "last",
    return_X_y: Literal[True],
) -> tuple[_Samples, np.ndarray]: ...
def from_long(
    frame: Any,
    *,
    sample: str | list[str],
    time: str,
    features: list[str] | None = None,
    label: str | None = None,
    every: _Interval | None = None,
    aggregate: Literal["last", "mean", "count"] = "last",
    return_X_y: bool = False,
) -> Bunch | tuple[_Samples, np.ndarray]:
    """Turn a long table, one row per timestep, into sequences and their classes or numbers.

    Rows can be in any order. Samples keep the order in which they first appear, and the timesteps
    of each are sorted by their times.

    Parameters
    ----------
    frame : DataFrame, pyarrow table or dict
        The table: a DataFrame of pandas or polars, a pyarrow table, or a dict of columns.

    sample : str or list of str
        The column that identifies the sample of a row, or a list of such columns, for example
        ``["patient", "stay"]``.

    time : str
        The column to sort the rows of a sample by: numbers, dates, ordered categories, or
        strings, which sort as text. Times with a time zone are compared in UTC. The column
        can also be a feature.

    features : list of str or None, default=None
        The numeric columns that become features, in this order. None means all remaining columns.
        For new data, pass the ``feature_names`` of the training data.

    label : str or None, default=None
        The column with the class, or the number to predict, the same in all rows of a sample;
        None if there is none.

    every : str, number, timedelta or None, default=None
        Length of the intervals of a regular grid, each of which becomes a timestep: ``"30s"``,
        ``"5min"``, ``"1h"``, ``"1d"`` or a timedelta for dates and durations, a number for
        times that are numbers. Intervals begin with multiples of this length, counted from 0
        or from the start of 1970 (in UTC). A sample has all of them from its first to its last
        row. None makes a timestep of each row.

    aggregate : {"last", "mean", "count"}, default="last"
        With `every`, the value of a feature in an interval: the last one that is not missing,
        the mean of those, or their number. If the interval has no value, the feature is missing
        (NaN), or its count is 0.

    return_X_y : bool, default=False
        Whether to return only ``(data, target)``, which needs `label`.

    Returns
    -------
    data : :class:`~sklearn.utils.Bunch`
        Dictionary-like object with the attributes:

        data : ndarray of shape (n_samples, n_timesteps, n_features) or list of ndarray
            The sequences: an array if all have equally many timesteps, or else a list of
            n_samples arrays (n_timesteps_i, n_features). The dtype is float32 if it holds the
            types of all features, else float64.
        target : ndarray of shape (n_samples,) or None
            The classes or numbers; None without `label`.
        sample_ids : ndarray of shape (n_samples,) or (n_samples, n_columns)
            The values of the column `sample`, to look up further properties of a sample. If
            `sample` is a list, each has a column, so that ``sample_ids[:, 0]`` can be the groups
            of a split.
        feature_names : list of str
            Names of the columns that became features.

    (data, target) : tuple if ``return_X_y`` is True
        The first two of these.

    Raises
    ------
    ValueError
        If the table is empty or lacks a column; if a sample, time or label is missing; if
        a sample has two rows at one time (without `every`), or two labels; if times are text
        whose order is not that of the numbers or dates in it ("10:00" before "8:00"); if a
        feature is text or dates; if `every` does not fit the times, or makes many more
        intervals than there are rows; or if the last timestep of a sample has no value in
        any feature, because it would be read as padding. Other missing values become NaN, for you
        to impute.

    TypeError
        If `frame` is not a table, or a feature has objects that are not numbers.

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
    >>> [stay[:, 0].tolist() for stay in stays.data]
    [[71.0, 72.0, 73.0], [90.0]]
    >>> stays.target.tolist(), stays.sample_ids.tolist(), stays.feature_names
    (['north', 'south'], ['b', 'a'], ['pulse'])

    A timestep every two hours:

    >>> stays = from_long(table, sample="patient", time="hour", features=["pulse"], every=2)
    >>> [stay[:, 0].tolist() for stay in stays.data]
    [[71.0, 73.0], [90.0]]
    """
    if return_X_y and label is None:
        raise ValueError("return_X_y=True needs `label`: name it, or take `data` of the Bunch.")
    check_choice("aggregate", aggregate, AGGREGATES)
    samples = sample if isinstance(sample, list) else [sample]
    if not samples:
        raise ValueError("`sample` names no column: name those that identify a sample.")
    keys = [*samples, time] if label is None else [*samples, time, label]
    features = check_columns(frame, keys, features, label)
    table = {name: read_column(frame, name) for name in (*keys, *features) if name != time}
    table[time] = read_times(frame, time)
    check_table(table, samples, keys, features)

    codes, ranks = number_samples(table, samples), rank_times(frame, table[time], name=time)
    order = np.lexsort((ranks, codes))  # by sample, then time
    if every is None:
        check_times(table, samples, time, order, codes, ranks)
    if label is not None:
        check_labels(table, samples, time, label, order, codes)

    lengths = np.bincount(codes)
    last = order[np.cumsum(lengths) - 1]  # row of each sample
    common = np.result_type(np.float32, *{table[name].dtype for name in features})
    dtype = np.float32 if common == np.float32 else np.float64
    timesteps = np.empty((len(order), len(features)), dtype)  # of all samples, one after another
    for index, name in enumerate(features):
        timesteps[:, index] = table[name][order]
    if every is not None:
        times = table[time][order]
        grid = {"every": every, "aggregate": aggregate, "name": time}
        timesteps, lengths = to_grid(timesteps, times, lengths, **grid)
    stops = np.cumsum(lengths)
    lost = np.isnan(timesteps[stops - 1]).all(axis=1)
    if lost.any():
        row = last[np.argmax(lost)]
        raise ValueError(
            f"Sample {id_in_row(table, samples, row)} has no value in any feature at time "
            f"{table[time][row]}, its last, which would be read as padding: impute it, or leave "
            "the row out."
        )
    X: _Samples
    if (lengths == lengths[0]).all():
        X = timesteps.reshape(len(lengths), lengths[0], len(features))
    else:
        X = np.split(timesteps, stops[:-1])
    target = None if label is None else simplify_strings(table[label][last])
    if return_X_y:
        return X, target
    ids = ids_of_samples(table, samples, last)
    return Bunch(
        data=X,
        target=target,
        sample_ids=ids if isinstance(sample, list) else ids[:, 0],
        feature_names=features,
    )


def to_long(
    X: ArrayLike,
    y: ArrayLike | None = None,
    *,
    sample_ids: ArrayLike | None = None,
    sample: str | list[str] = "sample",
    time: str = "time",
    features: list[str] | None = None,
    label: str = "label",
) -> dict[str, np.ndarray]:
    """Turn sequences, and their labels if any, into a long table, one row per timestep.

    Padding is left out. Times are the numbers of the timesteps, from 0.

    Parameters
    ----------
    X : array-like of shape (n_samples, n_timesteps, n_features) or list of array-likes
        The sequences, with timesteps that are all NaN as padding at the end of shorter
        ones; or n_samples arrays of shape (n_timesteps_i, n_features).

    y : array-like of shape (n_samples,) or None, default=None
        The classes, or numbers to predict; None leaves out their column.

    sample_ids : array-like of shape (n_samples,) or (n_samples, n_columns), default=None
        Ids of the samples in the table. None numbers them from 0.

    sample : str or list of str, default="sample"
        Name of the column with the samples, or a list of names for the columns of 2-D
        `sample_ids`.

    time : str, default="time"
        Name of the column with the times.

    features : list of str or None, default=None
        Names of the features. None names them "x0", "x1", ...

    label : str, default="label"
        Name of the column with the labels.

    Returns
    -------
    columns : dict of str to ndarray of shape (n_rows,)
        The columns `sample`, `time`, the features, and `label` if `y` is given: the table,
        for ``pandas.DataFrame(columns)`` or ``polars.DataFrame(columns)``.

    Raises
    ------
    ValueError
        If X is not 3-D, a sample has no timestep, lengths or numbers of columns differ, or
        ids or names repeat.

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
    samples: _Samples = read_samples(X, numeric=True)[0]
    if not isinstance(samples, list) and samples.ndim != 3:
        raise ValueError(
            f"X has shape {samples.shape}: pass sequences of shape (n_samples, n_timesteps, "
            "n_features)."
        )
    n_features = samples[0].shape[1]
    ids = np.arange(len(samples)) if sample_ids is None else read_values(sample_ids)
    if isinstance(sample, list) and (ids.ndim != 2 or ids.shape[1] != len(sample)):
        raise ValueError(
            f"`sample` names {len(sample)} columns, so `sample_ids` must have shape (n_samples, "
            f"{len(sample)}), got {ids.shape}."
        )
    id_columns = [_one_for_each(part) for part in (ids.T if isinstance(sample, list) else [ids])]
    labels = None if y is None else _one_for_each(y)
    check_consistent_length(samples, *id_columns, labels)
    if len(set(zip(*(column.tolist() for column in id_columns), strict=True))) < len(samples):
        raise ValueError("`sample_ids` has an id more than once: give each sample its own.")
    features = [f"x{i}" for i in range(n_features)] if features is None else list(features)
    if len(features) != n_features:
        raise ValueError(f"X has {n_features} features, but {len(features)} are named.")
    names = [*(sample if isinstance(sample, list) else [sample]), time, *features]
    names += [] if y is None else [label]
    if len(set(names)) < len(names):
        raise ValueError(f"The columns would be {names}: give each its own name.")

    timesteps = stack_timesteps(samples, 1, as_list=True)
    rows, lengths = timesteps.rows, timesteps.lengths
    of_rows = np.repeat(np.arange(len(lengths)), lengths)
    times = np.arange(len(rows)) - np.repeat(np.cumsum(lengths) - lengths, lengths)
    columns = [*(column[of_rows] for column in id_columns), times, *np.ascontiguousarray(rows.T)]
    if labels is not None:
        columns.append(labels[of_rows])
    return dict(zip(names, columns, strict=True))


def _one_for_each(values: ArrayLike) -> np.ndarray:
    """Labels or ids as an array (n_samples,), of the types that they have."""
    return simplify_strings(column_or_1d(read_values(values)))
