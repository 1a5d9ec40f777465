"""Gaps in the values of one feature, in sequences that stand one after the other."""

from __future__ import annotations

import numpy as np


def fill_gaps(values, missing, bounds, times, *, strategy, max_gap, default):
    """Fill what is missing, in place, from observations in the same sequence.

    Parameters
    ----------
    values : ndarray of shape (n_rows,)
        The timesteps of all sequences.
    missing : ndarray of shape (n_rows,), dtype bool
        Which of them have no value.
    bounds : tuple of two ndarrays of shape (n_rows,)
        For each row, the first and the last row of its sequence.
    times : ndarray of shape (n_rows,)
        They rise within each sequence.
    strategy, max_gap
        As in `SequenceImputer`.
    default : float
        For what is not filled along time.
    """
    gaps = np.flatnonzero(missing)
    first, last = bounds[0][gaps], bounds[1][gaps]
    observed = np.concatenate([[-1], np.flatnonzero(~missing), [len(missing)]])
    n_before = gaps - np.arange(len(gaps))  # how many rows before each are observed
    before = np.maximum(observed[n_before], first - 1)
    after = np.minimum(observed[n_before + 1], last + 1)
    has_before, has_after = before >= first, after <= last
    if strategy == "forward":
        can_fill, length = has_before, gaps - before  # so far, as what comes later is not known
    else:
        can_fill, length = has_before | has_after, after - before - 1
        before, after = np.where(has_before, before, after), np.where(has_after, after, before)
    if max_gap is not None:
        can_fill = can_fill & (length <= max_gap)
    values[gaps[~can_fill]] = default
    gaps, before, after = gaps[can_fill], before[can_fill], after[can_fill]
    if strategy == "forward":
        values[gaps] = values[before]
    elif strategy == "nearest":
        is_after_nearer = times[after] - times[gaps] < times[gaps] - times[before]
        values[gaps] = values[np.where(is_after_nearer, after, before)]
    else:
        span = times[after] - times[before]  # 0 if there is an observation on one side only
        weight = (times[gaps] - times[before]) / np.where(span == 0, 1, span)
        values[gaps] = values[before] + weight * (values[after] - values[before])


def elapsed_since_observed(missing, first, times):
    """Time since the last observation before each row, or else since the first row.

    Parameters and shapes are those of `fill_gaps`; `first` is the first of its `bounds`. In the
    notation of Che et al. (2018), this is delta, and `times` are s.
    """
    observed = np.concatenate([[-1], np.flatnonzero(~missing)])
    n_before = np.cumsum(~missing) - ~missing
    return times - times[np.maximum(observed[n_before], first)]
