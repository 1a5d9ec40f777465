"""Shuffled batches, gathered on the host into the chunks that a program takes."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from sk_attnseq._sequences import Sequences

# A chunk's sequences take about this much memory at most, however long they are.
_CHUNK_BYTES = 8_000_000
_MAX_STEPS = 64


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
    """Up to `steps` batches; what is beyond `n_steps`, and after the data, has weight 0."""

    values: np.ndarray  # (steps, batch_size, n_timesteps, n_features)
    lengths: np.ndarray  # (steps, batch_size)
    targets: np.ndarray  # (steps, batch_size)
    weights: np.ndarray  # (steps, batch_size), divided by the rows of the batch
    n_rows: np.ndarray  # (steps,) rows with data
    n_steps: int


def chunk_steps(batch_size: int, n_timesteps: int, n_features: int) -> int:
    """Batches in a chunk: enough to make the cost of a call small, in bounded memory."""
    batch_bytes = 4 * batch_size * n_timesteps * n_features
    return int(np.clip(_CHUNK_BYTES // batch_bytes, 1, _MAX_STEPS))


def shuffled_chunks(
    data: TrainingData,
    *,
    steps: int,
    batch_size: int,
    n_timesteps: int,
    rng: np.random.Generator,
) -> Iterator[Chunk]:
    """Yield one epoch of the data in random order, padded to `n_timesteps`."""
    order = rng.permutation(len(data))
    for start in range(0, len(order), steps * batch_size):
        yield _gather(
            data, order[start : start + steps * batch_size], steps, batch_size, n_timesteps
        )


def _gather(data, rows, steps, batch_size, n_timesteps):
    values = data.sequences.values
    n_total, n_filled = steps * batch_size, len(rows)
    chunk_values = np.zeros((n_total, n_timesteps, values.shape[2]), values.dtype)
    chunk_values[:n_filled, : values.shape[1]] = values[rows]
    # Rows without data have length 1, as a mean over no timestep would not be a number.
    lengths = np.ones(n_total, np.int32)
    lengths[:n_filled] = data.sequences.lengths[rows]
    targets = np.zeros(n_total, np.int32)
    targets[:n_filled] = data.targets[rows]
    n_rows = np.clip(n_filled - batch_size * np.arange(steps), 0, batch_size)
    weights = np.zeros(n_total, values.dtype)
    weights[:n_filled] = data.weights[rows]
    weights = weights.reshape(steps, batch_size) / np.maximum(n_rows, 1)[:, np.newaxis]
    by_step = (steps, batch_size)
    return Chunk(
        chunk_values.reshape(*by_step, n_timesteps, -1),
        lengths.reshape(by_step),
        targets.reshape(by_step),
        weights.astype(values.dtype),
        n_rows,
        int(np.count_nonzero(n_rows)),
    )
