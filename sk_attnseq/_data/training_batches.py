"""Shuffled batches, and their values, which are gathered on the host when they are needed."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from sk_attnseq._data.training_data import TrainingData

# What goes to a program at once takes about this much memory at most, however long its
# sequences are.
_CHUNK_BYTES = 8_000_000
_MAX_STEPS = 256

# Batches of similar lengths are cut from pools of so many, sorted by length with noise of this many
# standard deviations.
_POOL_BATCHES = 16
_LENGTH_NOISE = 0.1


class Mixture(NamedTuple):
    """How sequences are made of themselves and of partners: each (steps, batch_size)."""

    partners: np.ndarray  # samples of the data
    is_cut: np.ndarray  # whether one goes on as the other, or both are blended
    share: np.ndarray  # of a blend: how much of each timestep is the sequence's own
    n_before: np.ndarray  # timesteps before a cut
    is_first: np.ndarray  # whether those before it are the sequence's own

    def own(self, rows, n_timesteps):
        """How much of each timestep is the sequence's own, (len(rows), n_timesteps)."""
        before_cut = np.arange(n_timesteps) < self.n_before.ravel()[rows, np.newaxis]
        is_own = before_cut == self.is_first.ravel()[rows, np.newaxis]
        is_cut = self.is_cut.ravel()[rows, np.newaxis]
        return np.where(is_cut, is_own, self.share.ravel()[rows, np.newaxis])


@dataclass(frozen=True)
class Batches:
    """Batches that are drawn together; rows after the data, in the last of an epoch, have weight 0.

    A sequence has one target, or two if it was made of two sequences. Rows are numbered
    through all batches: that in place j of batch i is number ``i * batch_size + j``.
    """

    data: TrainingData
    samples: np.ndarray  # (steps, batch_size): which of the data; any where there is none
    lengths: np.ndarray  # (steps, batch_size); 1 where there is none
    targets: np.ndarray  # (steps, n_targets, batch_size), of numbers (..., n_outputs)
    weights: np.ndarray  # (steps, n_targets, batch_size), divided by the rows of the batch
    n_rows: np.ndarray  # (steps,) rows with data
    mixture: Mixture | None = None

    @property
    def n_steps(self) -> int:
        return len(self.n_rows)

    @property
    def has_data(self) -> np.ndarray:
        """Which rows have data, (steps, batch_size)."""
        return np.arange(self.samples.shape[1]) < self.n_rows[:, np.newaxis]

    def gather(self, rows, *, n_timesteps, dtype) -> np.ndarray:
        """Copy the values of rows with data: (len(rows), n_timesteps, n_features)."""
        some = {"n_timesteps": n_timesteps, "dtype": dtype}
        values = self.data.sequences.gather(self.samples.ravel()[rows], **some)
        if self.mixture is None:
            return values
        partners, batch_size = self.mixture.partners.ravel(), self.samples.shape[1]
        for start in range(0, len(rows), batch_size):
            block = slice(start, start + batch_size)
            others = self.data.sequences.gather(partners[rows[block]], **some)
            own = self.mixture.own(rows[block], n_timesteps)[..., np.newaxis]
            values[block] = own * values[block] + (1 - own) * others
        return values


def chunk_steps(batch_bytes: int) -> int:
    """Batches for a call: enough to make its cost small, in bounded memory."""
    return int(np.clip(_CHUNK_BYTES // batch_bytes, 1, _MAX_STEPS))


def shuffled_batches(
    data: TrainingData, *, max_steps: int, batch_size: int, dtype: str, rng: np.random.Generator
) -> Iterator[Batches]:
    """Yield one epoch of the data in random order, `max_steps` batches at a time."""
    order = shuffled_order(data, batch_size, rng)
    for start in range(0, len(order), max_steps * batch_size):
        samples = order[start : start + max_steps * batch_size]
        yield _batches(data, samples, batch_size, dtype)


def concatenate(some: Sequence[Batches]) -> Batches:
    """Batches of the same data, one after the other."""
    names = ("samples", "lengths", "targets", "weights", "n_rows")
    arrays = {name: np.concatenate([getattr(one, name) for one in some]) for name in names}
    mixtures = [one.mixture for one in some if one.mixture is not None]
    mixture = Mixture(*map(np.concatenate, zip(*mixtures, strict=True))) if mixtures else None
    return Batches(some[0].data, **arrays, mixture=mixture)


def shuffled_order(data, batch_size, rng) -> np.ndarray:
    """A random order of the samples, in which those of a batch have similar lengths.

    Similar for their class: were they sorted by length alone, and lengths depended on classes, a
    batch would hold one class. Its gradient would be that of this class, and its moments in batch
    normalization would not be those of predictions. (Two lengths, each with two classes, and
    convolutions: an accuracy of 0.963 by length, 0.990 with random batches.)
    """
    order = rng.permutation(len(data))
    if data.sequences.ragged:
        ranks = data.length_ranks
        key = ranks + rng.normal(scale=_LENGTH_NOISE * ranks.std(), size=len(ranks))
        order = _in_batches_of_similar_keys(order, key, batch_size, rng)
    return order


def _in_batches_of_similar_keys(order, key, batch_size, rng):
    """Reorder a random order so that batches waste little on padding, and stay random.

    Pools of some batches are sorted by key and cut into batches, which come in random order. A last
    batch that is not full is a random one, and stays the last.
    """
    n_full = len(order) // batch_size * batch_size
    order, rest = order[:n_full], order[n_full:]
    pool_size = _POOL_BATCHES * batch_size
    pools = [order[start : start + pool_size] for start in range(0, n_full, pool_size)]
    batches = [pool[np.argsort(key[pool])].reshape(-1, batch_size) for pool in pools]
    batches = np.concatenate(batches) if batches else order
    return np.concatenate([rng.permutation(batches).ravel(), rest])


def _batches(data, samples, batch_size, dtype):
    n_filled, steps = len(samples), -(-len(samples) // batch_size)
    n_rows = np.clip(n_filled - batch_size * np.arange(steps), 0, batch_size)

    def rows(of_samples, beyond, dtype):
        filled = np.full((steps * batch_size, *of_samples.shape[1:]), beyond, dtype)
        filled[:n_filled] = of_samples
        return filled.reshape(steps, batch_size, *of_samples.shape[1:])

    targets = data.targets[samples]
    weights = rows(data.weights[samples], 0, np.float64) / n_rows[:, np.newaxis]
    return Batches(
        data,
        samples=rows(samples, 0, np.intp),
        # Rows without data have length 1, as a mean over no timestep would not be a number.
        lengths=rows(data.sequences.lengths[samples], 1, np.int32),
        targets=rows(targets, 0, np.int32 if targets.ndim == 1 else dtype)[:, np.newaxis],
        weights=weights.astype(dtype)[:, np.newaxis],
        n_rows=n_rows,
    )
