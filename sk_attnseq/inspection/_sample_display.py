"""Where a network looks in one sequence."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import KW_ONLY, dataclass, field
from typing import TYPE_CHECKING, Any, Self

import numpy as np
from numpy.typing import ArrayLike

from sk_attnseq.inspection._plotting import (
    COLORS,
    Display,
    color_map,
    given_panels,
    highest_color,
    label_panels,
    make_panels,
    use_integer_ticks,
)
from sk_attnseq.inspection._sequence_panel import check_sequence, choose_sample, draw_features
from sk_attnseq.inspection._unwrap import unwrap_with_data

if TYPE_CHECKING:
    from matplotlib.colors import Colormap
    from matplotlib.image import AxesImage
    from matplotlib.lines import Line2D
    from matplotlib.patches import StepPatch


@dataclass(eq=False, repr=False)
class SampleAttentionDisplay(Display):
    """Where a network looks in one sequence: its features over time, the attention below.

    Pooling gives a weight to each timestep, drawn as bars below the features. Self-attention has a
    square for each head. Its rows are the timesteps that attend, its columns those that they
    attend to.

    Further arguments of `plot` go to matplotlib's `plot` of the features, except for `cmap`, which
    is the color map of self-attention.

    Parameters
    ----------
    sequence : array-like of shape (n_timesteps, n_features)
        The sequence, without padding.

    attention : array-like
        Weights of shape (n_timesteps,), or (n_heads, n_timesteps, n_timesteps).

    feature_names : list of str, default=None
        Names of the features; None numbers them.

    Attributes
    ----------
    ax_, axes_, figure_ : matplotlib Axes, ndarray of Axes, Figure
        The panel with the features, all panels (then those with the attention), and their figure.

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

    sequence: ArrayLike
    attention: ArrayLike
    _: KW_ONLY
    feature_names: Sequence[str] | None = None
    lines_: list[Line2D] = field(init=False)
    bars_: StepPatch | None = field(init=False)
    images_: list[AxesImage] = field(init=False)

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
    ) -> Self:
        """Plot where a fitted network looks in one of the sequences.

        Parameters
        ----------
        estimator : estimator
            A fitted network, ensemble or `RecordingClassifier`, alone or in a pipeline, search,
            threshold classifier, `TransformedTargetRegressor` or frozen estimator. The features
            are shown as they reach the network.

        X : array-like or list of array-likes
            Sequences, as in the estimator's `predict`. Of recordings, windows are the sequences.

        sample : int, default=0
            Index of the sequence; a negative number counts from the end.

        feature_names : list of str, default=None
            Names of the features that reach the network; None numbers them.

        ax : matplotlib Axes or array of them, default=None
            Axes to plot on, as in `plot`.

        **kwargs : dict
            Further arguments of `plot`.

        Returns
        -------
        display : SampleAttentionDisplay
            The plotted display.
        """
        network, X, _ = unwrap_with_data(estimator, X, needs_attention=True)
        one, sequence = choose_sample(network, X, sample)
        attention = network._forward_pass.attention_weights(one)[0]
        return cls(sequence, attention, feature_names=feature_names).plot(ax, **kwargs)

    def _draw(self, ax: Any, *, cmap: str | Colormap = "viridis", **kwargs: Any) -> None:
        sequence, attention = self._check()
        n_heads = len(attention) if attention.ndim == 3 else 0
        self._set_panels(_make_axes(ax, n_heads))
        self.lines_ = draw_features(self.ax_, sequence, self.feature_names, kwargs)
        self.images_, self.bars_ = [], None
        if n_heads:
            self._draw_heads(attention, cmap)
        else:
            self._draw_pooling(attention)

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
        panel.set(xlabel="Timestep", ylabel="Attention", ylim=(0, None), xlim=self.ax_.get_xlim())
        use_integer_ticks(panel.xaxis)

    def _draw_heads(self, attention: np.ndarray, cmap: str | Colormap) -> None:
        self.ax_.set_xlabel("Timestep")
        highest = highest_color(attention)
        panels, cmap = self.axes_[1:], color_map(cmap)
        for panel, weights in zip(panels, attention, strict=True):
            self.images_.append(panel.imshow(weights, cmap=cmap, vmin=0, vmax=highest))
            use_integer_ticks(panel.yaxis)
        titles = [f"Head {head}" for head in range(len(panels))]
        label_panels(panels, "to timestep", "from", titles)
        extend = "max" if attention.max() > highest else "neither"
        self.figure_.colorbar(self.images_[0], ax=list(panels), label="Attention", extend=extend)


def _make_axes(ax: Any, n_heads: int) -> np.ndarray:
    """Axes for the features and, below, for attention: one, or one for each head."""
    if not n_heads:
        return make_panels(ax, 2, n_columns=1, panel_size=(6, 2.15), height_ratios=(2, 1))
    if (given := given_panels(ax, 1 + n_heads)) is not None:
        return given
    n_rows, n_columns = -(-n_heads // 4), min(n_heads, 4)
    size, ratios = (max(6, 2.8 * n_columns), 1.05 + 1.5 * n_rows), (2.0, 2.6 * n_rows)
    features, place = make_panels(ax, 2, n_columns=1, panel_size=size, height_ratios=ratios)
    features.tick_params(labelbottom=True)
    heads = make_panels(place, n_heads, n_columns=n_columns, panel_size=size)
    return np.array([features, *heads], dtype=object)
