"""Sequences of any lengths, from which batches are gathered."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from sk_attnseq._runtime.mapped_arrays import mapped_file, release_pages

# How many rows of a memory-mapped file are read before its pages are let go: the system may
# bring in 2 MB for each.
_MAPPED_ROWS = 32


@dataclass(frozen=True)
class Sequences:
    """Samples without padding between them: batches are gathered when needed.

    Sample i is the ``lengths[i]`` timesteps of ``values[rows[i]]`` that begin with
    ``starts[i]``. In `values` (n_rows, n_timesteps, n_features), of any numeric dtype, each
    sample has a row of its own, as in the array that a user passed, which is not copied; or
    all stand one after the other in a single row. Nobody reads what is behind a sample.
    """

    values: np.ndarray
    rows: np.ndarray  # (n_samples,)
    starts: np.ndarray  # (n_samples,)
    lengths: np.ndarray  # (n_samples,)
    listed: bool  # whether the user passed them one by one

    @classmethod
    def of_array(cls, values: np.ndarray, lengths: np.ndarray) -> Sequences:
        """Samples that are the rows of an array (n_samples, n_timesteps, n_features)."""
        n_samples = len(values)
        return cls(values, np.arange(n_samples), np.zeros(n_samples, np.intp), lengths, False)

    @classmethod
    def of_timesteps(
        cls, timesteps: np.ndarray, starts: np.ndarray, lengths: np.ndarray
    ) -> Sequences:
        """Samples one after the other in an array (n_timesteps of all, n_features)."""
        return cls(timesteps[np.newaxis], np.zeros(len(starts), np.intp), starts, lengths, True)

    def __len__(self) -> int:
        return len(self.rows)

    def __getitem__(self, samples) -> Sequences:
        parts = self.rows[samples], self.starts[samples], self.lengths[samples]
        return Sequences(self.values, *parts, self.listed)

    @property
    def n_features(self) -> int:
        return self.values.shape[2]

    @property
    def longest(self) -> int:
        return int(self.lengths.max())

    @property
    def ragged(self) -> bool:
        return bool(self.lengths.min() < self.lengths.max())

    def only(self, dtype) -> np.ndarray:
        """Copy the single sample that there is: (1, n_timesteps, n_features)."""
        row, start, length = self.rows[0], self.starts[0], self.lengths[0]
        return self.values[row : row + 1, start : start + length].astype(dtype)

    def gather(self, samples, *, n_timesteps, dtype) -> np.ndarray:
        """Copy samples: (len(samples), n_timesteps, n_features), padded with zeros."""
        some = self[samples]
        longest = min(n_timesteps, self.values.shape[1])
        gathered = np.zeros((len(some), n_timesteps, self.n_features), dtype)
        file = mapped_file(self.values)
        step = len(some) if file is None else _MAPPED_ROWS
        for start in range(0, len(some), step):
            block = slice(start, start + step)
            gathered[block, :longest] = some[block]._first(longest)
            release_pages(file)
        if some.lengths.min() < longest:
            gathered[~is_real(some.lengths, n_timesteps)] = 0
        return gathered

    def _first(self, n_timesteps):
        """So many timesteps of each sample, with whatever is behind a shorter one."""
        if not self.listed:
            return self.values[self.rows, :n_timesteps]
        # They are in a single row; the last sample has nothing behind it.
        places = self.starts[:, np.newaxis] + np.arange(n_timesteps)
        return self.values[0].take(places, axis=0, mode="clip")


def is_real(lengths: np.ndarray, n_timesteps: int) -> np.ndarray:
    """True where a timestep is no padding, (len(lengths), n_timesteps)."""
    return np.arange(n_timesteps) < lengths[:, np.newaxis]
