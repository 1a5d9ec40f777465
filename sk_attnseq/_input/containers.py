"""What sequences come in besides arrays and lists: dataframes, columns, other types."""

import numpy as np

from sk_attnseq._input.frames import column_names, first_frame, is_frame
from sk_attnseq._input.hints import what_to_pass
from sk_attnseq._input.list_of_samples import as_array, is_list_of_sequences
from sk_attnseq._input.values import check_no_mask, is_sparse, native_floats, simplify_objects


def open_container(X):
    """Take sequences out of what they came in.

    Returns
    -------
    opened : list, ndarray, dataframe or sparse matrix
        A list has samples (n_timesteps_i, n_features), of any type; the rest is one array.
    frame : dataframe or None
        Its columns are the features or, with a dataframe, the columns of X.
    """
    if is_list_of_sequences(X):
        return list(X), first_frame(X)
    if is_frame(X):
        first = np.asarray(X.head(1) if hasattr(X, "head") else X[:1])
        if first.dtype != object:
            return X, X
        cells = np.asarray(X)  # (n_samples, n_columns)
        are_sequences = _are_sequences(cells)
        if not are_sequences.any():
            return simplify_objects(cells), X
        return _open_cells(cells, are_sequences, column_names(X), X)
    if is_sparse(X):
        return X, None  # `check_array` has the words for it
    array = _make_array(X)
    if array.dtype == object and array.ndim == 1:  # a column, as a Series
        cells = array[:, np.newaxis]
        are_sequences = _are_sequences(cells)
        if are_sequences.any():
            return _open_cells(cells, are_sequences, [getattr(X, "name", None)], None)
    return simplify_objects(array) if array.dtype == object else array, None


def _are_sequences(cells):
    """Which cells hold more than a value."""
    is_sequence = np.frompyfunc(
        lambda cell: isinstance(cell, (list, tuple)) or len(getattr(cell, "shape", ())) > 0, 1, 1
    )
    return is_sequence(cells).astype(bool)


def _open_cells(cells, are_sequences, names, frame):
    """Samples of the rows of a table, in whose cells there are sequences.

    A cell of a single column may be a whole sample (n_timesteps_i, n_features). Else each has
    the series of one feature, as in the nested dataframes of sktime.
    """
    single = [name for name, some in zip(names, are_sequences.any(axis=0), strict=True) if not some]
    if single:
        raise ValueError(
            f"Some columns of X have sequences in their cells, but {single} single values: pass "
            "the columns with sequences alone."
        )
    if not are_sequences.all():
        row, column = np.argwhere(~are_sequences)[0]
        where = f" in column {names[column]!r}" if names[column] else ""
        raise ValueError(
            f"Sample {row} of X has {cells[row, column]!r}{where}, where others have sequences: "
            "leave the sample out."
        )
    if cells.shape[1] == 1 and as_array(cells[0, 0], "Sample 0 of X").ndim != 1:
        samples = list(cells[:, 0])
        return samples, first_frame(samples)
    return [_join_series(row, f"Sample {index} of X") for index, row in enumerate(cells)], frame


def _join_series(cells, name):
    """The series of a sample's features side by side, (n_timesteps_i, n_features)."""
    series = [as_array(cell, name) for cell in cells]
    shapes = {one.shape for one in series}
    if len(shapes) > 1 or series[0].ndim != 1:
        raise ValueError(
            f"{name} has arrays of the shapes {sorted(shapes)} in its cells: each cell must have "
            "the series of one feature, all of a sample with the same timesteps."
        )
    return np.column_stack(series)


def _make_array(X):
    """What is no dataframe as an array, (n_samples, ...); raise with the way if it is none."""
    reason = ""
    try:
        array = np.asanyarray(X)  # with its mask, if it has one
    except (ValueError, TypeError, RuntimeError) as error:
        if isinstance(X, (list, tuple)):
            raise ValueError(f"X is no array: {error}") from error
        if not isinstance(error, ValueError):  # PyTorch says what to do
            reason = f" ({error})"
        array = np.array(None)
    if array.ndim == 0:
        kind = f"{type(X).__module__}.{type(X).__qualname__}".removeprefix("builtins.")
        raise TypeError(
            f"X came as {kind}, of which NumPy makes no array{reason}: pass {what_to_pass(X)}."
        )
    check_no_mask(array, "X")
    return native_floats(array)
