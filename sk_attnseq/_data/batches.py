"""Shuffled batches, gathered on the host into the chunks that a program takes."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from sk_attnseq._data.sequences import Sequences

# A chunk takes about this much memory at most, however long its sequences are.
_CHUNK_BYTES = 8_000_000
_MAX_STEPS = 256

# Batches of similar lengths are cut from pools of so many, sorted by length with noise of
# this many standard deviations of the lengths.
_POOL_BATCHES = 16
_LENGTH_NOISE = 0.1


@dataclass(frozen=True)
class TrainingData:
    """What is learned from: sequences, class indices and weights with a mean of 1."""

    sequences: Sequences
    targets: np.ndarray  # (n_samples,) int32
    weights: np.ndarray  # (n_samples,)

    def __len__(self) -> int:
        return len(self.targets)

    def __getitem__(self, rows) -> TrainingData:
        return TrainingData(self.sequences[rows], self.targets[rows], self.weights[rows])


class Chunk(NamedTuple):
    """Up to `steps` batches; what is beyond `n_steps`, and after the data, has weight 0.

    A sequence has one label, or two if it was made of two sequences.
    """

    values: np.ndarray  # (steps, batch_size, n_timesteps, n_features)
    lengths: np.ndarray  # (steps, batch_size)
    targets: np.ndarray  # (steps, n_labels, batch_size)
    weights: np.ndarray  # (steps, n_labels, batch_size), divided by the rows of the batch
    n_rows: np.ndarray  # (steps,) rows with data
    n_steps: int


def chunk_steps(batch_bytes: int) -> int:
    """Batches in a chunk: enough to make the cost of a call small, in bounded memory."""
    return int(np.clip(_CHUNK_BYTES // batch_bytes, 1, _MAX_STEPS))


def shuffled_chunks(
    data: TrainingData,
    *,
    steps: int,
    batch_size: int,
    n_timesteps: int,
    dtype: str,
    rng: np.random.Generator,
) -> Iterator[Chunk]:
    """Yield one epoch of the data in random order, padded to `n_timesteps`."""
    order = rng.permutation(len(data))
    if data.sequences.ragged:
        order = _in_batches_of_similar_lengths(order, data.sequences.lengths, batch_size, rng)
    for start in range(0, len(order), steps * batch_size):
        samples = order[start : start + steps * batch_size]
        yield _gather(data[samples], steps, batch_size, n_timesteps, dtype)


def _in_batches_of_similar_lengths(order, lengths, batch_size, rng):
    """Reorder a random order so that batches waste little on padding, and stay random.

    Pools of some batches are sorted by length, up to noise, and cut into batches, which
    come in random order. A last batch that is not full is a random one, and stays the last.
    """
    n_full = len(order) // batch_size * batch_size
    order, rest = order[:n_full], order[n_full:]
    key = lengths + rng.normal(scale=_LENGTH_NOISE * lengths.std(), size=len(lengths))
    pool_size = _POOL_BATCHES * batch_size
    pools = [order[start : start + pool_size] for start in range(0, n_full, pool_size)]
    batches = [pool[np.argsort(key[pool])].reshape(-1, batch_size) for pool in pools]
    batches = np.concatenate(batches) if batches else order
    return np.concatenate([rng.permutation(batches).ravel(), rest])


def _gather(data, steps, batch_size, n_timesteps, dtype):
    n_total, n_filled = steps * batch_size, len(data)
    values = data.sequences.gather(np.arange(n_filled), n_timesteps=n_timesteps, dtype=dtype)
    if n_filled < n_total:  # the last chunk
        beyond = np.zeros((n_total - n_filled, *values.shape[1:]), dtype)
        values = np.concatenate([values, beyond])
    # Rows without data have length 1, as a mean over no timestep would not be a number.
    lengths = np.ones(n_total, np.int32)
    lengths[:n_filled] = data.sequences.lengths
    targets = np.zeros(n_total, np.int32)
    targets[:n_filled] = data.targets
    n_rows = np.clip(n_filled - batch_size * np.arange(steps), 0, batch_size)
    weights = np.zeros(n_total)
    weights[:n_filled] = data.weights
    weights = weights.reshape(steps, batch_size) / np.maximum(n_rows, 1)[:, np.newaxis]
    by_step = (steps, batch_size)
    return Chunk(
        values.reshape(*by_step, n_timesteps, -1),
        lengths.reshape(by_step),
        targets.reshape(steps, 1, batch_size),
        weights.astype(dtype)[:, np.newaxis],
        n_rows,
        int(np.count_nonzero(n_rows)),
    )
