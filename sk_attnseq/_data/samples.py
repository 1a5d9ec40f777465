"""From what users pass as X to checked samples, for whatever estimator takes them."""

from __future__ import annotations

import warnings

import numpy as np
from sklearn.utils import check_array
from sklearn.utils.validation import validate_data

from sk_attnseq._data.arrays import check_numbers, numpy_arrays
from sk_attnseq._data.containers import open_container
from sk_attnseq._data.lists import check_samples, feature_names, way_of_records


def read_samples(X, *, numeric: bool, estimator=None):
    """Read X, whatever container it is.

    Parameters
    ----------
    X : array-like or list of array-likes
        Of shape (n_samples, n_timesteps, n_features) or (n_samples, n_columns); or n_samples
        arrays (n_timesteps_i, n_features).
    numeric : bool
        Whether there may be nothing but numbers. Else other objects stay what they are.
    estimator : estimator
        Named in messages.

    Returns
    -------
    samples : ndarray or list of ndarray
        A 2-D or 3-D array, or a list of 2-D arrays of equally many features. What is missing
        is NaN.
    frame : dataframe or None
        That which names the features or, of 2-D X, the columns.
    """
    if type(X) is np.ndarray and X.ndim == 3 and X.dtype in (np.float32, np.float64) and X.size:
        return X, None  # check_array would find nothing, and take a quarter of a prediction's time
    opened, frame = open_container(X)
    if isinstance(opened, list):
        return check_samples(opened, numeric=numeric), frame
    if isinstance(opened, np.ndarray) and len(opened):
        _check_ndim(opened, estimator)
    options = {"allow_nd": True, "ensure_2d": False, "ensure_all_finite": False}
    if numeric:
        samples = check_numbers(opened, "X", estimator=estimator, **options)
    else:
        with numpy_arrays():
            samples = check_array(
                opened, dtype=None, input_name="X", estimator=estimator, **options
            )
    if 0 in samples.shape:
        raise ValueError(
            f"Found array with {samples.shape[1]} timestep(s) and {samples.shape[2]} feature(s) "
            f"(shape={samples.shape}) while a minimum of 1 each is required."
        )
    return samples, frame


def _check_ndim(X, estimator):
    if X.dtype.names and X.ndim > 1:
        raise ValueError(f"X has records, of dtype {X.dtype}.{way_of_records(X)}")
    if X.ndim == 1:
        one = "1, -1" if getattr(estimator, "_n_dimensions", 3) == 2 else "1, -1, 1"
        raise ValueError(
            "Expected 3D array of shape (n_samples, n_timesteps, n_features), or 2D array, got "
            f"1D array instead. Reshape your data: a single series is X.reshape({one}). "
            "Sequences of different lengths may come as a list of 2D arrays."
            f"{way_of_records(X)}"
        )
    if X.ndim > 3:
        raise ValueError(
            f"Found array with dim {X.ndim}, while dim <= 3 is required: pass sequences of shape "
            "(n_samples, n_timesteps, n_features)."
        )


def check_form(estimator, samples, frame, *, reset: bool) -> None:
    """Set what the estimator knows of the form of X, or hold X against it.

    That is `_n_dimensions`, `n_features_in_` and `feature_names_in_`.
    """
    n_dimensions = check_dimensions(estimator, samples, reset=reset)
    if reset and frame is not None:
        if n_dimensions == 2:
            _refuse_levels(estimator, frame)
        else:
            _warn_of_keys(samples, feature_names(frame))
    if n_dimensions == 2 or frame is not None:  # names and numbers are scikit-learn's to check
        table = samples if frame is None else frame
        validate_data(estimator, table, reset=reset, skip_check_array=True)
    elif reset:
        vars(estimator).pop("feature_names_in_", None)
        estimator.n_features_in_ = samples[0].shape[1]
    check_n_features(estimator, samples, estimator.n_features_in_)


def check_dimensions(estimator, samples, *, reset: bool = False) -> int:
    """Set the estimator's `_n_dimensions`, or hold X against it; return those of X."""
    n_dimensions = 3 if isinstance(samples, list) else samples.ndim
    if reset:
        estimator._n_dimensions = n_dimensions
    elif n_dimensions != estimator._n_dimensions:
        raise ValueError(
            f"X has {n_dimensions} dimensions, but {type(estimator).__name__} was fitted with "
            f"{estimator._n_dimensions}-dimensional X: pass sequences in the same form."
            f"{' A single sequence is np.expand_dims(X, 0).' if n_dimensions == 2 else ''}"
            f"{way_of_rows(n_dimensions)}"
        )
    return n_dimensions


def check_n_features(estimator, samples, expected: int) -> None:
    """Check that each timestep, or row of a 2-D X, has as many features as expected."""
    n_features = samples[0].shape[-1]
    if n_features == expected:
        return
    way, of_timesteps = "", ""
    if samples[0].ndim == 2:
        of_timesteps = " in each timestep"
        if all(len(sample) == expected for sample in samples):
            way = "[x.T for x in X]" if isinstance(samples, list) else "X.transpose(0, 2, 1)"
            way = f" If features come before timesteps, pass `{way}`."
    raise ValueError(
        f"X has {n_features} features{of_timesteps}, but {type(estimator).__name__} is expecting "
        f"{expected} features as input.{way}"
    )


def way_of_rows(n_dimensions: int | None) -> str:
    """What to do about too many rows in X, which are timesteps then, in a sentence."""
    if n_dimensions != 2:
        return ""
    return " If X has a row for each timestep, sk_attnseq.sequences.from_long makes sequences."


def _refuse_levels(estimator, frame):
    """Raise if levels of a 2-D dataframe say that its rows or columns are something else."""
    index, columns = getattr(frame, "index", None), frame.columns
    if getattr(columns, "nlevels", 1) > 1:
        raise ValueError(
            "X has columns of several levels. If the first are features and the second timesteps, "
            "pass `np.stack([X[name] for name in X.columns.unique(0)], axis=2)`; if the first are "
            "timesteps, the same with `axis=1`."
        )
    if getattr(index, "nlevels", 1) == 1 or getattr(estimator, "n_timesteps", None) is not None:
        return
    if index.get_level_values(0).has_duplicates:
        sample, time = (name or f"level_{i}" for i, name in enumerate(index.names[:2]))
        raise ValueError(
            "X has an index of several levels, the first with repeated values, as if its rows were "
            "timesteps: make sequences of it with sk_attnseq.sequences.from_long(X.reset_index(), "
            f"sample={sample!r}, time={time!r}). If its rows are sequences, pass "
            "`X.reset_index(drop=True)`."
        )


def _warn_of_keys(samples, names):
    """Warn if two features look like ids and times, as in dataframes that a groupby made."""
    if (
        len(samples) == 1
        or names is None
        or any(sample.dtype.kind not in "buif" for sample in samples)
    ):
        return
    first = np.array([sample[0] for sample in samples])  # (n_samples, n_features)
    constant = np.all([(sample == sample[0]).all(axis=0) for sample in samples], axis=0)
    rises = np.all([(sample[1:] > sample[:-1]).all(axis=0) for sample in samples], axis=0)
    are_ids = constant & (first % 1 == 0).all(axis=0) & ~rises
    are_ids &= [len(np.unique(values)) == len(samples) for values in first.T]
    if are_ids.any() and rises.any():
        warnings.warn(
            f"The dataframes in X have columns that look like those of a long table: in each, "
            f"{names[np.argmax(are_ids)]!r} is one whole number, another in each, and "
            f"{names[np.argmax(rises)]!r} rises. All columns are features: leave out those that "
            "tell the sample or the time, or let sk_attnseq.sequences.from_long take them apart.",
            UserWarning,
            stacklevel=2,
        )
