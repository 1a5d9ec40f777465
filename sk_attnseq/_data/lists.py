"""Sequences as users list them, one by one."""

from __future__ import annotations

import numpy as np

from sk_attnseq._data.arrays import check_no_mask


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


def first_frame(X):
    """The first dataframe in a list of samples; None if there is none."""
    if not is_list_of_sequences(X):
        return None
    return next((sample for sample in X if hasattr(sample, "columns")), None)


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


def stack(samples: list[np.ndarray]) -> np.ndarray:
    """The timesteps of all samples, one after the other: (n_timesteps of all, n_features).

    In float32 if that holds the types of all samples, else in float64 or as objects.
    """
    dtype = np.result_type(np.float32, *{sample.dtype for sample in samples})
    return np.concatenate(samples, dtype=dtype)
