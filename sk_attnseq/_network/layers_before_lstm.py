"""The layers before the LSTM in NumPy: convolutions and the means of timesteps."""

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from sk_attnseq._input.sequence_store import is_real
from sk_attnseq._network.architecture import NORM_EPSILON, Architecture


class LayersBeforeLstm:
    """Sequences to shorter sequences of other features, in the precision of the weights.

    `weights` are all of the network's, as `Architecture.split` names them.
    """

    def __init__(self, architecture: Architecture, weights: dict[str, np.ndarray]):
        self._pool_size = architecture.pool_size
        self._n_pooled = architecture.n_pooled
        self._convolutions = [
            (len(kernel), kernel.reshape(-1, kernel.shape[2]), bias)  # (size * features, filters)
            for kernel, bias in folded_convolutions(architecture, weights)
        ]
        # Features of the widest array for one timestep.
        self.widest = max((len(kernel) for _, kernel, _ in self._convolutions), default=1)

    def __call__(self, x: np.ndarray, lengths: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """(rows, timesteps, features) -> (rows, pooled timesteps, filters), and lengths."""
        if self._convolutions:
            padding = ~is_real(lengths, x.shape[1])
        for size, kernel, bias in self._convolutions:
            x = _windows(x, size) @ kernel
            x += bias
            np.maximum(x, 0, out=x)
            x[padding] = 0
        return (x, lengths) if self._pool_size == 1 else self._pool(x, lengths)

    def spread(self, weights: np.ndarray, lengths: np.ndarray, axis: int) -> np.ndarray:
        """Give each pooled timestep's weight to those it is the mean of, in equal parts.

        `axis` of the weights, whose first axis are the rows, is that of the pooled timesteps.
        """
        if self._pool_size == 1:
            return weights
        shares = 1 / self._n_real(lengths, weights.shape[axis])
        return self.repeat(weights * _by_row(shares, axis, weights.ndim), lengths, axis)

    def repeat(self, weights: np.ndarray, lengths: np.ndarray, axis: int) -> np.ndarray:
        """Give each pooled timestep's weight to all those it is the mean of; padding gets 0."""
        longest = int(lengths.max())
        if self._pool_size > 1:
            weights = weights.take(np.arange(longest) // self._pool_size, axis=axis)
        return weights * _by_row(is_real(lengths, longest), axis, weights.ndim)

    def _pool(self, x, lengths):
        n_rows, n_timesteps, n_features = x.shape
        n_pooled = self._n_pooled(n_timesteps)
        size = min(self._pool_size, n_timesteps)
        windows = np.zeros((n_rows, n_pooled * size, n_features), x.dtype)
        windows[:, :n_timesteps] = x
        total = windows.reshape(n_rows, n_pooled, size, n_features).sum(axis=2)
        total /= self._n_real(lengths, n_pooled)[..., np.newaxis]
        return total, self._n_pooled(lengths)

    def _n_real(self, lengths, n_pooled):
        """How many timesteps each mean is of, (rows, pooled timesteps); 1 in padding."""
        n_real = lengths[:, np.newaxis] - self._pool_size * np.arange(n_pooled)
        return np.clip(n_real, 1, self._pool_size)


def folded_convolutions(
    architecture: Architecture, weights: dict[str, np.ndarray]
) -> list[tuple[np.ndarray, np.ndarray]]:
    """Kernel (size, features, filters) and bias (filters,) of each convolution.

    In predictions batch normalization is linear, so it is part of them.
    """
    convolutions = []
    for layer in range(len(architecture.conv_filters)):
        gamma, beta, mean, variance = (
            weights[f"batch_norm_{layer}/{name}"]
            for name in ("gamma", "beta", "moving_mean", "moving_variance")
        )
        scale = gamma / np.sqrt(variance + NORM_EPSILON)
        convolutions.append((weights[f"conv_{layer}/kernel"] * scale, beta - mean * scale))
    return convolutions


def _windows(x, size):
    """Each timestep with its neighbors, zeros beyond: (rows, timesteps, size * features)."""
    n_rows, n_timesteps, n_features = x.shape
    before = (size - 1) // 2
    padded = np.zeros((n_rows, n_timesteps + size - 1, n_features), x.dtype)
    padded[:, before : before + n_timesteps] = x
    windows = sliding_window_view(padded, size, axis=1)  # (rows, timesteps, features, size)
    return np.ascontiguousarray(windows.swapaxes(2, 3)).reshape(n_rows, n_timesteps, -1)


def _by_row(numbers, axis, n_dimensions):
    """Numbers (rows, timesteps) for an array that has the timesteps in another axis."""
    axes = [i for i in range(1, n_dimensions) if i != axis]
    return np.expand_dims(numbers, axes)
