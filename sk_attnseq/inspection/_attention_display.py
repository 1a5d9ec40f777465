"""Where a network looks, sequence by sequence."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from sk_attnseq._runtime.floating_point import ignores_floating_point_errors
from sk_attnseq.inspection._plotting import (
    MOST_SHARP_TIMESTEPS,
    color_map,
    highest_color,
    label_panels,
    label_rows,
    make_panels,
    use_integer_ticks,
)
from sk_attnseq.inspection._received_attention import ReceivedAttentionDisplay

if TYPE_CHECKING:
    from matplotlib.colorbar import Colorbar
    from matplotlib.colors import Colormap
    from matplotlib.image import AxesImage

# More columns than a picture has pixels; of more timesteps, a column is the mean of some.
_MOST_COLUMNS = 1000
# Of rows in the order of numbers, so many are named.
_N_NUMBERS = 5


class AttentionDisplay(ReceivedAttentionDisplay):
    """Where a network looks: attention over the timesteps, a row for each sequence.

    Rows are ordered by class, and within a class as they came, or by the number that is to be
    predicted. Padding is grey. With self-attention, each head has a panel with the attention that
    each timestep receives, which is the mean over the real timesteps that attend. The brightest
    color stands for the median of the rows' highest values, and for all above it.

    Further arguments of `plot` go to matplotlib's `imshow`, such as `cmap` and `vmax`.

    Parameters
    ----------
    attention : array-like or list of ndarray
        Array of shape (n_samples, n_timesteps) or (n_samples, n_heads, n_timesteps), NaN where
        padded; or n_samples arrays (n_timesteps_i,) or (n_heads, n_timesteps_i).

    y : array-like of shape (n_samples,), default=None
        The classes or numbers to order the rows by. None leaves them as they are.

    continuous : bool, default=False
        Whether `y` are numbers to predict instead of classes.

    Attributes
    ----------
    ax_, axes_, figure_ : matplotlib Axes, ndarray of Axes, Figure
        The first panel, all panels (one for each head), and their figure.

    im_ : matplotlib AxesImage
        The heat map of the first panel.

    images_ : list of matplotlib AxesImage
        The heat maps of all panels.

    colorbar_ : matplotlib Colorbar
        The color bar of all panels.

    order_ : ndarray of shape (n_samples,)
        The sample that each row shows, from the top.

    See Also
    --------
    AttentionProfileDisplay : The mean of each class.
    SampleAttentionDisplay : One sequence, with its features.

    Examples
    --------
    >>> from sk_attnseq import AttentionSequenceClassifier
    >>> from sk_attnseq.datasets import make_sequence_classification
    >>> from sk_attnseq.inspection import AttentionDisplay
    >>> X, y = make_sequence_classification(random_state=0)
    >>> clf = AttentionSequenceClassifier(epochs=5, random_state=0).fit(X, y)
    >>> display = AttentionDisplay.from_estimator(clf, X, y)
    >>> display.im_.get_array().shape
    (100, 10)
    """

    im_: AxesImage
    images_: list[AxesImage]
    colorbar_: Colorbar
    order_: np.ndarray

    def _draw(self, ax: Any, *, cmap: str | Colormap = "viridis", **kwargs: Any) -> None:
        samples, y = self._check()
        attention, n_together = _as_image(samples)
        _, n_heads, n_columns = attention.shape
        self.order_ = np.arange(len(attention)) if y is None else np.argsort(y, kind="stable")
        self._set_panels(make_panels(ax, n_heads, n_columns=4, panel_size=(3.2, 4.2)))
        options: dict[str, Any] = {
            "vmin": 0,
            "vmax": highest_color(attention),
            "aspect": "auto",
            "extent": (-0.5, n_columns * n_together - 0.5, len(attention) - 0.5, -0.5),
            # matplotlib smooths what has more rows than pixels, along the timesteps, too,
            # where few of them need none.
            "interpolation": "nearest" if n_columns <= MOST_SHARP_TIMESTEPS else "auto",
        } | kwargs
        self.images_ = [
            panel.imshow(attention[self.order_, head], cmap=color_map(cmap), **options)
            for head, panel in enumerate(self.axes_)
        ]
        self.im_ = self.images_[0]
        self.colorbar_ = self.figure_.colorbar(
            self.im_,
            ax=list(self.axes_),
            label="Attention received" if n_heads > 1 else "Attention",
            extend="max" if np.nanmax(attention) > self.im_.norm.vmax else "neither",
        )
        padding = " (grey: padding)" if np.isnan(attention).any() else ""
        of_rows = "Sample" if y is None else "Target" if self.continuous else "Class"
        titles = [f"Head {head}" for head in range(n_heads)]
        label_panels(self.axes_, f"Timestep{padding}", of_rows, titles)
        for panel in self.axes_:
            if y is None:
                use_integer_ticks(panel.yaxis)
            else:
                self._name_rows(panel, y[self.order_])

    def _name_rows(self, panel: Any, y: np.ndarray) -> None:
        """Name some rows by their numbers; or all by their classes, with lines between these."""
        if self.continuous:
            rows = np.unique(np.linspace(0, len(y) - 1, _N_NUMBERS).round().astype(int))
            label_rows(panel, rows, [f"{number:.4g}" for number in y[rows]])
            return
        classes, first, counts = np.unique(y, return_index=True, return_counts=True)
        width = 0.8 if len(classes) <= 12 else 0.4
        panel.hlines(first[1:] - 0.5, *panel.get_xlim(), color="white", linewidth=width)
        label_rows(panel, first + (counts - 1) / 2, classes)


@ignores_floating_point_errors
def _as_image(samples: list[np.ndarray]) -> tuple[np.ndarray, int]:
    """Attention as (n_samples, n_heads, n_columns), NaN where padded.

    Also return the number of timesteps of which each column is the mean.
    """
    longest = max(sample.shape[1] for sample in samples)
    n_together = -(-longest // _MOST_COLUMNS)
    image = np.full((len(samples), len(samples[0]), -(-longest // n_together)), np.nan)
    for row, sample in zip(image, samples, strict=True):
        starts = np.arange(0, sample.shape[1], n_together)
        counts = np.diff(starts, append=sample.shape[1])
        row[:, : len(starts)] = np.add.reduceat(sample, starts, axis=1) / counts
    return image, n_together
