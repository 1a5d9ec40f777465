"""Accuracy with gaps: values filled along time beside a constant for each feature.

    python -m benchmarks.gaps DIR [--only NAME ...] [--contenders NAME ...] [--seeds 3]

DIR holds data sets with a train/test split, as for `benchmarks.accuracy`. Of all values of both
parts, 30% are cut out in two ways: each value by itself, or in blocks of 10 timesteps of a
feature, which may overlap. Each contender fills them, and the same network follows, on
standardized features: the default one, with one cycle of the learning rate and 80,000 samples in
all epochs together, but 100 epochs at most. A seed decides the gaps and the network. Results go to
`benchmarks/gaps.json` as soon as there are any, and what is in there is not measured again. At the
end the table of the means is printed.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np
from sklearn.impute import SimpleImputer
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from benchmarks._results import read_results
from benchmarks.archive import add_arguments, choose_data_sets, read_part
from benchmarks.few_samples import store
from sk_attnseq import AttentionSequenceClassifier
from sk_attnseq.preprocessing import SequenceImputer, TimestepTransformer

RESULTS = Path(__file__).parent / "gaps.json"
CONTENDERS = {
    "mean": TimestepTransformer(SimpleImputer()),
    "forward": SequenceImputer(),
    "linear": SequenceImputer("linear"),
    "nearest": SequenceImputer("nearest"),
    "linear, max_gap=3": SequenceImputer("linear", max_gap=3),
    "forward, max_gap=3": SequenceImputer(max_gap=3),
    "mean, indicator": TimestepTransformer(SimpleImputer(add_indicator=True)),
    "forward, indicator": SequenceImputer(add_indicator=True),
    "forward, elapsed": SequenceImputer(add_elapsed=True),
}
WHOLE = "no gaps"
SHARE, BLOCK = 0.3, 10
KINDS = {"at random": 1, "in blocks": BLOCK}
SAMPLES_SEEN, MAX_EPOCHS = 80_000, 100


def main(arguments=None) -> None:
    """Measure what was asked for, or all."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.gaps",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    add_arguments(parser)
    parser.add_argument("--contenders", nargs="+", metavar="NAME", choices=CONTENDERS)
    parser.add_argument("--seeds", type=int, default=3, metavar="N")
    parser.add_argument("--json", type=Path, default=RESULTS, metavar="FILE")
    options = parser.parse_args(arguments)
    chosen = choose_data_sets(parser, options)
    results = read_results(options.json)
    for seed in range(options.seeds):
        for name, path in chosen.items():
            parts = [read_part(path, part) for part in ("train", "test")]
            for kind, contender in cases(options.contenders or CONTENDERS):
                if str(seed) not in results.get(name, {}).get(kind, {}).get(contender, {}):
                    accuracy = fit_and_score(kind, contender, seed, parts)
                    results = store(options.json, (name, kind, contender, str(seed)), accuracy)
    print("\n".join(table(results)))


def cases(contenders):
    """Kinds of gaps and contenders; that without gaps needs no imputer."""
    yield WHOLE, WHOLE
    yield from ((kind, contender) for kind in KINDS for contender in contenders)


def cut(X, block, rng):
    """X (n_samples, n_timesteps, n_features) without a share of its values, in blocks."""
    n_samples, n_timesteps, n_features = X.shape
    share_of_starts = 1 - (1 - SHARE) ** (1 / block)
    # Blocks may start before the sequence does.
    starts = rng.random((n_samples, n_timesteps + block - 1, n_features)) < share_of_starts
    windows = np.lib.stride_tricks.sliding_window_view(starts, block, axis=1)
    return np.where(windows.any(axis=-1), np.nan, X)


def fit_and_score(kind, contender, seed, parts):
    """The accuracy on the test samples, which have gaps as the training samples have."""
    (X, y), (X_test, y_test) = parts
    classifier = AttentionSequenceClassifier(
        epochs=min(MAX_EPOCHS, round(SAMPLES_SEEN / len(y))),
        learning_rate_schedule="one_cycle",
        random_state=seed,
    )
    steps = [TimestepTransformer(StandardScaler()), classifier]
    if kind != WHOLE:
        rng = np.random.default_rng(seed)
        X, X_test = cut(X, KINDS[kind], rng), cut(X_test, KINDS[kind], rng)
        steps.insert(0, CONTENDERS[contender])
    return make_pipeline(*steps).fit(X, y).score(X_test, y_test)


def table(results):
    """The lines that show the mean accuracy, and its standard deviation over the seeds."""
    for name, of_kinds in results.items():
        yield name
        for kind, of_contenders in of_kinds.items():
            for contender, of_seeds in of_contenders.items():
                accuracies = list(of_seeds.values())
                yield (
                    f"  {kind:<12}{contender:<20}{np.mean(accuracies):.3f} "
                    f"± {np.std(accuracies):.3f} ({len(accuracies)})"
                )


if __name__ == "__main__":
    main()
