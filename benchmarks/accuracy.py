"""The table of accuracy, on public data sets with a train/test split of their own.

    pip install -e . aeon
    python -m benchmarks.accuracy DIR [--only NAME ...] [--seeds 5] [--json FILE]
    python -m benchmarks.accuracy DIR --cross-validate {random,clusters}

DIR holds data sets as `NAME_TRAIN.ts` with `NAME_TEST.ts` (also in a folder NAME), as they come
from timeseriesclassification.com and are read by aeon, or as `NAME.npz` (see
`benchmarks/archive.py`). Two configurations are fitted with the seeds 0, 1, ...: the classifier's
default parameters behind a scaler, and `make_accurate_classifier`. What is measured of a data set
is printed and written as JSON (`benchmarks/accuracy.json`) as soon as it is done; data sets that
were not measured stay there as they were.

`--cross-validate` never reads a test part. It measures by cross-validation with three folds within
each training set, which is how the parameters of `make_accurate_classifier` were chosen, by default
with one seed. The folds are random, or have clusters of similar sequences (`benchmarks/folds.py`).

Of each configuration it reports the mean and the standard deviation of the accuracy over the seeds
(between seeds, not between samples: of 40 test samples, one is worth 0.025); the mean log-loss; the
mean expected calibration error (Guo et al., On Calibration of Modern Neural Networks, ICML 2017);
the median seconds of a fit, TensorFlow's compilation included where one was needed; and the same
scores for the ensemble of the seeds, the mean of their probabilities, as
`VotingClassifier(voting="soft")` predicts.
"""

from __future__ import annotations

import argparse
import json
import time
from pathlib import Path

import numpy as np
from sklearn.metrics import accuracy_score, log_loss
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from benchmarks.__main__ import machine
from benchmarks.archive import check_readable, find_data_sets, lengths, read_part
from benchmarks.folds import FOLDS
from benchmarks.published import published_line, source_lines
from sk_attnseq import AttentionSequenceClassifier
from sk_attnseq._runtime.startup import quiet_import
from sk_attnseq.preprocessing import TimestepTransformer
from sk_attnseq.presets import make_accurate_classifier

RESULTS = Path(__file__).parent / "accuracy.json"
N_BINS = 15


def make_default_classifier(*, random_state):
    """The classifier with its default parameters, behind a scaler."""
    return make_pipeline(
        TimestepTransformer(StandardScaler()),
        AttentionSequenceClassifier(random_state=random_state),
    )


CONFIGURATIONS = {
    "default": (
        "Pipeline of TimestepTransformer(StandardScaler()) and AttentionSequenceClassifier()",
        make_default_classifier,
    ),
    "accurate": ("make_accurate_classifier()", make_accurate_classifier),
}


def main(arguments=None) -> None:
    """Measure what was asked for, or all."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.accuracy",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("directory", metavar="DIR", help="where the data sets are")
    parser.add_argument("--only", nargs="+", metavar="NAME", help="data sets to measure")
    parser.add_argument("--seeds", type=int, help="fits of each configuration (5, or 1 a fold)")
    parser.add_argument("--json", type=Path, default=RESULTS, metavar="FILE")
    parser.add_argument("--cross-validate", choices=FOLDS, help="folds; use no test part")
    options = parser.parse_args(arguments)
    if options.seeds is None:
        options.seeds = 1 if options.cross_validate else 5
    if options.seeds < 1:
        parser.error(f"--seeds is {options.seeds}: it must be 1 or more")
    data_sets = find_data_sets(options.directory)
    missing = set(options.only or ()) - set(data_sets)
    if missing or not data_sets:
        wanted = ", ".join(sorted(missing)) or "any data set"
        parser.error(f"no files of {wanted} in {options.directory}, only {list(data_sets)}")
    chosen = {name: data_sets[name] for name in options.only or data_sets}
    check_readable(chosen)
    quiet_import("sk_attnseq._training.fitting")  # TensorFlow, whose import is no part of a fit
    protocol = f"cross_validation_{options.cross_validate}" if options.cross_validate else "test"
    for name, path in chosen.items():
        result = measure(path, range(options.seeds), cross_validate=options.cross_validate)
        store(options.json, protocol, name, result)
        print("\n".join(table(name, result)), flush=True)
        if not options.cross_validate:
            print("  " + published_line(name), flush=True)
        print(flush=True)
    for name, (what, _) in CONFIGURATIONS.items():
        print(f"{name}: {what}")
    if not options.cross_validate:
        print("\n".join(source_lines(chosen)))


def measure(path, seeds, *, cross_validate):
    """All that is measured of a data set, ready for JSON."""
    X, y = read_part(path, "train")
    steps = lengths(X)
    result = {
        "machine": machine(),
        "n_train": len(X),
        "n_features": X.shape[2],
        "n_classes": len(np.unique(y)),
    }
    if cross_validate:
        # The same folds for all seeds and both configurations.
        folds = FOLDS[cross_validate](X, y)
        parts = [(X[train], y[train], X[test], y[test]) for train, test in folds]
        result["n_folds"] = len(folds)
    else:
        X_test, y_test = read_part(path, "test")
        parts = [(X, y, X_test, y_test)]
        result["n_test"] = len(X_test)
        steps = np.append(steps, lengths(X_test))
    result["n_timesteps"] = [int(steps.min()), int(steps.max())]
    result["configurations"] = {
        name: fit_and_score(make, seeds, parts) for name, (_, make) in CONFIGURATIONS.items()
    }
    return result


def fit_and_score(make_classifier, seeds, parts):
    """The scores of one configuration, for each seed and for the ensemble of the seeds."""
    y_true = np.concatenate([y_test for *_, y_test in parts])
    probabilities, seconds = [], []
    for seed in seeds:
        of_parts = []
        for X, y, X_test, _ in parts:
            classifier = make_classifier(random_state=seed)
            started = time.perf_counter()
            classifier.fit(X, y)
            seconds.append(time.perf_counter() - started)
            of_parts.append(classifier.predict_proba(X_test))
        probabilities.append(np.concatenate(of_parts))
    classes = classifier.classes_
    each = [scores(y_true, of_seed, classes) for of_seed in probabilities]
    return {
        "seeds": list(seeds),
        **{name: [score[name] for score in each] for name in each[0]},
        "fit_seconds": seconds,
        "ensemble": scores(y_true, np.mean(probabilities, axis=0), classes),
    }


def scores(y_true, probabilities, classes):
    """Accuracy, log-loss and calibration error of predicted probabilities."""
    return {
        "accuracy": float(accuracy_score(y_true, classes[probabilities.argmax(axis=1)])),
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
    """Put a result in the file, beside what is there."""
    # Read anew, as another run may have stored other data sets in the meantime.
    content = json.loads(path.read_text()) if path.exists() else {}
    content["configurations"] = {key: what for key, (what, _) in CONFIGURATIONS.items()}
    content.setdefault(protocol, {})[name] = result
    path.write_text(json.dumps(content, indent=1) + "\n")


def table(name, result):
    """The lines that show a result."""
    shortest, longest = result["n_timesteps"]
    timesteps = f"{longest}" if shortest == longest else f"{shortest}-{longest}"
    test = f"{result['n_test']} test" if "n_test" in result else f"{result['n_folds']} folds"
    n_seeds = len(result["configurations"]["default"]["seeds"])
    yield (
        f"{name}: {result['n_train']} train, {test}, {timesteps} timesteps, "
        f"{result['n_features']} features, {result['n_classes']} classes, {n_seeds} seeds"
    )
    yield f"  {'':<9}accuracy    sd  log-loss    ECE  s a fit | ensemble: accuracy  log-loss    ECE"
    for configuration, of in result["configurations"].items():
        # Of one seed there is no deviation.
        deviation = f"{np.std(of['accuracy'], ddof=1):6.3f}" if n_seeds > 1 else f"{'-':>6}"
        ensemble = of["ensemble"]
        yield (
            f"  {configuration:<9}{np.mean(of['accuracy']):8.3f}{deviation}"
            f"{np.mean(of['log_loss']):10.3f}{np.mean(of['calibration_error']):7.3f}"
            f"{np.median(of['fit_seconds']):9.1f} |{ensemble['accuracy']:19.3f}"
            f"{ensemble['log_loss']:10.3f}{ensemble['calibration_error']:7.3f}"
        )


if __name__ == "__main__":
    main()
