"""The table of accuracy, on public data sets with a train/test split of their own.

    pip install -e ".[plot]" aeon torch
    python -m benchmarks.accuracy DIR [--only NAME ...] [--contenders NAME ...] [--seeds 5]
    python -m benchmarks.accuracy DIR --cross-validate {random,clusters}

DIR holds data sets as `NAME_TRAIN.ts` with `NAME_TEST.ts` (also in a folder NAME), as they come
from timeseriesclassification.com and are read by aeon, or as `NAME.npz`, also in a folder (see
`benchmarks/archive.py`). Each contender (`benchmarks/accuracy_contenders.py`) is fitted with the
seeds 0, 1, ...; those whose packages are not installed are left out. So are, unless they are asked
for, LITEMV, which takes hours, the ensemble, as the mean of the seeds is one, the network with
differences, and those that are several fits. Results are written as JSON
(`benchmarks/accuracy.json`) as soon as they are there, and printed for each data set; what was not
measured stays in the file as it was. At the end, each contender is compared with MiniRocket and
MultiRocket-Hydra over all data sets in the file. `docs/figures.py` draws it.

`--cross-validate` never reads a test part. It measures by cross-validation with three folds within
each training set, which is how the parameters of `make_accurate_classifier` were chosen, by default
with one seed. The folds are random, or have clusters of similar sequences (`benchmarks/folds.py`).

Of each contender it reports the mean and the standard deviation of the accuracy over the seeds
(between seeds, not between samples: of 40 test samples, one is worth 0.025); the mean log-loss; the
mean expected calibration error (Guo et al., On Calibration of Modern Neural Networks, ICML 2017);
the median seconds of a fit, compilation included where one was needed, and of the predictions; and
the same scores for the ensemble of the seeds, the mean of their probabilities, as
`VotingClassifier(voting="soft")` predicts. Where the "probabilities" are votes, 0 or 1, log-loss
and calibration error are left out.
"""

from __future__ import annotations

import argparse
import time
from pathlib import Path

import numpy as np
from sklearn.metrics import accuracy_score, log_loss

from benchmarks.__main__ import machine
from benchmarks._results import read_results, write_results
from benchmarks.accuracy_contenders import CONTENDERS, choose_contenders
from benchmarks.accuracy_report import comparison, table
from benchmarks.archive import add_arguments, choose_data_sets, lengths, read_part
from benchmarks.folds import FOLDS
from benchmarks.published import published_line, source_lines
from sk_attnseq._runtime.tensorflow_import import quiet_import

RESULTS = Path(__file__).parent / "accuracy.json"
N_BINS = 15


def main(arguments=None) -> None:
    """Measure what was asked for, or all."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.accuracy",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    add_arguments(parser)
    parser.add_argument("--contenders", nargs="+", metavar="NAME", choices=CONTENDERS)
    parser.add_argument("--seeds", type=int, help="fits of each contender (5, or 1 a fold)")
    parser.add_argument("--json", type=Path, default=RESULTS, metavar="FILE")
    parser.add_argument("--cross-validate", choices=FOLDS, help="folds; use no test part")
    options = parser.parse_args(arguments)
    if options.seeds is None:
        options.seeds = 1 if options.cross_validate else 5
    if options.seeds < 1:
        parser.error(f"--seeds is {options.seeds}: it must be 1 or more")
    chosen = choose_data_sets(parser, options)
    contenders = choose_contenders(options.contenders)
    quiet_import("sk_attnseq._training.fitting")  # TensorFlow, whose import is no part of a fit
    protocol = f"cross_validation_{options.cross_validate}" if options.cross_validate else "test"
    for name, path in chosen.items():
        result, parts = read(path, cross_validate=options.cross_validate)
        for contender in contenders:  # stored one by one, as some take hours
            fitted = fit_and_score(CONTENDERS[contender].make, range(options.seeds), parts)
            result["contenders"][contender] = fitted
            stored = store(options.json, protocol, name, result)
        print("\n".join(table(name, result)), flush=True)
        if not options.cross_validate:
            print("  " + published_line(name), flush=True)
        print(flush=True)
    for name in contenders:
        print(f"{name}: {CONTENDERS[name].what}")
    for peer in ("MiniRocket", "MultiRocket-Hydra"):
        print("\n".join(comparison(stored[protocol], peer)))
    if not options.cross_validate:
        print("\n".join(source_lines(chosen)))


def read(path, *, cross_validate):
    """What is to know of a data set, and its pairs of parts to fit and to score on."""
    X, y = read_part(path, "train")
    steps = lengths(X)
    result = {
        "n_train": len(X),
        "n_features": X.shape[2],
        "n_classes": len(np.unique(y)),
    }
    if cross_validate:
        folds = FOLDS[cross_validate](X, y)
        parts = [(X[train], y[train], X[test], y[test]) for train, test in folds]
        result["n_folds"] = len(folds)
    else:
        X_test, y_test = read_part(path, "test")
        parts = [(X, y, X_test, y_test)]
        result["n_test"] = len(X_test)
        steps = np.append(steps, lengths(X_test))
    result["n_timesteps"] = [int(steps.min()), int(steps.max())]
    return {**result, "contenders": {}}, parts


def fit_and_score(make_classifier, seeds, parts):
    """The scores of one contender, for each seed and for the ensemble of the seeds."""
    y_true = np.concatenate([y_test for *_, y_test in parts])
    probabilities, fit_seconds, predict_seconds = [], [], []
    for seed in seeds:
        of_parts = []
        for X, y, X_test, _ in parts:
            classifier = make_classifier(random_state=seed)
            started = time.perf_counter()
            classifier.fit(X, y)
            fitted = time.perf_counter()
            of_parts.append(classifier.predict_proba(X_test))
            fit_seconds.append(fitted - started)
            predict_seconds.append(time.perf_counter() - fitted)
        probabilities.append(np.concatenate(of_parts))
    classes = classifier.classes_
    each = [scores(y_true, of_seed, classes) for of_seed in probabilities]
    return {
        "machine": machine(),
        "seeds": list(seeds),
        **{name: [score[name] for score in each] for name in each[0]},
        "fit_seconds": fit_seconds,
        "predict_seconds": predict_seconds,
        "ensemble": scores(y_true, np.mean(probabilities, axis=0), classes),
    }


def scores(y_true, probabilities, classes):
    """Accuracy, log-loss and calibration error of predicted probabilities."""
    accuracy = float(accuracy_score(y_true, classes[probabilities.argmax(axis=1)]))
    if np.isin(probabilities, (0, 1)).all():
        return {"accuracy": accuracy}
    return {
        "accuracy": accuracy,
        "log_loss": float(log_loss(y_true, probabilities, labels=classes)),
        "calibration_error": expected_calibration_error(y_true, probabilities, classes),
    }


def expected_calibration_error(y_true, probabilities, classes, n_bins=N_BINS):
    """How far the highest probabilities are from how often they are right.

    The samples are put in bins of equal width by their highest probability, the upper edge
    belonging to the bin; the error is the mean of the bins' |accuracy - mean probability|,
    weighted by their numbers of samples.
    """
    confidence = probabilities.max(axis=1)
    correct = classes[probabilities.argmax(axis=1)] == y_true
    inner_edges = np.linspace(0, 1, n_bins + 1)[1:-1]
    bins = np.digitize(confidence, inner_edges, right=True)
    # A bin's number of samples times its difference is the sum of its samples' differences.
    gaps = np.bincount(bins, weights=correct - confidence)
    return float(np.abs(gaps).sum() / len(confidence))


def store(path, protocol, name, result):
    """Put a result in the file, beside what is there, and return all."""
    # Read anew, as another run may have stored other results in the meantime.
    content = read_results(path)
    of_protocol = content.setdefault(protocol, {})
    before = of_protocol.get(name, {}).get("contenders", {})
    of_protocol[name] = {**result, "contenders": {**before, **result["contenders"]}}
    write_results(path, content)
    return content


if __name__ == "__main__":
    main()
