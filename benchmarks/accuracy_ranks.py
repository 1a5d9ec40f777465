"""Mean ranks of the contenders over all data sets, and which of them differ by more than chance.

    python -m benchmarks.accuracy_ranks

prints them from what `benchmarks.accuracy` stored; `docs/figures.py` draws them.

On each data set, the most accurate contender has rank 1, and equal ones share their mean rank
(Demšar, Statistical Comparisons of Classifiers over Multiple Data Sets, JMLR 2006). Each pair is
compared by Wilcoxon's signed-rank test, with Holm's correction for the number of pairs, as Benavoli
et al. advise (Should We Really Use Post-Hoc Tests Based on Mean-Ranks?, JMLR 2016).
"""

from __future__ import annotations

from itertools import combinations
from pathlib import Path

import numpy as np
from scipy.stats import rankdata, wilcoxon

from benchmarks._results import read_results
from benchmarks.accuracy_report import COLORS, LABELS

RESULTS = Path(__file__).parent / "accuracy.json"
SIGNIFICANT = 0.05


def accuracies_of_all(results):
    """The mean accuracies of the contenders that all data sets have, one for each data set."""
    of_sets = [result["contenders"] for result in results.values()]
    names = [name for name in COLORS if all(name in of for of in of_sets)]
    return {name: np.array([np.mean(of[name]["accuracy"]) for of in of_sets]) for name in names}


def mean_ranks(accuracies):
    """The mean rank of each contender, the best first."""
    # As in a table, differences below 0.0005 are none.
    ranks = rankdata(-np.round([*accuracies.values()], 3), axis=0).mean(axis=1)
    of_names = dict(zip(accuracies, ranks.tolist(), strict=True))
    return dict(sorted(of_names.items(), key=lambda item: item[1]))


def p_values(accuracies):
    """Of each pair of contenders, how probable such differences are by chance alone."""
    pairs = list(combinations(accuracies, 2))
    single = [
        wilcoxon(np.round(accuracies[one] - accuracies[other], 3), zero_method="zsplit").pvalue
        for one, other in pairs
    ]
    corrected, highest = {}, 0.0
    for place, i in enumerate(np.argsort(single)):
        highest = max(highest, min(1.0, (len(pairs) - place) * float(single[i])))
        corrected[frozenset(pairs[i])] = highest
    return corrected


def alike(ranks, p):
    """The longest runs of contenders, by rank, no two of which are known to differ."""
    names, runs = list(ranks), []
    for start in range(len(names)):
        for stop in range(len(names), start + 1, -1):
            run = names[start:stop]
            if all(p[frozenset(pair)] >= SIGNIFICANT for pair in combinations(run, 2)):
                if not any(set(run) <= set(longer) for longer in runs):
                    runs.append(run)
                break
    return runs


def table(results):
    """The lines that show mean accuracies, mean ranks, and the test of each pair."""
    accuracies = accuracies_of_all(results)
    yield f"mean ranks on {len(results)} data sets"
    for name, rank in mean_ranks(accuracies).items():
        yield f"  {name:<18}{rank:6.2f}, mean accuracy {accuracies[name].mean():.3f}"
    for pair, p in p_values(accuracies).items():
        yield f"  {' and '.join(sorted(pair))}: p = {p:.3f}"


def draw(results, path):
    """Draw the mean ranks on a line, with a bar over contenders that are not known to differ."""
    from matplotlib.figure import Figure

    accuracies = accuracies_of_all(results)
    ranks = mean_ranks(accuracies)
    runs = alike(ranks, p_values(accuracies))
    names = list(ranks)
    better, worse = names[: len(names) // 2], names[len(names) // 2 :]
    rows = {**_rows(better, "right"), **_rows(worse[::-1], "left")}  # so that no lines cross
    figure = Figure(figsize=(7, 1.2 + 0.25 * len(ranks)), layout="constrained")
    axes = figure.subplots()
    for name, (row, side) in rows.items():
        axes.plot([ranks[name], ranks[name]], [0, row], color=COLORS[name])
        axes.scatter(ranks[name], 0, color=COLORS[name], zorder=3)
        value = f"{ranks[name]:.2f}, mean accuracy {accuracies[name].mean():.3f}"
        label = f"  {LABELS.get(name, name)}: {value}  "
        axes.text(ranks[name], row, label, va="center", ha=side)
    for row, run in enumerate(runs):
        axes.plot([ranks[run[0]], ranks[run[-1]]], 2 * [-0.5 - 0.4 * row], color="black", lw=3)
    axes.set(
        xlim=(1, len(ranks)),
        ylim=(len(worse) + 0.7, -0.7 - 0.4 * len(runs)),
        yticks=[],
        xlabel=f"mean rank on {len(results)} data sets (1 is the most accurate)",
    )
    axes.spines[["left", "right", "top"]].set_visible(False)
    figure.savefig(path)


def _rows(names, side):
    """Of each name the row of its label, and where the label ends or begins."""
    return {name: (row, side) for row, name in enumerate(names, start=1)}


if __name__ == "__main__":
    print("\n".join(table(read_results(RESULTS)["test"])))
