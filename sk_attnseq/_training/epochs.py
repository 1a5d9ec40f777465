"""Training, epoch by epoch: the data go through the compiled program, many batches at once."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from sk_attnseq._data.batches import TrainingData, shuffled_batches
from sk_attnseq._data.mixing import mix
from sk_attnseq._network.architecture import NORM_MOMENTUM, Architecture
from sk_attnseq._runtime.floating_point import reports_nothing
from sk_attnseq._training.devices import CPU
from sk_attnseq._training.parts import cut_into_calls
from sk_attnseq._training.program import get_program
from sk_attnseq._training.recipe import Recipe
from sk_attnseq._training.shapes import Costs, choose_shapes
from sk_attnseq._training.state import State


def train(
    data: TrainingData,
    state: State,
    *,
    architecture: Architecture,
    recipe: Recipe,
    epochs: range,
    seed: int,
    device: str = CPU,
) -> Iterator[tuple[State, float, float]]:
    """Train, and yield state, mean loss and accuracy after each epoch.

    Each epoch draws its own random numbers from the seed and the epoch's number, so a
    training that goes on from a pickled state is the same as one that never stopped, but for
    a schedule of the learning rate and for mixtures, which are over these epochs.
    """
    shapes = choose_shapes(data, recipe.batch_size, architecture)
    n_labels, dtype = 2 if recipe.mixes else 1, architecture.dtype
    program = get_program(architecture, shapes, n_labels, recipe.dropout > 0, device)
    batch_size = program.batch_size
    costs = Costs(architecture)
    gradient = program.no_gradient()
    epoch_steps = -(-len(data) // batch_size)
    rows_of_full_batch = min(batch_size, len(data))

    @reports_nothing
    def train_epoch(epoch, state):
        nonlocal gradient
        rng = np.random.default_rng((seed, epoch))
        totals = np.zeros(2)
        steps = (epoch - epochs.start) * epoch_steps + np.arange(program.steps)
        for batches in shuffled_batches(
            data, steps=program.steps, batch_size=batch_size, dtype=dtype, rng=rng
        ):
            if recipe.mixes:
                mixing = recipe.mixing(epoch - epochs.start, len(epochs))
                batches = mix(batches, **mixing, rng=rng)
            factors = program.draw_factors(recipe.dropout, rng)
            rates = recipe.learning_rates(steps, len(epochs) * epoch_steps)
            # How far moving moments move: at first they are plain means, and a batch that is
            # not full counts less.
            n_before = int(state[3]) + np.arange(program.steps)
            moves = np.maximum(1 - NORM_MOMENTUM, 1 / (n_before + 1))
            moves *= batches.n_rows / rows_of_full_batch
            numbers = np.stack([rates, moves], axis=1)
            for call in cut_into_calls(
                batches,
                factors,
                shapes=shapes,
                capacities=program.capacities,
                costs=costs,
                dtype=dtype,
            ):
                state, gradient, metrics = program(state, gradient, call, numbers, recipe)
                totals += batches.n_rows[call.order[: call.n_parts, 2]] @ metrics
            steps += program.steps
        weights, momentum, velocity, n_steps = (np.asarray(part) for part in state)
        loss, accuracy = (totals / len(data)).tolist()
        return (weights, momentum, velocity, n_steps), loss, accuracy

    for epoch in epochs:
        state, loss, accuracy = train_epoch(epoch, state)
        yield state, loss, accuracy
