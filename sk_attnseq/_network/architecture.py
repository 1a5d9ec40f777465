"""What a network is, in plain data: enough to name, count and cut its weights.

This module knows no Keras. The training engine builds Keras models from an
`Architecture`, the forward pass reads weights with it, and it is pickled with a
fitted classifier.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import accumulate
from math import prod
from typing import Literal, NamedTuple

import numpy as np

Attention = Literal["pooling", "multihead"] | None
OutputActivation = Literal["softmax", "linear"]

# What batch normalisation adds to variances, and how much of its moving moments stays in a
# step. Keras's momentum, 0.99, would remember the start of fits of a few hundred steps.
NORM_EPSILON, NORM_MOMENTUM = 1e-3, 0.9


class Weight(NamedTuple):
    """One weight array: its name, its shape and how it starts."""

    name: str
    shape: tuple[int, ...]
    initializer: str  # "glorot_uniform", "orthogonal", "zeros", "ones" or "lstm_bias"


class Layer(NamedTuple):
    """One step from the input to the output, for those who want to see the network."""

    name: str
    output: str  # the shape of what it gives for one sequence
    n_weights: int


_CHOICES = {
    "attention": ("pooling", "multihead", None),
    "output_activation": ("softmax", "linear"),
    "bidirectional": (True, False),
    "dtype": ("float32", "float64"),
}


def _is_size(value):
    return type(value) is int and value > 0  # a bool is none


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

    def __post_init__(self):
        """Raise a ValueError if a field is not as declared, as in a damaged file."""
        heads = ("num_heads", "key_dim")
        for name, value in vars(self).items():
            if name in _CHOICES:
                is_valid = any(type(value) is type(c) and value == c for c in _CHOICES[name])
            elif name in ("conv_filters", "kernel_size", "units"):
                is_valid = type(value) is tuple and all(map(_is_size, value))
            else:
                no_heads = name in heads and self.attention != "multihead"
                is_valid = value == 0 and type(value) is int if no_heads else _is_size(value)
            if not is_valid:
                raise ValueError(f"its architecture has {name}={value!r}.")
        if not self.units or len(self.kernel_size) != len(self.conv_filters):
            raise ValueError(
                f"its architecture has units={self.units}, conv_filters={self.conv_filters} and "
                f"kernel_size={self.kernel_size}."
            )

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
        """What follows the batches instead: the moments of batch normalisation."""
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

    @property
    def layers(self) -> tuple[Layer, ...]:
        """The layers from the input to the output."""
        return (
            Layer("Input", _over_time(self.n_features), 0),
            *self._conv_layers(),
            *self._lstm_layers(),
            *self._attention_layers(),
            Layer("Dense, ReLU", _features(self.hidden_units), self._n_weights_of("hidden")),
            Layer(*self._output_names(), self._n_weights_of("output")),
        )

    def _output_names(self) -> tuple[str, str]:
        if self.output_activation == "softmax":
            return "Dense, softmax", f"{self.n_outputs} classes"
        return "Dense", "1 number" if self.n_outputs == 1 else f"{self.n_outputs} numbers"

    def _conv_layers(self):
        for layer, (filters, size) in enumerate(self.convolutions):
            yield Layer(
                f"Convolution over {size} timesteps, batch norm, ReLU",
                _over_time(filters),
                self._n_weights_of(f"conv_{layer}", f"batch_norm_{layer}"),
            )
        if self.pool_size > 1:
            yield Layer(f"Mean of {self.pool_size} timesteps", _over_time(self.conv_widths[-1]), 0)

    def _lstm_layers(self):
        for layer, (units, width) in enumerate(zip(self.units, self.lstm_widths, strict=True)):
            last = self.attention is None and layer == len(self.units) - 1
            yield Layer(
                f"Bidirectional LSTM, 2 x {units} units"
                if self.bidirectional
                else f"LSTM, {units} units",
                _features(width) if last else _over_time(width),
                self._n_weights_of(*(f"{direction}lstm_{layer}" for direction in self.directions)),
            )

    def _attention_layers(self):
        width = self.lstm_widths[-1]
        if self.attention == "pooling":
            yield Layer("Attention pooling", _features(width), self._n_weights_of("score"))
        elif self.attention == "multihead":
            heads = f"Self-attention, {self.num_heads} heads of size {self.key_dim}"
            yield Layer(heads, _over_time(width), self._n_weights_of("attention"))
            yield Layer("Mean over time", _features(width), 0)

    def _n_weights_of(self, *parts):
        """Weights whose names begin with one of these."""
        return sum(prod(w.shape) for w in self.weights if w.name.split("/")[0] in parts)

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


def _features(n):
    return "1 feature" if n == 1 else f"{n} features"


def _over_time(n):
    return f"timesteps x {_features(n)}"
