"""A standard scaler that copes with features whose tails are extreme."""

from collections.abc import Iterator
from statistics import NormalDist
from typing import Any, Self

import numpy as np
from numpy.typing import ArrayLike
from sklearn.base import BaseEstimator, OneToOneFeatureMixin, TransformerMixin
from sklearn.preprocessing import StandardScaler
from sklearn.utils import Tags
from sklearn.utils.validation import check_is_fitted, validate_data

from sk_attnseq._runtime.estimator_copies import on_a_draft, snapshot

# The mean absolute deviation over the standard deviation is 0.80 for a normal distribution. It is
# 0.35 to 0.65 for ordinary signals with spikes (ECGs, accelerometers, pressed keys), 0.12 to 0.19
# for light curves of stars, and less than 0.1 where single values exceed all others a hundredfold.
_MIN_RATIO = 0.25
# Of more distinct values, only some are kept. Their normal scores are so close (0.001) that it does
# not matter how the scores of other values are interpolated.
_MAX_KEPT = 10_000


class HeavyTailScaler(OneToOneFeatureMixin, TransformerMixin, BaseEstimator):
    """Standardize features; replace those with extremely heavy tails by normal scores.

    A :class:`~sklearn.preprocessing.StandardScaler` maps most values of a feature to nearly the
    same number if a few are hundreds of times as large. Outliers, prices and light curves are
    examples.
    This scaler detects such features by their ratio of mean absolute deviation to standard
    deviation [1]_. It is 0.8 for a normal distribution and above 0.3 for signals with spikes. A
    feature with a ratio below 0.25 is replaced by its normal scores [2]_: its values keep their
    order, and are distributed as in a normal distribution. All other features are transformed as
    by a `StandardScaler`.

    Attributes
    ----------
    heavy_tailed_ : ndarray of shape (n_features,), dtype bool
        Mask of the features that are replaced by normal scores.

    scaler_ : StandardScaler
        The fitted scaler of the other features. It leaves those with heavy tails as they are.

    n_features_in_ : int
        Number of features of `X`.

    feature_names_in_ : ndarray of shape (`n_features_in_`,)
        Names of the features, if `X` was a dataframe.

    See Also
    --------
    TimestepTransformer : Applies this or any other transformer to the timesteps of sequences.
    sklearn.preprocessing.QuantileTransformer : Transforms the quantiles of every feature.
    sklearn.preprocessing.RobustScaler : Is not influenced by outliers, but leaves them in place.

    Notes
    -----
    NaN are missing values. They are ignored in `fit` and stay in `transform`.

    The normal score of the k-th smallest of n values is the quantile k / (n + 1) of the standard
    normal distribution. Equal values share their mean rank. Values that are not in the training
    data are interpolated linearly. Outside of its range, they get the score of the nearest value.
    Of more than 10,000 distinct values, about 10,000 are kept for this.

    The ratio of a feature with a single outlier falls below 0.25 from 64 values on.

    References
    ----------
    .. [1] R. C. Geary, "The Ratio of the Mean Deviation to the Standard Deviation as a Test of
       Normality", Biometrika 27, 1935.
    .. [2] B. L. van der Waerden, "Order Tests for the Two-Sample Problem and Their Power",
       Indagationes Mathematicae 14, 1952.

    Examples
    --------
    >>> import numpy as np
    >>> from sk_attnseq.preprocessing import HeavyTailScaler
    >>> heights = np.linspace(150, 190, 101)
    >>> prices = np.exp(np.linspace(-100, 100, 101))
    >>> scaler = HeavyTailScaler()
    >>> scaled = scaler.fit_transform(np.column_stack([heights, prices]))
    >>> scaler.heavy_tailed_
    array([False,  True])
    >>> scaled[[0, 25, 50, 75, 100]].round(2)
    array([[-1.71, -2.33],
           [-0.86, -0.66],
           [ 0.  ,  0.  ],
           [ 0.86,  0.66],
           [ 1.71,  2.33]])
    """

    heavy_tailed_: np.ndarray
    scaler_: StandardScaler
    n_features_in_: int
    feature_names_in_: np.ndarray

    @on_a_draft
    def fit(self, X: ArrayLike, y: None = None) -> Self:
        """Detect the features with heavy tails, and learn how to transform each feature.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features)
            The values.

        y : None, default=None
            Ignored.

        Returns
        -------
        self : HeavyTailScaler
            The fitted scaler.
        """
        X = self._check(X, reset=True)
        self.heavy_tailed_ = np.array([_has_heavy_tails(column) for column in X.T])
        # For each feature with heavy tails, distinct values in ascending order and their scores.
        self._normal_scores = [_normal_scores(column) for column in X.T[self.heavy_tailed_]]
        # Its output must be an array whatever the global setting of `transform_output`.
        self.scaler_ = StandardScaler(copy=False).set_output(transform="default")
        self.scaler_.fit(self._zero_heavy_tails(X))
        return self

    def transform(self, X: ArrayLike) -> Any:
        """Standardize, or replace by normal scores.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features)
            The values.

        Returns
        -------
        X_new : ndarray of shape (n_samples, n_features)
            The transformed values, in single precision if `X` has that or half precision.
        """
        fitted = snapshot(self)  # as another thread may fit the scaler meanwhile
        check_is_fitted(fitted)
        table: np.ndarray = fitted._check(X)
        transformed = fitted.scaler_.transform(fitted._zero_heavy_tails(table))
        for j, (values, scores) in fitted._columns_with_scores():
            transformed[:, j] = np.interp(table[:, j], values, scores)
        return transformed

    def inverse_transform(self, X: ArrayLike) -> np.ndarray:
        """Undo `transform`, except for values outside of the training data's range.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features)
            Transformed values.

        Returns
        -------
        X_original : ndarray of shape (n_samples, n_features)
            The original values.
        """
        fitted = snapshot(self)
        check_is_fitted(fitted)
        table: np.ndarray = fitted._check(X)
        original: np.ndarray = fitted.scaler_.inverse_transform(fitted._zero_heavy_tails(table))
        for j, (values, scores) in fitted._columns_with_scores():
            original[:, j] = np.interp(table[:, j], scores, values)
        return original

    def _check(self, X: ArrayLike, *, reset: bool = False) -> np.ndarray:
        """X as an array in single or double precision, in the byte order of the machine."""
        values: np.ndarray = validate_data(
            self, X, dtype="numeric", ensure_all_finite="allow-nan", reset=reset
        )
        is_single = (
            values.dtype.kind == "f" and values.dtype.itemsize <= np.dtype(np.float32).itemsize
        )
        return values.astype(np.float32 if is_single else np.float64, copy=False)

    def _zero_heavy_tails(self, X: np.ndarray) -> np.ndarray:
        """A copy of X for the scaler, which must not compute with extreme values."""
        return np.where(self.heavy_tailed_, X.dtype.type(0), X)

    def _columns_with_scores(self) -> Iterator[tuple[int, tuple[np.ndarray, np.ndarray]]]:
        return zip(np.flatnonzero(self.heavy_tailed_), self._normal_scores, strict=True)

    def __sklearn_tags__(self) -> Tags:
        tags = super().__sklearn_tags__()
        tags.input_tags.allow_nan = True
        tags.transformer_tags.preserves_dtype = ["float64", "float32"]
        return tags


def _has_heavy_tails(column: np.ndarray) -> bool:
    """Whether most of the values are close together in relation to their standard deviation."""
    values = column[~np.isnan(column)].astype(np.float64)
    largest = np.abs(values).max(initial=0)
    if largest == 0:
        return False
    values /= largest  # The squares of the largest floating-point numbers would overflow.
    deviations = np.abs(values - values.mean())
    return bool(deviations.mean() < _MIN_RATIO * np.sqrt(np.mean(deviations**2)))


def _normal_scores(column: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Distinct values in ascending order, and their normal scores."""
    values, counts = np.unique(column[~np.isnan(column)], return_counts=True)
    ranks = np.cumsum(counts) - (counts - 1) / 2  # Equal values share their mean rank.
    fractions, normal = ranks / (counts.sum() + 1), NormalDist()
    if len(values) > _MAX_KEPT:
        # Evenly spaced scores are dense where values are rare: they include the extreme ones.
        first, last = map(normal.inv_cdf, (fractions[0], fractions[-1]))
        evenly = [normal.cdf(score) for score in np.linspace(first, last, _MAX_KEPT)]
        kept = np.unique([0, *np.searchsorted(fractions, evenly[1:-1]), len(values) - 1])
        values, fractions = values[kept], fractions[kept]
    return values, np.array([normal.inv_cdf(fraction) for fraction in fractions])
