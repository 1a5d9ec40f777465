"""Where a network looks in one sequence."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike

from sk_attnseq.inspection._plotting import (
    COLORS,
    Display,
    color_map,
    fill_grid,
    given_panels,
    highest_color,
    make_panels,
    name_axes,
    open_grid,
    use_integer_ticks,
)
from sk_attnseq.inspection._sequence_panel import check_sequence, choose_sample, draw_features
from sk_attnseq.inspection._unwrap import unwrap_attentive

if TYPE_CHECKING:
    from matplotlib.colors import Colormap
    from matplotlib.image import AxesImage
    from matplotlib.patches import StepPatch


class SampleAttentionDisplay(Display):
    """Where a network looks in one sequence: its features over time, the attention below.

    Pooling gives a weight to each timestep: bars, below the features. Self-attention has a
    square for each head: its rows are the timesteps that attend, its columns those that
    they attend to.

    Parameters
    ----------
    sequence : array-like of shape (n_timesteps, n_features)
        The sequence, without padding.

    attention : array-like
        (n_timesteps,), or (n_heads, n_timesteps, n_timesteps).

    feature_names : list of str, default=None
        The names of the features; None numbers them.

    Attributes
    ----------
    ax_ : matplotlib Axes
        The panel with the features.

    axes_ : ndarray of matplotlib Axes
        All panels: that with the features, then those with the attention.

    figure_ : matplotlib Figure
        The figure with the panels.

    lines_ : list of matplotlib Line2D
        The features.

    bars_ : matplotlib StepPatch or None
        The attention of pooling.

    images_ : list of matplotlib AxesImage
        The attention of each head; empty for pooling.

    See Also
    --------
    AttentionDisplay : Many sequences.
    IntegratedGradientsDisplay : What the network made of the sequence.

    Examples
    --------
    >>> from sk_attnseq import AttentionSequenceClassifier
    >>> from sk_attnseq.datasets import make_sequence_classification
    >>> from sk_attnseq.inspection import SampleAttentionDisplay
    >>> X, y = make_sequence_classification(random_state=0)
    >>> clf = AttentionSequenceClassifier(epochs=5, random_state=0).fit(X, y)
    >>> display = SampleAttentionDisplay.from_estimator(clf, X, sample=3)
    >>> len(display.lines_)
    5
    """

    bars_: StepPatch | None
    images_: list[AxesImage]

    def __init__(
        self,
        sequence: ArrayLike,
        attention: ArrayLike,
        *,
        feature_names: Sequence[str] | None = None,
    ) -> None:
        self.sequence = sequence
        self.attention = attention
        self.feature_names = feature_names

    @classmethod
    def from_estimator(
        cls,
        estimator: Any,
        X: Any,
        *,
        sample: int = 0,
        feature_names: Sequence[str] | None = None,
        ax: Any = None,
        **kwargs: Any,
    ) -> SampleAttentionDisplay:
        """Plot where a fitted network looks in one of the sequences.

        Parameters
        ----------
        estimator : estimator
            A fitted `AttentionSequenceClassifier` or `AttentionSequenceRegressor`, an ensemble of
            them, or a pipeline, search, threshold classifier, `TransformedTargetRegressor` or
            frozen estimator around one. The features are shown as they come to the network.

        X : array-like or list of array-likes
            Sequences, as in the estimator's `predict`.

        sample : int, default=0
            Which of them; a negative number counts from the end.

        feature_names : list of str, default=None
            The names of the features as they come to the network; None numbers them.

        ax : matplotlib Axes or array of them, default=None
            Where to plot, see `plot`.

        **kwargs : dict
            Further arguments of `plot`.

        Returns
        -------
        display : SampleAttentionDisplay
            The plotted display.
        """
        network, X = unwrap_attentive(estimator, X)
        one, sequence = choose_sample(network, X, sample)
        attention = network._forward_pass.attention_weights(one)[0]
        return cls(sequence, attention, feature_names=feature_names).plot(ax, **kwargs)

    def plot(
        self, ax: Any = None, *, cmap: str | Colormap = "viridis", **kwargs: Any
    ) -> SampleAttentionDisplay:
        """Plot the sequence and the attention.

        Parameters
        ----------
        ax : matplotlib Axes or array of them, default=None
            Where to plot: axes for the features and for each panel of attention, or one
            whose place the panels take. None makes a figure.

        cmap : str or matplotlib Colormap, default="viridis"
            The color map of self-attention.

        **kwargs : dict
            More for matplotlib's `plot`, for the features.

        Returns
        -------
        display : SampleAttentionDisplay
            This display.
        """
        sequence, attention = self._check()
        n_heads = len(attention) if attention.ndim == 3 else 0
        self._set_panels(_make_axes(ax, n_heads))
        self.lines_ = draw_features(self.ax_, sequence, self.feature_names, kwargs)
        self.images_, self.bars_ = [], None
        if n_heads:
            self._draw_heads(attention, cmap)
        else:
            self._draw_pooling(attention)
        return self

    def _check(self) -> tuple[np.ndarray, np.ndarray]:
        sequence = check_sequence(self.sequence, self.feature_names)
        attention = np.asarray(self.attention, dtype=np.float64)
        n_timesteps = len(sequence)
        if attention.shape not in (
            (n_timesteps,),
            (*attention.shape[:1], n_timesteps, n_timesteps),
        ):
            raise ValueError(
                f"attention has shape {attention.shape}, expected (n_timesteps,) or (n_heads, "
                f"n_timesteps, n_timesteps), where the sequence has n_timesteps={n_timesteps}."
            )
        return sequence, attention

    def _draw_pooling(self, attention: np.ndarray) -> None:
        panel = self.axes_[1]
        edges = np.arange(len(attention) + 1) - 0.5
        self.bars_ = panel.stairs(attention, edges, fill=True, color=COLORS[0])
        panel.set(xlabel="Timestep", ylabel="Attention", ylim=(0, None))
        panel.set_xlim(self.ax_.get_xlim())
        use_integer_ticks(panel.xaxis)
        self.ax_.set_xlabel("")

    def _draw_heads(self, attention: np.ndarray, cmap: str | Colormap) -> None:
        highest = highest_color(attention)
        for head, (panel, weights) in enumerate(zip(self.axes_[1:], attention, strict=True)):
            image = panel.imshow(weights, cmap=color_map(cmap), vmin=0, vmax=highest)
            panel.set_title(f"Head {head}", fontsize="small")
            use_integer_ticks(panel.xaxis)
            use_integer_ticks(panel.yaxis)
            self.images_.append(image)
        name_axes(self.axes_[1:], "to timestep", "from")
        extend = "max" if attention.max() > highest else "neither"
        self.figure_.colorbar(image, ax=list(self.axes_[1:]), label="Attention", extend=extend)


def _make_axes(ax: Any, n_heads: int) -> np.ndarray:
    """Axes for the features and, below, for attention: one, or one for each head."""
    if not n_heads:
        ratios = (2, 1)
        return make_panels(ax, 2, n_columns=1, panel_size=(6, 2.15), height_ratios=ratios)
    if (given := given_panels(ax, 1 + n_heads)) is not None:
        return given
    n_columns = min(n_heads, 4)
    n_rows = -(-n_heads // n_columns)
    size = (max(7, 1 + 2.8 * n_columns), 2.6 + 3.0 * n_rows)
    grid = open_grid(ax, 2, 1, figsize=size, height_ratios=(2, 2.6 * n_rows))
    heads = fill_grid(grid[1].subgridspec(n_rows, n_columns), n_heads)
    return np.array([heads[0].figure.add_subplot(grid[0]), *heads], dtype=object)
