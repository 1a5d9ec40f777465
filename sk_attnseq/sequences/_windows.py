"""Windows of recordings."""

from numbers import Real
from typing import Any, Literal

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from sklearn.utils import Bunch, check_scalar

from sk_attnseq._estimator.parameters import check_choice, check_integer
from sk_attnseq._input.frames import column_names, feature_names, is_frame
from sk_attnseq._input.read_samples import read_samples
from sk_attnseq.sequences._window_labels import check_labels, label_windows

# Windows are copied in blocks of about this size, so that no copy of all is made on the way.
_BLOCK_BYTES = 16_000_000


def make_windows(
    recordings: Any,
    labels: Any = None,
    *,
    length: int,
    step: int | None = None,
    label_rule: Literal["majority", "last", "all"] = "majority",
    min_share: float = 0.0,
    remainder: Literal["drop", "pad", "shift"] = "drop",
    short: Literal["error", "pad"] = "error",
) -> Bunch:
    """Cut recordings into windows of equal length, with a label and a group for each.

    Parameters
    ----------
    recordings : array-like, DataFrame, list of these or Bunch
        One recording, as an array or DataFrame of shape (n_timesteps, n_features); or several:
        a list of arrays or DataFrames (n_timesteps_i, n_features), an array (n_recordings,
        n_timesteps, n_features) padded with NaN, a column with a recording in each cell, or
        the Bunch that :func:`from_long` returns.

    labels : scalar, array-like or list of array-likes, default=None
        One label for each recording, or, for each recording, one label for each timestep.
        None and NaN mark recordings and timesteps without a label. For a Bunch, the default
        is its `target`.

    length : int
        Number of timesteps in a window.

    step : int, default=None
        Number of timesteps from the start of one window to the start of the next. Windows overlap
        if it is less than `length`. None means `length`, so that windows do not overlap.

    label_rule : {"majority", "last", "all"}, default="majority"
        Rule for the label of a window, from the labels of its timesteps. Windows without a label
        are dropped.

        - "majority": the most frequent label; of equally frequent ones the first in sorted
          order.
        - "last": the label of the last timestep.
        - "all": the common label of all labeled timesteps.

    min_share : float, default=0.0
        Smallest share of a window's timesteps that must have the window's label. Windows below
        it are dropped. Timesteps without a label count as different. In [0, 1].

    remainder : {"drop", "pad", "shift"}, default="drop"
        Treatment of timesteps at the end of a recording that do not fill another window:

        - "drop": they are in no window.
        - "pad": one more window, padded with NaN.
        - "shift": one more window, which ends with the recording.

    short : {"error", "pad"}, default="error"
        Whether a recording that is shorter than a window raises an error, or becomes one
        window, padded with NaN.

    Returns
    -------
    windows : :class:`~sklearn.utils.Bunch`
        Dictionary-like object with the attributes:

        data : ndarray of shape (n_windows, length, n_features)
            The windows. For one recording, if no window is dropped, padded or shifted, this
            is a read-only view of it, so that overlapping windows take no memory.
        target : ndarray of shape (n_windows,) or None
            The labels; None if there are no `labels`.
        groups : ndarray of shape (n_windows,)
            The index of each window's recording: for `GroupKFold`, or for the parameter
            `groups` of the classifier's `fit`.
        starts : ndarray of shape (n_windows,)
            The timestep of the recording at which each window starts.
        lengths : ndarray of shape (n_recordings,)
            The number of timesteps of each recording, without padding.
        feature_names : list of str or None
            The names of the features, if the recordings have any.

    Raises
    ------
    ValueError
        If a parameter is out of range; if recordings differ in their features, have times
        that are unsorted or repeated in their index, or are shorter than a window; if a
        recording and its labels differ in length; or if the labels leave no window, or leave
        windows of one class out of several.

    See Also
    --------
    to_timeline : From values of windows back to the timesteps of the recordings.
    sk_attnseq.recordings.RecordingClassifier : Classifies recordings as a whole.

    Notes
    -----
    Missing values stay NaN. A window whose last timesteps are NaN in all features is read as a
    padded, shorter sequence. Impute recordings with long gaps before cutting them.

    Windows of one recording resemble each other, and overlapping ones share timesteps. For an
    honest score keep the windows of a recording, or of a person, on one side of each split.

    Examples
    --------
    >>> import numpy as np
    >>> from sk_attnseq.sequences import make_windows
    >>> walk = np.arange(10.0).reshape(5, 2)  # 5 timesteps of 2 features
    >>> run = np.arange(12.0).reshape(6, 2)
    >>> windows = make_windows([walk, run], ["walk", "run"], length=3, step=2)
    >>> windows.data.shape
    (4, 3, 2)
    >>> windows.target.tolist(), windows.groups.tolist(), windows.starts.tolist()
    (['walk', 'walk', 'run', 'run'], [0, 0, 1, 1], [0, 2, 0, 2])
    """
    check_integer("length", length)
    step = length if step is None else step
    check_integer("step", step)
    check_scalar(min_share, "min_share", Real, min_val=0, max_val=1)
    check_choice("label_rule", label_rule, ("majority", "last", "all"))
    check_choice("remainder", remainder, ("drop", "pad", "shift"))
    check_choice("short", short, ("error", "pad"))
    names = None
    if isinstance(recordings, Bunch):
        labels = recordings.get("target") if labels is None else labels
        names, recordings = recordings.get("feature_names"), recordings.data
    samples, frame = _read_recordings(recordings)
    is_one = not isinstance(samples, list) and samples.ndim == 2
    samples = [samples] if is_one else list(samples)
    sizes = np.array([_length_without_padding(s, i) for i, s in enumerate(samples)], np.intp)
    if labels is not None:
        labels = check_labels(labels, samples, sizes, is_one=is_one)
    groups, starts = _place_windows(sizes, length, step, remainder, short)
    target = None
    if labels is not None:
        stops = np.minimum(starts + length, sizes[groups])
        target, kept = label_windows(labels, groups, starts, stops, label_rule, min_share)
        groups, starts = groups[kept], starts[kept]
    return Bunch(
        data=_cut(samples, sizes, groups, starts, length, step),
        target=target,
        groups=groups,
        starts=starts,
        lengths=sizes,
        feature_names=feature_names(frame) if names is None else names,
    )


def _read_recordings(recordings: Any) -> tuple[Any, Any]:
    """Recordings as a list of arrays, or one array (n_timesteps, n_features) or 3-D; a frame."""
    listed = recordings if isinstance(recordings, (list, tuple)) else ()
    if listed and all(getattr(values, "ndim", None) == 1 for values in listed):
        raise ValueError(
            "recordings is a list of 1-D arrays. If each is a recording of one feature, pass "
            "[np.reshape(x, (-1, 1)) for x in recordings]; if each is a timestep of one recording, "
            "pass np.array(recordings)."
        )
    _check_times(recordings)
    try:
        return read_samples(recordings, numeric=True)
    except (TypeError, ValueError) as error:
        raise type(error)(f"recordings cannot be read, as X in fit: {error}") from error


def _check_times(recordings: Any) -> None:
    """Raise if dates and times in the index of a DataFrame are unsorted or repeated."""
    frames = recordings if isinstance(recordings, (list, tuple)) else [recordings]
    for number, frame in enumerate(frames):
        times: Any = getattr(frame, "index", None) if is_frame(frame) else None
        if getattr(getattr(times, "dtype", None), "kind", "") not in ("m", "M"):
            continue
        name = f"Recording {number} (columns {column_names(frame)})"
        if times.hasnans:
            raise ValueError(f"{name} has no time in some rows of its index: leave them out.")
        if not times.is_monotonic_increasing:
            raise ValueError(f"{name} has unsorted times in its index: pass frame.sort_index().")
        if not times.is_unique:
            time = times[times.duplicated()][0]
            raise ValueError(f"{name} has several rows at time {time}: keep or aggregate one.")


def _length_without_padding(recording: np.ndarray, number: int) -> int:
    """How many timesteps come before those at the end that are all NaN."""
    size = len(recording)
    while size and np.isnan(recording[size - 1]).all():
        block = recording[max(0, size - 1000) : size]
        real = np.flatnonzero(~np.isnan(block).all(axis=1))
        size += (real[-1] + 1 if len(real) else 0) - len(block)
    if size == 0:
        raise ValueError(
            f"Recording {number} has no timestep that is not NaN: leave the recording out."
        )
    return size


def _place_windows(
    sizes: np.ndarray, length: int, step: int, remainder: str, short: str
) -> tuple[np.ndarray, np.ndarray]:
    """The recording of each window, and the timestep at which it starts there."""
    is_short = sizes < length
    if short == "error" and is_short.any():
        number = np.argmax(is_short)
        raise ValueError(
            f"Recording {number} has {sizes[number]} timesteps, but length={length} (the longest "
            f"recording has {sizes.max()}): choose a smaller length, leave the recording out, or "
            "pass short='pad'."
        )
    counts = np.where(is_short, 1, (sizes - length) // step + 1)
    covered = (counts - 1) * step + length
    has_remainder = covered < sizes
    if remainder == "pad":
        has_remainder &= counts * step < sizes
    if remainder != "drop":
        counts += has_remainder
    ends = np.cumsum(counts)
    groups = np.repeat(np.arange(len(sizes)), counts)
    starts = (np.arange(ends[-1]) - np.repeat(ends - counts, counts)) * step
    if remainder == "shift":
        starts[ends[has_remainder] - 1] = sizes[has_remainder] - length
    return groups, starts


def _cut(
    recordings: list[np.ndarray],
    sizes: np.ndarray,
    groups: np.ndarray,
    starts: np.ndarray,
    length: int,
    step: int,
) -> np.ndarray:
    """The windows, (n_windows, length, n_features)."""
    fits = starts + length <= sizes[groups]
    if len(recordings) == 1 and fits.all():
        view = _all_windows(recordings[0][: sizes[0]], length)
        if np.array_equal(starts, np.arange(len(starts)) * step):
            return view[::step][: len(starts)]
    dtype = np.result_type(*{recording.dtype for recording in recordings})
    if not fits.all():
        dtype = np.result_type(dtype, np.float16)  # integers have no NaN
    data = np.empty((len(starts), length, recordings[0].shape[1]), dtype)
    n_rows = max(1, _BLOCK_BYTES // max(1, data[:1].nbytes))
    bounds = np.searchsorted(groups, np.arange(len(recordings) + 1))
    for number in np.unique(groups):
        recording = recordings[number][: sizes[number]]
        first, last = bounds[number], bounds[number + 1]
        if not fits[last - 1]:  # no other window of a recording can be padded
            last -= 1
            rest = recording[starts[last] :]
            data[last, : len(rest)], data[last, len(rest) :] = rest, np.nan
        for row in range(first, last, n_rows):
            rows = slice(row, min(row + n_rows, last))
            data[rows] = _all_windows(recording, length)[starts[rows]]
    return data


def _all_windows(recording: np.ndarray, length: int) -> np.ndarray:
    """A view of the windows that start at each timestep, (n_starts, length, n_features)."""
    return sliding_window_view(recording, length, axis=0).transpose(0, 2, 1)
