"""Where a network looks, class by class."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike
from sklearn.base import is_regressor

from sk_attnseq._runtime.floating_point import ignores_floating_point_errors
from sk_attnseq.inspection._plotting import (
    COLORS,
    Display,
    line_colors,
    make_panels,
    name_axes,
    put_legend_beside,
    use_integer_ticks,
)
from sk_attnseq.inspection._received_attention import check_attention, received_attention
from sk_attnseq.inspection._unwrap import unwrap_attentive

if TYPE_CHECKING:
    from matplotlib.axes import Axes

# Of so many timesteps at once, attention is laid side by side.
_BLOCK_TIMESTEPS = 100


class AttentionProfileDisplay(Display):
    """Where a network looks in each class: the mean attention over time.

    The band goes from the 10th to the 90th percentile of the sequences: it shows how much
    they differ, not how sure the mean is. Where each sequence has its attention elsewhere,
    the mean can be above the band. Means and bands are of the sequences that have the
    timestep. Numbers to predict are divided into a lowest, a middle and a highest third.

    Up to 7 classes share a panel, one for each head; more get a panel each, with a line for
    each head and, dashed in grey, the mean of all sequences and heads to compare with.

    Parameters
    ----------
    attention : array-like or list of ndarray
        (n_samples, n_timesteps), or (n_samples, n_heads, n_timesteps), NaN where padded; or
        n_samples arrays (n_timesteps_i,) or (n_heads, n_timesteps_i).

    y : array-like of shape (n_samples,), default=None
        The class of each sequence, or the number to predict; None takes all as one.

    continuous : bool, default=False
        Whether `y` are numbers to predict instead of classes. Their thirds are shown as classes.

    Attributes
    ----------
    classes_ : ndarray of shape (n_classes,)
        The classes, sorted, or the names of the thirds.

    mean_ : ndarray of shape (n_classes, n_heads, n_timesteps)
        The lines; n_heads is 1 unless there are heads. NaN where no sequence of the class
        has the timestep.

    lower_, upper_ : ndarray of shape (n_classes, n_heads, n_timesteps)
        The bands.

    ax_ : matplotlib Axes
        The first panel.

    axes_ : ndarray of matplotlib Axes
        All panels.

    figure_ : matplotlib Figure
        The figure with the panels.

    lines_ : ndarray of shape (n_classes, n_heads) of matplotlib Line2D
        The lines.

    See Also
    --------
    AttentionDisplay : Each sequence by itself.

    Examples
    --------
    >>> from sk_attnseq import AttentionSequenceClassifier
    >>> from sk_attnseq.datasets import make_sequence_classification
    >>> from sk_attnseq.inspection import AttentionProfileDisplay
    >>> X, y = make_sequence_classification(informative_timestep=7, random_state=0)
    >>> clf = AttentionSequenceClassifier(epochs=20, random_state=0).fit(X, y)
    >>> display = AttentionProfileDisplay.from_estimator(clf, X, y)
    >>> display.mean_.shape
    (2, 1, 10)
    """

    mean_: np.ndarray
    lower_: np.ndarray
    upper_: np.ndarray

    def __init__(
        self,
        attention: ArrayLike | list[np.ndarray],
        *,
        y: ArrayLike | None = None,
        continuous: bool = False,
    ) -> None:
        self.attention = attention
        self.y = y
        self.continuous = continuous

    @classmethod
    def from_estimator(
        cls, estimator: Any, X: Any, y: ArrayLike | None = None, *, ax: Any = None, **kwargs: Any
    ) -> AttentionProfileDisplay:
        """Plot where a fitted network looks.

        Parameters
        ----------
        estimator : estimator
            A fitted `AttentionSequenceClassifier` or `AttentionSequenceRegressor`, an ensemble of
            them, or a pipeline, search, threshold classifier, `TransformedTargetRegressor` or
            frozen estimator around one.

        X : array-like or list of array-likes
            Sequences, as in the estimator's `predict`.

        y : array-like of shape (n_samples,), default=None
            The class of each sequence, or the number that a regressor predicts.

        ax : matplotlib Axes or array of them, default=None
            Where to plot, see `plot`.

        **kwargs : dict
            Further arguments of `plot`.

        Returns
        -------
        display : AttentionProfileDisplay
            The plotted display.
        """
        network, X = unwrap_attentive(estimator, X)
        attention = received_attention(network, X)
        return cls(attention, y=y, continuous=is_regressor(network)).plot(ax, **kwargs)

    def plot(self, ax: Any = None, **kwargs: Any) -> AttentionProfileDisplay:
        """Plot the means and bands.

        Parameters
        ----------
        ax : matplotlib Axes or array of them, default=None
            Where to plot: axes for each panel, or one whose place the panels take. None
            makes a figure.

        **kwargs : dict
            More for matplotlib's `plot`, for the lines.

        Returns
        -------
        display : AttentionProfileDisplay
            This display.
        """
        attention, y = check_attention(self.attention, self.y, continuous=self.continuous)
        n_heads = len(attention[0])
        labels = np.zeros(len(attention)) if y is None else y
        if y is not None and self.continuous:
            labels = _thirds(y)
        self.classes_, codes = np.unique(labels, return_inverse=True)
        n_classes = len(self.classes_)
        n_timesteps = max(sample.shape[1] for sample in attention)
        of_classes: list[list[np.ndarray]] = [[] for _ in range(n_classes)]
        for sample, code in zip(attention, codes, strict=True):
            of_classes[code].append(sample)
        profiles = [_profile(samples, n_timesteps) for samples in of_classes]
        self.mean_, self.lower_, self.upper_ = np.stack(profiles, axis=1)
        self.lines_ = np.empty((n_classes, n_heads), dtype=object)
        names, heads = [str(c) for c in self.classes_], [f"Head {h}" for h in range(n_heads)]
        if n_classes <= len(COLORS):
            self._set_panels(make_panels(ax, n_heads, n_columns=3, panel_size=(4.2, 3.4)))
            for head, panel in enumerate(self.axes_):
                which = [(code, head, name) for code, name in enumerate(names)]
                self._draw(panel, which, kwargs)
            _label(self.axes_, titles=heads)
            if y is not None:
                _put_legend(self.axes_, title="Target" if self.continuous else "Class")
        else:
            n_columns = int(np.ceil(np.sqrt(1.3 * n_classes)))
            size = (1.9, 1.6)
            self._set_panels(make_panels(ax, n_classes, n_columns=n_columns, panel_size=size))
            overall = _profile(attention, n_timesteps)[0].mean(axis=0)
            heads = heads if n_heads > 1 else ["the class"]
            for code, panel in enumerate(self.axes_):
                self._draw(panel, [(code, head, name) for head, name in enumerate(heads)], kwargs)
                panel.plot(overall, color="0.45", linewidth=1, linestyle=(0, (3, 2)), label="all")
            _label(self.axes_, titles=names)
            _put_legend(self.axes_)
        return self

    def _draw(
        self, panel: Axes, which: Sequence[tuple[int, int, str]], kwargs: dict[str, Any]
    ) -> None:
        """Draw a line and its band for each (class, head, name)."""
        timesteps = np.arange(self.mean_.shape[2])
        # A single timestep makes no line: points show where there are few.
        options = {"marker": "." if len(timesteps) <= 20 else None} | kwargs
        for (code, head, name), color in zip(which, line_colors(len(which)), strict=True):
            (line,) = panel.plot(
                timesteps, self.mean_[code, head], **{"color": color, "label": name} | options
            )
            panel.fill_between(
                timesteps,
                self.lower_[code, head],
                self.upper_[code, head],
                color=line.get_color(),
                alpha=0.15,
                linewidth=0,
            )
            self.lines_[code, head] = line


def _thirds(y: np.ndarray) -> np.ndarray:
    """Name the third that each number is in, (n_samples,), by its range; names sort as thirds."""
    code = np.searchsorted(np.quantile(y, [1 / 3, 2 / 3]), y)
    labels = np.empty(len(y), dtype=object)
    for third, name in enumerate(("1st", "2nd", "3rd")):
        if (code == third).any():
            numbers = y[code == third]
            labels[code == third] = f"{name} third: {numbers.min():.4g} to {numbers.max():.4g}"
    return labels


@ignores_floating_point_errors
def _profile(samples: list[np.ndarray], n_timesteps: int) -> np.ndarray:
    """Mean, 10th and 90th percentile over the samples: (3, n_heads, n_timesteps)."""
    result = np.full((3, len(samples[0]), n_timesteps), np.nan)
    for start in range(0, max(sample.shape[1] for sample in samples), _BLOCK_TIMESTEPS):
        block = slice(start, start + _BLOCK_TIMESTEPS)
        parts = [sample[:, block] for sample in samples if sample.shape[1] > start]
        longest = max(part.shape[1] for part in parts)
        padded = np.full((len(parts), len(samples[0]), longest), np.nan)
        for row, part in zip(padded, parts, strict=True):
            row[:, : part.shape[1]] = part
        at = slice(start, start + longest)
        result[0, :, at] = np.nanmean(padded, axis=0)
        result[1:, :, at] = np.nanpercentile(padded, [10, 90], axis=0)
    return result


def _label(panels: np.ndarray, *, titles: list[str]) -> None:
    """Name the panels, if there are several, and the axes."""
    for panel, title in zip(panels, titles, strict=True):
        use_integer_ticks(panel.xaxis)
        panel.set_ylim(bottom=0)
        if len(panels) > 1:
            panel.set_title(title, fontsize="small", pad=3)
            panel.tick_params(labelsize="small")
    name_axes(panels, "Timestep", "Mean attention")


def _put_legend(panels: np.ndarray, title: str | None = None) -> None:
    """Name the lines beside the last panel: in the next cell, which is empty, or the margin."""
    last = panels[-1]
    legend = put_legend_beside(last, last.lines, title=title)
    cell = last.get_subplotspec()
    # In an empty cell it needs no space of its own.
    legend.set_in_layout(len(panels) == 1 or cell is None or cell.is_last_col())
