"""How much attention each timestep receives: measured, or checked as it was passed."""

from dataclasses import KW_ONLY, dataclass
from typing import Any, Self

import numpy as np
from numpy.typing import ArrayLike
from sklearn.base import is_regressor
from sklearn.utils import assert_all_finite, check_consistent_length, column_or_1d

from sk_attnseq._input.read_sequences import read_sequences
from sk_attnseq._runtime.floating_point import ignores_floating_point_errors
from sk_attnseq.inspection._plotting import Display
from sk_attnseq.inspection._unwrap import unwrap_with_data

# Self-attention is computed for so many samples at once that it takes about this much memory.
_BLOCK_BYTES = 64_000_000


@dataclass(eq=False, repr=False)
class ReceivedAttentionDisplay(Display):
    """A display of the attention that the timesteps of many sequences receive."""

    attention: ArrayLike | list[np.ndarray]
    _: KW_ONLY
    y: ArrayLike | None = None
    continuous: bool = False

    @classmethod
    def from_estimator(
        cls, estimator: Any, X: Any, y: ArrayLike | None = None, *, ax: Any = None, **kwargs: Any
    ) -> Self:
        """Plot where a fitted network looks.

        Parameters
        ----------
        estimator : estimator
            A fitted network, ensemble or `RecordingClassifier`, alone or in a pipeline, search,
            threshold classifier, `TransformedTargetRegressor` or frozen estimator.

        X : array-like or list of array-likes
            Sequences, as in the estimator's `predict`. Of recordings, each window is shown.

        y : array-like of shape (n_samples,), default=None
            The class of each sequence or recording, or the number that a regressor predicts.

        ax : matplotlib Axes or array of them, default=None
            Axes to plot on, as in `plot`.

        **kwargs : dict
            Further arguments of `plot`.

        Returns
        -------
        display : Display
            The plotted display.
        """
        network, X, y = unwrap_with_data(estimator, X, y, needs_attention=True)
        attention = _received_attention(network, X)
        return cls(attention, y=y, continuous=is_regressor(network)).plot(ax, **kwargs)

    def _check(self) -> tuple[list[np.ndarray], np.ndarray | None]:
        """Attention as a list of (n_heads, n_timesteps_i), without padding, and as many targets."""
        samples = _check_attention(self.attention)
        if self.y is None:
            return samples, None
        y = column_or_1d(self.y, dtype=np.float64 if self.continuous else None)
        if self.continuous:
            assert_all_finite(y, input_name="y")
        check_consistent_length(samples, y)
        return samples, y


@ignores_floating_point_errors
def _received_attention(network: Any, X: Any) -> np.ndarray | list[np.ndarray]:
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


def _check_attention(attention: Any) -> list[np.ndarray]:
    """Attention as a list of (n_heads, n_timesteps_i), without padding."""
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
        return samples
    attention = np.asarray(attention, dtype=np.float64)
    if attention.ndim not in (2, 3) or 0 in attention.shape:
        raise ValueError(f"attention has shape {attention.shape}, {expected}")
    if attention.ndim == 2:
        attention = attention[:, np.newaxis, :]
    is_padding = np.isnan(attention).all(axis=1)  # (n_samples, n_timesteps)
    lengths = attention.shape[2] - np.argmin(is_padding[:, ::-1], axis=1)
    return [a[:, :length] for a, length in zip(attention, lengths, strict=True)]
