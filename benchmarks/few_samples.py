"""Accuracy with few samples: a curve over the samples of a class, on cuts of training sets.

    pip install -e ".[plot]" aeon torch
    python -m benchmarks.few_samples DIR [--only NAME ...] [--contenders NAME ...]
                                         [--samples 4 8 16 32] [--cuts 10]

DIR holds data sets with a train/test split, as for `benchmarks.accuracy`; their test parts are not
read. A cut takes so many samples of each class of the training set at random, and what is left, up
to 150 of a class, judges; where fewer than two of a class would be left, there is no cut. Each
contender (`benchmarks/accuracy_contenders.py`; those whose packages are installed, and the slow
ones only where they are asked for) is fitted on the same cuts, the number of the cut being its
seed. Results go to `benchmarks/few_samples.json` as soon as there are any, and what is in there is
not measured again, so a run can go on where another one stopped. At the end the means are printed;
`docs/figures.py` draws them.
"""

from __future__ import annotations

import argparse
import time
from pathlib import Path

import numpy as np

from benchmarks._results import read_results, write_results
from benchmarks.accuracy_contenders import CONTENDERS, choose_contenders
from benchmarks.accuracy_report import COLORS, LABELS
from benchmarks.archive import add_arguments, choose_data_sets, read_part
from sk_attnseq._runtime.tensorflow_import import quiet_import

RESULTS = Path(__file__).parent / "few_samples.json"
MAX_JUDGES, MIN_JUDGES = 150, 2  # of each class


def main(arguments=None) -> None:
    """Measure what was asked for, or all."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.few_samples",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    add_arguments(parser)
    parser.add_argument("--contenders", nargs="+", metavar="NAME", choices=CONTENDERS)
    parser.add_argument("--samples", nargs="+", type=int, default=[4, 8, 16, 32], metavar="N")
    parser.add_argument("--cuts", type=int, default=10, metavar="N")
    parser.add_argument("--json", type=Path, default=RESULTS, metavar="FILE")
    options = parser.parse_args(arguments)
    chosen = choose_data_sets(parser, options)
    contenders = choose_contenders(options.contenders)
    quiet_import("sk_attnseq._training.fitting")  # TensorFlow, whose import is no part of a fit
    results = read_results(options.json)
    for number in range(options.cuts):
        for n_samples in options.samples:
            for name, path in chosen.items():
                parts = cut(*read_part(path, "train"), n_samples, number)
                if parts is None:
                    continue
                for contender in contenders:
                    known = results.get(str(n_samples), {}).get(name, {}).get(contender, {})
                    if str(number) not in known:
                        result = fit_and_score(contender, number, *parts)
                        keys = (str(n_samples), name, contender, str(number))
                        results = store(options.json, keys, result)
    print("\n".join(table(results)))


def store(path, keys, result):
    """Put a result in the file, beside what is there, and return all."""
    results = read_results(path)  # anew, as another run may have stored others in the meantime
    place = results
    for key in keys[:-1]:
        place = place.setdefault(key, {})
    place[keys[-1]] = result
    write_results(path, results)
    return results


def cut(X, y, n_samples, number):
    """Training and judging samples of a cut, or None if too few would be left to judge."""
    rng = np.random.default_rng([n_samples, number])
    train, judge = [], []
    for label in np.unique(y):
        of_class = rng.permutation(np.flatnonzero(y == label))
        if len(of_class) < n_samples + MIN_JUDGES:
            return None
        train.append(of_class[:n_samples])
        judge.append(of_class[n_samples:][:MAX_JUDGES])
    train, judge = rng.permutation(np.concatenate(train)), np.concatenate(judge)
    return X[train], y[train], X[judge], y[judge]


def fit_and_score(contender, seed, X, y, X_judge, y_judge):
    """Accuracy, and seconds of the fit."""
    classifier = CONTENDERS[contender].make(random_state=seed)
    started = time.perf_counter()
    classifier.fit(X, y)
    seconds = time.perf_counter() - started
    predicted = classifier.classes_[classifier.predict_proba(X_judge).argmax(axis=1)]
    return {"accuracy": float(np.mean(predicted == y_judge)), "fit_seconds": seconds}


def means(of_samples):
    """The mean accuracy of each data set and contender, of cuts that all contenders had."""
    result = {}
    for name, of in of_samples.items():
        numbers = set.intersection(*map(set, of.values()))
        result[name] = {
            contender: float(np.mean([of_cuts[number]["accuracy"] for number in numbers]))
            for contender, of_cuts in of.items()
        }
    return result


def table(results):
    """The lines that show all results."""
    for n_samples, of_samples in sorted(results.items(), key=lambda item: int(item[0])):
        of_names = means(of_samples)
        contenders = [c for c in COLORS if all(c in of for of in of_names.values())]
        yield f"{n_samples} samples of each class"
        yield f"  {'':<20}" + "".join(f"{contender:>19}" for contender in contenders)
        mean = {c: np.mean([of[c] for of in of_names.values()]) for c in contenders}
        for name, of in {**of_names, "mean": mean}.items():
            yield f"  {name:<20}" + "".join(f"{of[contender]:19.3f}" for contender in contenders)


def draw(results, path):
    """Draw, for each data set, the mean accuracy over the samples of a class."""
    from matplotlib.figure import Figure

    of_samples = {int(n_samples): means(of) for n_samples, of in results.items()}
    names = sorted({name for of in of_samples.values() for name in of})
    n_rows = -(-len(names) // 4)
    figure = Figure(figsize=(10, 2.4 * n_rows + 0.5), layout="constrained")
    grid = figure.subplots(n_rows, 4, squeeze=False, sharey=True).ravel()
    for axes, name in zip(grid, names, strict=False):
        for contender, color in COLORS.items():
            points = sorted(
                (n, of[name][contender])
                for n, of in of_samples.items()
                if contender in of.get(name, {})
            )
            if points:
                label = LABELS.get(contender, contender)
                axes.plot(*zip(*points, strict=True), "o-", color=color, label=label)
        axes.set_xscale("log", base=2)
        axes.set_xticks(sorted(of_samples), sorted(of_samples))
        axes.set(title=name, xlim=(min(of_samples) / 1.2, max(of_samples) * 1.2))
        axes.grid(alpha=0.3)
    for axes in grid[len(names) :]:
        axes.set_visible(False)
    figure.supxlabel("samples of each class")
    figure.supylabel("accuracy")
    handles, labels = grid[0].get_legend_handles_labels()
    figure.legend(handles, labels, loc="outside upper center", ncols=len(labels))
    figure.savefig(path)


if __name__ == "__main__":
    main()
