"""Batches cut into parts, each with a shape that a program was compiled for."""

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np

from sk_attnseq._data.training_batches import Batches
from sk_attnseq._network.architecture import Architecture
from sk_attnseq._training.batch_shapes import Shape, split_batches


class Stack(NamedTuple):
    """Parts of one shape; there is room for `capacity` of them."""

    values: np.ndarray  # (capacity, n_rows, n_timesteps, n_features)
    lengths: np.ndarray  # (capacity, n_rows)
    targets: np.ndarray  # (capacity, n_targets, n_rows), of numbers (..., n_outputs)
    weights: np.ndarray  # (capacity, n_targets, n_rows)
    factors: list[np.ndarray]  # of dropout, each (capacity, n_rows, width)


# The columns of `Call.order`, which has a row for each part: which of the shapes it has, its place
# in the stack of this shape, the batch that it is a part of, and whether it is the last part of it.
SHAPE, PLACE, BATCH, IS_LAST = range(4)


class Call(NamedTuple):
    """The arguments of a program: stacks of parts, and the order in which they come.

    The first `n_parts` rows of `order` count.
    """

    stacks: list[Stack]
    order: np.ndarray  # (sum of the capacities, 4) int32
    n_parts: int


def cut_into_calls(
    batches: Batches,
    factors: list[np.ndarray],
    architecture: Architecture,
    shapes: tuple[Shape, ...],
    capacities: tuple[int, ...],
) -> Iterator[Call]:
    """Cut batches into parts, and the parts into what a program takes at once."""
    order, rows = _parts(batches, architecture, shapes)
    start = 0
    while start < len(order):
        n_of_shape = np.cumsum(order[start:, [SHAPE]] == np.arange(len(shapes)), axis=0)
        too_many = (n_of_shape > capacities).any(axis=1)
        stop = start + int(np.argmax(too_many)) if too_many.any() else len(order)
        some, some_rows = order[start:stop], rows[start:stop]
        some[:, PLACE] = n_of_shape[np.arange(len(some)), some[:, SHAPE]] - 1
        stacks = []
        for index, (shape, capacity) in enumerate(zip(shapes, capacities, strict=True)):
            of_shape = some_rows[some[:, SHAPE] == index]
            stacks.append(_stack(batches, factors, of_shape, shape, capacity, architecture.dtype))
        filled = np.zeros((sum(capacities), 4), np.int32)
        filled[: len(some)] = some
        yield Call(stacks, filled, len(some))
        start = stop


def _parts(batches, architecture, shapes):
    """The `order` of all parts, and the rows of each, (n_parts, batch_size), -1 for none."""
    n_steps, batch_size = batches.n_steps, batches.samples.shape[1]
    has_data = batches.has_data
    lengths = np.where(has_data, batches.lengths, 0)
    numbers = np.arange(n_steps * batch_size).reshape(n_steps, batch_size)
    rest = np.where(has_data, numbers, -1)
    longest_first = np.argsort(-lengths, axis=1, kind="stable")
    in_order = np.take_along_axis(lengths, longest_first, axis=1)
    n_alone, _ = split_batches(architecture, shapes, in_order)
    # Rows on their own: which batch they are in, and how many longer ones it has.
    step, rank = np.nonzero(np.arange(batch_size) < n_alone[:, np.newaxis])
    place = longest_first[step, rank]
    alone = np.full((len(step), batch_size), -1)
    alone[:, 0] = numbers[step, place]
    length_alone = lengths[step, place]
    lengths[step, place], rest[step, place] = 0, -1
    longest = lengths.max(axis=1)
    whole = np.flatnonzero(longest)
    order = np.zeros((len(whole) + len(step), 4), np.int32)
    order[:, BATCH] = np.concatenate([whole, step])
    order[: len(whole), SHAPE] = _narrowest(shapes, batch_size, longest[whole])
    order[len(whole) :, SHAPE] = _narrowest(shapes, 1, length_alone)
    by_step = np.argsort(order[:, BATCH], kind="stable")
    order, rows = order[by_step], np.concatenate([rest[whole], alone])[by_step]
    order[:, IS_LAST] = np.diff(order[:, BATCH], append=n_steps) > 0
    return order, rows


def _narrowest(shapes, n_rows, longest):
    """Which of the shapes of so many rows is the narrowest with room for each length."""
    indices = [index for index, shape in enumerate(shapes) if shape.n_rows == n_rows]
    widths = [shapes[index].n_timesteps for index in indices]
    return np.take(indices, np.searchsorted(widths, longest)) if len(longest) else []


def _stack(batches, factors, rows, shape, capacity, dtype):
    """Parts with these rows, (n_parts, batch_size), of a shape."""
    batch_size = rows.shape[1]
    filled = np.full((capacity, shape.n_rows), -1)
    filled[: len(rows)] = rows[:, : shape.n_rows]
    has_data = filled >= 0
    of_data = filled[has_data]
    values = np.zeros((*filled.shape, shape.n_timesteps, batches.data.sequences.n_features), dtype)
    if len(of_data):
        values[has_data] = batches.gather(of_data, n_timesteps=shape.n_timesteps, dtype=dtype)
    step, place = np.divmod(np.maximum(filled, 0), batch_size)  # (capacity, n_rows)
    weights = np.where(has_data[..., np.newaxis], batches.weights[step, :, place], 0)
    return Stack(
        values,
        np.where(has_data, batches.lengths[step, place], 1).astype(np.int32),
        np.ascontiguousarray(batches.targets[step, :, place].swapaxes(1, 2)),
        np.ascontiguousarray(weights.swapaxes(1, 2)).astype(dtype),
        [factor[step, place] for factor in factors],
    )
