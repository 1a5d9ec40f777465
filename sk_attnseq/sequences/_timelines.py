"""From values of windows back to the timesteps of recordings."""

import numpy as np
from numpy.typing import ArrayLike
from sklearn.utils import Bunch


def to_timeline(
    values: ArrayLike, windows: Bunch, *, per_timestep: bool = False
) -> list[np.ndarray]:
    """Average values of windows over the windows that cover each timestep.

    Parameters
    ----------
    values : array-like of shape (n_windows,), (n_windows, n_values) or \
            (n_windows, n_timesteps, n_values)
        Numbers for each window, such as the probabilities of `predict_proba`; or, with
        `per_timestep`, for each of its timesteps: attention (n_windows, n_timesteps) or
        attributions (n_windows, n_timesteps, n_features). Windows or timesteps that are NaN do not
        count, so that values can be given for some of the windows only.

    windows : :class:`~sklearn.utils.Bunch`
        Windows that :func:`make_windows` returned.

    per_timestep : bool, default=False
        Whether the second axis of `values` has the timesteps of each window.

    Returns
    -------
    timelines : list of ndarray
        Means of each recording, (n_timesteps_i,) or (n_timesteps_i, n_values); NaN for timesteps
        that no window covers.

    Raises
    ------
    ValueError
        If `values` are labels instead of numbers to average, or do not fit the windows.

    See Also
    --------
    make_windows : Cuts recordings into windows.

    Examples
    --------
    >>> import numpy as np
    >>> from sk_attnseq.sequences import make_windows, to_timeline
    >>> recording = np.arange(5.0).reshape(5, 1)
    >>> windows = make_windows(recording, length=2, step=1)
    >>> probabilities = np.array([0.0, 0.0, 1.0, 1.0])  # of some class, for 4 windows
    >>> to_timeline(probabilities, windows)
    [array([0. , 0. , 0.5, 1. , 1. ])]
    """
    length = windows.data.shape[1]
    values = _check_values(values, len(windows.starts), length, per_timestep)
    stops = np.cumsum(windows.lengths)  # of recordings, one after another
    total = stops[-1]
    firsts = (stops - windows.lengths)[windows.groups] + windows.starts
    lasts = np.minimum(firsts + length, stops[windows.groups])  # a window may be padded
    # Between these edges the same windows cover each timestep.
    edges = np.arange(total + 1)
    if not per_timestep:
        edges = np.unique(np.concatenate([firsts, lasts, [0, total]]))
    first_piece = np.searchsorted(edges, firsts)
    n_pieces = np.searchsorted(edges, lasts) - first_piece
    shape = (len(edges) - 1, *values.shape[1 + per_timestep :])
    sums, counts = np.zeros(shape), np.zeros(shape, np.int32)
    for piece in range(min(n_pieces.max(), values.shape[1]) if per_timestep else n_pieces.max()):
        has_piece = piece < n_pieces
        places = first_piece[has_piece] + piece  # each is there once, as no two windows are equal
        terms = values[has_piece, piece] if per_timestep else values[has_piece]
        is_value = ~np.isnan(terms)
        sums[places] += np.where(is_value, terms, 0)
        counts[places] += is_value
    with np.errstate(invalid="ignore"):
        means = sums / counts  # 0 / 0 is NaN
    return np.split(np.repeat(means, np.diff(edges), axis=0), stops[:-1])


def _check_values(values: ArrayLike, n_windows: int, length: int, per_timestep: bool) -> np.ndarray:
    """Values as floats, after a check that they fit the windows."""
    values = np.asarray(values)
    if values.dtype.kind not in "bf":
        raise ValueError(
            f"values has dtype {values.dtype}, as labels have, but their means are taken: pass "
            "probabilities, or votes, `y_pred[:, np.newaxis] == classifier.classes_`. Convert "
            "numbers that are no labels with values.astype(float)."
        )
    if len(values.shape) == 0 or len(values) != n_windows:
        raise ValueError(
            f"values has shape {values.shape}, but there are {n_windows} windows: pass one entry "
            "for each window (NaN for windows without a value)."
        )
    if not per_timestep and values.ndim == 3:
        raise ValueError(
            f"values has shape {values.shape}: pass per_timestep=True if its second axis has the "
            "timesteps of the windows."
        )
    if values.ndim > 2 + per_timestep:
        raise ValueError(f"values has {values.ndim} dimensions, but at most 3 are allowed.")
    if per_timestep and (values.ndim == 1 or values.shape[1] > length):
        raise ValueError(
            f"values has shape {values.shape}, but the windows have {length} timesteps: with "
            "per_timestep=True, the second axis must have no more."
        )
    return values.astype(np.float64, copy=False)
