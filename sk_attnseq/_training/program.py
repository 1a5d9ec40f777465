"""The training engine: many steps of Adam in one compiled program.

Keras's `fit` returns to Python after each batch, and for a small recurrent network that
costs ten times the arithmetic. Here the loop over batches is itself inside XLA: one call
takes many batches and runs them all. A program is a pure function, weights and
optimizer state in and out, so fits of any number of estimators and threads share it, and
a grid search compiles once for each distinct network.
"""

import contextlib
import functools
import os
import threading

import numpy as np
import tensorflow as tf

from sk_attnseq._data.training_batches import chunk_steps
from sk_attnseq._keras.networks import build_training_network
from sk_attnseq._keras.rebuild_if_cleared import rebuilds_if_session_is_cleared
from sk_attnseq._network.architecture import Architecture
from sk_attnseq._runtime import startup_log
from sk_attnseq._runtime.deferred_signals import signals_deferred
from sk_attnseq._runtime.map_limit import check_memory_maps
from sk_attnseq._training.batch_parts import Call, Stack
from sk_attnseq._training.batch_shapes import Shape
from sk_attnseq._training.devices import CPU
from sk_attnseq._training.losses import LOSSES
from sk_attnseq._training.state import State
from sk_attnseq._training.training_options import TrainingOptions

# Adam's constants as Keras has them (Kingma & Ba, 2015).
_BETA_1, _BETA_2, _EPSILON = 0.9, 0.999, 1e-7


class Program:
    """The compiled training loop for one network and some shapes of parts of batches.

    The shapes of whole batches come first, the narrowest of them first.
    """

    def __init__(
        self,
        architecture: Architecture,
        shapes: tuple[Shape, ...],
        loss: str,
        n_targets: int,
        dropout: bool,
        device: str,
    ):
        self.shapes = shapes
        self._loss = LOSSES[loss]
        self._device = device
        self.batch_size = shapes[0].n_rows
        self._dtype = architecture.dtype
        self._networks = [
            build_training_network(
                architecture,
                n_timesteps=shape.n_timesteps,
                batch_size=shape.n_rows,
                dropout=dropout,
                stopping=device == CPU,
            )
            for shape in shapes
        ]
        network = self._networks[0]
        self._constants = [v.numpy() for v in network.non_trainable_variables]
        self._weight_shapes = [weight.shape for weight in architecture.trainable_weights]
        self._n_moving = architecture.n_moving
        self._kernel_mask = architecture.kernel_mask()
        self._factor_widths = [x.shape[1] for x in network.inputs if x.name.startswith("drop")]
        self._splits = any(shape.n_rows < self.batch_size for shape in shapes)
        self.capacities = tuple(self._capacity(shape, architecture) for shape in shapes)
        self.max_steps = self.capacities[0]  # batches that are drawn together
        vector = tf.TensorSpec((architecture.n_weights,), self._dtype)
        arguments = (
            (vector, vector, vector, tf.TensorSpec((), tf.int32)),
            vector,
            [
                self._stack_spec(shape, capacity, architecture, n_targets)
                for shape, capacity in zip(shapes, self.capacities, strict=True)
            ],
            tf.TensorSpec((sum(self.capacities), 4), tf.int32),
            tf.TensorSpec((), tf.int32),
            tf.TensorSpec((self.max_steps, 2), self._dtype),
            4 * [tf.TensorSpec((), self._dtype)],
        )
        loop = tf.function(self._loop, jit_compile=True, autograph=False)
        self._run = loop.get_concrete_function(*arguments)
        # Compile, by a call for no steps.
        self._run(*tf.nest.map_structure(lambda x: tf.zeros(x.shape, x.dtype), arguments))

    def _capacity(self, shape, architecture):
        """How many parts of a shape a call takes."""
        row_size = shape.n_timesteps * architecture.n_features + sum(self._factor_widths)
        n_bytes = shape.n_rows * row_size * np.dtype(self._dtype).itemsize
        return chunk_steps(n_bytes * len(self.shapes))

    def _stack_spec(self, shape, capacity, architecture, n_targets):
        parts, weights = (capacity, shape.n_rows), (capacity, n_targets, shape.n_rows)
        targets = tf.TensorSpec(weights, tf.int32)
        if architecture.output_activation == "linear":
            targets = tf.TensorSpec((*weights, architecture.n_outputs), self._dtype)
        return Stack(
            tf.TensorSpec((*parts, shape.n_timesteps, architecture.n_features), self._dtype),
            tf.TensorSpec(parts, tf.int32),
            targets,
            tf.TensorSpec(weights, self._dtype),
            [tf.TensorSpec((*parts, width), self._dtype) for width in self._factor_widths],
        )

    def __call__(self, state: State, gradient, call: Call, rates, options: TrainingOptions):
        """Run the parts of a call; return the state, the gradient and the metrics.

        `gradient`, (n_weights,), is that of a batch whose first parts were in the call before.
        `rates`, (max_steps, 2), are the learning rate of each batch and how far the moving moments
        move with it. Metrics, (n_parts, 2), are what each part adds to the loss and the score of
        its batch.
        """
        clipnorm = np.inf if options.clipnorm is None else options.clipnorm
        scalars = [options.weight_decay, clipnorm, options.alpha, options.loss_parameter]
        try:
            with signals_deferred(), tf.device(self._device):
                *new_state, gradient, metrics = self._run(
                    tuple(map(tf.constant, state)),
                    tf.constant(gradient),
                    tf.nest.map_structure(tf.constant, call.stacks),
                    tf.constant(call.order),
                    tf.constant(call.n_parts),
                    tf.constant(rates, self._dtype),
                    [tf.constant(scalar, self._dtype) for scalar in scalars],
                )
                return tuple(new_state), gradient, metrics.numpy()[: call.n_parts]
        except tf.errors.ResourceExhaustedError as error:
            raise MemoryError(
                f"A training step needs more memory than {self._device} has: lower batch_size or "
                "units, or shorten the sequences, with pool_size or beforehand. (TensorFlow says: "
                f"{error.message})"
            ) from error

    def draw_factors(
        self, n_steps: int, dropout: float, rng: np.random.Generator
    ) -> list[np.ndarray]:
        """Random factors for each place of dropout: 0, or what makes up for the zeros."""
        return [
            (rng.random((n_steps, self.batch_size, width), np.float32) >= dropout).astype(
                self._dtype
            )
            / np.dtype(self._dtype).type(1 - dropout)
            for width in self._factor_widths
        ]

    def _loop(self, state, gradient, stacks, order, n_parts, rates, scalars):
        weight_decay, clipnorm, alpha, loss_parameter = scalars

        def part(p, *carried):
            *state, gradient, metrics = carried
            shape, place, batch, is_last = tf.unstack(order[p])
            is_last = is_last > 0
            # The penalty is the batch's, and counts with the last of its parts.
            alpha_here = tf.where(is_last, alpha, 0) if self._splits else alpha
            arguments = (state[0], place, alpha_here, loss_parameter)
            of_shapes = [
                functools.partial(self._measure, network, stack, *arguments)
                for network, stack in zip(self._networks, stacks, strict=True)
            ]
            loss, score, of_part, moments = (
                of_shapes[0]() if len(of_shapes) == 1 else tf.switch_case(shape, of_shapes)
            )

            def step(gradient):
                learning_rate, move = tf.unstack(tf.gather(rates, batch))
                clipped = gradient * tf.minimum(clipnorm / tf.norm(gradient), 1)
                decay = learning_rate * weight_decay
                flat, *adam = self._adam(state, clipped, learning_rate, decay)
                return (self._moved(flat, moments, move) if moments else flat), *adam

            if self._splits:
                total = gradient + of_part
                after = tf.cond(
                    is_last, lambda: (*step(total), tf.zeros_like(total)), lambda: (*state, total)
                )
            else:
                after = (*step(of_part), gradient)
            return p + 1, *after, metrics.write(p, tf.stack([loss, score]))

        metrics = tf.TensorArray(gradient.dtype, order.shape[0], element_shape=(2,))
        start = (0, *state, gradient, metrics)
        _, *state, gradient, metrics = tf.while_loop(lambda p, *_: p < n_parts, part, start)
        return *state, gradient, metrics.stack()

    def _measure(self, network, stack, flat, place, alpha, loss_parameter):
        """Loss, score, gradient and moments of a part, by the network of its shape."""
        # Not `x[place]`: XLA would take the begin of a slice, and so all of `order`, for
        # constants, and compile anew for each other one.
        values, lengths, targets, weights, factors = tf.nest.map_structure(
            functools.partial(tf.gather, indices=place), stack
        )
        with tf.GradientTape() as tape:
            tape.watch(flat)
            of_rows = [tf.reduce_sum(weights, axis=0)] if self._n_moving else []
            outputs, moments = self._outputs(network, flat, [values, lengths, *of_rows, *factors])
            loss, score = self._loss.measure(outputs, targets, weights, loss_parameter)
            loss += alpha * tf.reduce_sum(self._kernel_mask * tf.square(flat))
        return loss, score, tape.gradient(loss, flat), moments

    def _adam(self, state, gradient, learning_rate, decay):
        """All weights are one vector, and so is Adam's step: fewer kernels to compile and to
        run than one for each weight.
        """
        flat, momentum, velocity, count = state
        count += 1
        t = tf.cast(count, flat.dtype)
        rate = learning_rate * tf.sqrt(1 - _BETA_2**t) / (1 - _BETA_1**t)
        momentum += (gradient - momentum) * (1 - _BETA_1)
        velocity += (tf.square(gradient) - velocity) * (1 - _BETA_2)
        flat -= flat * (decay * self._kernel_mask)
        flat -= rate * momentum / (tf.sqrt(velocity) + _EPSILON)
        return flat, momentum, velocity, count

    def _outputs(self, network, flat, inputs):
        """The network's outputs (rows, n_outputs), and the moments of the batch."""
        sizes = [int(np.prod(shape)) for shape in self._weight_shapes]
        parts = tf.split(flat, [*sizes, self._n_moving])[:-1]
        variables = [
            tf.reshape(part, shape) for part, shape in zip(parts, self._weight_shapes, strict=True)
        ]
        of_network, _ = network.stateless_call(variables, self._constants, inputs, training=True)
        outputs, *moments = tf.nest.flatten(of_network)  # of a list of one, Keras gives the one
        return outputs, moments

    def _moved(self, flat, moments, part):
        """The weights, of which the moving moments went a part of the way to a batch's."""
        trained, moving = tf.split(flat, [-1, self._n_moving])
        moving += part * (tf.concat(moments, axis=0) - moving)
        return tf.concat([trained, moving], axis=0)


_locks: dict[tuple, threading.Lock] = {}


def get_program(
    architecture: Architecture,
    shapes: tuple[Shape, ...],
    loss: str,
    n_targets: int,
    dropout: bool,
    device: str = CPU,
) -> Program:
    """The program for these shapes, compiled when first asked for.

    All are kept, because TensorFlow never gives back a compiled program's memory: the one way
    not to grow is not to compile the same program twice.
    """
    key = (architecture, shapes, loss, n_targets, dropout, device)
    # Two threads that want the same program get one, and no other thread waits for it.
    with _locks.setdefault(key, threading.Lock()):
        return _compile(*key)


@functools.cache  # what raises is not kept
@rebuilds_if_session_is_cleared
def _compile(architecture, shapes, loss, n_targets, dropout, device):
    check_memory_maps()
    # With a persistent cache, XLA loads programs with errors in its log that are none; in double
    # precision, it tells how it computes square roots.
    has_cache = "--tf_xla_persistent_cache_directory" in os.environ.get("TF_XLA_FLAGS", "")
    talks = has_cache or architecture.dtype == "float64"
    quiet = startup_log.silenced() if talks else contextlib.nullcontext()
    with quiet, tf.device(device):
        return Program(architecture, shapes, loss, n_targets, dropout, device)
