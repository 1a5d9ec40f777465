"""For which shapes of batches a program is compiled, so that batches cost what they hold.

All of a batch but the loop over time costs as much as its array is wide. Where lengths differ
much, a program has a narrow shape for most batches and a wide one for the longest, and a
shape of one row: a single long sequence in a batch of short ones goes on its own, as a part
of the batch, whose gradient is added to that of the rest.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from sk_attnseq._data.batches import TrainingData, shuffled_order
from sk_attnseq._network.architecture import Architecture

# Each shape takes a second to compile: so many there are at most, and each must save so many
# seconds in an epoch. The number of epochs is not asked, as a fit that goes on with the
# training of another one must take the same steps.
_MOST_SHAPES = 4
_LEAST_SAVING = 0.02
_NARROWEST = 8
_MOST_BATCHES = 256  # that are looked at

# Seconds, roughly those of one core: for a timestep of the loop, more for one of several rows,
# and for each row and weight in the loop and in what is computed for all timesteps at once.
_PER_TIMESTEP, _SEVERAL_ROWS, _IN_LOOP, _AT_ONCE = 3e-6, 5e-6, 2.5e-11, 7.5e-11


class Shape(NamedTuple):
    """Rows and timesteps that a part of a batch has room for."""

    n_rows: int
    n_timesteps: int


class Costs:
    """Estimates of what parts of batches cost, in seconds, and which shapes are cheapest."""

    def __init__(self, architecture: Architecture):
        self._architecture = architecture
        # Moments of batch normalisation are of a whole batch.
        self.may_split = architecture.n_moving == 0

    def of(self, shape: Shape, longest: np.ndarray) -> np.ndarray:
        """What parts of this shape cost by the longest sequence in each; 0 for none."""
        architecture, n_rows = self._architecture, shape.n_rows
        n_pairs = architecture.num_heads * architecture.n_pooled(shape.n_timesteps)
        n_weights = architecture.n_weights + n_pairs * (2 * architecture.key_dim + 8)
        loop = _PER_TIMESTEP + _SEVERAL_ROWS * (n_rows > 1) + _IN_LOOP * n_rows * n_weights
        at_once = _AT_ONCE * n_rows * n_weights * shape.n_timesteps
        cost = loop * longest + at_once
        return np.where(longest > shape.n_timesteps, np.inf, np.where(longest > 0, cost, 0))

    def split(self, shapes, lengths):
        """How many rows of each batch go on their own, the longest ones.

        Lengths (n_batches, batch_size) are sorted, the longest first, and 0 where there is
        no data.

        Returns
        -------
        n_alone : ndarray of shape (n_batches,)
        cost : ndarray of shape (n_batches,)
        """
        batch_size = lengths.shape[1]
        alone = [shape for shape in shapes if shape.n_rows == 1]
        whole = [shape for shape in shapes if shape.n_rows == batch_size]
        # (n_batches, batch_size + 1): of the rest when so many rows are on their own.
        rest = np.pad(self._cheapest(whole, lengths), ((0, 0), (0, 1)))
        if not alone or not self.may_split:
            return np.zeros(len(lengths), np.intp), rest[:, 0]
        on_their_own = np.cumsum(self._cheapest(alone, lengths), axis=1)
        cost = rest + np.pad(on_their_own, ((0, 0), (1, 0)))
        n_alone = cost.argmin(axis=1)
        return n_alone, cost[np.arange(len(cost)), n_alone]

    def _cheapest(self, shapes, longest):
        return np.min([self.of(shape, longest) for shape in shapes], axis=0)


def choose_shapes(
    data: TrainingData, batch_size: int, architecture: Architecture
) -> tuple[Shape, ...]:
    """The shapes for these data: those of whole batches first, the narrowest of them first.

    One after the other, whatever saves the most, as long as it is worth its compilation. There
    are few widths to choose from, each four times the one before, so that the folds of a cross
    validation mostly come to the same.
    """
    n_rows = program_batch_size(batch_size, len(data))
    widest = program_timesteps(data.sequences.longest)
    costs = Costs(architecture)
    lengths, times = _lengths_of_batches(data, n_rows)

    def seconds(shapes):
        return times * costs.split(shapes, lengths)[1].sum()

    shapes = [Shape(n_rows, widest)]
    widths = [_NARROWEST * 4**k for k in range(10) if _NARROWEST * 4**k < widest]
    candidates = [Shape(n_rows, width) for width in widths]
    if costs.may_split and n_rows > 1:
        candidates += [Shape(1, width) for width in (*widths, widest)]
    now = seconds(shapes)
    while len(shapes) < _MOST_SHAPES and now > _LEAST_SAVING and candidates:
        after, best = min((seconds([*shapes, shape]), shape) for shape in candidates)
        if now - after < _LEAST_SAVING:
            break
        shapes.append(best)
        candidates.remove(best)
        now = after
    for shape in sorted(shapes, reverse=True):  # what later ones have made superfluous
        others = [other for other in shapes if other != shape]
        is_needed = not (
            any(other.n_timesteps == widest for other in others)
            and any(other.n_rows == n_rows for other in others)
        )
        if not is_needed and seconds(others) - now < _LEAST_SAVING:
            shapes, now = others, seconds(others)
    for shape in shapes:  # half as wide where that saves a tenth or more
        half = [Shape(s.n_rows, s.n_timesteps // 2) if s == shape else s for s in shapes]
        if shape.n_timesteps < widest and seconds(half) < 0.9 * now:
            shapes, now = half, seconds(half)
    return tuple(sorted(shapes, key=lambda shape: (-shape.n_rows, shape.n_timesteps)))


def _lengths_of_batches(data, batch_size):
    """Lengths in some batches of an epoch, (n_batches, batch_size), as `Costs.split` takes them,
    and how many times as many batches there are.
    """
    order = shuffled_order(data, batch_size, np.random.default_rng(0))
    lengths = np.zeros(-(-len(order) // batch_size) * batch_size, np.int64)
    lengths[: len(order)] = data.sequences.lengths[order]
    lengths = lengths.reshape(-1, batch_size)
    some = lengths[:: -(-len(lengths) // _MOST_BATCHES)]
    return -np.sort(-some, axis=1), len(lengths) / len(some)


def program_timesteps(longest: int) -> int:
    """Timesteps that a program has room for: a quarter more than needed at most.

    In steps (..., 8, 10, 12, 14, 16, 20, 24, ...), as the longest sequence of each fold or
    chunk may be another one, and programs cost a second and stay in memory; room costs
    little, as the loop over time stops with the sequences. One timestep gets a second one,
    which is masked, as Keras warns of a softmax over one value.
    """
    step = max(1, 2 ** (longest.bit_length() - 3))
    return max(2, step * -(-longest // step))


def program_batch_size(batch_size: int, n_samples: int) -> int:
    """Rows of a program's batches: no more than the data fill, in steps of 8 or more.

    Rows without data are computed for nothing, and in steps, as the folds of a cross
    validation, which differ by a sample, should share a program.
    """
    step = max(8, 2 ** (n_samples.bit_length() - 4))
    return min(batch_size, step * -(-n_samples // step))
