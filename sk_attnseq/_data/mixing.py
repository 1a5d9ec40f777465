"""Training sequences made of two, with the labels of both: mixup and CutMix."""

from dataclasses import replace

import numpy as np

from sk_attnseq._data.training_batches import Batches, Mixture


def mix(batches: Batches, *, mixup: float, cutmix: float, rng: np.random.Generator) -> Batches:
    """Mix each sequence with the next one of its batch, and the last one with the first.

    A fraction `cutmix` of the sequences is cut. The others are blended, with shares from the
    Beta(`mixup`, `mixup`) distribution, or stay as they are if `mixup` is 0. The values are
    mixed when they are gathered.
    """
    row, n_rows = np.arange(batches.lengths.shape[1]), batches.n_rows[:, np.newaxis]
    # (steps, batch_size): rows without data are their own partners.
    partner = np.where(row < n_rows, (row + 1) % n_rows, row)
    lengths, others = batches.lengths, np.take_along_axis(batches.lengths, partner, axis=1)
    is_cut = rng.random(partner.shape) < cutmix
    share, blended_lengths = _blend(lengths, others, mixup, rng)
    n_before, is_first, cut_share, cut_lengths = _cut(lengths, others, rng)
    mixture = Mixture(
        partners=np.take_along_axis(batches.samples, partner, axis=1),
        is_cut=is_cut,
        share=share,
        n_before=n_before,
        is_first=is_first,
    )
    own = np.where(is_cut, cut_share, share)[:, np.newaxis]  # how much of the label is its own
    step = np.arange(len(partner))[:, np.newaxis]
    targets, weights = (
        (part, part[:, 0][step, partner][:, np.newaxis])
        for part in (batches.targets, batches.weights)
    )
    weights = (own * weights[0], (1 - own) * weights[1])
    return replace(
        batches,
        lengths=np.where(is_cut, cut_lengths, blended_lengths),
        targets=np.concatenate(targets, axis=1),
        weights=np.concatenate(weights, axis=1).astype(batches.weights.dtype),
        mixture=mixture,
    )


def _blend(lengths, others, mixup, rng):
    """Shares and lengths where each timestep is a sum of both, in the same shares.

    Zhang et al. (2018), "mixup: Beyond Empirical Risk Minimization".
    """
    if not mixup:
        return np.ones(lengths.shape), lengths
    return rng.beta(mixup, mixup, lengths.shape), np.maximum(lengths, others)


def _cut(lengths, others, rng):
    """Cuts, the shares of labels and the lengths: one up to a cut, then the other to its end.

    The cut is anywhere in the shorter one, and either comes first. The labels' shares are
    those of the timesteps. Yun et al. (2019), "CutMix: Regularization Strategy to Train
    Strong Classifiers with Localizable Features"; here it is time that is cut.
    """
    n_before = rng.integers(np.minimum(lengths, others), dtype=np.int32, endpoint=True)
    is_first = rng.random(lengths.shape) < 0.5
    lengths = np.where(is_first, others, lengths)  # of what comes last
    share = np.where(is_first, n_before, lengths - n_before) / lengths
    return n_before, is_first, share, lengths
