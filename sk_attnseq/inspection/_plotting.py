"""What the displays share: the classifier inside an estimator, axes, colours, labels."""

from __future__ import annotations

from numbers import Integral

import numpy as np
from sklearn.utils import check_consistent_length, check_scalar, column_or_1d

from sk_attnseq._data.checks import check_sequences

# M. Okabe and K. Ito, "Color Universal Design", 2008, without the yellow that white swallows.
COLORS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#000000")

# So many timesteps have at least a pixel each in any picture that can be read.
MOST_SHARP_TIMESTEPS = 100

# What no map of colours from dark to bright has: it cannot be read as a value.
PADDING_COLOR = "0.9"


def import_pyplot():
    """matplotlib.pyplot, which is an optional dependency."""
    try:
        import matplotlib.pyplot as plt
    except ImportError as error:
        raise ImportError("Plotting needs matplotlib: pip install matplotlib") from error
    return plt


def check_attention(attention, y):
    """Attention as a list of (n_heads, n_timesteps_i), without padding, and labels of as many."""
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
        y = column_or_1d(y)
        check_consistent_length(samples, y)
    return samples, y


def choose_sample(classifier, X, sample):
    """One of the sequences: by itself, and as an array (n_timesteps, n_features)."""
    sequences = check_sequences(classifier, X, reset=False)
    n = len(sequences)
    check_scalar(sample, "sample", Integral, min_val=-n, max_val=n - 1)
    sample = int(sample)  # of True, NumPy would make a mask
    one = sequences[[sample]]
    return one, one.gather([0], n_timesteps=one.longest, dtype=np.float64)[0]


def check_sequence(sequence, feature_names):
    """A sequence as an array (n_timesteps, n_features), with as many names."""
    sequence = np.asarray(sequence, dtype=np.float64)
    if sequence.ndim != 2 or 0 in sequence.shape:
        raise ValueError(
            f"sequence has shape {sequence.shape}, expected (n_timesteps, n_features)."
        )
    n_features = sequence.shape[1]
    if feature_names is not None and len(feature_names) != n_features:
        raise ValueError(f"There are {len(feature_names)} feature_names for {n_features} features.")
    return sequence


def draw_features(panel, sequence, feature_names, options):
    """Draw a line for each feature of a sequence, named beside the panel; return the lines."""
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
    panel.set(xlabel="Timestep", ylabel="Value", xlim=(-0.5, n_timesteps - 0.5))
    count_from_zero(panel.xaxis)
    put_legend_beside(panel, lines)
    return lines


def open_grid(ax, n_rows, n_columns, *, figsize, **ratios):
    """A grid for several panels: in a new figure, or in the place of the given axes."""
    if ax is None:
        figure = import_pyplot().figure(figsize=figsize, layout="constrained")
        return figure.add_gridspec(n_rows, n_columns, **ratios)
    if ax.get_subplotspec() is None:
        raise ValueError("Several panels need axes of a grid, as plt.subplots makes them.")
    ax.set_axis_off()
    return ax.get_subplotspec().subgridspec(n_rows, n_columns, **ratios)


def given_axes(ax, n_panels, what):
    """The axes that were passed for the panels, (n_panels,); None where there is one or none."""
    if ax is None or hasattr(ax, "get_subplotspec"):
        return None
    panels = np.asarray(ax, dtype=object).ravel()
    if len(panels) != n_panels:
        raise ValueError(f"Expected one ax or {n_panels}, {what}, got {len(panels)}.")
    return panels


def make_panels(ax, n_panels, *, n_columns, panel_size, share_y=True):
    """Axes for panels that share the horizontal scale and, if asked to, the vertical one.

    Returns
    -------
    panels : ndarray of shape (n_panels,)
        Row by row; those at the left and at the bottom have tick labels.
    """
    given = given_axes(ax, n_panels, "one for each panel")
    if given is not None:
        return given
    if n_panels == 1:
        if ax is None:
            _, ax = import_pyplot().subplots(layout="constrained")
        return np.array([ax], dtype=object)
    n_columns = min(n_columns, n_panels)
    n_rows = -(-n_panels // n_columns)
    figsize = (1 + n_columns * panel_size[0], 0.5 + n_rows * panel_size[1])
    grid = open_grid(ax, n_rows, n_columns, figsize=figsize)
    panels = grid.subplots(sharex=True, sharey=share_y, squeeze=False).ravel()
    for panel in panels[n_panels:]:
        panel.remove()
    for panel in panels[n_panels - n_columns : n_panels]:
        panel.tick_params(labelbottom=True)
    return panels[:n_panels]


def count_from_zero(axis):
    """Ticks at whole numbers only, two of them at least if there are two."""
    from matplotlib.ticker import MaxNLocator

    low, high = sorted(axis.get_view_interval())
    axis.set_major_locator(
        MaxNLocator(
            "auto",
            integer=True,
            steps=[1, 2, 4, 5, 10],
            min_n_ticks=2 if np.floor(high) > np.ceil(low) else 1,
        )
    )


def name_axes(panels, xlabel, ylabel):
    """Name the axes once for all panels: in the middle of the bottom row and the left column."""
    boxes = [panel.get_position() for panel in panels]

    def middle(edge, along):
        first = min(getattr(box, edge) for box in boxes) + 1e-3
        outer = [i for i, box in enumerate(boxes) if getattr(box, edge) < first]
        return panels[sorted(outer, key=lambda i: getattr(boxes[i], along))[(len(outer) - 1) // 2]]

    middle("y0", "x0").set_xlabel(xlabel)
    middle("x0", "y0").set_ylabel(ylabel)


def size_of_letters(panel, n_letters, *, largest):
    """Font size for so many letters in the width of a panel, in points."""
    points = panel.get_window_extent().width * 72 / panel.figure.dpi
    return float(np.clip(points / (0.6 * n_letters), 5, largest))


def color_map(name):
    """A map of colours in which padding is blank."""
    return import_pyplot().get_cmap(name).with_extremes(bad=PADDING_COLOR)


def highest_color(attention):
    """The value for the brightest colour: the peak of a typical distribution.

    Were it the highest of all, one peaked sequence would leave all others dark. Of many
    timesteps a picture shows means of neighbours, and so it is theirs that count.
    """
    rows = attention.reshape(-1, attention.shape[-1])
    starts = np.arange(0, rows.shape[1], -(-rows.shape[1] // MOST_SHARP_TIMESTEPS))
    sums = np.add.reduceat(np.nan_to_num(rows), starts, axis=1)
    counts = np.add.reduceat(~np.isnan(rows), starts, axis=1, dtype=np.intp)
    return float(np.median((sums / np.maximum(counts, 1)).max(axis=1)))


def line_colors(n_lines):
    """So many colours that the colour-blind can tell apart, as far as there are any."""
    if n_lines <= len(COLORS):
        return list(COLORS[:n_lines])
    return list(import_pyplot().get_cmap("viridis")(np.linspace(0, 0.9, n_lines)))


def put_legend_beside(panel, lines, title=None):
    """Name lines at the right of a panel, with letters that fit its height.

    Of more lines than there are distinct colours: some, the first and the last included.
    """
    points = panel.get_window_extent().height * 72 / panel.figure.dpi
    heading = 0 if title is None else 1.5
    n_shown = len(lines)
    if n_shown > len(COLORS) + 2:
        n_shown = min(n_shown, 10, max(2, int(points / (6 * 1.3) - heading)))
    size = float(np.clip(points / (1.3 * (n_shown + heading)), 5, 9))
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


def label_without_overlap(ax, positions, labels):
    """Put labels on the y axis, smaller or fewer of them where there is no room for all."""
    from matplotlib import rcParams
    from matplotlib.font_manager import FontProperties

    points = ax.get_window_extent().height * 72 / ax.figure.dpi
    low, high = sorted(ax.get_ylim())
    places = np.asarray(positions) * points / (high - low)
    default = FontProperties(size=rcParams["ytick.labelsize"]).get_size_in_points()
    closest = np.diff(places).min(initial=np.inf)
    size = float(np.clip(closest / 1.15, 6, default))
    kept = [0]
    for index in range(1, len(places)):
        if places[index] - places[kept[-1]] >= size:
            kept.append(index)
    ax.set_yticks([positions[i] for i in kept], [str(labels[i]) for i in kept], fontsize=size)
