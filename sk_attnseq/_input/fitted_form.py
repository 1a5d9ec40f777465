"""The form of X that an estimator was fitted on: set in `fit`, checked ever after."""

import warnings

import numpy as np
from sklearn.utils.validation import validate_data

from sk_attnseq._input.frames import feature_names
from sk_attnseq._input.hints import HINT_OF_ROWS, HINT_OF_TRANSPOSED_LIST


def set_form(estimator, samples, frame) -> None:
    """Set what the estimator keeps of the form of X.

    That is `_n_dimensions`, `_n_timesteps`, `n_features_in_` and `feature_names_in_`.
    """
    estimator._n_dimensions = _n_dimensions(samples)
    # Only estimators that read columns as timesteps have this parameter.
    estimator._n_timesteps = getattr(estimator, "n_timesteps", None)
    if frame is not None:
        if estimator._n_dimensions == 2:
            _refuse_levels(frame, estimator._n_timesteps)
        else:
            _warn_of_keys(samples, feature_names(frame))
    if estimator._n_dimensions == 2 or frame is not None:  # scikit-learn knows how
        table = samples if frame is None else frame
        validate_data(estimator, table, reset=True, skip_check_array=True)
    else:
        vars(estimator).pop("feature_names_in_", None)
        estimator.n_features_in_ = samples[0].shape[1]
    check_n_features(estimator, samples, estimator.n_features_in_)


def check_form(estimator, samples, frame) -> None:
    """Raise if X has another form than the estimator was fitted on."""
    check_n_dimensions(estimator, samples)
    if estimator._n_dimensions == 2 or frame is not None:  # names and numbers of columns
        table = samples if frame is None else frame
        validate_data(estimator, table, reset=False, skip_check_array=True)
    check_n_features(estimator, samples, estimator.n_features_in_)


def check_n_dimensions(estimator, samples) -> None:
    """Raise if X has other dimensions than the estimator was fitted on."""
    n_dimensions = _n_dimensions(samples)
    if n_dimensions == estimator._n_dimensions:
        return
    hints = ""
    if n_dimensions == 2:
        hints = f" A single sequence is np.expand_dims(X, 0).{HINT_OF_ROWS}"
    raise ValueError(
        f"X has {n_dimensions} dimensions, but {type(estimator).__name__} was fitted with "
        f"{estimator._n_dimensions}-dimensional X: pass sequences in the same form.{hints}"
    )


def _n_dimensions(samples) -> int:
    return 3 if isinstance(samples, list) else samples.ndim


def check_n_features(estimator, samples, expected: int) -> None:
    """Raise unless each timestep, or row of a 2-D X, has as many features as expected."""
    n_features = samples[0].shape[-1]
    if n_features == expected:
        return
    of_timesteps = " in each timestep" if samples[0].ndim == 2 else ""
    turned = ""
    if of_timesteps and all(len(sample) == expected for sample in samples):
        turned = HINT_OF_TRANSPOSED_LIST
        if not isinstance(samples, list):
            turned = " If features come before timesteps, pass `X.transpose(0, 2, 1)`."
    raise ValueError(
        f"X has {n_features} features{of_timesteps}, but {type(estimator).__name__} is expecting "
        f"{expected} features as input.{turned}"
    )


def _refuse_levels(frame, n_timesteps):
    """Raise if levels of a 2-D dataframe say that its rows or columns are something else."""
    if getattr(frame.columns, "nlevels", 1) > 1:
        raise ValueError(
            "X has columns of several levels. If the first are features and the second timesteps, "
            "pass `np.stack([X[name] for name in X.columns.unique(0)], axis=2)`; if the first are "
            "timesteps, the same with `axis=1`."
        )
    index = getattr(frame, "index", None)
    if getattr(index, "nlevels", 1) == 1 or n_timesteps is not None:
        return
    if index.get_level_values(0).has_duplicates:
        sample, time = (name or f"level_{i}" for i, name in enumerate(index.names[:2]))
        raise ValueError(
            "X has an index of several levels, the first with repeated values, as if its rows were "
            "timesteps. Make sequences of it with sk_attnseq.sequences.from_long(X.reset_index(), "
            f"sample={sample!r}, time={time!r}). If its rows are sequences, pass "
            "`X.reset_index(drop=True)`."
        )


def _warn_of_keys(samples, names):
    """Warn if two features look like ids and times, as in dataframes that a groupby made."""
    numeric = all(sample.dtype.kind in "buif" for sample in samples)
    if len(samples) == 1 or names is None or not numeric:
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
