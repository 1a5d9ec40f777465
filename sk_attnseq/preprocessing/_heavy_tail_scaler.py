"""A scaler for features of which some have tails."""

from __future__ import annotations

import numpy as np
from sklearn.base import BaseEstimator, OneToOneFeatureMixin, TransformerMixin
from sklearn.preprocessing import QuantileTransformer, StandardScaler
from sklearn.utils.validation import FLOAT_DTYPES, check_is_fitted, validate_data

from sk_attnseq._runtime.draft import on_a_draft

# The mean of the absolute deviations over the standard deviation is 0.80 for a normal distribution,
# 0.71 for a Laplace distribution, 0.64 for Student's t with 3 degrees of freedom, and 0.37 for
# cubes of normal values. Of 65 features of eight public data sets, two have less than this.
_LEAST_RATIO = 0.59
# Of the normal distribution that ranks are spread to, so as not to make tails anew.
_LARGEST = 3


class HeavyTailScaler(OneToOneFeatureMixin, TransformerMixin, BaseEstimator):
    """Standardize features; make those with heavy tails normal.

    Counts, prices, energies or light curves have values that are a hundred times as large as most
    others, and outliers do. A :class:`~sklearn.preprocessing.StandardScaler` makes most values of
    such a feature almost the same number. So here a feature is given another distribution if its
    tails are heavy, that is if its mean absolute deviation is less than 0.59 standard deviations
    (of a normal distribution, it is 0.8 [1]_): by their ranks among the training data, its values
    are spread as those of a standard normal distribution, from -3 to 3. All other features are
    standardized.

    Attributes
    ----------
    heavy_tailed_ : ndarray of shape (n_features,), dtype bool
        Which features have heavy tails.

    scaler_ : StandardScaler
        What standardizes the others.

    normalizer_ : QuantileTransformer or None
        What makes the features with heavy tails normal; None if there are none.

    n_features_in_ : int
        Features of `X`.

    feature_names_in_ : ndarray of shape (`n_features_in_`,)
        Names of the features, when `X` was a dataframe.

    See Also
    --------
    TimestepTransformer : Applies this, or any other transformer, to the timesteps of sequences.
    sklearn.preprocessing.QuantileTransformer : Ranks of all features, spread in the same way.
    sklearn.preprocessing.RobustScaler : Leaves tails as long as they are.

    Notes
    -----
    NaN are missing values: not counted, and left as they are. Of a feature with heavy tails, equal
    values have the rank of the middle one of them. The k-th of n values becomes the quantile
    k / (n + 1) of the normal distribution, but no more than 3 in size (of more than 998 values, or
    where some are missing, by interpolation, about that). A value more than one standard deviation
    beyond all of the training data becomes -3 or 3.

    References
    ----------
    .. [1] R. C. Geary, "The Ratio of the Mean Deviation to the Standard Deviation as a Test of
       Normality", Biometrika 27, 1935.

    Examples
    --------
    >>> import numpy as np
    >>> from sk_attnseq.preprocessing import HeavyTailScaler
    >>> heights = np.linspace(150, 190, 101)
    >>> prices = np.exp(np.linspace(-8, 8, 101))
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

    @on_a_draft
    def fit(self, X, y=None):
        """Find the features with heavy tails, their quantiles, and the scale of the others.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features)
            The values.

        y : None, default=None
            Not used.

        Returns
        -------
        self : HeavyTailScaler
            The fitted scaler.
        """
        X = validate_data(self, X, dtype=FLOAT_DTYPES, ensure_all_finite="allow-nan")
        self.scaler_ = StandardScaler().fit(X)
        scaled = self.scaler_.transform(X)
        # In double precision: single does not hold the sum of millions.
        total = np.nansum(np.abs(scaled), axis=0, dtype=np.float64)
        ratio = total / np.maximum(1, self.scaler_.n_samples_seen_)  # of each, without missing ones
        self.heavy_tailed_ = (ratio < _LEAST_RATIO) & (self.scaler_.var_ > 0)
        self.normalizer_ = None
        if self.heavy_tailed_.any():
            self.normalizer_ = _fit_normalizer(scaled[:, self.heavy_tailed_])
        return self

    def transform(self, X):
        """Scale.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features)
            The values.

        Returns
        -------
        X_new : ndarray of shape (n_samples, n_features)
            The scaled values.
        """
        X = self._check(X)
        scaled = self.scaler_.transform(X)
        if self.normalizer_ is not None:
            normal = self.normalizer_.transform(scaled[:, self.heavy_tailed_])
            scaled[:, self.heavy_tailed_] = np.clip(normal, -_LARGEST, _LARGEST)
        return scaled

    def inverse_transform(self, X):
        """Undo `transform`, but for what it made -3 or 3 of features with heavy tails.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features)
            Scaled values.

        Returns
        -------
        X_original : ndarray of shape (n_samples, n_features)
            The values.
        """
        scaled = self._check(X).copy()
        if self.normalizer_ is not None:
            of_normal = self.normalizer_.inverse_transform(scaled[:, self.heavy_tailed_])
            scaled[:, self.heavy_tailed_] = of_normal
        return self.scaler_.inverse_transform(scaled)

    def _check(self, X):
        check_is_fitted(self)
        return validate_data(
            self, X, dtype=FLOAT_DTYPES, ensure_all_finite="allow-nan", reset=False
        )

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.input_tags.allow_nan = True
        tags.transformer_tags.preserves_dtype = ["float64", "float32"]
        return tags


def _fit_normalizer(scaled):
    """Find the quantiles of standardized features with heavy tails.

    One more value on each side makes that the lowest and the highest have ranks like all others:
    `QuantileTransformer` takes whatever equals its bounds for the ends of the distribution, so that
    the zeros of counts would be far away from all that is not zero.
    """
    ends = np.stack([np.nanmin(scaled, axis=0) - 1, np.nanmax(scaled, axis=0) + 1])
    scaled = np.concatenate([scaled, ends])
    n_quantiles = min(1000, len(scaled))
    return QuantileTransformer(
        n_quantiles=n_quantiles, output_distribution="normal", subsample=None
    ).fit(scaled)
