"""How much attention each timestep receives: measured, or checked as it was passed."""

from __future__ import annotations

from typing import Any

import numpy as np
from sklearn.utils import assert_all_finite, check_consistent_length, column_or_1d

from sk_attnseq._input.read_sequences import read_sequences
from sk_attnseq._runtime.floating_point import ignores_floating_point_errors

# Self-attention is computed for so many samples at once that it takes about this much memory.
_BLOCK_BYTES = 64_000_000


@ignores_floating_point_errors
def received_attention(network: Any, X: Any) -> np.ndarray | list[np.ndarray]:
    """How much attention each timestep gets.

    Returns
    -------
    attention : ndarray or list of ndarray
        (n_timesteps_i,) of each sample for pooling, (num_heads, n_timesteps_i) for multihead:
        there, the mean over the timesteps that attend. It adds up to 1 over the timesteps in
        either case. In one array if all have equally many timesteps.
    """
    sequences = read_sequences(network, X)
    forward, architecture = network._forward_pass, network._architecture
    if architecture.attention == "pooling":
        attention = forward.attention_weights(sequences)
    else:
        attention = []
        step = max(1, _BLOCK_BYTES // (8 * architecture.num_heads * sequences.longest**2))
        for start in range(0, len(sequences), step):
            weights = forward.attention_weights(sequences[start : start + step])
            attention += [of_sample.mean(axis=1) for of_sample in weights]
    return attention if sequences.ragged else np.stack(attention)


def check_attention(
    attention: Any, y: Any, *, continuous: bool
) -> tuple[list[np.ndarray], np.ndarray | None]:
    """Attention as a list of (n_heads, n_timesteps_i), without padding, and targets of as many."""
    expected = (
        "expected (n_samples, n_timesteps) or (n_samples, n_heads, n_timesteps), or a list of "
        "arrays (n_timesteps_i,) or (n_heads, n_timesteps_i). Of self-attention, take the mean "
        "over the real queries (axis 2), as from_estimator does."
    )
    is_list = isinstance(attention, list) and all(isinstance(a, np.ndarray) for a in attention)
    if is_list and attention:
        samples = [np.atleast_2d(np.asarray(sample, np.float64)) for sample in attention]
        if any(a.ndim != 2 or 0 in a.shape or len(a) != len(samples[0]) for a in samples):
            shapes = sorted({sample.shape for sample in attention})
            raise ValueError(f"attention has arrays of the shapes {shapes[:3]}, {expected}")
    else:
        attention = np.asarray(attention, dtype=np.float64)
        if attention.ndim not in (2, 3) or 0 in attention.shape:
            raise ValueError(f"attention has shape {attention.shape}, {expected}")
        if attention.ndim == 2:
            attention = attention[:, np.newaxis, :]
        is_padding = np.isnan(attention).all(axis=1)  # (n_samples, n_timesteps)
        lengths = attention.shape[2] - np.argmin(is_padding[:, ::-1], axis=1)
        samples = [a[:, :length] for a, length in zip(attention, lengths, strict=True)]
    if y is not None:
        y = column_or_1d(y, dtype=np.float64 if continuous else None)
        if continuous:
            assert_all_finite(y, input_name="y")
        check_consistent_length(samples, y)
    return samples, y
