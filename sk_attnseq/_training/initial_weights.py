"""The state before the first step: weights drawn by Keras's initializers."""

import keras
import numpy as np
import tensorflow as tf

from sk_attnseq._network.architecture import Architecture
from sk_attnseq._runtime.deferred_signals import signals_deferred
from sk_attnseq._training.devices import CPU
from sk_attnseq._training.state import State


@signals_deferred()  # TensorFlow would make an error of its own of a handler's
def initial_state(architecture: Architecture, seed: int) -> State:
    """Initial weights, moments of 0 and no steps."""
    seeds = np.random.SeedSequence(seed).generate_state(len(architecture.weights))
    parts = [
        np.ravel(_initial_value(weight, int(weight_seed)))
        for weight, weight_seed in zip(architecture.weights, seeds, strict=True)
    ]
    weights = np.concatenate(parts).astype(architecture.dtype)
    return weights, np.zeros_like(weights), np.zeros_like(weights), np.array(0, np.int32)


def _initial_value(weight, seed):
    if weight.initializer == "lstm_bias":
        # Gates input, forget, cell, output; the forget gate starts open.
        return np.repeat([0.0, 1.0, 0.0, 0.0], weight.shape[0] // 4)
    if weight.initializer == "zeros":
        return np.zeros(weight.shape)
    if weight.initializer == "ones":
        return np.ones(weight.shape)
    return _draw(weight, seed)


def _draw(weight, seed):
    orthogonal = weight.initializer == "orthogonal"
    initializer = keras.initializers.Orthogonal if orthogonal else keras.initializers.GlorotUniform
    with tf.device(CPU):  # so that all devices start from the same bits
        return initializer(seed=seed)(weight.shape, "float32")
