"""From what users pass as X to `Sequences`: padding found, and all else that is missing."""

from __future__ import annotations

import numpy as np
from sklearn.utils import check_array

from sk_attnseq._data.lists import pad
from sk_attnseq._data.samples import check_form, read_samples
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
    samples, frame = read_samples(X, numeric=True, estimator=estimator)
    check_form(estimator, samples, frame, reset=reset)
    if reset:
        estimator._n_timesteps = estimator.n_timesteps
    dtype = estimator.dtype if reset else estimator._architecture.dtype
    return _from_samples(
        samples, dtype=dtype, n_timesteps=estimator._n_timesteps, estimator=estimator
    )


def to_sequences(X, *, dtype: str) -> Sequences:
    """Check 3-D X, in any of its forms, for what it is as sequences."""
    samples, _ = read_samples(X, numeric=True)
    return _from_samples(samples, dtype=dtype)


def _from_samples(samples, *, dtype, n_timesteps=None, estimator=None) -> Sequences:
    """An array (n_samples, n_columns) or (n_samples, n_timesteps, n_features), or a list."""
    X = pad(samples) if isinstance(samples, list) else samples
    may_be_padded = X.ndim == 3
    if X.ndim == 2:
        X = columns_to_timesteps(X, n_timesteps)
    lengths = np.full(len(X), X.shape[1], dtype=np.int32)
    file = mapped_file(X)
    n_rows = max(1, _BLOCK_BYTES // (8 * X.shape[1] * X.shape[2]))
    for start in range(0, len(X), n_rows):
        with np.errstate(over="ignore", invalid="ignore"):  # infinity is looked for next
            block = X[start : start + n_rows].astype(dtype, copy=False)
            all_finite = np.isfinite(block.sum())  # one pass and no temporary
        if not all_finite and not np.isfinite(block).all():
            if not may_be_padded:
                _refuse_missing(block, start, estimator)
            lengths[start : start + n_rows] = _padded_lengths(block, start)
        release_pages(file)
    return Sequences(X, lengths, np.arange(len(X)))


def _refuse_missing(block, first_sample, estimator):
    """Raise, as scikit-learn does, as rows of a 2-D X have no padding."""
    n_samples, n_timesteps, n_features = block.shape
    missing = np.isnan(block).reshape(n_samples, -1)
    some = missing.any(axis=1)
    ends = some & (missing == np.logical_or.accumulate(missing, axis=1)).all(axis=1)
    if ends.any() and (ends == some).all() and not np.isinf(block).any():
        raise ValueError(
            f"Input X contains NaN: row {first_sample + np.argmax(ends)} ends in NaN, which is "
            "padding in 3-D only. If its series is shorter, pass "
            f"`np.reshape(X, (-1, {n_timesteps}, {n_features}))`, or a list of arrays of shape "
            "(n_timesteps_i, n_features); if values are missing, impute them."
        )
    with np.errstate(invalid="ignore"):  # of infinities that it adds up
        check_array(block.reshape(n_samples, -1), estimator=estimator, input_name="X")


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
