"""From what users pass as X to `Sequences`: all checks of it are here."""

from __future__ import annotations

import numpy as np
from sklearn.utils.validation import check_array, validate_data

from sk_attnseq._data.arrays import check_numbers
from sk_attnseq._data.lists import first_frame, is_list_of_sequences, pad
from sk_attnseq._data.sequences import Sequences
from sk_attnseq._runtime.mapped_files import mapped_file, release_pages

# What users pass is looked through in blocks of about this size.
_BLOCK_BYTES = 16_000_000


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
    X_array = _as_array(X, estimator)
    frame = first_frame(X)
    if reset:
        estimator._n_dimensions = X_array.ndim
        estimator._n_timesteps = estimator.n_timesteps
    elif X_array.ndim != estimator._n_dimensions:
        raise ValueError(
            f"X has {X_array.ndim} dimensions, but {type(estimator).__name__} was fitted with "
            f"{estimator._n_dimensions}-dimensional X: pass sequences in the same form."
        )
    if X_array.ndim == 2:  # columns: names and number are scikit-learn's to check
        validate_data(estimator, X, reset=reset, skip_check_array=True)
    elif frame is not None:  # the timesteps of a sample: a table, as scikit-learn's are
        validate_data(estimator, frame, reset=reset, skip_check_array=True)
    elif reset:
        vars(estimator).pop("feature_names_in_", None)
        estimator.n_features_in_ = X_array.shape[2]
    elif X_array.shape[2] != estimator.n_features_in_:
        raise ValueError(
            f"X has {X_array.shape[2]} features in each timestep, but "
            f"{type(estimator).__name__} is expecting {estimator.n_features_in_} features as input."
        )
    dtype = estimator.dtype if reset else estimator._architecture.dtype
    return _from_array(
        X_array, dtype=dtype, n_timesteps=estimator._n_timesteps, estimator=estimator
    )


def to_sequences(X, *, dtype: str) -> Sequences:
    """Check 3-D X, in any of its forms, for what it is as sequences."""
    return _from_array(_as_array(X), dtype=dtype)


def _as_array(X, estimator=None) -> np.ndarray:
    """X as a numeric array with 2 or 3 dimensions; shorter sequences padded with NaN."""
    if type(X) is np.ndarray and X.ndim == 3 and X.dtype in (np.float32, np.float64) and len(X):
        return X  # check_array would find nothing, and take a quarter of a prediction's time
    if is_list_of_sequences(X):
        X = pad(X)
    X = check_numbers(
        X, "X", allow_nd=True, ensure_2d=False, ensure_all_finite=False, estimator=estimator
    )
    if X.ndim < 2:
        raise ValueError(
            f"Expected 3D array of shape (n_samples, n_timesteps, n_features), or 2D array, got "
            f"{X.ndim}D array instead. Reshape your data: a single series is X.reshape(1, -1, 1). "
            "Sequences of different lengths may come as a list of 2D arrays."
        )
    if X.ndim > 3:
        raise ValueError(
            f"Found array with dim {X.ndim}, while dim <= 3 is required: pass sequences of "
            "shape (n_samples, n_timesteps, n_features)."
        )
    return X


def _from_array(X, *, dtype, n_timesteps=None, estimator=None) -> Sequences:
    """(n_samples, n_columns) or (n_samples, n_timesteps, n_features) -> `Sequences`."""
    may_be_padded = X.ndim == 3
    if X.ndim == 2:
        X = columns_to_timesteps(X, n_timesteps)
    if 0 in X.shape[1:]:
        raise ValueError(
            f"Found array with {X.shape[1]} timestep(s) and {X.shape[2]} feature(s) "
            f"(shape={X.shape}) while a minimum of 1 each is required."
        )
    lengths = np.full(len(X), X.shape[1], dtype=np.int32)
    file = mapped_file(X)
    n_rows = max(1, _BLOCK_BYTES // (8 * X.shape[1] * X.shape[2]))
    for start in range(0, len(X), n_rows):
        with np.errstate(over="ignore", invalid="ignore"):  # infinity is looked for next
            block = X[start : start + n_rows].astype(dtype, copy=False)
            all_finite = np.isfinite(block.sum())  # one pass and no temporary
        if not all_finite and not np.isfinite(block).all():
            if not may_be_padded:
                with np.errstate(invalid="ignore"):  # of infinities that it adds up
                    check_array(block[:, :, 0], estimator=estimator, input_name="X")
            lengths[start : start + n_rows] = _padded_lengths(block, start)
        release_pages(file)
    return Sequences(X, lengths, np.arange(len(X)))


def _padded_lengths(X, first_sample):
    """Real timesteps of each sample (n_samples,); raise where NaN is not padding."""
    if np.isinf(X).any():
        raise ValueError(
            f"Input X contains infinity or a value too large for {X.dtype!r}: sample "
            f"{first_sample + np.argwhere(np.isinf(X))[0][0]}."
        )
    missing = np.isnan(X)
    padding = missing.all(axis=2)  # (n_samples, n_timesteps)
    after_padding = np.logical_or.accumulate(padding, axis=1) & ~padding
    for what, samples in (
        ("has no timestep that is not NaN: leave the sample out", padding.all(axis=1)),
        (
            "has timesteps after a timestep that is all NaN: padding is only at the end, so "
            "impute what is missing before",
            after_padding.any(axis=1),
        ),
        (
            "has NaN in some features of a timestep: impute what is missing",
            (missing.any(axis=2) & ~padding).any(axis=1),
        ),
    ):
        if samples.any():
            sample = first_sample + np.argmax(samples)
            raise ValueError(f"Input X contains NaN: sample {sample} {what}.")
    return (~padding).sum(axis=1, dtype=np.int32)


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
