"""Convolution, batch normalization and mean pooling for the training engine."""

import keras
import tensorflow as tf

from sk_attnseq._network.architecture import NORM_EPSILON


class Convolution(keras.layers.Conv1D):
    """Keras's Conv1D with zeros around the sequence, as one product of two matrices.

    XLA's own convolution takes 30 times as long on a CPU, most of it for its gradient.
    """

    def call(self, inputs):
        batch, n_timesteps, n_features = inputs.shape
        (size,) = self.kernel_size
        padded = tf.pad(inputs, ((0, 0), ((size - 1) // 2, size // 2), (0, 0)))
        # (batch * timesteps, size * features): each timestep with its neighbors
        shifted = [padded[:, i : i + n_timesteps] for i in range(size)]
        windows = tf.concat([tf.reshape(x, (-1, n_features)) for x in shifted], axis=1)
        kernel = tf.reshape(self.kernel, (size * n_features, self.filters))
        product = tf.matmul(windows, kernel)
        return tf.reshape(product, (batch, n_timesteps, self.filters))


class BatchNormalization(keras.layers.Layer):
    """Batch normalization by moments of the real timesteps, weighted; it returns them, too.

    Ioffe & Szegedy (2015), "Batch Normalization: Accelerating Deep Network Training by
    Reducing Internal Covariate Shift". Keras's layer would keep the moving moments in
    variables; here they are for the training loop to keep, which has no variables.
    """

    def build(self, input_shape):
        width = input_shape[-1:]
        self.gamma = self.add_weight(shape=width, initializer="ones", name="gamma")
        self.beta = self.add_weight(shape=width, initializer="zeros", name="beta")

    def call(self, inputs, weights):
        """Normalize (batch, timesteps, features), with a weight (batch, timesteps) for each."""
        share = tf.reshape(weights / tf.reduce_sum(weights), (1, -1))
        flat = tf.reshape(inputs, (-1, inputs.shape[2]))
        mean = tf.matmul(share, flat)  # (1, features)
        # The variance has no gradient by the mean: what it would be adds up to 0.
        variance = tf.matmul(share, tf.square(flat - tf.stop_gradient(mean)))
        scale = self.gamma * tf.math.rsqrt(variance + NORM_EPSILON)
        return inputs * scale + (self.beta - mean * scale), mean[0], variance[0]


class MeanPooling(keras.layers.Layer):
    """Means of so many timesteps each; a sequence's last one is of what is left."""

    def __init__(self, pool_size: int, **kwargs):
        super().__init__(**kwargs)
        self.pool_size = pool_size

    def call(self, inputs, lengths):
        """Pool (batch, timesteps, features), where padding is 0; return means and lengths."""
        batch, n_timesteps, n_features = inputs.shape
        size = min(self.pool_size, n_timesteps)  # larger windows hold no more
        # At least two, though the second be padding: Keras warns of a softmax over one value.
        n_pooled = max(2, -(-n_timesteps // size))
        padded = tf.pad(inputs, ((0, 0), (0, n_pooled * size - n_timesteps), (0, 0)))
        windows = tf.reshape(padded, (batch, n_pooled, size, n_features))
        # (batch, pooled timesteps): how many of each window are real; 1 where all is padding
        n_real = tf.clip_by_value(lengths[:, tf.newaxis] - size * tf.range(n_pooled), 1, size)
        means = tf.reduce_sum(windows, axis=2) / tf.cast(n_real, inputs.dtype)[..., tf.newaxis]
        pooled_lengths = -(-lengths // size)
        return means, pooled_lengths
