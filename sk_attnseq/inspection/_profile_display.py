"""Where a network looks, class by class."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from sk_attnseq._runtime.floating_point import ignores_floating_point_errors
from sk_attnseq.inspection._plotting import (
    COLORS,
    label_panels,
    line_colors,
    make_panels,
    put_legend_beside,
)
from sk_attnseq.inspection._received_attention import ReceivedAttentionDisplay

if TYPE_CHECKING:
    from matplotlib.axes import Axes

# Of so many timesteps at once, attention is laid side by side.
_BLOCK_TIMESTEPS = 100


class AttentionProfileDisplay(ReceivedAttentionDisplay):
    """Where a network looks in each class: the mean attention over time.

    The band goes from the 10th to the 90th percentile of the sequences. It shows how much they
    differ, not how certain the mean is. If each sequence has its attention elsewhere, the mean can
    be above the band. Means and bands are over the sequences that have the timestep. Numbers to
    predict are divided into a lowest, a middle and a highest third.

    Up to 7 classes share a panel, one for each head. More classes get a panel each, with a line
    for each head and the mean of all sequences and heads, dashed in grey, for comparison.

    Further arguments of `plot` go to matplotlib's `plot` of the lines.

    Parameters
    ----------
    attention : array-like or list of ndarray
        Array of shape (n_samples, n_timesteps) or (n_samples, n_heads, n_timesteps), NaN where
        padded; or n_samples arrays (n_timesteps_i,) or (n_heads, n_timesteps_i).

    y : array-like of shape (n_samples,), default=None
        The class of each sequence, or the number to predict. None treats all as one class.

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

    ax_, axes_, figure_ : matplotlib Axes, ndarray of Axes, Figure
        The first panel, all panels, and their figure.

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

    classes_: np.ndarray
    mean_: np.ndarray
    lower_: np.ndarray
    upper_: np.ndarray
    lines_: np.ndarray

    def _draw(self, ax: Any, **kwargs: Any) -> None:
        attention, y = self._check()
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
        panel_per_class = n_classes > len(COLORS)
        if panel_per_class:  # with a line for each head
            overall = _profile(attention, n_timesteps)[0].mean(axis=0)
            lines = heads if n_heads > 1 else ["the class"]
            shown = [[(c, h, name) for h, name in enumerate(lines)] for c in range(n_classes)]
            titles, n_columns, size = names, int(np.ceil(np.sqrt(1.3 * n_classes))), (1.9, 1.6)
        else:  # a panel for each head, with a line for each class
            shown = [[(c, h, name) for c, name in enumerate(names)] for h in range(n_heads)]
            titles, n_columns, size = heads, 3, (4.2, 3.4)
        self._set_panels(make_panels(ax, len(titles), n_columns=n_columns, panel_size=size))
        for panel, of_panel in zip(self.axes_, shown, strict=True):
            self._draw_lines(panel, of_panel, kwargs)
            if panel_per_class:
                panel.plot(overall, color="0.45", linewidth=1, linestyle=(0, (3, 2)), label="all")
        for panel in self.axes_:  # when all are drawn, as they share the limits
            panel.set_ylim(bottom=0)
            if len(titles) > 1:
                panel.tick_params(labelsize="small")
        label_panels(self.axes_, "Timestep", "Mean attention", titles)
        if y is not None:
            of_lines = "Target" if self.continuous else "Class"
            last = self.axes_[-1]
            legend = put_legend_beside(last, last.lines, None if panel_per_class else of_lines)
            cell = last.get_subplotspec()
            # In an empty cell, beside the last panel, it needs no space of its own.
            legend.set_in_layout(len(titles) == 1 or cell is None or cell.is_last_col())

    def _draw_lines(
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
