"""The three networks as Keras models, layer for layer.

`build_network` makes the model that users get: built of Keras's own layers alone, so
that it saves, loads and trains on anywhere Keras is. `build_training_network` makes the
same layers with the same weights in the form that the training engine compiles.
"""

from __future__ import annotations

from collections.abc import Callable

import keras
from keras import layers, ops

from sk_attnseq._architecture import Architecture
from sk_attnseq._recurrent import StoppingLSTM

# Every initializer and generator gets a seed, because Keras would draw a missing one
# from Python's global generator, which is the user's. Weights are set after building.
_SEED = 0


def build_network(
    architecture: Architecture, *, dropout: float = 0.0, alpha: float = 0.0
) -> keras.Model:
    """Build the network for users: sequences in, class probabilities out.

    Parameters
    ----------
    architecture : Architecture
    dropout : float, default=0.0
        Fraction dropped between the LSTM layers and before the hidden layer.
    alpha : float, default=0.0
        L2 penalty of all kernels.

    Returns
    -------
    model : keras.Model
        Maps (n_samples, n_timesteps, n_features), of any number of timesteps and with
        NaN in timesteps that are padding, to (n_samples, n_classes).
    """
    sequences = keras.Input(
        (None, architecture.n_features), name="sequences", dtype=architecture.dtype
    )
    mask = ops.logical_not(ops.any(ops.isnan(sequences), axis=-1))

    def drop(x, layer_index):
        if not dropout:
            return x
        # One mask per sequence: between LSTM layers, a feature is dropped from all
        # timesteps or from none (Gal & Ghahramani, 2016).
        layer = layers.SpatialDropout1D if x.ndim == 3 else layers.Dropout
        return layer(dropout, seed=_SEED, dtype=architecture.dtype, name=f"drop_{layer_index}")(x)

    penalty = keras.regularizers.L2(alpha) if alpha else None
    builder = _Builder(architecture, layers.LSTM, drop, "softmax", penalty)
    probabilities = builder.outputs(ops.nan_to_num(sequences), mask)
    return keras.Model(sequences, probabilities, name="attention_sequence_classifier")


def build_training_network(
    architecture: Architecture, *, n_timesteps: int, batch_size: int, dropout: bool
) -> keras.Model:
    """Build the network for the training engine: fixed shapes in, logits out.

    Inputs are the zero-padded sequences (batch_size, n_timesteps, n_features), their
    lengths (batch_size,) and, with dropout, for each place where features are dropped
    the factors (batch_size, width) by which they are multiplied: random numbers are
    drawn in bulk by NumPy, as XLA's on a CPU would take longer than the network.
    """
    dtype = architecture.dtype
    shape = (batch_size, n_timesteps, architecture.n_features)
    sequences = keras.Input(batch_shape=shape, name="sequences", dtype=dtype)
    lengths = keras.Input(batch_shape=(batch_size,), name="lengths", dtype="int32")
    mask = ops.expand_dims(lengths, 1) > ops.expand_dims(ops.arange(n_timesteps), 0)
    factors = []

    def drop(x, layer_index):
        if not dropout:
            return x
        factor = keras.Input(
            batch_shape=(batch_size, x.shape[-1]), dtype=dtype, name=f"drop_{layer_index}"
        )
        factors.append(factor)
        return x * (ops.expand_dims(factor, 1) if x.ndim == 3 else factor)

    logits = _Builder(architecture, StoppingLSTM, drop, "linear").outputs(sequences, mask)
    return keras.Model([sequences, lengths, *factors], logits)


class _Builder:
    """Puts the layers of one architecture together, whatever the LSTM class."""

    def __init__(
        self,
        architecture: Architecture,
        lstm: type[layers.LSTM],
        drop: Callable,
        activation: str,
        penalty: keras.regularizers.Regularizer | None = None,
    ):
        self.architecture = architecture
        self.lstm = lstm
        self.drop = drop
        self.activation = activation
        self.penalty = penalty

    def outputs(self, x, mask):
        """(batch, timesteps, features), mask (batch, timesteps) -> (batch, classes)."""
        architecture = self.architecture
        last = len(architecture.units) - 1
        for index, units in enumerate(architecture.units):
            only_last_output = index == last and architecture.attention is None
            x = self._recurrent(index, units, not only_last_output)(x, mask=mask)
            if index < last:
                x = self.drop(x, index)
        if architecture.attention == "pooling":
            x = self._pool(x, mask)
        elif architecture.attention == "multihead":
            x = self._attend(x, mask)
        x = self.drop(x, last)  # (batch, lstm_widths[-1])
        x = self._dense("hidden", architecture.hidden_units, activation="relu")(x)
        return self._dense("output", architecture.n_classes, self.activation)(x)

    def _recurrent(self, index, units, return_sequences):
        name, dtype = f"lstm_{index}", self.architecture.dtype
        layer = self.lstm(
            units,
            return_sequences=return_sequences,
            kernel_initializer=keras.initializers.GlorotUniform(_SEED),
            recurrent_initializer=keras.initializers.Orthogonal(seed=_SEED),
            kernel_regularizer=self.penalty,
            recurrent_regularizer=self.penalty,
            seed=_SEED,
            dtype=dtype,
            name=name,
        )
        if self.architecture.bidirectional:
            return layers.Bidirectional(layer, dtype=dtype, name=f"bidirectional_{index}")
        return layer

    def _pool(self, x, mask):
        """Feed-forward attention: a learned weighted mean over the timesteps.

        Raffel & Ellis (2015), "Feed-Forward Networks with Attention Can Solve Some
        Long-Term Memory Problems".
        """
        dtype = self.architecture.dtype
        scores = self._dense("score", 1)(x)  # (batch, timesteps, 1)
        softmax = layers.Softmax(axis=1, name="attention", dtype=dtype)
        weights = softmax(scores, mask=ops.expand_dims(mask, -1))
        context = layers.Dot(axes=1, name="context", dtype=dtype)([weights, x])
        return ops.squeeze(context, axis=1)  # (batch, 1, width) -> (batch, width)

    def _attend(self, x, mask):
        """Self-attention, then the mean over the timesteps (Vaswani et al., 2017)."""
        architecture = self.architecture
        attention = layers.MultiHeadAttention(
            architecture.num_heads,
            architecture.key_dim,
            kernel_initializer=keras.initializers.GlorotUniform(_SEED),
            kernel_regularizer=self.penalty,
            seed=_SEED,
            dtype=architecture.dtype,
            name="attention",
        )
        x = attention(x, x, attention_mask=ops.expand_dims(mask, 1))
        mean = layers.GlobalAveragePooling1D(
            data_format="channels_last", name="mean", dtype=architecture.dtype
        )
        return mean(x, mask=mask)

    def _dense(self, name, units, activation=None):
        return layers.Dense(
            units,
            activation=activation,
            kernel_initializer=keras.initializers.GlorotUniform(_SEED),
            kernel_regularizer=self.penalty,
            dtype=self.architecture.dtype,
            name=name,
        )
