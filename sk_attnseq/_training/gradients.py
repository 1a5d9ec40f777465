"""How the probability of a class changes with the values of a sequence."""

from __future__ import annotations

import functools
from collections.abc import Callable

import keras
import numpy as np
import tensorflow as tf

from sk_attnseq._keras.session import in_one_session
from sk_attnseq._runtime.interrupts import interrupts_wait


@functools.lru_cache(maxsize=16)
@in_one_session
def class_gradients(model: keras.Model) -> Callable[[np.ndarray, np.ndarray], np.ndarray]:
    """Make the function that gives gradients of probabilities by the sequences.

    It takes sequences (n_samples, n_timesteps, n_features) with NaN as padding, and the index of
    a class for each (n_samples,). It returns the gradient of that class's probability, in the
    shape of the sequences; 0 in padding. The functions of the last 16 models are kept.
    """

    def gradients(sequences, classes):
        with tf.GradientTape() as tape:
            tape.watch(sequences)
            # A sequence's probabilities depend on no other, so one gradient is of all.
            probabilities = model(sequences, training=False)
            of_class = tf.gather(probabilities, classes, axis=1, batch_dims=1)
        return tape.gradient(of_class, sequences)

    # One graph serves all shapes. Operation by operation, an LSTM takes 20 times as long.
    dtype = model.input.dtype
    graph = tf.function(gradients, autograph=False).get_concrete_function(
        tf.TensorSpec(model.input.shape, dtype), tf.TensorSpec((None,), tf.int64)
    )

    @interrupts_wait()
    def run(sequences, classes):
        return graph(tf.constant(sequences, dtype), tf.constant(classes, tf.int64)).numpy()

    return run
