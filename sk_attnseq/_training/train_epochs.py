"""Training: the data of an epoch, or of several, go through the compiled program.

samples in random order   (n_samples,)
-> Batches              (steps, batch_size) samples, targets, weights; up to 256 steps at once
-> parts                a batch, or its short rows and each long row by itself
-> Call                 a stack of parts for each shape, and the order in which they come
-> Program              one step of Adam after the last part of each batch
"""

import time
from collections.abc import Iterator

import numpy as np

from sk_attnseq._data.mixing import mix
from sk_attnseq._data.training_batches import Batches, concatenate, shuffled_batches
from sk_attnseq._data.training_data import TrainingData
from sk_attnseq._network.architecture import NORM_MOMENTUM, Architecture
from sk_attnseq._runtime.floating_point import ignores_floating_point_errors
from sk_attnseq._training.batch_parts import BATCH, cut_into_calls
from sk_attnseq._training.batch_shapes import check_attention_fits, choose_shapes
from sk_attnseq._training.devices import CPU
from sk_attnseq._training.program import get_program
from sk_attnseq._training.state import State, is_finite
from sk_attnseq._training.training_options import TrainingOptions

# Epochs that are trained together take about this long at most, as Ctrl-C waits for them, and as
# those of a training that diverges are trained again. What is saved is 2 ms an epoch.
_SECONDS_TOGETHER = 0.25


def train_epochs(
    data: TrainingData,
    state: State,
    *,
    architecture: Architecture,
    options: TrainingOptions,
    epochs: range,
    seed: int,
    device: str = CPU,
    unwatched: bool = False,
    in_stream: bool = False,
) -> Iterator[tuple[State, float, float]]:
    """Train, and yield state, mean loss and mean score after each epoch.

    Each epoch draws its own random numbers from the seed and the epoch's number, so a
    training that goes on from a pickled state is the same as one that never stopped, but for
    a schedule of the learning rate and for mixtures, which are over these epochs.

    If training is `unwatched`, nobody looks at a state before the last. Then epochs of few
    batches are trained together, and each yields the state after the last of them. Losses and
    the last state are the same, to the bit.

    If the data are one of many chunks (`in_stream`), the chunks share a few programs.
    """
    shapes = choose_shapes(data, options.batch_size, architecture, in_stream=in_stream)
    if device == CPU:  # the memory of a GPU is not known
        check_attention_fits(architecture, shapes)
    trainer = _Trainer(data, architecture, options, epochs, seed, device, shapes)
    n_together, first = 1, epochs.start
    while first < epochs.stop:
        group = range(first, min(first + n_together, epochs.stop))
        started = time.perf_counter()
        new_state, losses, scores = trainer.train(group, state)
        seconds = (time.perf_counter() - started) / len(group)
        if len(group) > 1 and not is_finite(new_state, losses):
            # Again from the same state, one by one: what it learned before it diverged is kept.
            n_together, unwatched = 1, False
            continue
        state, first = new_state, group.stop
        for loss, score in zip(losses, scores, strict=True):
            yield state, loss, score
        if unwatched:
            n_together = int(np.clip(_SECONDS_TOGETHER // seconds, 1, trainer.max_together))


class _Trainer:
    """Trains for some epochs of a training."""

    def __init__(self, data, architecture, options, epochs, seed, device, shapes):
        self._data, self._architecture, self._options = data, architecture, options
        self._epochs, self._seed = epochs, seed
        n_targets = 2 if options.mixes else 1
        self._program = get_program(
            architecture, shapes, options.loss, n_targets, options.dropout > 0, device
        )
        self._epoch_steps = -(-len(data) // self._program.batch_size)
        # Epochs whose batches can be drawn together.
        self.max_together = max(1, self._program.max_steps // self._epoch_steps)

    @ignores_floating_point_errors
    def train(self, group: range, state: State) -> tuple[State, list[float], list[float]]:
        """The state after some epochs, and the mean loss and score of each of them."""
        program = self._program
        totals = np.zeros((len(group), 2))
        first_step = step = (group.start - self._epochs.start) * self._epoch_steps
        # Of the parts of a batch that were in the calls before.
        gradient = np.zeros(len(state[0]), self._architecture.dtype)
        drawn = self._draw(group[0]) if len(group) == 1 else [self._draw_together(group)]
        for batches, factors in drawn:
            rates = self._rates(batches, step, n_steps_before=int(state[3]))
            for call in cut_into_calls(
                batches, factors, self._architecture, program.shapes, program.capacities
            ):
                state, gradient, metrics = program(state, gradient, call, rates, self._options)
                batch = call.order[: call.n_parts, BATCH]  # that each part is of
                epoch = (step - first_step + batch) // self._epoch_steps
                np.add.at(totals, epoch, batches.n_rows[batch, np.newaxis] * metrics)
            step += batches.n_steps
        weights, momentum, velocity, n_steps = (np.asarray(part) for part in state)
        losses, scores = (totals / len(self._data)).T.tolist()
        return (weights, momentum, velocity, n_steps), losses, scores

    def _draw(self, epoch) -> Iterator[tuple[Batches, list[np.ndarray]]]:
        """The batches of an epoch, many at a time, and the factors of dropout for their rows."""
        rng = np.random.default_rng((self._seed, epoch))
        options, program = self._options, self._program
        for batches in shuffled_batches(
            self._data,
            max_steps=program.max_steps,
            batch_size=program.batch_size,
            dtype=self._architecture.dtype,
            rng=rng,
        ):
            if options.mixes:
                mixing = options.mixing(epoch - self._epochs.start, len(self._epochs))
                batches = mix(batches, **mixing, rng=rng)
            yield batches, program.draw_factors(batches.n_steps, options.dropout, rng)

    def _draw_together(self, group):
        """The same of all batches of several epochs, one after the other."""
        of_epochs = [drawn for epoch in group for drawn in self._draw(epoch)]
        batches, factors = zip(*of_epochs, strict=True)
        return concatenate(batches), list(map(np.concatenate, zip(*factors, strict=True)))

    def _rates(self, batches, step, *, n_steps_before):
        """The learning rate of each batch, and how far moving moments move, (max_steps, 2).

        At first moments are plain means, and a batch that is not full counts less.
        """
        steps = np.arange(batches.n_steps)
        rates = self._options.learning_rates(step + steps, len(self._epochs) * self._epoch_steps)
        moves = np.maximum(1 - NORM_MOMENTUM, 1 / (n_steps_before + steps + 1))
        moves *= batches.n_rows / min(self._program.batch_size, len(self._data))
        padded = np.zeros((self._program.max_steps, 2))
        padded[: batches.n_steps] = np.stack([rates, moves], axis=1)
        return padded
