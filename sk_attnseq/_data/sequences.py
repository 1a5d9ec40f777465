"""From what users pass to what the networks take: values, and a length per sample."""

from __future__ import annotations

import mmap
from dataclasses import dataclass

import numpy as np
from sklearn.utils.validation import check_array, validate_data

# What users pass is looked through in blocks of about this size.
_BLOCK_BYTES = 16_000_000

# How many rows of a memory-mapped file are read before its pages are let go: the system may
# bring in 2 MB for each.
_MAPPED_ROWS = 32


@dataclass(frozen=True)
class Sequences:
    """Samples of what a user passed, not copied: batches of them are gathered when needed.

    Sample i is the first ``lengths[i]`` timesteps of ``values[rows[i]]``. What comes after
    them in `values` (n_rows, n_timesteps, n_features), of any numeric dtype, is padding,
    which nobody reads.
    """

    values: np.ndarray
    lengths: np.ndarray  # (n_samples,)
    rows: np.ndarray  # (n_samples,)

    def __len__(self) -> int:
        return len(self.rows)

    def __getitem__(self, samples) -> Sequences:
        return Sequences(self.values, self.lengths[samples], self.rows[samples])

    @property
    def n_features(self) -> int:
        return self.values.shape[2]

    @property
    def longest(self) -> int:
        return int(self.lengths.max())

    @property
    def ragged(self) -> bool:
        return bool(self.lengths.min() < self.lengths.max())

    def gather(self, samples, *, n_timesteps, dtype) -> np.ndarray:
        """Copy samples: (len(samples), n_timesteps, n_features), padded with zeros."""
        lengths, rows = self.lengths[samples], self.rows[samples]
        longest = min(n_timesteps, self.values.shape[1])
        gathered = np.zeros((len(rows), n_timesteps, self.n_features), dtype)
        file = _mapped_file(self.values)
        step = len(rows) if file is None else _MAPPED_ROWS
        for start in range(0, len(rows), step):
            some = slice(start, start + step)
            gathered[some, :longest] = self.values[rows[some], :longest]
            _release_pages(file)
        if lengths.min() < longest:
            gathered[~is_real(lengths, n_timesteps)] = 0
        return gathered


def is_real(lengths: np.ndarray, n_timesteps: int) -> np.ndarray:
    """True where a timestep is no padding, (len(lengths), n_timesteps)."""
    return np.arange(n_timesteps) < lengths[:, np.newaxis]


def is_list_of_sequences(X) -> bool:
    """Whether X lists samples one by one, if only wrong ones that no array could hold."""
    if getattr(X, "ndim", None) == 1:  # an array, or a Series of pandas
        return X.dtype == object
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


def check_numbers(values, name: str, **options) -> np.ndarray:
    """Check with scikit-learn's `check_array`, and for what it takes for numbers, too."""
    check_no_mask(values, name)
    try:
        array = check_array(values, input_name=name, **options)
    except OverflowError as error:
        raise ValueError(f"{name} has an integer too large for a float: scale it.") from error
    if array.dtype.kind in "mM":
        raise ValueError(
            f"{name} has dates or times of dtype {array.dtype}: make numbers of them, such as "
            "the seconds since a start."
        )
    return array


def check_no_mask(values, name: str) -> None:
    """Raise if some values are masked, as what is behind a mask would count."""
    if isinstance(values, np.ma.MaskedArray) and np.ma.is_masked(values):
        raise ValueError(
            f"{name} has masked values: fill them in; if they are missing, with "
            "`.astype(float).filled(np.nan)`."
        )


def first_frame(X):
    """The first dataframe in a list of samples; None if there is none."""
    if not is_list_of_sequences(X):
        return None
    return next((sample for sample in X if hasattr(sample, "columns")), None)


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
    file = _mapped_file(X)
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
        _release_pages(file)
    return Sequences(X, lengths, np.arange(len(X)))


def check_samples(X) -> list[np.ndarray]:
    """Each sample of a list as an array (n_timesteps_i, n_features)."""
    samples: list[np.ndarray] = []
    names = _column_names(first_frame(X))
    for index, sample in enumerate(X):
        check_no_mask(sample, f"Sample {index} of X")
        if hasattr(sample, "columns") and _column_names(sample) != names:
            raise ValueError(
                f"Sample {index} of X has the columns {list(sample.columns)}, but the first "
                f"dataframe has {names}: all samples need the same features in the same order."
            )
        kind = type(sample).__name__
        try:
            sample = np.asarray(sample)
        except ValueError as error:  # rows of different lengths
            raise ValueError(f"Sample {index} of X is no array: {error}") from error
        if sample.ndim == 2 and len(sample) == 0:
            raise ValueError(f"Sample {index} of X has no timestep: leave the sample out.")
        if sample.ndim != 2 or sample.dtype.kind not in "buifO" or sample.shape[1] == 0:
            raise ValueError(
                f"Sample {index} of X has shape {sample.shape} and dtype {sample.dtype} (it came "
                f"as {kind}): each sample of a list must be numeric, of shape (n_timesteps, "
                "n_features) with 1 feature or more."
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


def _column_names(frame):
    """Names of a dataframe's columns; None where they are no names, as scikit-learn sees it."""
    names = [] if frame is None else list(frame.columns)
    return names if all(isinstance(name, str) for name in names) else None


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


def _mapped_file(X) -> mmap.mmap | None:
    """The memory-mapped file that an array, or what it is a view of, reads; None if none.

    Nor is a copy-on-write map meant, whose changed pages are nowhere else.
    """
    while isinstance(X, np.ndarray):
        if isinstance(X, np.memmap) and X.mode not in ("r", "r+"):
            return None
        X = X.base
    return X if isinstance(X, mmap.mmap) else None


def _release_pages(file):
    """Let go of a file's pages that were read; else they stay as long as there is memory."""
    if file is not None and hasattr(mmap, "MADV_DONTNEED"):
        file.madvise(mmap.MADV_DONTNEED)


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
