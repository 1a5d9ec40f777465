"""A scaler for features of which some have tails."""

from __future__ import annotations

import numpy as np
from sklearn.base import BaseEstimator, OneToOneFeatureMixin, TransformerMixin
from sklearn.preprocessing import QuantileTransformer, StandardScaler
from sklearn.utils.validation import FLOAT_DTYPES, check_is_fitted, validate_data

# The mean of the absolute deviations over the standard deviation is 0.80 for a normal distribution,
# 0.71 for a Laplace distribution, 0.64 for Student's t with 3 degrees of freedom, and 0.37 for
# cubes of normal values.
_LEAST_RATIO = 0.6
_WIDTH = 12**0.5  # a uniform distribution this wide has standard deviation 1


class HeavyTailScaler(OneToOneFeatureMixin, TransformerMixin, BaseEstimator):
    """Standardize features; replace those with heavy tails by their ranks.

    Counts, prices, energies or light curves have values that are a hundred times as large as most
    others, and outliers do. A :class:`~sklearn.preprocessing.StandardScaler` makes most values of
    such a feature almost the same number. So here a feature is replaced by the ranks of its values
    among those of the training data, from -1.73 to 1.73, which have standard deviation 1, if its
    tails are heavy: if its mean absolute deviation is less than 0.6 standard deviations [1]_. (It
    is 0.8 for a normal distribution.) All other features are standardized.

    Attributes
    ----------
    heavy_tailed_ : ndarray of shape (n_features,), dtype bool
        Which features are replaced by ranks.

    scaler_ : StandardScaler
        What standardizes the others.

    ranks_ : QuantileTransformer or None
        What gives the ranks, as numbers from 0 to 1, of the features with heavy tails; None if
        there are none.

    n_features_in_ : int
        Features of `X`.

    feature_names_in_ : ndarray of shape (`n_features_in_`,)
        Names of the features, when `X` was a dataframe.

    See Also
    --------
    TimestepTransformer : Applies this, or any other transformer, to the timesteps of sequences.
    sklearn.preprocessing.QuantileTransformer : Ranks of all features.
    sklearn.preprocessing.RobustScaler : Leaves tails as long as they are.

    Notes
    -----
    NaN are missing values: not counted, and left as they are. A value beyond those of the training
    data gets the rank of the nearest of them.

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
    array([[-1.71, -1.73],
           [-0.86, -0.87],
           [ 0.  ,  0.  ],
           [ 0.86,  0.87],
           [ 1.71,  1.73]])
    """

    def fit(self, X, y=None):
        """Find the features with heavy tails, their ranks, and the scale of the others.

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
        is_missing = np.isnan(X)
        deviations = np.where(is_missing, 0, np.abs(self.scaler_.transform(X)))
        ratio = deviations.sum(axis=0) / np.maximum(1, (~is_missing).sum(axis=0))
        self.heavy_tailed_ = (ratio < _LEAST_RATIO) & (self.scaler_.var_ > 0)
        self.ranks_ = None
        if self.heavy_tailed_.any():
            ranks = QuantileTransformer(n_quantiles=min(1000, len(X)), subsample=None)
            self.ranks_ = ranks.fit(X[:, self.heavy_tailed_])
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
        if self.ranks_ is not None:
            ranks = self.ranks_.transform(X[:, self.heavy_tailed_])
            scaled[:, self.heavy_tailed_] = (ranks - 0.5) * _WIDTH
        return scaled

    def inverse_transform(self, X):
        """Undo `transform`, but for values that were beyond those of the training data.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features)
            Scaled values.

        Returns
        -------
        X_original : ndarray of shape (n_samples, n_features)
            The values.
        """
        X = self._check(X)
        original = self.scaler_.inverse_transform(X)
        if self.ranks_ is not None:
            ranks = np.clip(X[:, self.heavy_tailed_] / _WIDTH + 0.5, 0, 1)
            original[:, self.heavy_tailed_] = self.ranks_.inverse_transform(ranks)
        return original

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
