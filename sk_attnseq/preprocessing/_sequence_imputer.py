"""An imputer that fills gaps in sequences along time."""

from numbers import Integral, Real
from typing import Any, Literal

import numpy as np
from sklearn.base import BaseEstimator, TransformerMixin
from sklearn.utils import check_scalar

from sk_attnseq._estimator.parameters import check_boolean, check_choice, check_integer
from sk_attnseq.preprocessing._base import NumericSequenceTransformer, locate
from sk_attnseq.preprocessing._gaps import elapsed_since_observed, fill_gaps


class SequenceImputer(NumericSequenceTransformer, TransformerMixin, BaseEstimator):
    """Fill gaps along time, within each sequence.

    Missing values (NaN) are filled from observations of the same feature in the same sequence.
    Values that cannot be filled this way get the mean of the feature in the training data, or a
    constant. Padding stays padding.

    Parameters
    ----------
    strategy : {"forward", "linear", "nearest"}, default="forward"
        Rule for filling a gap:

        - "forward": with the last observation before it. This never looks ahead, so it also
          works for streams.
        - "linear": by interpolation between the observations on both sides.
        - "nearest": with the nearest observation; of two at the same distance, the earlier.

        At the start and the end of a sequence, "linear" and "nearest" repeat the one observation
        beside the gap. "forward" uses `fill_value` before the first observation.

    max_gap : int or None, default=None
        Length, in timesteps, of the longest gap that is filled along time; None fills any. In a
        longer gap, "forward" fills the first `max_gap` timesteps, and "linear" and "nearest" none;
        the rest gets `fill_value`. Helps if a feature changes within a few timesteps.

    fill_value : float or None, default=None
        Value for the gaps that are not filled along time, for example of a feature that is missing
        in a whole sequence. None means the mean of the feature over the timesteps of all training
        sequences, or 0 if it is missing in all of them. NaN leaves these gaps missing.

    add_indicator : bool, default=False
        Whether to append, for each feature that had gaps in `fit`, a feature that is 1 where the
        value was missing and 0 elsewhere.

    add_elapsed : bool, default=False
        Whether to append, for each feature that had gaps in `fit`, the time since its last
        observation in an earlier timestep [1]_. It is appended to values that are not missing, too.
        Up to the first observation, this is the time since the start of the sequence.

    time_feature : int, str or None, default=None
        The feature that holds the time: its position in a timestep or, for dataframes of
        sequences, its name. "linear", "nearest" and `add_elapsed` then use its unit. It must rise
        within each sequence and have no gaps. None means a distance of 1 between timesteps.

    n_timesteps : int or None, default=None
        Number of timesteps that the columns of a 2-D `X` hold: with ``n_timesteps=10``, 50
        columns are 10 timesteps of 5 features, the first timestep's features first.
        None reads a row as a series of one feature. Not used for a 3-D `X`.

    Attributes
    ----------
    statistics_ : ndarray of shape (n_features,)
        Fill value of each feature of a timestep, for gaps that are not filled along time.

    features_with_gaps_ : ndarray of shape (n_features_with_gaps,), dtype int
        Positions of the features of a timestep that had gaps in `fit`, in ascending order.

    n_features_in_ : int
        Number of features of each timestep of a 3-D `X`, or of columns of a 2-D `X`.

    feature_names_in_ : ndarray of shape (`n_features_in_`,)
        Names of the columns, if `X` was a dataframe or a list of dataframes.

    See Also
    --------
    TimestepTransformer : With a `SimpleImputer` or `KNNImputer`, imputes each timestep by itself.
    sklearn.impute.SimpleImputer : Imputes tables.

    Notes
    -----
    A timestep of a 3-D `X` or of a list is padding if it and all after it are NaN in all features.
    A timestep with no value between others is a gap. In a 2-D `X` nothing is padding.

    A timestep of the output has the features, then the indicators, then the elapsed times. Their
    names are prefixed by ``missingindicator_``, as in `SimpleImputer`, and ``elapsed_``. Impute
    before scaling, so that elapsed times are scaled like the other features.

    Indicators and elapsed times help if gaps tell something, as in a hospital, where a doctor
    orders a test for a reason. They are noise if gaps are accidents.

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

    statistics_: np.ndarray
    features_with_gaps_: np.ndarray

    def __init__(
        self,
        strategy: Literal["forward", "linear", "nearest"] = "forward",
        *,
        max_gap: int | None = None,
        fill_value: float | None = None,
        add_indicator: bool = False,
        add_elapsed: bool = False,
        time_feature: int | str | None = None,
        n_timesteps: int | None = None,
    ) -> None:
        self.strategy = strategy
        self.max_gap = max_gap
        self.fill_value = fill_value
        self.add_indicator = add_indicator
        self.add_elapsed = add_elapsed
        self.time_feature = time_feature
        self.n_timesteps = n_timesteps

    def _names_out(self, names: np.ndarray) -> list[str]:
        prefixes = ["missingindicator_"] * bool(self.add_indicator)
        prefixes += ["elapsed_"] * bool(self.add_elapsed)
        with_gaps = names[self.features_with_gaps_]
        return [*names, *(prefix + name for prefix in prefixes for name in with_gaps)]

    def _fit_rows(self, rows: np.ndarray, lengths: np.ndarray) -> None:
        self._time_feature = self._find_time_feature(rows.shape[1])
        self._times(rows, lengths)  # raises if they are wrong
        missing = np.isnan(rows)
        self.features_with_gaps_ = np.flatnonzero(missing.any(axis=0))
        if self.fill_value is None:
            total = rows.sum(axis=0, where=~missing, dtype=np.float64)
            self.statistics_ = total / np.maximum(1, len(rows) - missing.sum(axis=0))
        else:
            self.statistics_ = np.full(rows.shape[1], self.fill_value, dtype=np.float64)

    def _transform_rows(self, rows: np.ndarray, lengths: np.ndarray) -> np.ndarray:
        times = self._times(rows, lengths)
        ends = np.cumsum(lengths)
        bounds = np.repeat(ends - lengths, lengths), np.repeat(ends - 1, lengths)
        missing = np.isnan(rows)
        for values, is_missing, default in zip(rows.T, missing.T, self.statistics_, strict=True):
            if is_missing.any():
                fill_gaps(values, is_missing, bounds, times, self.strategy, self.max_gap, default)
        parts, with_gaps = [rows], self.features_with_gaps_
        if self.add_indicator:
            parts.append(missing[:, with_gaps])
        if self.add_elapsed:
            columns = [elapsed_since_observed(missing[:, i], bounds[0], times) for i in with_gaps]
            parts.append(np.reshape(columns, (-1, len(rows))).T)
        return np.concatenate(parts, axis=1, dtype=rows.dtype) if len(parts) > 1 else rows

    def _check_parameters(self) -> None:
        super()._check_parameters()
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

    def _find_time_feature(self, n_features: int) -> int | None:
        """The position of the feature that holds the time; None if there is none."""
        feature: Any = self.time_feature
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

    def _times(self, rows: np.ndarray, lengths: np.ndarray) -> np.ndarray:
        """The time of each row; raise if it does not rise within a sequence."""
        if self._time_feature is None:
            return np.arange(len(rows), dtype=np.float64)
        times: np.ndarray = rows[:, self._time_feature].astype(np.float64)
        is_missing = np.isnan(times)
        if is_missing.any():
            sample, timestep = locate(is_missing, lengths)
            raise ValueError(
                f"Sample {sample} of X has no time in timestep {timestep}: fill it in, or leave "
                f"the timestep out (time_feature is {self.time_feature!r})."
            )
        steps = np.diff(times, prepend=-np.inf)
        steps[np.cumsum(lengths)[:-1]] = np.inf  # from one sequence to the next
        falls = steps <= 0
        if falls.any():
            row = np.argmax(falls)
            sample, timestep = locate(falls, lengths)
            raise ValueError(
                f"Sample {sample} of X has the time {times[row]} in timestep {timestep}, after "
                f"{times[row - 1]}: times must rise within a sequence, so sort its timesteps by "
                f"time, and leave repeated ones out (time_feature is {self.time_feature!r})."
            )
        return times
