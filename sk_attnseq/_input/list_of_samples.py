"""Sequences as users list them, one by one."""

from collections.abc import Mapping

import numpy as np

from sk_attnseq._input.frames import column_names, first_frame, is_frame
from sk_attnseq._input.hints import HINT_OF_TRANSPOSED_LIST, tensor_as_array
from sk_attnseq._input.values import (
    as_numbers,
    check_no_mask,
    listed_as_objects,
    native_floats,
    simplify_objects,
)


def is_list_of_sequences(X) -> bool:
    """Whether X lists samples one by one, if only wrong ones that no array could hold."""
    if isinstance(X, np.ndarray):
        return X.ndim == 1 and X.dtype == object
    if not isinstance(X, (list, tuple)):
        return False
    return any(_is_2d(x) for x in X) or len({len(x) for x in X if hasattr(x, "__len__")}) > 1


def _is_2d(x) -> bool:
    if isinstance(x, (list, tuple)):
        return len(x) > 0 and isinstance(x[0], (list, tuple, np.ndarray))
    return getattr(x, "ndim", None) == 2 or is_frame(x)


def read_list(X, *, numeric: bool) -> list[np.ndarray]:
    """Each sample of a list as an array (n_timesteps_i, n_features).

    What is missing is NaN. If not `numeric`, arrays may hold strings, or any objects.
    """
    samples: list[np.ndarray] = []
    frame = first_frame(X)
    names = None if frame is None else column_names(frame)
    for index, sample in enumerate(X):
        # Whatever the names are: scikit-learn ignores those that are not strings.
        if is_frame(sample) and column_names(sample) != names:
            raise ValueError(
                f"Sample {index} of X has the columns {column_names(sample)}, but the first "
                f"dataframe has {names}: all samples need the same features in the same order."
            )
        samples.append(_check_sample(sample, f"Sample {index} of X", numeric))
    if not samples:
        raise ValueError("Found array with 0 sample(s) while a minimum of 1 is required.")
    _check_same_features(samples)
    if not numeric:
        _check_no_mixture(samples)
    return samples


def as_array(values, name: str) -> np.ndarray:
    """Rows as an array, also where they are lists or arrays in an array of objects."""
    try:
        array = np.asanyarray(values)
        if array.dtype == object and array.ndim == 1 and any(map(np.ndim, array)):
            array = np.array(array.tolist())
    except (ValueError, TypeError, RuntimeError) as error:  # rows of different lengths, say
        code = tensor_as_array(values, "x")
        instead = f": pass `[{code} for x in X]`" if code else ""
        raise ValueError(f"{name} is no array: {error}{instead}") from error
    check_no_mask(array, name)
    array = native_floats(np.asarray(array))
    return simplify_objects(array) if array.dtype == object else array


def _check_sample(sample, name, numeric):
    array = as_array(sample, name)
    if not numeric and array.dtype.kind in "US":
        array = simplify_objects(listed_as_objects(sample, array))
    if array.ndim == 2 and len(array) == 0:
        raise ValueError(f"{name} has no timestep: leave the sample out.")
    if array.ndim != 2 or array.shape[1] == 0 or (not numeric and array.dtype.kind in "mMcV"):
        of_series = " Series of one feature are `[np.reshape(x, (-1, 1)) for x in X]`."
        is_series = array.ndim == 1 and array.dtype.kind in "buif"
        raise ValueError(
            f"{name} has shape {array.shape} and dtype {array.dtype} (it came as "
            f"{type(sample).__name__}): each sample of a list must be numeric, of shape "
            "(n_timesteps, n_features) with 1 feature or more."
            f"{of_series if is_series else hint_if_records(array)}"
        )
    if not numeric:
        return array
    if not is_frame(sample):
        return as_numbers(array, name, lambda index: f"in feature {index[1]}")
    columns = column_names(sample)
    of_table = " Of long tables, sk_attnseq.sequences.from_long makes sequences."
    return as_numbers(array, name, lambda index: f"in column {columns[index[1]]!r}", of_table)


def hint_if_records(array) -> str:
    """What to do about an array if it has records."""
    has_records = array.dtype.names or any(isinstance(value, Mapping) for value in array.flat)
    if not has_records:
        return ""
    return " Make dataframes of records: `[pandas.DataFrame(x) for x in X]`."


def _check_same_features(samples):
    numbers = np.array([sample.shape[1] for sample in samples])
    if (numbers == numbers[0]).all():
        return
    index = np.argmax(numbers != numbers[0])
    equally_long = len({len(sample) for sample in samples}) == 1
    raise ValueError(
        f"Sample {index} of X has {numbers[index]} features, but sample 0 has {numbers[0]}: all "
        "samples need the same features."
        f"{HINT_OF_TRANSPOSED_LIST if equally_long else ''}"
    )


def _check_no_mixture(samples):
    """Raise if some arrays are strings and others numbers, of which NumPy would make strings."""
    kinds = np.array([sample.dtype.kind for sample in samples])
    are_strings = np.isin(kinds, ["U", "S"])
    others = ~are_strings & (kinds != "O")
    if are_strings.any() and others.any():
        index, other = np.argmax(are_strings), np.argmax(others)
        raise ValueError(
            f"Sample {index} of X has values of dtype {samples[index].dtype}, but sample {other} "
            f"of {samples[other].dtype}: all must be strings, or all numeric."
        )
