"""What a network is, in plain data: enough to name, count and cut its weights.

This module knows no Keras. The training engine builds Keras models from an
`Architecture`, the forward pass reads weights with it, and it is pickled with a
fitted classifier.
"""

from dataclasses import dataclass
from itertools import accumulate
from math import prod
from typing import Literal, NamedTuple

import numpy as np

Attention = Literal["pooling", "multihead"] | None
OutputActivation = Literal["softmax", "linear"]

# What batch normalization adds to variances, and how much of its moving moments stays in a
# step. Keras's momentum, 0.99, would remember the start of fits of a few hundred steps.
NORM_EPSILON, NORM_MOMENTUM = 1e-3, 0.9


class Weight(NamedTuple):
    """One weight array: its name, its shape and how it starts."""

    name: str
    shape: tuple[int, ...]
    initializer: str  # "glorot_uniform", "orthogonal", "zeros", "ones" or "lstm_bias"


@dataclass(frozen=True)
class Architecture:
    """The layers of a network and their widths; hashable, so programs are kept by it.

    Values that leave the layers alone (learning rate, penalties, seeds) are not here.
    """

    conv_filters: tuple[int, ...]
    kernel_size: tuple[int, ...]  # one for each of conv_filters
    pool_size: int
    attention: Attention
    units: tuple[int, ...]
    bidirectional: bool
    hidden_units: int
    num_heads: int  # 0 unless attention is "multihead"
    key_dim: int  # 0 unless attention is "multihead"
    n_features: int
    n_outputs: int
    output_activation: OutputActivation
    dtype: str

    @property
    def directions(self) -> tuple[str, ...]:
        """With what the names of each direction's weights begin."""
        return ("forward_", "backward_") if self.bidirectional else ("",)

    @property
    def convolutions(self) -> tuple[tuple[int, int], ...]:
        """Filters and kernel size of each convolution."""
        return tuple(zip(self.conv_filters, self.kernel_size, strict=True))

    @property
    def conv_widths(self) -> tuple[int, ...]:
        """Features that each convolution reads, and at last those that the LSTM layers do."""
        return (self.n_features, *self.conv_filters)

    def n_pooled(self, n_timesteps):
        """How many timesteps the LSTM layers read of so many, a number or an array."""
        return -(-n_timesteps // self.pool_size)

    @property
    def lstm_widths(self) -> tuple[int, ...]:
        """Features that each LSTM layer puts out, both directions side by side."""
        return tuple(units * len(self.directions) for units in self.units)

    @property
    def trainable_weights(self) -> tuple[Weight, ...]:
        """What the optimizer changes, in the order in which Keras lists it for the model."""
        return (
            *self._conv_weights(),
            *self._lstm_weights(),
            *self._attention_weights(),
            *self._head_weights(),
        )

    @property
    def moving_weights(self) -> tuple[Weight, ...]:
        """What follows the batches instead: the moments of batch normalization."""
        return tuple(
            Weight(f"batch_norm_{layer}/{name}", (filters,), initializer)
            for layer, filters in enumerate(self.conv_filters)
            for name, initializer in (("moving_mean", "zeros"), ("moving_variance", "ones"))
        )

    @property
    def weights(self) -> tuple[Weight, ...]:
        """All weights, the trainable ones first."""
        return (*self.trainable_weights, *self.moving_weights)

    def _conv_weights(self):
        for layer, (filters, size) in enumerate(self.convolutions):
            shape = (size, self.conv_widths[layer], filters)
            yield Weight(f"conv_{layer}/kernel", shape, "glorot_uniform")
            yield Weight(f"batch_norm_{layer}/gamma", (filters,), "ones")
            yield Weight(f"batch_norm_{layer}/beta", (filters,), "zeros")

    def _lstm_weights(self):
        n_inputs = (self.conv_widths[-1], *self.lstm_widths)
        for layer, units in enumerate(self.units):
            for direction in self.directions:
                name = f"{direction}lstm_{layer}"
                # The four gates stand side by side: input, forget, cell, output.
                yield Weight(f"{name}/kernel", (n_inputs[layer], 4 * units), "glorot_uniform")
                yield Weight(f"{name}/recurrent_kernel", (units, 4 * units), "orthogonal")
                yield Weight(f"{name}/bias", (4 * units,), "lstm_bias")

    def _attention_weights(self):
        width = self.lstm_widths[-1]
        if self.attention == "pooling":
            yield from _dense("score", width, 1)
        elif self.attention == "multihead":
            heads = (self.num_heads, self.key_dim)
            for name in ("query", "key", "value"):
                yield Weight(f"attention/{name}/kernel", (width, *heads), "glorot_uniform")
                yield Weight(f"attention/{name}/bias", heads, "zeros")
            yield Weight("attention/output/kernel", (*heads, width), "glorot_uniform")
            yield Weight("attention/output/bias", (width,), "zeros")

    def _head_weights(self):
        yield from _dense("hidden", self.lstm_widths[-1], self.hidden_units)
        yield from _dense("output", self.hidden_units, self.n_outputs)

    @property
    def n_weights(self) -> int:
        return sum(prod(weight.shape) for weight in self.weights)

    @property
    def n_moving(self) -> int:
        return sum(prod(weight.shape) for weight in self.moving_weights)

    def split(self, flat: np.ndarray) -> dict[str, np.ndarray]:
        """Cut the flat vector of all weights, (n_weights,), into named views."""
        sizes = [prod(weight.shape) for weight in self.weights]
        parts = np.split(flat, list(accumulate(sizes))[:-1])
        return {w.name: part.reshape(w.shape) for w, part in zip(self.weights, parts, strict=True)}

    def kernel_mask(self) -> np.ndarray:
        """1 at each weight of a kernel, which penalties and decay are for, 0 at all others."""
        parts = [
            np.full(prod(weight.shape), weight.name.endswith("kernel")) for weight in self.weights
        ]
        return np.concatenate(parts).astype(self.dtype)


def _dense(name, n_inputs, n_outputs):
    yield Weight(f"{name}/kernel", (n_inputs, n_outputs), "glorot_uniform")
    yield Weight(f"{name}/bias", (n_outputs,), "zeros")
