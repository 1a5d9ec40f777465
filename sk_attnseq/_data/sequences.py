"""Sequences of any lengths, from which batches are gathered."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from sk_attnseq._runtime.mapped_files import mapped_file, release_pages

# How many rows of a memory-mapped file are read before its pages are let go: the system may
# bring in 2 MB for each.
_MAPPED_ROWS = 32


@dataclass(frozen=True)
class Sequences:
    """Samples of what a user passed, not copied: batches of them are gathered when needed.

    Sample i is the first ``lengths[i]`` timesteps of ``values[rows[i]]``. What comes after
    them in `values` (n_rows, n_timesteps, n_features), of any numeric dtype, is padding,
    which nobody reads.
    """

    values: np.ndarray
    lengths: np.ndarray  # (n_samples,)
    rows: np.ndarray  # (n_samples,)

    def __len__(self) -> int:
        return len(self.rows)

    def __getitem__(self, samples) -> Sequences:
        return Sequences(self.values, self.lengths[samples], self.rows[samples])

    @property
    def n_features(self) -> int:
        return self.values.shape[2]

    @property
    def longest(self) -> int:
        return int(self.lengths.max())

    @property
    def ragged(self) -> bool:
        return bool(self.lengths.min() < self.lengths.max())

    def gather(self, samples, *, n_timesteps, dtype) -> np.ndarray:
        """Copy samples: (len(samples), n_timesteps, n_features), padded with zeros."""
        lengths, rows = self.lengths[samples], self.rows[samples]
        longest = min(n_timesteps, self.values.shape[1])
        gathered = np.zeros((len(rows), n_timesteps, self.n_features), dtype)
        file = mapped_file(self.values)
        step = len(rows) if file is None else _MAPPED_ROWS
        for start in range(0, len(rows), step):
            some = slice(start, start + step)
            gathered[some, :longest] = self.values[rows[some], :longest]
            release_pages(file)
        if lengths.min() < longest:
            gathered[~is_real(lengths, n_timesteps)] = 0
        return gathered


def is_real(lengths: np.ndarray, n_timesteps: int) -> np.ndarray:
    """True where a timestep is no padding, (len(lengths), n_timesteps)."""
    return np.arange(n_timesteps) < lengths[:, np.newaxis]
