"""The training engine: many steps of Adam in one compiled program.

Keras's `fit` returns to Python after each batch, and for a small recurrent network that
costs ten times the arithmetic. Here the loop over batches is itself inside XLA: one call
takes a chunk of batches and runs them all. A program is a pure function, weights and
optimizer state in and out, so fits of any number of estimators and threads share it, and
a grid search compiles once for each distinct network.
"""

from __future__ import annotations

import functools
import threading

import numpy as np
import tensorflow as tf

from sk_attnseq._data.batches import Chunk, chunk_steps
from sk_attnseq._keras.networks import build_training_network
from sk_attnseq._network.architecture import Architecture
from sk_attnseq._runtime.interrupts import interrupts_wait
from sk_attnseq._runtime.memory_maps import check_memory_maps
from sk_attnseq._training.objective import measure
from sk_attnseq._training.recipe import Recipe
from sk_attnseq._training.state import State

# Adam's constants as Keras has them (Kingma & Ba, 2015).
_BETA_1, _BETA_2, _EPSILON = 0.9, 0.999, 1e-7


class Program:
    """The compiled training loop for one network and one shape of batches."""

    def __init__(
        self,
        architecture: Architecture,
        n_timesteps: int,
        batch_size: int,
        n_labels: int,
        dropout: bool,
    ):
        self.batch_size = batch_size
        self._dtype = architecture.dtype
        self._network = build_training_network(
            architecture, n_timesteps=n_timesteps, batch_size=batch_size, dropout=dropout
        )
        self._constants = [v.numpy() for v in self._network.non_trainable_variables]
        self._shapes = [weight.shape for weight in architecture.trainable_weights]
        self._n_moving = architecture.n_moving
        self._kernel_mask = architecture.kernel_mask()
        self._factor_widths = [
            x.shape[1] for x in self._network.inputs if x.name.startswith("drop")
        ]
        row_size = n_timesteps * architecture.n_features + sum(self._factor_widths)
        self.steps = chunk_steps(batch_size * row_size * np.dtype(self._dtype).itemsize)
        batches = (self.steps, batch_size)
        labels = (self.steps, n_labels, batch_size)
        vector = tf.TensorSpec((architecture.n_weights,), self._dtype)
        self._run = tf.function(
            self._loop, jit_compile=True, autograph=False
        ).get_concrete_function(
            (vector, vector, vector, tf.TensorSpec((), tf.int32)),
            (
                tf.TensorSpec((*batches, n_timesteps, architecture.n_features), self._dtype),
                tf.TensorSpec(batches, tf.int32),
                tf.TensorSpec(labels, tf.int32),
                tf.TensorSpec(labels, self._dtype),
            ),
            tf.TensorSpec((), tf.int32),
            [tf.TensorSpec((*batches, width), self._dtype) for width in self._factor_widths],
            tf.TensorSpec((self.steps, 2), self._dtype),
            tf.TensorSpec((4,), self._dtype),
        )

    def __call__(self, state: State, chunk: Chunk, factors, numbers, recipe: Recipe):
        """Run the chunk's steps; return the new state, and loss and accuracy of each step.

        `numbers` (steps, 2) are the learning rate of each step, and how far the moving moments
        move.
        """
        clipnorm = np.inf if recipe.clipnorm is None else recipe.clipnorm
        scalars = [recipe.weight_decay, clipnorm, recipe.alpha, recipe.label_smoothing]
        with interrupts_wait():
            *new_state, metrics = self._run(
                tuple(map(tf.constant, state)),
                tuple(map(tf.constant, chunk[:4])),
                tf.constant(chunk.n_steps),
                [tf.constant(factor) for factor in factors],
                tf.constant(numbers, self._dtype),
                tf.constant(scalars, self._dtype),
            )
            return tuple(new_state), metrics.numpy()

    def draw_factors(self, dropout: float, rng: np.random.Generator) -> list[np.ndarray]:
        """Random factors for each place of dropout: 0, or what makes up for the zeros."""
        return [
            (rng.random((self.steps, self.batch_size, width), np.float32) >= dropout).astype(
                self._dtype
            )
            / np.dtype(self._dtype).type(1 - dropout)
            for width in self._factor_widths
        ]

    def _loop(self, state, batches, n_steps, factors, numbers, scalars):
        values, lengths, targets, weights = batches
        weight_decay, clipnorm, alpha, label_smoothing = tf.unstack(scalars)

        def step(i, flat, momentum, velocity, count, metrics):
            learning_rate, move = tf.unstack(numbers[i])
            dropped = [factor[i] for factor in factors]
            with tf.GradientTape() as tape:
                tape.watch(flat)
                inputs = [values[i], lengths[i]]
                if self._n_moving:
                    inputs.append(tf.reduce_sum(weights[i], axis=0))
                logits, moments = self._outputs(flat, [*inputs, *dropped])
                loss, accuracy = measure(logits, targets[i], weights[i], label_smoothing)
                loss += alpha * tf.reduce_sum(self._kernel_mask * tf.square(flat))
            gradient = tape.gradient(loss, flat)
            gradient *= tf.minimum(clipnorm / tf.norm(gradient), 1)
            # All weights are one vector, and so is Adam's step: fewer kernels to compile
            # and to run than one for each weight.
            count += 1
            t = tf.cast(count, flat.dtype)
            rate = learning_rate * tf.sqrt(1 - _BETA_2**t) / (1 - _BETA_1**t)
            momentum += (gradient - momentum) * (1 - _BETA_1)
            velocity += (tf.square(gradient) - velocity) * (1 - _BETA_2)
            flat -= flat * (learning_rate * weight_decay * self._kernel_mask)
            flat -= rate * momentum / (tf.sqrt(velocity) + _EPSILON)
            if moments:
                flat = self._moved(flat, moments, move)
            metrics = metrics.write(i, tf.stack([loss, accuracy]))
            return i + 1, flat, momentum, velocity, count, metrics

        metrics = tf.TensorArray(state[0].dtype, self.steps, element_shape=(2,))
        _, *state, metrics = tf.while_loop(lambda i, *_: i < n_steps, step, (0, *state, metrics))
        return *state, metrics.stack()

    def _outputs(self, flat, inputs):
        """Logits (batch, classes), and the moments of the batch."""
        sizes = [int(np.prod(shape)) for shape in self._shapes]
        parts = tf.split(flat, [*sizes, self._n_moving])[:-1]
        variables = [
            tf.reshape(part, shape) for part, shape in zip(parts, self._shapes, strict=True)
        ]
        outputs, _ = self._network.stateless_call(variables, self._constants, inputs, training=True)
        logits, *moments = tf.nest.flatten(outputs)  # of a list of one, Keras gives the one
        return logits, moments

    def _moved(self, flat, moments, part):
        """The weights, of which the moving moments went a part of the way to a batch's."""
        trained, moving = tf.split(flat, [-1, self._n_moving])
        moving += part * (tf.concat(moments, axis=0) - moving)
        return tf.concat([trained, moving], axis=0)


_locks: dict[tuple, threading.Lock] = {}


def get_program(
    architecture: Architecture, n_timesteps: int, batch_size: int, n_labels: int, dropout: bool
) -> Program:
    """The program for these shapes: traced when first asked for, compiled when first called.

    The last 128 are kept, because TensorFlow never gives back a compiled program's memory:
    the one way not to grow is not to compile the same program twice.
    """
    shape = (architecture, n_timesteps, batch_size, n_labels, dropout)
    # Two threads that want the same program get one, and no other thread waits for it.
    with _locks.setdefault(shape, threading.Lock()):
        return _compile(*shape)


@functools.lru_cache(maxsize=128)
def _compile(architecture, n_timesteps, batch_size, n_labels, dropout):
    check_memory_maps()
    return Program(architecture, n_timesteps, batch_size, n_labels, dropout)


def _start_devices():
    """Compile something small: what TensorFlow logs once a process, it logs on import."""
    two_fused_operations = tf.function(
        lambda x: tf.tanh(2.0 * x), jit_compile=True, autograph=False
    )
    two_fused_operations(tf.zeros((8, 8)))


_start_devices()
