"""What training changes, and how it starts."""

from __future__ import annotations

import keras
import numpy as np
import tensorflow as tf

from sk_attnseq._network.architecture import Architecture
from sk_attnseq._runtime.deferred_signals import signals_deferred
from sk_attnseq._training.devices import CPU

# The weights and Adam's two moments, each (n_weights,), and the number of steps. A plain
# tuple, so that it is pickled with an estimator as it is.
State = tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]


def is_finite(state: State, losses) -> bool:
    """Whether neither weights nor losses have overflowed."""
    return bool(np.isfinite(losses).all() and np.isfinite(state[0]).all())


@signals_deferred()  # TensorFlow would make an error of its own of a handler's
def initial_state(architecture: Architecture, seed: int) -> State:
    """Weights drawn by Keras's initializers, before the first step."""
    seeds = np.random.SeedSequence(seed).generate_state(len(architecture.weights))
    parts = []
    for weight, weight_seed in zip(architecture.weights, seeds, strict=True):
        if weight.initializer == "lstm_bias":
            # Gates input, forget, cell, output; the forget gate starts open.
            value = np.repeat([0.0, 1.0, 0.0, 0.0], weight.shape[0] // 4)
        elif weight.initializer == "zeros":
            value = np.zeros(weight.shape)
        elif weight.initializer == "ones":
            value = np.ones(weight.shape)
        else:
            value = _draw(weight, int(weight_seed))
        parts.append(np.ravel(value))
    weights = np.concatenate(parts).astype(architecture.dtype)
    return weights, np.zeros_like(weights), np.zeros_like(weights), np.array(0, np.int32)


def _draw(weight, seed):
    orthogonal = weight.initializer == "orthogonal"
    initializer = keras.initializers.Orthogonal if orthogonal else keras.initializers.GlorotUniform
    with tf.device(CPU):  # so that all devices start from the same bits
        return initializer(seed=seed)(weight.shape, "float32")
