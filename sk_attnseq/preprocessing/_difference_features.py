"""Differences between consecutive timesteps as further features."""

import numpy as np
from sklearn.base import BaseEstimator, TransformerMixin

from sk_attnseq.preprocessing._base import NumericSequenceTransformer


class DifferenceFeatures(NumericSequenceTransformer, TransformerMixin, BaseEstimator):
    """Append the differences between consecutive timesteps as further features.

    The differences to the previous timestep follow the features of a timestep, so that there are
    twice as many features. The first timestep of each sequence has differences of 0. They help
    networks if slopes and small bumps tell classes apart, as in outlines of leaves and bones.
    MultiRocket uses them, too [1]_. The differences of a feature "x" are named "difference_x".

    Parameters
    ----------
    n_timesteps : int or None, default=None
        Number of timesteps that the columns of a 2-D `X` hold: with ``n_timesteps=10``, 50
        columns are 10 timesteps of 5 features, the first timestep's features first.
        None reads a row as a series of one feature. Not used for a 3-D `X`.

    Attributes
    ----------
    n_features_in_ : int
        Number of features of each timestep of a 3-D `X`, or of columns of a 2-D `X`.

    feature_names_in_ : ndarray of shape (`n_features_in_`,)
        Names of the columns, if `X` was a dataframe or a list of dataframes.

    See Also
    --------
    TimestepTransformer : Scales features and differences with a `HeavyTailScaler` or
        `StandardScaler`.
    sk_attnseq.presets.make_accurate_classifier : Uses differences with ``differences=True``.

    Notes
    -----
    Put it before a scaler, because differences are usually much smaller than the features.

    A timestep of a 3-D `X` or of a list is padding if it and all after it are NaN in all
    features; it stays NaN. Other NaN, and all in a 2-D `X`, are missing values: a difference is
    missing if one of its two values is.

    For 2-D `X`, the columns of a timestep are its features followed by its differences. Later
    transformers and classifiers therefore have the same `n_timesteps` as this one. With None,
    they need the number of columns that this one got.

    `set_output` works for 2-D `X`; 3-D sequences come out as arrays.

    References
    ----------
    .. [1] C. W. Tan, A. Dempster, C. Bergmeir and G. I. Webb, "MultiRocket: Multiple Pooling
       Operators and Transformations for Fast and Effective Time Series Classification", Data
       Mining and Knowledge Discovery 36, 2022.

    Examples
    --------
    >>> import numpy as np
    >>> from sk_attnseq.preprocessing import DifferenceFeatures
    >>> X = [np.array([[1.0, 10.0], [3.0, 10.0], [2.0, 40.0]]), np.array([[5.0, 20.0]])]
    >>> transformer = DifferenceFeatures()
    >>> for sequence in transformer.fit_transform(X):
    ...     print(sequence)
    [[ 1. 10.  0.  0.]
     [ 3. 10.  2.  0.]
     [ 2. 40. -1. 30.]]
    [[ 5. 20.  0.  0.]]
    >>> transformer.get_feature_names_out()
    array(['x0', 'x1', 'difference_x0', 'difference_x1'], dtype=object)
    """

    def __init__(self, *, n_timesteps: int | None = None) -> None:
        self.n_timesteps = n_timesteps

    def _names_out(self, names: np.ndarray) -> list[str]:
        return [*names, *(f"difference_{name}" for name in names)]

    def _transform_rows(self, rows: np.ndarray, lengths: np.ndarray) -> np.ndarray:
        differences = np.diff(rows, axis=0, prepend=rows[:1])
        differences[np.cumsum(lengths) - lengths] = 0
        return np.concatenate([rows, differences], axis=1)
