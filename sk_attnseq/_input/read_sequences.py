"""From what users pass as X to `Sequences`: padding found, and all else that is missing."""

import numpy as np
from sklearn.utils import check_array

from sk_attnseq._input import fitted_form
from sk_attnseq._input.read_samples import read_samples
from sk_attnseq._input.sequence_store import Sequences
from sk_attnseq._input.values import usual_checks
from sk_attnseq._runtime.floating_point import ignores_floating_point_errors
from sk_attnseq._runtime.mapped_arrays import mapped_file, release_pages

# What users pass is looked through in blocks of about this size.
_BLOCK_BYTES = 16_000_000


def read_sequences(estimator, X, *, set_form: bool = False, dtype: str | None = None) -> Sequences:
    """Read what was passed as X, and check its form against what the estimator was fitted on.

    X has shape (n_samples, n_timesteps, n_features), with timesteps that are all NaN as padding at
    the end of shorter sequences, or (n_samples, n_columns), or lists n_samples arrays
    (n_timesteps_i, n_features). `Sequences` were checked before. With `set_form`, the form
    (`n_features_in_`, ...) is set, as by `fit`, instead of checked.

    Values must be finite in the precision `dtype`, by default that of the network, or of the one
    that will be made if `set_form`.
    """
    if isinstance(X, Sequences):
        return X
    samples, frame = read_samples(X, numeric=True, estimator=estimator)
    (fitted_form.set_form if set_form else fitted_form.check_form)(estimator, samples, frame)
    if dtype is None:
        dtype = estimator.dtype if set_form else estimator._architecture.dtype
    return _from_samples(samples, dtype, n_timesteps=estimator._n_timesteps, estimator=estimator)


def to_sequences(X, *, dtype: str) -> Sequences:
    """Check 3-D X, in any of its forms, for what it is as sequences."""
    samples, _ = read_samples(X, numeric=True)
    return _from_samples(samples, dtype)


@ignores_floating_point_errors  # infinity is looked for
def _from_samples(samples, dtype, *, n_timesteps=None, estimator=None) -> Sequences:
    """A list of arrays (n_timesteps_i, n_features), or an array -> `Sequences`."""
    if isinstance(samples, list):
        return _from_list(samples, dtype)
    return _from_array(samples, dtype, n_timesteps, estimator)


def _from_array(X, dtype, n_timesteps, estimator):
    """(n_samples, n_columns) or (n_samples, n_timesteps, n_features) -> `Sequences`."""
    may_be_padded = X.ndim == 3
    if X.ndim == 2:
        X = columns_to_timesteps(X, n_timesteps)
    lengths = np.full(len(X), X.shape[1], dtype=np.int32)
    file = mapped_file(X)
    n_rows = max(1, _BLOCK_BYTES // (8 * X.shape[1] * X.shape[2]))
    for start in range(0, len(X), n_rows):
        block, all_finite = _cast_and_check_finite(X[start : start + n_rows], dtype)
        if not all_finite:
            if not may_be_padded:
                _refuse_missing(block, start, estimator)
            sizes = np.full(len(block), X.shape[1])
            timesteps = block.reshape(-1, X.shape[2])
            lengths[start : start + n_rows] = _padded_lengths(timesteps, sizes, start)
        release_pages(file)
    return Sequences.of_array(X, lengths)


def _from_list(samples, dtype):
    """A list of arrays (n_timesteps_i, n_features) -> `Sequences`."""
    timesteps = np.concatenate(samples)
    sizes = np.array([len(sample) for sample in samples], dtype=np.int32)
    ends = np.cumsum(sizes, dtype=np.intp)
    lengths, starts = sizes.copy(), ends - sizes
    n_rows = max(1, _BLOCK_BYTES // (8 * timesteps.shape[1]))
    first = 0
    while first < len(sizes):  # blocks of samples
        last = max(first + 1, int(np.searchsorted(ends, starts[first] + n_rows, side="right")))
        block, all_finite = _cast_and_check_finite(timesteps[starts[first] : ends[last - 1]], dtype)
        if not all_finite:
            lengths[first:last] = _padded_lengths(block, sizes[first:last], first)
        first = last
    return Sequences.of_timesteps(timesteps, starts, lengths)


def _cast_and_check_finite(block, dtype):
    """The block in the precision of the training, and whether all its values are finite."""
    block = block.astype(dtype, copy=False)
    all_finite = np.isfinite(block.sum())  # one pass and no temporary
    return block, all_finite or np.isfinite(block).all()


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
    with usual_checks():
        check_array(block.reshape(n_samples, -1), estimator=estimator, input_name="X")


def _padded_lengths(timesteps, sizes, first_sample):
    """Real timesteps of each sample (n_samples,); raise where NaN is not padding.

    The samples stand one after the other in `timesteps`, and have so many each: `sizes`.
    """
    samples = first_sample + np.repeat(np.arange(len(sizes)), sizes)
    infinite = np.isinf(timesteps).any(axis=1)
    if infinite.any():
        raise ValueError(
            f"Input X contains infinity or a value too large for {timesteps.dtype!r}: sample "
            f"{samples[np.argmax(infinite)]}."
        )
    missing = np.isnan(timesteps)
    padding = missing.all(axis=1)
    lengths, before_end = find_padding(padding, sizes)
    for what, wrong in (
        ("has no timestep that is not NaN: leave the sample out", np.repeat(lengths == 0, sizes)),
        (
            "has timesteps after a timestep that is all NaN: padding is only at the end, so "
            "impute what is missing before",
            padding & before_end,
        ),
        (
            "has NaN in some features of a timestep: impute what is missing",
            missing.any(axis=1) & ~padding,
        ),
    ):
        if wrong.any():
            raise ValueError(f"Input X contains NaN: sample {samples[np.argmax(wrong)]} {what}.")
    return lengths


def find_padding(is_missing, sizes):
    """How many timesteps of each sample are real, and which of all; the rest at its end is padding.

    Whether a timestep has no value, `is_missing` (n_timesteps of all,), is for samples that stand
    one after the other, of `sizes` (n_samples,). Returns lengths (n_samples,), and whether a
    timestep is real (n_timesteps of all,).
    """
    places, starts = np.arange(len(is_missing)), np.cumsum(sizes) - sizes
    last_real = np.maximum.reduceat(np.where(is_missing, -1, places), starts)
    lengths = np.maximum(last_real - starts + 1, 0)
    return lengths, places < np.repeat(starts + lengths, sizes)


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
