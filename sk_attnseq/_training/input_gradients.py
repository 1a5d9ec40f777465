"""How what a network predicts changes with the values of a sequence."""

import functools
from collections.abc import Callable

import numpy as np
import tensorflow as tf

from sk_attnseq._keras.networks import build_network
from sk_attnseq._keras.rebuild_if_cleared import rebuilds_if_session_is_cleared
from sk_attnseq._network.architecture import Architecture
from sk_attnseq._runtime.deferred_signals import signals_deferred
from sk_attnseq._training.user_model import is_moving


@functools.lru_cache(maxsize=16)
@rebuilds_if_session_is_cleared
def output_gradients(
    architecture: Architecture,
) -> Callable[[np.ndarray, np.ndarray, np.ndarray], np.ndarray]:
    """Make the function that gives gradients of outputs by the sequences.

    It takes the flat vector of all weights; sequences (n_samples, n_timesteps, n_features) with
    NaN as padding; and the index of an output for each (n_samples,). It returns the gradient of
    that output, the probability of a class or a standardized number, in the shape of the sequences;
    0 in padding. The functions of the last 16 architectures are kept, for all networks that have
    them.
    """
    network, dtype = build_network(architecture), architecture.dtype
    states = [(is_moving(v), v.numpy()) for v in network.non_trainable_variables]

    def gradients(trainable, moving, sequences, chosen):
        moving = iter(moving)
        others = [next(moving) if moves else value for moves, value in states]
        with tf.GradientTape() as tape:
            tape.watch(sequences)
            # A sequence's outputs depend on no other, so one gradient is of all.
            outputs, _ = network.stateless_call(trainable, others, sequences, training=False)
            of_chosen = tf.gather(outputs, chosen, axis=1, batch_dims=1)
        return tape.gradient(of_chosen, sequences)

    # One graph serves all shapes. Operation by operation, an LSTM takes 20 times as long.
    graph = tf.function(gradients, autograph=False).get_concrete_function(
        [tf.TensorSpec(weight.shape, dtype) for weight in architecture.trainable_weights],
        [tf.TensorSpec(weight.shape, dtype) for weight in architecture.moving_weights],
        tf.TensorSpec(network.input.shape, dtype),
        tf.TensorSpec((None,), tf.int64),
    )

    @signals_deferred()
    def run(flat, sequences, chosen):
        weights = architecture.split(flat)
        trainable, moving = (
            [tf.constant(weights[weight.name], dtype) for weight in some]
            for some in (architecture.trainable_weights, architecture.moving_weights)
        )
        sequences, chosen = tf.constant(sequences, dtype), tf.constant(chosen, tf.int64)
        return graph(trainable, moving, sequences, chosen).numpy()

    return run
