"""Long runs: what 300 fits and 100,000 predictions leave in memory and threads.

    python -m benchmarks.long_runs

The fits change their numbers of samples, timesteps and features, their parameters and, every
tenth time, the form of their data, among shapes that come again: a distinct program costs
memory for good, so what has to stay flat is what comes after the first of each. The
predictions are of one sequence at a time, as a server makes them. Linux only.
"""

from __future__ import annotations

import gc

import numpy as np

from benchmarks import peers
from benchmarks._resident import n_threads, resident
from sk_attnseq import AttentionSequenceClassifier

FIT_MARKS = (20, 40, 100, 200, 300)
PREDICTION_MARKS = (1_000, 10_000, 100_000)


def main() -> None:
    """Print resident memory and threads at marks on the way."""
    print(f"{'':>20}{'resident':>12}{'threads':>10}")
    for i in range(1, FIT_MARKS[-1] + 1):
        fit(i)
        if i in FIT_MARKS:
            report(f"{i} fits")
    X, y = peers.made(1_000, 10, 3, 2)
    classifier = AttentionSequenceClassifier(units=8, epochs=1, random_state=0).fit(X, y)
    report("another fit")
    for i in range(1, PREDICTION_MARKS[-1] + 1):
        row = i % len(X)
        classifier.predict_proba(X[row : row + 1])
        if i in PREDICTION_MARKS:
            report(f"{i:,} predictions")


def fit(i):
    """Fit number i, on other data than the one before; its shapes come again after 30."""
    rng = np.random.default_rng(i)
    n_timesteps, n_features = 4 + i % 10, 3 if i % 3 else 5
    X, y = peers.made(int(rng.integers(50, 200)), n_timesteps, n_features, 2)
    if i % 10 == 0:
        X = [x[: rng.integers(2, n_timesteps + 1)] for x in X]
    classifier = AttentionSequenceClassifier(
        units=8,
        attention=("pooling", "multihead", None)[i // 10 % 3],
        epochs=2,
        alpha=i / 1_000,
        learning_rate=0.001 + i / 1e5,
        early_stopping=i % 7 == 0,
        random_state=i,
    )
    classifier.fit(X, y).predict(X)


def report(what):
    """Print a line of the table."""
    gc.collect()
    print(f"{what:>20}{resident():>9.0f} MB{n_threads():>10}", flush=True)


if __name__ == "__main__":
    main()
