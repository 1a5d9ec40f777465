"""Training sequences made of two, with the labels of both: mixup and CutMix."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from sk_attnseq._data.batches import Chunk


class Mixture(NamedTuple):
    """How sequences are made of themselves and of their partners."""

    own: np.ndarray  # (steps, batch_size, n_timesteps or 1): how much of a timestep is its own
    lengths: np.ndarray  # (steps, batch_size)
    share: np.ndarray  # (steps, batch_size): how much of the label is its own


def mix(chunk: Chunk, *, mixup: float, cutmix: float, rng: np.random.Generator) -> Chunk:
    """Mix each sequence with the next one of its batch, and the last one with the first.

    A fraction `cutmix` of the sequences is cut. The others are blended, with shares from the
    Beta(`mixup`, `mixup`) distribution, or stay as they are if `mixup` is 0.
    """
    row, n_rows = np.arange(chunk.lengths.shape[1]), chunk.n_rows[:, np.newaxis]
    # (steps, batch_size): rows without data are their own partners.
    partner = np.where(row < n_rows, (row + 1) % np.maximum(n_rows, 1), row)
    lengths = chunk.lengths, np.take_along_axis(chunk.lengths, partner, axis=1)
    is_cut = rng.random(partner.shape) < cutmix
    blended = _blended(*lengths, mixup, rng)
    cut = _cut(*lengths, chunk.values.shape[2], rng)
    own = np.where(is_cut[..., np.newaxis], cut.own, blended.own)[..., np.newaxis]
    values = chunk.values.copy()
    for step in range(chunk.n_steps):
        mine, others = chunk.values[step], chunk.values[step, partner[step]]
        values[step] = own[step] * mine + (1 - own[step]) * others
    share = np.where(is_cut, cut.share, blended.share)[:, np.newaxis]
    partner = partner[:, np.newaxis]
    targets = [chunk.targets, np.take_along_axis(chunk.targets, partner, axis=2)]
    weights = [
        share * chunk.weights,
        (1 - share) * np.take_along_axis(chunk.weights, partner, axis=2),
    ]
    return chunk._replace(
        values=values,
        lengths=np.where(is_cut, cut.lengths, blended.lengths),
        targets=np.concatenate(targets, axis=1),
        weights=np.concatenate(weights, axis=1).astype(chunk.weights.dtype),
    )


def _blended(lengths, partner_lengths, mixup, rng):
    """Each timestep a sum of both, in the same shares.

    Zhang et al. (2018), "mixup: Beyond Empirical Risk Minimization".
    """
    if not mixup:
        ones = np.ones(lengths.shape)
        return Mixture(ones[..., np.newaxis], lengths, ones)
    share = rng.beta(mixup, mixup, lengths.shape)
    return Mixture(share[..., np.newaxis], np.maximum(lengths, partner_lengths), share)


def _cut(lengths, partner_lengths, n_timesteps, rng):
    """One sequence up to a cut, and from there on the other to its end.

    The cut is anywhere in the shorter one, and either comes first. The labels' shares are
    those of the timesteps. Yun et al. (2019), "CutMix: Regularization Strategy to Train
    Strong Classifiers with Localizable Features"; here it is time that is cut.
    """
    n_before = rng.integers(np.minimum(lengths, partner_lengths), dtype=np.int32, endpoint=True)
    is_first = rng.random(lengths.shape) < 0.5
    lengths = np.where(is_first, partner_lengths, lengths)  # of what comes last
    before_cut = np.arange(n_timesteps) < n_before[..., np.newaxis]
    own = before_cut == is_first[..., np.newaxis]
    return Mixture(own, lengths, np.where(is_first, n_before, lengths - n_before) / lengths)
