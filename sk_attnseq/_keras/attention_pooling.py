"""Attention pooling for the training engine."""

import keras
import tensorflow as tf


class AttentionPooling(keras.layers.Layer):
    """A learned weighted mean over the timesteps, in the layout of the LSTM's loops.

    Those have the timesteps first and the batch last. Here the outputs are used so, and the
    transpositions to Keras's layout and back cancel out.
    """

    def __init__(self, **kwargs):
        super().__init__(**kwargs)
        self.supports_masking = True

    def build(self, input_shape):
        # By default, Keras would draw a seed from Python's global generator, which is the user's.
        self.kernel = self.add_weight((input_shape[-1], 1), initializer="zeros", name="kernel")
        self.bias = self.add_weight((1,), initializer="zeros", name="bias")

    def call(self, inputs, mask):
        """(batch, timesteps, features), mask (batch, timesteps) -> (batch, features)."""
        x = tf.transpose(inputs, (1, 2, 0))  # (timesteps, features, batch)
        kernel = tf.convert_to_tensor(self.kernel)
        scores = tf.reduce_sum(x * kernel, axis=1) + self.bias  # (timesteps, batch)
        scores = tf.where(tf.transpose(mask), scores, scores.dtype.min)
        weights = tf.nn.softmax(scores, axis=0)
        return tf.transpose(tf.reduce_sum(x * weights[:, tf.newaxis], axis=0))

    def compute_mask(self, inputs, mask):
        """There are no timesteps any more, and so nothing that a mask could be of."""
        return None
