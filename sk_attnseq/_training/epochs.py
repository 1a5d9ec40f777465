"""Training, epoch by epoch: the data go through the compiled program, many batches at once."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from sk_attnseq._data.batches import Batches, TrainingData, concatenate, shuffled_batches
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
    unwatched: bool = False,
) -> Iterator[tuple[State, float, float]]:
    """Train, and yield state, mean loss and accuracy after each epoch.

    Each epoch draws its own random numbers from the seed and the epoch's number, so a
    training that goes on from a pickled state is the same as one that never stopped, but for
    a schedule of the learning rate and for mixtures, which are over these epochs.

    If training is `unwatched`, nobody looks at a state before the last: epochs of few batches
    go into one call, which costs as much as some steps, and each yields the state after the
    last of them. Losses and the last state are the same, to the bit.
    """
    training = _Training(data, architecture, recipe, epochs, seed, device)
    at_once = training.epochs_of_a_call if unwatched else 1
    first = epochs.start
    while first < epochs.stop:
        some = range(first, min(first + at_once, epochs.stop))
        new_state, losses, accuracies = training.run(some, state)
        if len(some) > 1 and not np.isfinite([*losses, *new_state[0]]).all():
            at_once = 1  # from the same state again: what it learned before it diverged is kept
            continue
        state, first = new_state, some.stop
        for loss, accuracy in zip(losses, accuracies, strict=True):
            yield state, loss, accuracy


class _Training:
    """What stays the same from epoch to epoch."""

    def __init__(self, data, architecture, recipe, epochs, seed, device):
        self._shapes = choose_shapes(data, recipe.batch_size, architecture)
        n_labels = 2 if recipe.mixes else 1
        self._program = get_program(
            architecture, self._shapes, n_labels, recipe.dropout > 0, device
        )
        self._costs = Costs(architecture)
        self._dtype = architecture.dtype
        self._data, self._recipe, self._epochs, self._seed = data, recipe, epochs, seed
        self._epoch_steps = -(-len(data) // self._program.batch_size)
        self.epochs_of_a_call = max(1, self._program.max_steps // self._epoch_steps)

    @reports_nothing
    def run(self, some: range, state: State) -> tuple[State, list[float], list[float]]:
        """The state after some epochs, and the mean loss and accuracy of each of them."""
        program = self._program
        totals = np.zeros((len(some), 2))
        step = (some.start - self._epochs.start) * self._epoch_steps
        gradient = program.no_gradient()
        for batches, factors in self._draw_at_once(some) if len(some) > 1 else self._draw(some[0]):
            numbers = self._numbers(batches, step, int(state[3]))
            for call in cut_into_calls(
                batches,
                factors,
                shapes=self._shapes,
                capacities=program.capacities,
                costs=self._costs,
                dtype=self._dtype,
            ):
                state, gradient, metrics = program(state, gradient, call, numbers, self._recipe)
                of_part = call.order[: call.n_parts, 2]  # which batch
                epoch = (step + of_part) // self._epoch_steps - (some.start - self._epochs.start)
                np.add.at(totals, epoch, batches.n_rows[of_part, np.newaxis] * metrics)
            step += batches.n_steps
        weights, momentum, velocity, n_steps = (np.asarray(part) for part in state)
        losses, accuracies = (totals / len(self._data)).T.tolist()
        return (weights, momentum, velocity, n_steps), losses, accuracies

    def _draw(self, epoch) -> Iterator[tuple[Batches, list[np.ndarray]]]:
        """The batches of an epoch, many at once, and the factors of dropout for their rows."""
        rng = np.random.default_rng((self._seed, epoch))
        recipe, program = self._recipe, self._program
        for batches in shuffled_batches(
            self._data,
            max_steps=program.max_steps,
            batch_size=program.batch_size,
            dtype=self._dtype,
            rng=rng,
        ):
            if recipe.mixes:
                mixing = recipe.mixing(epoch - self._epochs.start, len(self._epochs))
                batches = mix(batches, **mixing, rng=rng)
            yield batches, program.draw_factors(batches.n_steps, recipe.dropout, rng)

    def _draw_at_once(self, some):
        """The same of several epochs, which fit into a call."""
        batches, factors = zip(
            *(drawn for epoch in some for drawn in self._draw(epoch)), strict=True
        )
        yield concatenate(batches), list(map(np.concatenate, zip(*factors, strict=True)))

    def _numbers(self, batches, step, n_before):
        """The learning rate of each batch, and how far moving moments move, (max_steps, 2).

        At first moments are plain means, and a batch that is not full counts less.
        """
        steps = np.arange(batches.n_steps)
        rates = self._recipe.learning_rates(step + steps, len(self._epochs) * self._epoch_steps)
        moves = np.maximum(1 - NORM_MOMENTUM, 1 / (n_before + steps + 1))
        moves *= batches.n_rows / min(self._program.batch_size, len(self._data))
        numbers = np.zeros((self._program.max_steps, 2))
        numbers[: batches.n_steps] = np.stack([rates, moves], axis=1)
        return numbers
