"""Values as users pass them, of any type, as arrays; and the rule for what counts as a number."""

from numbers import Real

import numpy as np
from sklearn import config_context
from sklearn.utils import check_array

from sk_attnseq._input.hints import HINT_OF_ROWS

# Types of None and of pandas' NA and NaT, by name, as pandas may not be there.
_MISSING = {"NoneType", "NAType", "NaTType"}
_TEXT = (str, bytes)
_TIMES = (np.datetime64, np.timedelta64)


def check_numbers(values, name: str, place=None, **options) -> np.ndarray:
    """Check with scikit-learn's `check_array`, and by the rule for numbers of `as_numbers`."""
    check_no_mask(values, name)
    with usual_checks():
        if not isinstance(values, np.ndarray):
            any_values = {"dtype": None, "ensure_all_finite": False, "ensure_min_samples": 0}
            values = check_array(values, input_name=name, **options | any_values)
        return check_array(as_numbers(values, name, place), input_name=name, **options)


def usual_checks():
    """Let scikit-learn's checks make NumPy arrays and look for NaN, whatever its settings are."""
    return config_context(array_api_dispatch=False, assume_finite=False)


def check_no_mask(values, name: str) -> None:
    """Raise if some values are masked, as what is behind a mask would count."""
    if isinstance(values, np.ma.MaskedArray) and np.ma.is_masked(values):
        raise ValueError(
            f"{name} has masked values. Fill them in; if they are missing, with "
            "`.astype(float).filled(np.nan)`."
        )


def is_sparse(X) -> bool:
    """Whether X is a sparse matrix or array of SciPy."""
    return hasattr(X, "toarray") and hasattr(X, "nnz")


def as_numbers(array: np.ndarray, name: str, place=None, hint: str = "") -> np.ndarray:
    """An array of any type as numbers, by one rule for all containers.

    Numbers are booleans, integers and floats of NumPy, floats of types that others add to NumPy
    (bfloat16, which becomes float32), and objects that `float` converts, such as decimals. Text
    is none, even if it looks like one, and neither are dates. None and NA become NaN.

    Errors call the array by its `name`; `place` says in words where the value with an index is, and
    `hint` in a sentence what else to do about a value that is no number.
    """
    array = native_floats(array)
    kind = array.dtype.kind
    if kind in "buif":
        return array
    if kind in "mM":
        raise ValueError(
            f"{name} is not numeric: dates or times of dtype {array.dtype}. Convert them, such as "
            f"to seconds since a start.{hint}"
        )
    if kind == "c":
        raise ValueError(
            f"Complex data not supported: {name} is not numeric, but of dtype {array.dtype}."
        )
    array = simplify_objects(array) if kind == "O" else array.astype(object)
    return _objects_as_floats(array, name, place, hint) if array.dtype == object else array


def native_floats(array: np.ndarray) -> np.ndarray:
    """Floats of a type that others add to NumPy, such as bfloat16, as float32."""
    is_added = array.dtype.kind in "Vf" and array.dtype.isbuiltin == 2
    return array.astype(np.float32) if is_added else array


def _objects_as_floats(objects, name, place, hint):
    kinds = set(map(type, objects.flat))
    if not any(issubclass(kind, (*_TEXT, *_TIMES)) for kind in kinds):
        try:
            return objects.astype(np.float64)
        except (TypeError, ValueError, OverflowError):
            pass  # look for the value that is wrong
    for index, value in np.ndenumerate(objects):
        where = place(index) if place else f"at index {index[0] if len(index) == 1 else index}"
        is_text = isinstance(value, _TEXT)
        way = f"convert it, or leave it out.{hint}"
        if is_text or isinstance(value, _TIMES):
            what = "text, not a number" if is_text else "no number"
            raise ValueError(f"{name} is not numeric: {value!r} {where} is {what}: {way}")
        try:
            float(value)
        except OverflowError as error:
            raise ValueError(f"{name} has an integer too large for a float: scale it.") from error
        except (TypeError, ValueError) as error:
            message = f"{name} is not numeric: {value!r} {where} is no number ({error}): {way}"
            raise TypeError(message) from error
    raise TypeError(f"{name} is not numeric: it has objects of the types {kinds}.{hint}")


def read_values(values) -> np.ndarray:
    """Values as an array, of a type of NumPy's if it has one; what is missing as NaN."""
    try:
        array = np.asarray(values)
    except ValueError:  # lists of different lengths, say
        array = np.array(values, dtype=object)
    array = listed_as_objects(values, array)
    return simplify_objects(array) if array.dtype == object else array


def listed_as_objects(values, array: np.ndarray) -> np.ndarray:
    """The array of a list as objects, if NumPy made strings of it: it does of ["a", nan], too."""
    are_listed = array.dtype.kind in "US" and not hasattr(values, "__array__")
    return np.array(values, dtype=object) if are_listed else array


def simplify_objects(objects: np.ndarray) -> np.ndarray:
    """Objects with NaN for what is missing, and as an array of numbers if they are numbers."""
    types = set(map(type, objects.flat))
    missing = {kind for kind in types if kind.__name__ in _MISSING}
    if missing:
        objects = np.frompyfunc(lambda x: np.nan if type(x) in missing else x, 1, 1)(objects)
        objects = np.asarray(objects, dtype=object)
    are_numbers = all(issubclass(kind, (Real, np.bool_)) for kind in types - missing)
    return np.array(objects.tolist()).reshape(objects.shape) if are_numbers else objects


def simplify_strings(values):
    """Objects that are all strings as NumPy's strings, anything else as it is."""
    # For one value a sample, not a row: each takes the memory of the longest.
    are_strings = values.dtype == object and all(isinstance(value, str) for value in values)
    return values.astype(str) if are_strings else values


def check_length(name: str, values, n_samples: int, estimator=None) -> None:
    """Raise unless there is a value for each sample.

    Fewer values than rows of a 2-D X, of which the estimator knows, hint at a long table.
    """
    if len(values) != n_samples:
        sequences = "X_val" if name.endswith("_val") else "X"
        has_rows = getattr(estimator, "_n_dimensions", None) == 2 and len(values) < n_samples
        raise ValueError(
            "Found input variables with inconsistent numbers of samples: "
            f"{n_samples} in {sequences} and {len(values)} in {name}."
            f"{HINT_OF_ROWS if has_rows else ''}"
        )
