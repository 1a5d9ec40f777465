"""From what users pass to what the networks take: values, and a length per sample."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from sklearn.utils.validation import check_array, validate_data


@dataclass(frozen=True)
class Sequences:
    """Sequences of equal or different lengths, padded with zeros at their ends.

    `values` is (n_samples, n_timesteps, n_features) with n_timesteps the largest of
    `lengths` (n_samples,), so no padding that users add reaches the computation.
    """

    values: np.ndarray
    lengths: np.ndarray

    def __len__(self) -> int:
        return len(self.values)

    @property
    def n_features(self) -> int:
        return self.values.shape[2]

    def __getitem__(self, rows) -> Sequences:
        return Sequences(self.values[rows], self.lengths[rows])


def is_list_of_sequences(X) -> bool:
    """Whether X lists samples one by one, if only wrong ones that no array could hold."""
    if isinstance(X, np.ndarray):
        return X.dtype == object and X.ndim == 1
    if not isinstance(X, (list, tuple)):
        return False
    return any(_is_2d(x) for x in X) or len({len(x) for x in X if hasattr(x, "__len__")}) > 1


def _is_2d(x) -> bool:
    if isinstance(x, (list, tuple)):
        return len(x) > 0 and isinstance(x[0], (list, tuple, np.ndarray))
    return getattr(x, "ndim", None) == 2  # an array or a dataframe


def check_sequences(estimator, X, *, reset: bool) -> Sequences:
    """Check what was passed as X, and its form against what the estimator was fitted on.

    Parameters
    ----------
    estimator : estimator
        With the parameters `n_timesteps` and `dtype`.
    X : array-like or list of array-likes
        Of shape (n_samples, n_timesteps, n_features), with timesteps that are all NaN
        as padding at the end of shorter sequences; or n_samples arrays of shape
        (n_timesteps_i, n_features); or of shape (n_samples, n_columns).
    reset : bool
        Whether to set the estimator's `n_features_in_` (and `feature_names_in_`), or to
        hold X against them.

    Returns
    -------
    sequences : Sequences
    """
    X_array = _as_array(X, dtype=estimator.dtype, estimator=estimator)
    sequences = _from_array(X_array, n_timesteps=estimator.n_timesteps, estimator=estimator)
    n_dimensions = X_array.ndim
    if reset:
        estimator._n_dimensions = n_dimensions
    elif n_dimensions != estimator._n_dimensions:
        raise ValueError(
            f"X has {n_dimensions} dimensions, but {type(estimator).__name__} was fitted with "
            f"{estimator._n_dimensions}-dimensional X: pass sequences in the same form."
        )
    if n_dimensions == 2:  # columns: names and number are scikit-learn's to check
        validate_data(estimator, X, reset=reset, skip_check_array=True)
    elif reset:
        vars(estimator).pop("feature_names_in_", None)
        estimator.n_features_in_ = sequences.n_features
    elif sequences.n_features != estimator.n_features_in_:
        raise ValueError(
            f"X has {sequences.n_features} features in each timestep, but "
            f"{type(estimator).__name__} is expecting {estimator.n_features_in_} features as input."
        )
    return sequences


def to_sequences(X, *, dtype: str) -> Sequences:
    """Check 3-D X, in any of its forms, and turn it into padded values and lengths."""
    return _from_array(_as_array(X, dtype=dtype))


def _as_array(X, *, dtype, estimator=None) -> np.ndarray:
    """X as a numeric array with 2 or 3 dimensions; shorter sequences padded with NaN."""
    if is_list_of_sequences(X):
        X = pad(X)
    with np.errstate(over="ignore"):  # what is too large for dtype is an error later
        X = check_array(
            X,
            dtype=dtype,
            allow_nd=True,
            ensure_all_finite=False,
            estimator=estimator,
            input_name="X",
        )
    if X.ndim > 3:
        raise ValueError(
            f"Found array with dim {X.ndim}, while dim <= 3 is required: pass sequences of "
            "shape (n_samples, n_timesteps, n_features)."
        )
    return X


def _from_array(X, *, n_timesteps=None, estimator=None) -> Sequences:
    """(n_samples, n_columns) or (n_samples, n_timesteps, n_features) -> `Sequences`."""
    with np.errstate(over="ignore", invalid="ignore"):
        all_finite = np.isfinite(X.sum())  # one pass and no temporary, where all is well
    has_padding = not all_finite and _check_finite_or_padding(X, estimator)
    if X.ndim == 2:
        X = columns_to_timesteps(X, n_timesteps)
    if 0 in X.shape[1:]:
        raise ValueError(
            f"Found array with {X.shape[1]} timestep(s) and {X.shape[2]} feature(s) "
            f"(shape={X.shape}) while a minimum of 1 each is required."
        )
    if has_padding:
        return _strip_padding(X)
    return Sequences(X, np.full(len(X), X.shape[1], dtype=np.int32))


def check_samples(X) -> list[np.ndarray]:
    """Each sample of a list as an array (n_timesteps_i, n_features)."""
    samples: list[np.ndarray] = []
    for index, sample in enumerate(X):
        try:
            sample = np.asarray(sample)
        except ValueError as error:  # rows of different lengths
            raise ValueError(f"Sample {index} of X is no array: {error}") from error
        if sample.ndim == 2 and len(sample) == 0:
            raise ValueError(f"Sample {index} of X has no timestep: leave the sample out.")
        if sample.ndim != 2 or sample.dtype.kind not in "buifO" or sample.shape[1] == 0:
            raise ValueError(
                f"Sample {index} of X has shape {sample.shape} and dtype {sample.dtype}: each "
                "sample of a list must be numeric, of shape (n_timesteps, n_features) with 1 "
                "feature or more."
            )
        samples.append(sample)
        if sample.shape[1] != samples[0].shape[1]:
            raise ValueError(
                f"Sample {index} of X has {sample.shape[1]} features, but sample 0 has "
                f"{samples[0].shape[1]}: all samples need the same features."
            )
    if not samples:
        raise ValueError("Found array with 0 sample(s) while a minimum of 1 is required.")
    return samples


def pad(X) -> np.ndarray:
    """Stack a list of (n_timesteps_i, n_features) arrays, padded with NaN at the ends.

    Returns
    -------
    padded : ndarray of shape (n_samples, max(n_timesteps_i), n_features)
    """
    samples = check_samples(X)
    dtype = np.result_type(np.float32, *{sample.dtype for sample in samples})
    longest = max(map(len, samples))
    padded = np.full((len(samples), longest, samples[0].shape[1]), np.nan, dtype)
    for row, sample in zip(padded, samples, strict=True):
        row[: len(sample)] = sample
    return padded


def _check_finite_or_padding(X, estimator) -> bool:
    """Raise where X has values that are neither finite nor padding; say if it has padding."""
    if X.ndim == 2:
        # Raises scikit-learn's own message, unless the sum overflowed for finite values.
        check_array(X, estimator=estimator, input_name="X")
        return False
    if np.isinf(X).any():
        raise ValueError(
            f"Input X contains infinity or a value too large for {X.dtype!r} "
            f"(sample {np.argwhere(np.isinf(X))[0][0]})."
        )
    missing = np.isnan(X)
    if not missing.any():
        return False
    padding = missing.all(axis=2)  # (n_samples, n_timesteps)
    after_padding = np.logical_or.accumulate(padding, axis=1) & ~padding
    for what, samples in (
        ("has no timestep that is not NaN: leave the sample out", padding.all(axis=1)),
        ("has timesteps after a timestep that is all NaN: padding is only at the end, "
         "so impute what is missing before", after_padding.any(axis=1)),
        ("has NaN in some features of a timestep: impute what is missing",
         (missing.any(axis=2) & ~padding).any(axis=1)),
    ):  # fmt: skip
        if samples.any():
            raise ValueError(f"Input X contains NaN: sample {np.argmax(samples)} {what}.")
    return True


def _strip_padding(X) -> Sequences:
    lengths = (~np.isnan(X[:, :, 0])).sum(axis=1, dtype=np.int32)
    return Sequences(np.nan_to_num(X[:, : lengths.max()], nan=0.0), lengths)


def columns_to_timesteps(X: np.ndarray, n_timesteps: int | None) -> np.ndarray:
    """(n_samples, n_columns) -> (n_samples, n_timesteps, n_columns / n_timesteps)."""
    if n_timesteps is None:
        return X[:, :, np.newaxis]
    if X.shape[1] % n_timesteps:
        raise ValueError(
            f"X has {X.shape[1]} columns, which do not divide into n_timesteps={n_timesteps} "
            "timesteps of equally many features: check n_timesteps, or pass a 3-D array."
        )
    return X.reshape(len(X), n_timesteps, -1)
