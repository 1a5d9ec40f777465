"""The networks as Keras models, layer for layer, with each kind of attention.

`build_network` makes the model that users get: built of Keras's own layers alone, so
that it saves, loads and trains on anywhere Keras is. `build_training_network` makes the
same layers with the same weights in the form that the training engine compiles.
"""

import keras
import numpy as np
from keras import layers, ops

from sk_attnseq._keras.attention_pooling import AttentionPooling
from sk_attnseq._keras.layers_before_lstm import BatchNormalization, Convolution, MeanPooling
from sk_attnseq._keras.stopping_lstm import FullLengthLSTM, StoppingLSTM
from sk_attnseq._network.architecture import NORM_EPSILON, NORM_MOMENTUM, Architecture

# Every initializer and generator gets a seed, because Keras would draw a missing one
# from Python's global generator, which is the user's. Weights are set after building.
_SEED = 0


def build_network(
    architecture: Architecture,
    *,
    dropout: float = 0.0,
    alpha: float = 0.0,
    target_mean: np.ndarray | None = None,
    target_scale: np.ndarray | None = None,
) -> keras.Model:
    """Build the network for users: sequences in, class probabilities or numbers out.

    It maps (n_samples, n_timesteps, n_features), of any number of timesteps and with NaN in
    timesteps that are padding, to (n_samples, n_outputs). `dropout` is the fraction that is dropped
    between the LSTM layers and before the hidden layer, and `alpha` the L2 penalty of all kernels.
    Numbers come out in the units of `target_mean` and `target_scale`, each (n_outputs,), if given.
    """
    dtype = architecture.dtype
    sequences = keras.Input((None, architecture.n_features), name="sequences", dtype=dtype)
    mask = ops.logical_not(ops.any(ops.isnan(sequences), axis=-1))
    builder = _UserNetwork(architecture, dropout=dropout, alpha=alpha)
    outputs = builder.outputs(ops.nan_to_num(sequences), mask)
    if target_mean is not None and target_scale is not None:
        # Keras's layer for this reads lists in single precision, and takes outputs for images if
        # its global setting is that channels come first.
        outputs = ops.add(
            ops.multiply(outputs, target_scale.astype(dtype)), target_mean.astype(dtype)
        )
    kind = "classifier" if architecture.output_activation == "softmax" else "regressor"
    model = keras.Model(sequences, outputs, name=f"attention_sequence_{kind}")
    model.dtype_policy = dtype  # else a global policy would decide how an optimizer is wrapped
    return model


def build_training_network(
    architecture: Architecture,
    *,
    n_timesteps: int,
    batch_size: int,
    dropout: bool,
    stopping: bool = True,
) -> keras.Model:
    """Build the network for the training engine: fixed shapes in, outputs without activation out.

    Inputs are the zero-padded sequences (batch_size, n_timesteps, n_features), their
    lengths (batch_size,), their weights (batch_size,) if there is batch normalization and,
    with dropout, for each place where features are dropped the factors (batch_size, width)
    by which they are multiplied: random numbers are drawn in bulk by NumPy, as XLA's on a
    CPU would take longer than the network. Outputs are the last layer's before its activation
    (batch_size, n_outputs) and, in the order of `Architecture.moving_weights`, the moments of the
    batch. Without `stopping`, the loops over time do not stop where the sequences of a batch end.
    """
    dtype = architecture.dtype
    shape = (batch_size, n_timesteps, architecture.n_features)
    sequences = keras.Input(batch_shape=shape, name="sequences", dtype=dtype)
    lengths = keras.Input(batch_shape=(batch_size,), name="lengths", dtype="int32")
    weights = keras.Input(batch_shape=(batch_size,), name="weights", dtype=dtype)
    lstm = StoppingLSTM if stopping else FullLengthLSTM
    builder = _TrainingNetwork(architecture, lengths, weights, lstm, dropout=dropout)
    mask = builder.real(lengths, n_timesteps)
    outputs = builder.outputs(sequences, mask)
    weights = [weights] if architecture.conv_filters else []
    inputs = [sequences, lengths, *weights, *builder.factors]
    return keras.Model(inputs, [outputs, *builder.moments])


class _Network:
    """Puts the layers of one architecture together; its two forms are subclasses."""

    lstm = layers.LSTM
    convolution = layers.Conv1D

    def __init__(self, architecture: Architecture, alpha: float = 0.0):
        self.architecture = architecture
        self.dtype = architecture.dtype
        self.penalty = keras.regularizers.L2(alpha) if alpha else None

    def drop(self, x, place):
        """Dropout, in the place of this number."""
        raise NotImplementedError

    def normalize(self, x, mask, layer):
        """Batch normalization after the convolution of this number."""
        raise NotImplementedError

    def pool(self, x, mask):
        """Means of `pool_size` timesteps each, and which of those are real."""
        raise NotImplementedError

    def outputs(self, x, mask):
        """(batch, timesteps, features), mask (batch, timesteps) -> (batch, n_outputs)."""
        architecture = self.architecture
        for layer, (filters, size) in enumerate(architecture.convolutions):
            x = self._convolve(layer, filters, size)(x)
            x = ops.relu(self.normalize(x, mask, layer))
            # What is behind a sequence stays 0, as what is before it.
            x = x * ops.expand_dims(ops.cast(mask, x.dtype), -1)
        if architecture.pool_size > 1:
            x, mask = self.pool(x, mask)
        last = len(architecture.units) - 1
        for index, units in enumerate(architecture.units):
            only_last_output = index == last and architecture.attention is None
            x = self._recurrent(index, units, not only_last_output)(x, mask=mask)
            if index < last:
                x = self.drop(x, index)
        if architecture.attention == "pooling":
            x = self._attention_pool(x, mask)
        elif architecture.attention == "multihead":
            x = self._attend(x, mask)
        x = self.drop(x, last)  # (batch, lstm_widths[-1])
        x = self._dense("hidden", architecture.hidden_units, activation="relu")(x)
        return self._dense("output", architecture.n_outputs, self.activation)(x)

    def _convolve(self, layer, filters, size):
        return self.convolution(
            filters,
            size,
            padding="same",
            data_format="channels_last",
            use_bias=False,  # batch normalization has one
            **self._with_kernel(f"conv_{layer}"),
        )

    def _recurrent(self, index, units, return_sequences):
        layer = self.lstm(
            units,
            return_sequences=return_sequences,
            recurrent_initializer=keras.initializers.Orthogonal(seed=_SEED),
            recurrent_regularizer=self.penalty,
            seed=_SEED,
            **self._with_kernel(f"lstm_{index}"),
        )
        if self.architecture.bidirectional:
            return layers.Bidirectional(layer, dtype=self.dtype, name=f"bidirectional_{index}")
        return layer

    def _attention_pool(self, x, mask):
        """Feed-forward attention: a learned weighted mean over the timesteps.

        Raffel & Ellis (2015), "Feed-Forward Networks with Attention Can Solve Some
        Long-Term Memory Problems".
        """
        scores = self._dense("score", 1)(x)  # (batch, timesteps, 1)
        softmax = layers.Softmax(axis=1, name="attention", dtype=self.dtype)
        weights = softmax(scores, mask=ops.expand_dims(mask, -1))
        context = layers.Dot(axes=1, name="context", dtype=self.dtype)([weights, x])
        return ops.squeeze(context, axis=1)  # (batch, 1, width) -> (batch, width)

    def _attend(self, x, mask):
        """Self-attention, then the mean over the timesteps (Vaswani et al., 2017)."""
        attention = layers.MultiHeadAttention(
            self.architecture.num_heads,
            self.architecture.key_dim,
            seed=_SEED,
            **self._with_kernel("attention"),
        )
        x = attention(x, x, attention_mask=ops.expand_dims(mask, 1))
        options = {"data_format": "channels_last", "dtype": self.dtype}
        return layers.GlobalAveragePooling1D(name="mean", **options)(x, mask=mask)

    def _dense(self, name, units, activation=None):
        return layers.Dense(units, activation=activation, **self._with_kernel(name))

    def _with_kernel(self, name):
        """Options of a layer that has a kernel."""
        return {
            "kernel_initializer": keras.initializers.GlorotUniform(_SEED),
            "kernel_regularizer": self.penalty,
            "dtype": self.dtype,
            "name": name,
        }


class _UserNetwork(_Network):
    def __init__(self, architecture, dropout, alpha):
        super().__init__(architecture, alpha)
        self.activation = architecture.output_activation
        self.dropout = dropout

    def drop(self, x, place):
        if not self.dropout:
            return x
        # One mask per sequence: between LSTM layers, a feature is dropped from all
        # timesteps or from none (Gal & Ghahramani, 2016).
        layer = layers.SpatialDropout1D if x.ndim == 3 else layers.Dropout
        return layer(self.dropout, seed=_SEED, dtype=self.dtype, name=f"drop_{place}")(x)

    def normalize(self, x, mask, layer):
        normalization = layers.BatchNormalization(
            momentum=NORM_MOMENTUM,
            epsilon=NORM_EPSILON,
            dtype=self.dtype,
            name=f"batch_norm_{layer}",
        )
        return normalization(x, mask=mask)

    def pool(self, x, mask):
        size = self.architecture.pool_size

        def means(x, name):
            """Of whole windows, so at the end, zeros complete the last one."""
            common = {"data_format": "channels_last", "dtype": self.dtype}
            x = layers.ZeroPadding1D((0, size - 1), name=f"{name}_padding", **common)(x)
            return layers.AveragePooling1D(size, name=name, **common)(x)

        # How much of each window is real.
        share = means(ops.expand_dims(ops.cast(mask, self.dtype), -1), "pool_share")
        x = means(x, "pool") / ops.maximum(share, 1 / size)
        return x, ops.squeeze(share, -1) > 0


class _TrainingNetwork(_Network):
    convolution = Convolution
    activation = "linear"

    def __init__(self, architecture, lengths, weights, lstm, dropout):
        super().__init__(architecture)
        self.lstm = lstm
        self.lengths = lengths
        self.weights = weights
        self.dropout = dropout
        self.factors = []
        self.moments = []

    @staticmethod
    def real(lengths, n_timesteps):
        """Which timesteps are no padding, (batch, n_timesteps)."""
        return ops.expand_dims(lengths, 1) > ops.expand_dims(ops.arange(n_timesteps), 0)

    def drop(self, x, place):
        if not self.dropout:
            return x
        batch, *_, width = x.shape
        factor = keras.Input(batch_shape=(batch, width), dtype=self.dtype, name=f"drop_{place}")
        self.factors.append(factor)
        return x * (ops.expand_dims(factor, 1) if x.ndim == 3 else factor)

    def normalize(self, x, mask, layer):
        weights = ops.expand_dims(self.weights, 1) * ops.cast(mask, x.dtype)
        normalization = BatchNormalization(dtype=self.dtype, name=f"batch_norm_{layer}")
        x, *moments = normalization(x, weights)
        self.moments += moments
        return x

    def _attention_pool(self, x, mask):
        if self.architecture.bidirectional:
            # Outputs of backward layers were reversed, which XLA would do again in each sum.
            return super()._attention_pool(x, mask)
        return AttentionPooling(dtype=self.dtype, name="score")(x, mask)

    def pool(self, x, mask):
        pooling = MeanPooling(self.architecture.pool_size, dtype=self.dtype, name="pool")
        x, lengths = pooling(x, self.lengths)
        return x, self.real(lengths, x.shape[1])
