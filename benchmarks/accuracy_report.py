"""The lines and the picture of the table of accuracy."""

from __future__ import annotations

import numpy as np

COLORS = {
    "default": "#7ad151",
    "accurate": "#2a788e",
    "differences": "#35b779",
    "voting": "#9467bd",
    "ensemble": "#440154",
    "MiniRocket": "#f0a000",
    "MultiRocket-Hydra": "#d62728",
    "LITEMV": "#7f7f7f",
}
LABELS = {"accurate": "preset"}  # the words of the guide, if they differ


def table(name, result):
    """The lines that show a result."""
    shortest, longest = result["n_timesteps"]
    timesteps = f"{longest}" if shortest == longest else f"{shortest}-{longest}"
    test = f"{result['n_test']} test" if "n_test" in result else f"{result['n_folds']} folds"
    n_seeds = max(len(of["seeds"]) for of in result["contenders"].values())
    yield (
        f"{name}: {result['n_train']} train, {test}, {timesteps} timesteps, "
        f"{result['n_features']} features, {result['n_classes']} classes, {n_seeds} seeds"
    )
    yield (
        f"  {'':<18}accuracy    sd  log-loss    ECE  s a fit  s to predict"
        " | ensemble: accuracy  log-loss    ECE"
    )
    for contender, of in result["contenders"].items():
        # Of one seed there is no deviation.
        sd = f"{np.std(of['accuracy'], ddof=1):6.3f}" if len(of["seeds"]) > 1 else f"{'-':>6}"
        yield (
            f"  {contender:<18}{np.mean(of['accuracy']):8.3f}{sd}"
            f"{_mean(of, 'log_loss'):>10}{_mean(of, 'calibration_error'):>7}"
            f"{np.median(of['fit_seconds']):9.1f}{np.median(of['predict_seconds']):14.2f} |"
            f"{of['ensemble']['accuracy']:19.3f}{_mean(of['ensemble'], 'log_loss'):>10}"
            f"{_mean(of['ensemble'], 'calibration_error'):>7}"
        )


def _mean(scores, name):
    """The mean of a score, where there is one."""
    return f"{np.mean(scores[name]):.3f}" if name in scores else "-"


def comparison(results, peer="MiniRocket"):
    """The lines that compare each contender with a peer, over the data sets that both have."""
    accuracies = {
        name: {c: np.mean(of["accuracy"]) for c, of in result["contenders"].items()}
        for name, result in results.items()
    }
    for contender in COLORS:
        pairs = [
            (of[contender], of[peer]) for of in accuracies.values() if {contender, peer} <= set(of)
        ]
        if contender == peer or not pairs:
            continue
        # Differences below 0.0005 are ties.
        own, others = np.array(pairs).T
        signs = np.sign(np.round(own - others, 3))
        better, equal, worse = (int(np.sum(signs == sign)) for sign in (1, 0, -1))
        yield (
            f"{contender} {own.mean():.3f}, {peer} {others.mean():.3f} on {len(pairs)} data sets: "
            f"{better} better, {equal} equal, {worse} worse"
        )


def draw(results, path):
    """Draw accuracy over the seconds of a fit: of all data sets together, and of each."""
    from matplotlib.figure import Figure

    points = {name: dict(_points(result)) for name, result in results.items()}
    everywhere = set.intersection(*map(set, points.values()))
    of_all = {
        contender: np.mean([of[contender] for of in points.values()], axis=0)
        for contender in COLORS
        if contender in everywhere
    }
    panels = {f"mean of {len(points)} data sets": of_all, **points}
    n_columns = 3 if len(panels) <= 12 else 5
    n_rows = -(-len(panels) // n_columns)
    figure = Figure(figsize=(2.8 * n_columns, 2.4 * n_rows + 0.5), layout="constrained")
    grid = figure.subplots(n_rows, n_columns, squeeze=False).ravel()
    for axes, (title, of) in zip(grid, panels.items(), strict=False):
        for contender, (seconds, accuracy) in of.items():
            label = LABELS.get(contender, contender)
            axes.scatter(seconds, accuracy, color=COLORS[contender], label=label, zorder=3)
        axes.set_title(title, fontsize="medium")
        axes.set(xscale="log")
        axes.xaxis.set_minor_formatter("")  # of less than a decade, all would have a label
        axes.grid(alpha=0.3)
    for axes in grid[len(panels) :]:
        axes.set_visible(False)
    figure.supxlabel("seconds of a fit")
    figure.supylabel("test accuracy")
    handles = {
        label: handle
        for axes in figure.axes
        for handle, label in zip(*axes.get_legend_handles_labels(), strict=True)
    }
    figure.legend(handles.values(), handles, loc="outside upper center", ncols=len(handles))
    figure.savefig(path)


def _points(result):
    """Of each contender the seconds of a fit and the accuracy, the ensemble of ours among them."""
    for contender, of in result["contenders"].items():
        if contender not in COLORS:
            continue
        yield contender, (np.median(of["fit_seconds"]), np.mean(of["accuracy"]))
        if contender == "accurate" and len(of["seeds"]) > 1:
            yield "ensemble", (np.sum(of["fit_seconds"]), of["ensemble"]["accuracy"])
