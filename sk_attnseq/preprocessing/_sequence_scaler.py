"""A scaler that standardizes each sequence by itself."""

import numpy as np
from sklearn.base import BaseEstimator, TransformerMixin

from sk_attnseq.preprocessing._base import NumericSequenceTransformer


class SequenceScaler(NumericSequenceTransformer, TransformerMixin, BaseEstimator):
    """Standardize each sequence by itself.

    Each feature of each sequence gets a mean of 0 and a standard deviation of 1 over the timesteps
    of that sequence. The shape of a sequence stays, and its level and size are lost. Use it if
    these depend on the person or the device rather than on the class, as in outlines, gestures and
    ECG. If they carry information, use ``TimestepTransformer(StandardScaler())``, which scales all
    sequences by the means and deviations of the training data.

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
    TimestepTransformer : With a `StandardScaler`, scales all sequences alike.
    SequenceImputer : Fills gaps along time.

    Notes
    -----
    NaN are missing values, which are not counted and stay as they are. A timestep of a 3-D `X` or
    of a list is padding if it and all after it are NaN in all features; it stays NaN. A feature
    that is constant in a sequence becomes 0 there.

    `fit` only checks the parameters and the form of `X`. There is no `inverse_transform`, because
    means and deviations of sequences are not kept.

    `set_output` works for 2-D `X`; 3-D sequences come out as arrays.

    Examples
    --------
    >>> import numpy as np
    >>> from sk_attnseq.preprocessing import SequenceScaler
    >>> X = [np.array([[1.0, 7.0], [3.0, 7.0]]), np.array([[100.0, 1.0], [300.0, 2.0]])]
    >>> for sequence in SequenceScaler().fit_transform(X):
    ...     print(sequence)
    [[-1.  0.]
     [ 1.  0.]]
    [[-1. -1.]
     [ 1.  1.]]
    """

    def __init__(self, *, n_timesteps: int | None = None) -> None:
        self.n_timesteps = n_timesteps

    def _transform_rows(self, rows: np.ndarray, lengths: np.ndarray) -> np.ndarray:
        for column in rows.T:  # views
            column[:] = _standardize(column.astype(np.float64), lengths)
        return rows


def _standardize(values: np.ndarray, lengths: np.ndarray) -> np.ndarray:
    """Standardize the sequences of one feature, which stand one after the other in (n_rows,)."""
    starts = np.cumsum(lengths) - lengths
    observed = ~np.isnan(values)
    n_observed = np.add.reduceat(observed, starts, dtype=np.intp)

    def mean_of_each(values: np.ndarray) -> np.ndarray:
        total: np.ndarray = np.add.reduceat(np.where(observed, values, 0), starts)
        return total / np.maximum(1, n_observed)

    mean = mean_of_each(values)
    deviations = values - np.repeat(mean, lengths)
    variance = mean_of_each(deviations**2)
    # What rounding errors alone can amount to, as scikit-learn's scalers have it.
    eps = np.finfo(np.float64).eps
    is_constant = variance <= n_observed * eps * variance + (n_observed * mean * eps) ** 2
    return deviations / np.repeat(np.where(is_constant, np.inf, np.sqrt(variance)), lengths)
