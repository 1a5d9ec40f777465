"""Gaps in the values of one feature, in sequences that stand one after the other."""

import numpy as np


def fill_gaps(
    values: np.ndarray,
    missing: np.ndarray,
    bounds: tuple[np.ndarray, np.ndarray],
    times: np.ndarray,
    strategy: str,
    max_gap: int | None,
    default: float,
) -> None:
    """Fill what is missing, in place, from observations in the same sequence.

    The `values` are those of one feature in the timesteps of all sequences (n_rows,), and may be a
    view; `missing` tells which of them have no value. For each row, `bounds` has the first and the
    last row of its sequence, and `times` rise within a sequence. `strategy` and `max_gap` are those
    of `SequenceImputer`; `default` is for gaps that are not filled along time.
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


def elapsed_since_observed(missing: np.ndarray, first: np.ndarray, times: np.ndarray) -> np.ndarray:
    """Time since the last observation before each row, or else since the first row.

    Arguments are those of `fill_gaps`; `first` is the first of its `bounds`. In the notation
    of Che et al. (2018), this is delta, and `times` are s.
    """
    observed = np.concatenate([[-1], np.flatnonzero(~missing)])
    n_before = np.cumsum(~missing) - ~missing
    return times - times[np.maximum(observed[n_before], first)]
