"""One sequence: chosen, checked, and its features drawn over time."""

from __future__ import annotations

from numbers import Integral
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike
from sklearn.utils import check_scalar

from sk_attnseq._input.read_sequences import read_sequences
from sk_attnseq.inspection._plotting import (
    COLORS,
    line_colors,
    put_legend_beside,
    use_integer_ticks,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from matplotlib.axes import Axes
    from matplotlib.lines import Line2D


def choose_sample(network: Any, X: Any, sample: int) -> tuple[Any, np.ndarray]:
    """One of the sequences: by itself, and as an array (n_timesteps, n_features)."""
    sequences = read_sequences(network, X)
    n = len(sequences)
    check_scalar(sample, "sample", Integral, min_val=-n, max_val=n - 1)
    sample = int(sample)  # of True, NumPy would make a mask
    one = sequences[[sample]]
    return one, one.gather([0], n_timesteps=one.longest, dtype=np.float64)[0]


def check_sequence(sequence: ArrayLike, feature_names: Sequence[str] | None) -> np.ndarray:
    """A sequence as an array (n_timesteps, n_features), with as many names."""
    sequence = np.asarray(sequence, dtype=np.float64)
    if sequence.ndim != 2 or 0 in sequence.shape:
        raise ValueError(
            f"sequence has shape {sequence.shape}, expected (n_timesteps, n_features)."
        )
    n_features = sequence.shape[1]
    if feature_names is not None and len(feature_names) != n_features:
        raise ValueError(
            f"There are {len(feature_names)} feature_names for {n_features} features: name the "
            "features as they come to the network."
        )
    return sequence


def draw_features(
    panel: Axes, sequence: np.ndarray, feature_names: Sequence[str] | None, options: dict[str, Any]
) -> list[Line2D]:
    """Draw a line for each feature of a sequence over time, named beside the panel."""
    n_timesteps, n_features = sequence.shape
    if feature_names is None:
        feature_names = [f"Feature {i}" for i in range(n_features)]
    width = 1.5 if n_features <= len(COLORS) else 0.8
    options = {"linewidth": width, "marker": "." if n_timesteps <= 20 else None} | options
    colors = line_colors(n_features)
    lines = [
        panel.plot(values, **{"color": color, "label": str(name)} | options)[0]
        for values, color, name in zip(sequence.T, colors, feature_names, strict=True)
    ]
    panel.set(ylabel="Value", xlim=(-0.5, n_timesteps - 0.5))
    use_integer_ticks(panel.xaxis)
    put_legend_beside(panel, lines)
    return lines
