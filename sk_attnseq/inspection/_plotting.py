"""What the displays share: panels, colors, ticks, labels and legends."""

from __future__ import annotations

from types import ModuleType
from typing import TYPE_CHECKING, Any, Self

import numpy as np
from numpy.typing import ArrayLike

if TYPE_CHECKING:
    from collections.abc import Sequence

    from matplotlib.artist import Artist
    from matplotlib.axes import Axes
    from matplotlib.axis import Axis
    from matplotlib.colors import Colormap
    from matplotlib.figure import Figure
    from matplotlib.legend import Legend

# M. Okabe and K. Ito, "Color Universal Design", 2008, without the yellow that white swallows.
COLORS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#000000")

# So many timesteps have at least a pixel each in any picture that can be read.
MOST_SHARP_TIMESTEPS = 100

# No color map from dark to bright has it, so it cannot be read as a value.
PADDING_COLOR = "0.9"


class Display:
    """A picture of panels: `axes_`, of which `ax_` is the first, in `figure_`."""

    ax_: Axes
    axes_: np.ndarray
    figure_: Figure

    def plot(self, ax: Any = None, **kwargs: Any) -> Self:
        """Draw the display.

        Parameters
        ----------
        ax : matplotlib Axes or array of them, default=None
            Axes for each panel, or one whose place the panels take. None makes a figure.

        **kwargs : dict
            Options for matplotlib, as the description of the display says.

        Returns
        -------
        display : Display
            This display.
        """
        self._draw(ax, **kwargs)
        return self

    def _draw(self, ax: Any, **kwargs: Any) -> None:
        raise NotImplementedError

    def _set_panels(self, panels: np.ndarray) -> None:
        self.axes_, self.ax_, self.figure_ = panels, panels[0], panels[0].figure


def import_pyplot() -> ModuleType:
    """Import matplotlib.pyplot, which is an optional dependency."""
    try:
        import matplotlib.pyplot as plt
    except ImportError as error:
        raise ImportError("Plotting needs matplotlib: pip install matplotlib") from error
    return plt


def make_panels(
    ax: Any,
    n_panels: int,
    *,
    n_columns: int,
    panel_size: tuple[float, float],
    height_ratios: Sequence[float] | None = None,
) -> np.ndarray:
    """Return axes for panels, row by row: given ones, or new ones in a grid.

    The grid fills a new figure, or takes the place of the given axes. Panels at the left and at
    the bottom have tick labels.
    """
    if (given := given_panels(ax, n_panels)) is not None:
        return given
    n_columns = min(n_columns, n_panels)
    n_rows = -(-n_panels // n_columns)
    if ax is None:
        size = (1 + n_columns * panel_size[0], 0.5 + n_rows * panel_size[1])
        figsize = size if n_panels > 1 else None
        figure = import_pyplot().figure(figsize=figsize, layout="constrained")
        grid = figure.add_gridspec(n_rows, n_columns, height_ratios=height_ratios)
    elif ax.get_subplotspec() is None:
        raise ValueError("Several panels need axes of a grid, as plt.subplots makes them.")
    else:
        ax.set_axis_off()
        grid = ax.get_subplotspec().subgridspec(n_rows, n_columns, height_ratios=height_ratios)
    panels: np.ndarray = grid.subplots(sharex=True, sharey=n_columns > 1, squeeze=False).ravel()
    for panel in panels[n_panels:]:
        panel.remove()
    for panel in panels[n_panels - n_columns : n_panels]:
        panel.tick_params(labelbottom=True)
    return panels[:n_panels]


def given_panels(ax: Any, n_panels: int) -> np.ndarray | None:
    """Return the axes for the panels, if they were passed; None if they are to be made."""
    if ax is None or (n_panels > 1 and hasattr(ax, "get_subplotspec")):
        return None
    panels = np.asarray(ax, dtype=object).ravel()
    if len(panels) != n_panels:
        raise ValueError(f"Expected one ax or {n_panels}, one for each panel, got {len(panels)}.")
    return panels


def use_integer_ticks(axis: Axis) -> None:
    """Put ticks at whole numbers only, two of them at least if there are two."""
    from matplotlib.ticker import MaxNLocator

    low, high = sorted(axis.get_view_interval())
    least = 2 if np.floor(high) > np.ceil(low) else 1
    steps = [1, 2, 4, 5, 10]
    axis.set_major_locator(MaxNLocator("auto", integer=True, steps=steps, min_n_ticks=least))


def label_panels(panels: np.ndarray, xlabel: str, ylabel: str, titles: Sequence[str]) -> None:
    """Put titles over several panels, ticks below, and name the axes once for all.

    The names are in the middle of the bottom row and of the left column.
    """
    for panel, title in zip(panels, titles, strict=True):
        use_integer_ticks(panel.xaxis)
        if len(panels) > 1:
            panel.set_title(title, fontsize="small", pad=3)
    places = [panel.get_position() for panel in panels]
    bottom, left = min(place.y0 for place in places), min(place.x0 for place in places)
    in_row = [p for p, place in zip(panels, places, strict=True) if place.y0 < bottom + 1e-3]
    in_column = [p for p, place in zip(panels, places, strict=True) if place.x0 < left + 1e-3]
    in_row[(len(in_row) - 1) // 2].set_xlabel(xlabel)
    in_column[len(in_column) // 2].set_ylabel(ylabel)


def color_map(name: str | Colormap) -> Colormap:
    """Make a color map in which padding is grey."""
    return import_pyplot().get_cmap(name).with_extremes(bad=PADDING_COLOR)


def highest_color(attention: np.ndarray) -> float:
    """Return the value for the brightest color: the peak of a typical distribution.

    Were it the highest of all, one peaked sequence would leave all others dark. Of many
    timesteps a picture shows means of neighbours, and so it is theirs that count.
    """
    rows = attention.reshape(-1, attention.shape[-1])
    starts = np.arange(0, rows.shape[1], -(-rows.shape[1] // MOST_SHARP_TIMESTEPS))
    sums = np.add.reduceat(np.nan_to_num(rows), starts, axis=1)
    counts = np.add.reduceat(~np.isnan(rows), starts, axis=1, dtype=np.intp)
    return float(np.median((sums / np.maximum(counts, 1)).max(axis=1)))


def line_colors(n_lines: int) -> list[Any]:
    """Return colors that color-blind people can tell apart, as far as there are any."""
    if n_lines <= len(COLORS):
        return list(COLORS[:n_lines])
    return list(import_pyplot().get_cmap("viridis")(np.linspace(0, 0.9, n_lines)))


def put_legend_beside(panel: Axes, lines: Sequence[Artist], title: str | None = None) -> Legend:
    """Name lines at the right of a panel; of many, some, the first and the last included."""
    height = _height(panel)
    n_shown = len(lines)
    if n_shown > len(COLORS) + 2:  # a scale of colors
        n_shown = int(np.clip(height // 8, 2, 10))
    size = float(np.clip(height / (1.3 * (n_shown + 1)), 5, 9))
    return panel.legend(
        handles=[lines[i] for i in np.linspace(0, len(lines) - 1, n_shown).astype(int)],
        title=title,
        title_fontsize=size,
        fontsize=size,
        loc="upper left",
        bbox_to_anchor=(1.02, 1),
        borderaxespad=0,
        labelspacing=0.1,
        frameon=False,
    )


def label_rows(panel: Axes, positions: ArrayLike, labels: Any) -> None:
    """Put labels on the y axis, in smaller letters or fewer if there is no room for all."""
    from matplotlib import rcParams

    low, high = sorted(panel.get_ylim())
    positions = np.asarray(positions)
    places = positions * _height(panel) / (high - low)
    size = float(np.clip(np.diff(places).min(initial=np.inf) / 1.15, 6, rcParams["font.size"]))
    kept = [0]
    for index, place in enumerate(places):
        if place - places[kept[-1]] >= size:
            kept.append(index)
    panel.set_yticks(positions[kept], [str(labels[i]) for i in kept], fontsize=size)


def _height(panel: Axes) -> float:
    """The height of a panel in points, as letters are measured."""
    return panel.get_window_extent().height * 72 / panel.figure.dpi
