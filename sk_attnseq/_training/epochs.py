"""Training, epoch by epoch: the data of each go through the compiled program in chunks."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from sk_attnseq._data.batches import TrainingData, shuffled_chunks
from sk_attnseq._data.mixing import mix
from sk_attnseq._network.architecture import NORM_MOMENTUM, Architecture
from sk_attnseq._training.program import get_program
from sk_attnseq._training.recipe import Recipe
from sk_attnseq._training.state import State


def train(
    data: TrainingData,
    state: State,
    *,
    architecture: Architecture,
    recipe: Recipe,
    epochs: range,
    seed: int,
) -> Iterator[tuple[State, float, float]]:
    """Train, and yield state, mean loss and accuracy after each epoch.

    Each epoch draws its own random numbers from the seed and the epoch's number, so a
    training that goes on from a pickled state is the same as one that never stopped, but for
    a schedule of the learning rate and for mixtures, which are over these epochs.
    """
    batch_size, n_timesteps = batch_shape(data, recipe.batch_size)
    n_labels = 2 if recipe.mixes else 1
    program = get_program(architecture, n_timesteps, batch_size, n_labels, recipe.dropout > 0)
    epoch_steps = -(-len(data) // batch_size)
    rows_of_full_batch = min(batch_size, len(data))
    for epoch in epochs:
        rng = np.random.default_rng((seed, epoch))
        totals = np.zeros(2)
        steps = (epoch - epochs.start) * epoch_steps + np.arange(program.steps)
        for chunk in shuffled_chunks(
            data,
            steps=program.steps,
            batch_size=program.batch_size,
            n_timesteps=n_timesteps,
            dtype=architecture.dtype,
            rng=rng,
        ):
            if recipe.mixes:
                chunk = mix(chunk, **recipe.mixing(epoch - epochs.start, len(epochs)), rng=rng)
            factors = program.draw_factors(recipe.dropout, rng)
            rates = recipe.learning_rates(steps, len(epochs) * epoch_steps)
            # How far moving moments move: at first they are plain means, and a batch that is
            # not full counts less.
            n_before = int(state[3]) + np.arange(program.steps)
            moves = np.maximum(1 - NORM_MOMENTUM, 1 / (n_before + 1))
            moves *= chunk.n_rows / rows_of_full_batch
            numbers = np.stack([rates, moves], axis=1)
            state, metrics = program(state, chunk, factors, numbers, recipe)
            totals += chunk.n_rows @ metrics
            steps += program.steps
        weights, momentum, velocity, n_steps = (np.asarray(part) for part in state)
        state = weights, momentum, velocity, n_steps
        loss, accuracy = (totals / len(data)).tolist()
        yield state, loss, accuracy


def batch_shape(data: TrainingData, batch_size: int) -> tuple[int, int]:
    """Rows and timesteps of the batches that a program for these data takes."""
    return _program_batch_size(batch_size, len(data)), _program_timesteps(data.sequences.longest)


def _program_timesteps(longest):
    """Timesteps that a program's batches have room for: a quarter more than needed at most.

    In steps (..., 8, 10, 12, 14, 16, 20, 24, ...), as the longest sequence of each fold or
    chunk may be another one, and programs cost a second and stay in memory; room costs
    little, as the loop over time stops with the sequences. One timestep gets a second one,
    which is masked, as Keras warns of a softmax over one value.
    """
    step = max(1, 2 ** (longest.bit_length() - 3))
    return max(2, step * -(-longest // step))


def _program_batch_size(batch_size, n_samples):
    """Rows of a program's batches: no more than the data fill, in steps of 32.

    Rows without data are computed for nothing, and in steps, as the folds of a cross
    validation, which differ by a sample, should share a program.
    """
    return min(batch_size, 32 * -(-n_samples // 32))
