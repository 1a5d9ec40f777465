"""Numbers as users pass them, in one array."""

from __future__ import annotations

from numbers import Real

import numpy as np
from scipy.sparse import issparse
from sklearn import config_context
from sklearn.utils import check_array

# Types of None and of pandas' NA and NaT, by name, as pandas may not be there.
_MISSING = {"NoneType", "NAType", "NaTType"}


def check_numbers(values, name: str, **options) -> np.ndarray:
    """Check with scikit-learn's `check_array`, and for what it takes for numbers, too."""
    check_no_mask(values, name)
    try:
        with numpy_arrays():
            array = check_array(values, input_name=name, **options)
    except OverflowError as error:
        raise ValueError(f"{name} has an integer too large for a float: scale it.") from error
    except TypeError as error:  # of objects: dates, say
        if issparse(values):
            raise
        raise TypeError(f"{name} has a value that is no number: {error}.") from error
    if array.dtype.kind in "mM":
        raise ValueError(
            f"{name} has dates or times of dtype {array.dtype}: make numbers of them, such as "
            "the seconds since a start."
        )
    return array


def numpy_arrays():
    """Let scikit-learn's checks make NumPy arrays, also of tensors that it could keep as such."""
    return config_context(array_api_dispatch=False)


def check_no_mask(values, name: str) -> None:
    """Raise if some values are masked, as what is behind a mask would count."""
    if isinstance(values, np.ma.MaskedArray) and np.ma.is_masked(values):
        raise ValueError(
            f"{name} has masked values: fill them in; if they are missing, with "
            "`.astype(float).filled(np.nan)`."
        )


def read_values(values) -> np.ndarray:
    """Values as an array, of a type of NumPy's if it has one; what is missing as NaN."""
    try:
        array = np.asarray(values)
    except ValueError:  # lists of different lengths, say
        array = np.array(values, dtype=object)
    array = undo_strings(values, array)
    return plain_numbers(array) if array.dtype == object else array


def undo_strings(values, array: np.ndarray) -> np.ndarray:
    """The array of a list as objects, if NumPy made strings of it: it does of ["a", nan], too."""
    are_listed = array.dtype.kind in "US" and not hasattr(values, "__array__")
    return np.array(values, dtype=object) if are_listed else array


def plain_numbers(objects: np.ndarray) -> np.ndarray:
    """Objects with NaN for what is missing, and as an array of numbers if they are numbers."""
    types = set(map(type, objects.flat))
    missing = {kind for kind in types if kind.__name__ in _MISSING}
    if missing:
        objects = np.frompyfunc(lambda x: np.nan if type(x) in missing else x, 1, 1)(objects)
        objects = np.asarray(objects, dtype=object)
    are_numbers = all(issubclass(kind, (Real, np.bool_)) for kind in types - missing)
    return np.array(objects.tolist()).reshape(objects.shape) if are_numbers else objects
