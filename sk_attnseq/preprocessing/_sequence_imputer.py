"""An imputer that fills gaps in sequences along time."""

from __future__ import annotations

from numbers import Integral, Real

import numpy as np
from sklearn.base import BaseEstimator, TransformerMixin
from sklearn.utils import check_scalar
from sklearn.utils.validation import check_is_fitted

from sk_attnseq._estimator.parameters import check_boolean, check_choice, check_integer
from sk_attnseq.preprocessing._base import NumericSequenceTransformer, locate
from sk_attnseq.preprocessing._gaps import elapsed_since_observed, fill_gaps

__all__ = ["SequenceImputer"]


class SequenceImputer(NumericSequenceTransformer, TransformerMixin, BaseEstimator):
    """Fill gaps along time, within each sequence.

    Missing values (NaN) are filled from observations of the same feature in the same sequence.
    What cannot be filled so gets the feature's mean over the training data, or a constant.
    Padding stays padding.

    Parameters
    ----------
    strategy : {"forward", "linear", "nearest"}, default="forward"
        How a gap is filled:

        - "forward": by the last observation before it. Never looks ahead, so that a sequence
          may still be going on.
        - "linear": by interpolation between the observations on both sides.
        - "nearest": by the nearest observation; of two as near, by the earlier.

        At the start and at the end of a sequence, where there is an observation on one side
        only, "linear" and "nearest" repeat it. "forward" has nothing before the first one, so
        `fill_value` counts there.

    max_gap : int or None, default=None
        Longest gap, in timesteps, that is filled along time; None fills any. Of a longer gap,
        "forward" fills the first `max_gap` timesteps; "linear" and "nearest" fill none. The rest
        gets `fill_value`.

    fill_value : float or None, default=None
        For what is not filled along time, also if a feature is missing in a whole sequence. None
        takes the mean of the feature over the timesteps of all training sequences, or 0 if it is
        missing in all of them. NaN leaves it missing.

    add_indicator : bool, default=False
        Whether to append, for each feature that had gaps in `fit`, a feature that is 1 where the
        value was missing and 0 elsewhere.

    add_elapsed : bool, default=False
        Whether to append, for each feature that had gaps in `fit`, the time since its last
        observation before the timestep [1]_, also where the value is observed itself. Before the
        first one it is the time since the start of the sequence.

    time_feature : int, str or None, default=None
        The feature that holds the time, by its position in a timestep or, for dataframes of
        sequences, by its name. Interpolation, distances and `add_elapsed` then use its unit. It
        must rise within each sequence, without gaps. None takes timesteps of equal lengths, 1.

    n_timesteps : int or None, default=None
        Number of timesteps that the columns of a 2-D `X` hold: with ``n_timesteps=10``, 50
        columns are 10 timesteps of 5 features, the first timestep's features first.
        None takes a row as a series of one feature. Not used for a 3-D `X`.

    Attributes
    ----------
    statistics_ : ndarray of shape (n_features,)
        What fills each feature of a timestep if nothing else does.

    features_with_gaps_ : ndarray of shape (n_features_with_gaps,), dtype int
        Positions of the features of a timestep that had gaps in `fit`, in ascending order.

    n_features_in_ : int
        Features of each timestep of a 3-D `X`; columns of a 2-D `X`.

    feature_names_in_ : ndarray of shape (`n_features_in_`,)
        Names of the columns, when `X` was a dataframe, or a list of dataframes.

    See Also
    --------
    TimestepTransformer : With a `SimpleImputer` or `KNNImputer`, imputes each timestep by itself.
    sklearn.impute.SimpleImputer : Imputes tables.

    Notes
    -----
    A timestep of a 3-D `X` or of a list is padding if it and all after it are NaN in all features.
    A timestep with no value between others is a gap. In a 2-D `X` nothing is padding.

    Impute before scaling: indicators and elapsed times then get the same scale as all else. In a
    sequence, a timestep has the features, then the indicators, then the elapsed times.

    `set_output` works for 2-D `X`; 3-D sequences come out as arrays.

    References
    ----------
    .. [1] Z. Che, S. Purushotham, K. Cho, D. Sontag, Y. Liu, "Recurrent Neural Networks for
       Multivariate Time Series with Missing Values", Scientific Reports 8, 2018
       (arXiv:1606.01865).

    Examples
    --------
    >>> import numpy as np
    >>> from sk_attnseq.preprocessing import SequenceImputer
    >>> nan = np.nan
    >>> X = [
    ...     np.array([[1.0, nan], [nan, nan], [nan, 4.0], [7.0, nan]]),
    ...     np.array([[nan, 8.0], [4.0, nan]]),
    ... ]
    >>> for sequence in SequenceImputer().fit_transform(X):
    ...     print(sequence)
    [[1. 6.]
     [1. 6.]
     [1. 4.]
     [7. 4.]]
    [[4. 8.]
     [4. 8.]]
    >>> imputer = SequenceImputer(strategy="linear", add_elapsed=True).fit(X)
    >>> imputer.get_feature_names_out()
    array(['x0', 'x1', 'elapsed_x0', 'elapsed_x1'], dtype=object)
    >>> imputer.transform(X)[0]
    array([[1., 4., 0., 0.],
           [3., 4., 1., 1.],
           [5., 4., 2., 2.],
           [7., 4., 3., 1.]])
    """

    def __init__(
        self,
        strategy="forward",
        *,
        max_gap=None,
        fill_value=None,
        add_indicator=False,
        add_elapsed=False,
        time_feature=None,
        n_timesteps=None,
    ):
        self.strategy = strategy
        self.max_gap = max_gap
        self.fill_value = fill_value
        self.add_indicator = add_indicator
        self.add_elapsed = add_elapsed
        self.time_feature = time_feature
        self.n_timesteps = n_timesteps

    def get_feature_names_out(self, input_features=None):
        """Get the names of the features that come out.

        Parameters
        ----------
        input_features : array-like of str of shape (`n_features_in_`,), default=None
            The names of those that went in; None takes `feature_names_in_`, or "x0", "x1",
            ... where `X` had no names.

        Returns
        -------
        feature_names_out : ndarray of str
            The names of the features; then the same with ``"missingindicator_"`` (as in
            `SimpleImputer`) and with ``"elapsed_"`` before them, for those that were appended.
            For 2-D `X`, so for each timestep.
        """
        check_is_fitted(self)
        prefixes = ["missingindicator_"] * bool(self.add_indicator)
        prefixes += ["elapsed_"] * bool(self.add_elapsed)
        names_out = []
        for names in np.split(self._check_input_features(input_features), self._n_in_columns()):
            names_out += [*names]
            names_out += [p + name for p in prefixes for name in names[self.features_with_gaps_]]
        return np.asarray(names_out, dtype=object)

    def _fit_rows(self, rows, lengths):
        self._check_parameters()
        self._time_feature = self._find_time_feature(rows.shape[1])
        self._times(rows, lengths)  # raises if they are wrong
        missing = np.isnan(rows)
        self.features_with_gaps_ = np.flatnonzero(missing.any(axis=0))
        if self.fill_value is None:
            total = rows.sum(axis=0, where=~missing, dtype=np.float64)
            self.statistics_ = total / np.maximum(1, len(rows) - missing.sum(axis=0))
        else:
            self.statistics_ = np.full(rows.shape[1], self.fill_value, dtype=np.float64)

    def _transform_rows(self, rows, lengths):
        times = self._times(rows, lengths)
        ends = np.cumsum(lengths)
        bounds = np.repeat(ends - lengths, lengths), np.repeat(ends - 1, lengths)
        missing = np.isnan(rows)
        for feature, default in enumerate(self.statistics_):
            if (is_missing := missing[:, feature]).any():
                values = rows[:, feature].copy()  # contiguous, which is faster
                fill_gaps(
                    values, is_missing, bounds, times,
                    strategy=self.strategy, max_gap=self.max_gap, default=default,
                )  # fmt: skip
                rows[:, feature] = values
        parts = [rows]
        if self.add_indicator:
            parts.append(missing[:, self.features_with_gaps_])
        if self.add_elapsed:
            parts += [
                elapsed_since_observed(missing[:, feature], bounds[0], times)[:, np.newaxis]
                for feature in self.features_with_gaps_
            ]
        return np.concatenate(parts, axis=1, dtype=rows.dtype) if len(parts) > 1 else rows

    def _check_parameters(self):
        check_choice("strategy", self.strategy, ("forward", "linear", "nearest"))
        if self.max_gap is not None:
            check_integer("max_gap", self.max_gap)
        if self.fill_value is not None:
            check_scalar(self.fill_value, "fill_value", Real)
            if isinstance(self.fill_value, bool) or np.isinf(self.fill_value):
                raise ValueError(
                    f"fill_value == {self.fill_value}, must be a finite number, NaN or None."
                )
        for name in ("add_indicator", "add_elapsed"):
            check_boolean(name, getattr(self, name))

    def _find_time_feature(self, n_features):
        """The position of the feature that holds the time; None if there is none."""
        feature = self.time_feature
        if feature is None:
            return None
        names = list(getattr(self, "feature_names_in_", ())) if self._n_dimensions == 3 else []
        if isinstance(feature, str) and feature in names:
            return names.index(feature)
        is_position = isinstance(feature, Integral) and not isinstance(feature, bool)
        if not is_position or not 0 <= feature < n_features:
            of_names = f", or one of {names}" if names else ""
            raise ValueError(
                f"time_feature == {feature!r}, must be None, the position of a feature in a "
                f"timestep, from 0 to {n_features - 1}{of_names}."
            )
        return int(feature)

    def _times(self, rows, lengths):
        """The time of each row; raise if it does not rise within a sequence."""
        if self._time_feature is None:
            return np.arange(len(rows), dtype=np.float64)
        times = rows[:, self._time_feature].astype(np.float64)
        is_missing = np.isnan(times)
        if is_missing.any():
            sample, timestep = locate(np.argmax(is_missing), lengths)
            raise ValueError(
                f"Sample {sample} of X has no time in timestep {timestep}: fill it in, or leave "
                f"the timestep out (time_feature is {self.time_feature!r})."
            )
        steps = np.diff(times, prepend=-np.inf)
        steps[np.cumsum(lengths)[:-1]] = np.inf  # from one sequence to the next
        if (steps <= 0).any():
            row = np.argmax(steps <= 0)
            sample, timestep = locate(row, lengths)
            raise ValueError(
                f"Sample {sample} of X has the time {times[row]} in timestep {timestep}, after "
                f"{times[row - 1]}: times must rise within a sequence, so sort its timesteps by "
                f"time, and leave repeated ones out (time_feature is {self.time_feature!r})."
            )
        return times
