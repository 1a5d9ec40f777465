"""For which shapes of batches a program is compiled, so that batches cost what they hold.

All of a batch but the loop over time costs as much as its array is wide. Where lengths differ
much, a program has a narrow shape for most batches and a wide one for the longest, and a
shape of one row: a single long sequence in a batch of short ones goes on its own, as a part
of the batch, whose gradient is added to that of the rest.
"""

from itertools import combinations
from typing import NamedTuple

import numpy as np

from sk_attnseq._data.training_batches import shuffled_order
from sk_attnseq._data.training_data import TrainingData
from sk_attnseq._network.architecture import Architecture
from sk_attnseq._runtime.physical_memory import check_fits_in_memory

# Each shape takes a second to compile, so it must save so many seconds in an epoch. The number of
# epochs is not considered, as a fit that continues the training of another one must take the same
# steps.
_LEAST_SAVING = 0.02
_PARTS = [2**k for k in range(1, 8)]  # of the widest shape, which narrower ones may be
_MOST_BATCHES = 128  # that are looked at

# Seconds, roughly those of one core: for a timestep of the loop, more for one of several rows,
# and for each row and weight in the loop and in what is computed for all timesteps at once.
_PER_TIMESTEP, _SEVERAL_ROWS, _IN_LOOP, _AT_ONCE = 3e-6, 5e-6, 2.5e-11, 7.5e-11


class Shape(NamedTuple):
    """Rows and timesteps that a part of a batch has room for."""

    n_rows: int
    n_timesteps: int


def cost_of(architecture: Architecture, shape: Shape, longest: np.ndarray) -> np.ndarray:
    """Seconds that parts of a shape take, by the longest sequence in each; 0 for none."""
    n_rows = shape.n_rows
    n_pairs = architecture.num_heads * architecture.n_pooled(shape.n_timesteps)
    n_weights = architecture.n_weights + n_pairs * (2 * architecture.key_dim + 8)
    loop = _PER_TIMESTEP + _SEVERAL_ROWS * (n_rows > 1) + _IN_LOOP * n_rows * n_weights
    at_once = _AT_ONCE * n_rows * n_weights * shape.n_timesteps
    cost = loop * longest + at_once
    return np.where(longest > shape.n_timesteps, np.inf, np.where(longest > 0, cost, 0))


def split_batches(architecture: Architecture, shapes: tuple[Shape, ...], lengths: np.ndarray):
    """How many rows of each batch go on their own, the longest ones, and what it then costs.

    Lengths (n_batches, batch_size) are sorted, the longest first, and 0 where there is no data.
    """

    def cheapest(n_rows):
        costs = [
            cost_of(architecture, shape, lengths) for shape in shapes if shape.n_rows == n_rows
        ]
        return np.min(costs, axis=0)

    # (n_batches, batch_size + 1): of the rest when so many rows are on their own.
    rest = np.pad(cheapest(lengths.shape[1]), ((0, 0), (0, 1)))
    if shapes[-1].n_rows > 1 or not may_split(architecture):
        return np.zeros(len(lengths), np.intp), rest[:, 0]
    on_their_own = np.cumsum(cheapest(1), axis=1)
    cost = rest + np.pad(on_their_own, ((0, 0), (1, 0)))
    n_alone = cost.argmin(axis=1)
    return n_alone, cost[np.arange(len(cost)), n_alone]


def may_split(architecture: Architecture) -> bool:
    """Whether batches may be divided: moments of batch normalization are of a whole batch."""
    return architecture.n_moving == 0


def choose_shapes(
    data: TrainingData, batch_size: int, architecture: Architecture, *, in_stream: bool = False
) -> tuple[Shape, ...]:
    """The shapes for these data: those of whole batches first, the narrowest of them first.

    The cheapest of some sets, each shape being worth its compilation. A chunk of a stream has two
    to choose from, and powers of 2 as sizes, so that the chunks of any stream share a few programs.
    """
    n_rows = program_batch_size(batch_size, len(data))
    widest = program_timesteps(data.sequences.longest)
    if in_stream:
        n_rows, widest = min(batch_size, _power_of_2(n_rows)), _power_of_2(widest)
        whole = (Shape(n_rows, max(2, widest // 4)), Shape(n_rows, widest))
        candidates = [whole[1:], whole]
    else:
        candidates = list(
            _candidates(n_rows, widest, may_split=n_rows > 1 and may_split(architecture))
        )
    lengths, times = _lengths_of_batches(data, n_rows)

    def seconds(shapes):
        compiling = _LEAST_SAVING * len(shapes)
        return times * split_batches(architecture, shapes, lengths)[1].sum() + compiling

    if seconds(candidates[0]) < 2 * _LEAST_SAVING:  # no other can be cheaper
        return candidates[0]
    return min(candidates, key=seconds)


def _candidates(n_rows, widest, may_split):
    """Sets of shapes: the widest, and up to two narrower ones; the wider of one row, if it may."""
    widths = sorted({max(2, widest // part) for part in _PARTS} - {widest})
    for narrower in ((), *combinations(widths, 1), *combinations(widths, 2)):
        *whole, last = (Shape(n_rows, width) for width in (*narrower, widest))
        yield (*whole, last)
        if may_split and whole:
            alone = Shape(1, widest)
            yield (*whole, alone)
            yield (*whole, last, alone)
            if len(whole) == 2:
                yield (whole[0], Shape(1, whole[1].n_timesteps), alone)


def check_attention_fits(architecture: Architecture, shapes: tuple[Shape, ...]) -> None:
    """Raise if self-attention over the timesteps of a shape needs more memory than there is."""
    for n_rows, n_timesteps in shapes:
        # Scores of all pairs of timesteps, which a gradient step holds about four times.
        pairs = n_rows * architecture.num_heads * architecture.n_pooled(n_timesteps) ** 2
        check_fits_in_memory(
            4 * pairs * np.dtype(architecture.dtype).itemsize,
            f"attention='multihead' compares all pairs of timesteps: {n_timesteps} timesteps in "
            f"batches of {n_rows}",
            "Lower batch_size, use attention='pooling', or shorten the sequences, with pool_size "
            "or beforehand.",
        )


def _lengths_of_batches(data, batch_size):
    """Lengths in some batches of an epoch, (n_batches, batch_size), as `split_batches` takes them,
    and how many times as many batches there are.
    """
    rng = np.random.default_rng(0)
    order = shuffled_order(data, batch_size, rng)
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


def _power_of_2(n: int) -> int:
    """The least power of 2 that is not below a number."""
    return 1 << (n - 1).bit_length()


def program_batch_size(batch_size: int, n_samples: int) -> int:
    """Rows of a program's batches: no more than the data fill, in steps of 8 or more.

    Rows without data are computed for nothing, and in steps, as the folds of a cross
    validation, which differ by a sample, should share a program.
    """
    step = max(8, 2 ** (n_samples.bit_length() - 4))
    return min(batch_size, step * -(-n_samples // step))
