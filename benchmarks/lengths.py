"""Sequences of different lengths: what they cost, and what it gives to know the lengths.

    python -m benchmarks.lengths [DIR]

First, sequences made up: 1,000 of 20 timesteps x 8 features, of which one has 2,000 timesteps,
beside the same without it; and 2,000 of log-normal lengths (median 40, sigma 1.2, up to 5,000) x
13, beside the same padded to the longest with zeros that pass for real. Seconds for an epoch and
for predictions (the least of some), and how much the resident memory grows (Linux). Each case is
measured in a process of its own, after a fit that compiles.

DIR holds JapaneseVowels.npz and SpokenArabicDigits.npz with the official splits: arrays
X_train, y_train, X_test, y_test, padded with NaN. For each, a pipeline that scales features
over the real timesteps is compared with the same network on the same data padded with zeros
that it takes for real: seconds for an epoch (median, alternating) and test accuracy.
"""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path
from statistics import median

import numpy as np
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from benchmarks._resident import PeakMemory
from benchmarks._timing import timings
from sk_attnseq import AttentionSequenceClassifier
from sk_attnseq.preprocessing import TimestepTransformer

SEEDS = range(3)
EPOCHS = {"JapaneseVowels": 60, "SpokenArabicDigits": 20}
REPEATS = 3


def main(directory: Path | None) -> None:
    """Print a line for each made-up case, and a table for each data set in the directory."""
    for case in CASES:
        subprocess.run([sys.executable, "-m", "benchmarks.lengths", "--case", case], check=True)
    if directory is not None:
        for name, epochs in EPOCHS.items():
            compare_on_data(np.load(directory / f"{name}.npz"), name, epochs)


def one_length():
    """1,000 sequences of 20 timesteps."""
    return [np.ones((20, 8), np.float32) * (i % 2) for i in range(1_000)]


def one_long():
    """The same, of which one has 2,000."""
    X = one_length()
    X[500] = np.zeros((2_000, 8), np.float32)
    return X


def log_normal():
    """2,000 sequences of log-normal lengths."""
    rng = np.random.default_rng(0)
    lengths = np.clip(rng.lognormal(np.log(40), 1.2, 2_000), 1, 5_000).astype(int)
    return [rng.normal(size=(length, 13)).astype(np.float32) for length in lengths]


def log_normal_padded():
    """The same, all as long as the longest."""
    X = log_normal()
    padded = np.zeros((len(X), max(map(len, X)), 13), np.float32)
    for row, sequence in zip(padded, X, strict=True):
        row[: len(sequence)] = sequence
    return padded


CASES = {make.__name__: make for make in (one_length, one_long, log_normal, log_normal_padded)}


def measure_case(case: str) -> None:
    """Print what a case costs."""
    X = CASES[case]()
    y = np.arange(len(X)) % 2
    classifier = AttentionSequenceClassifier(epochs=1, random_state=0)
    classifier.fit(X, y)  # compiles
    with PeakMemory() as fit_memory:
        classifier.fit(X, y)
    fit_seconds = min(timings(lambda: classifier.fit(X, y), REPEATS))
    with PeakMemory() as predict_memory:
        classifier.predict(X)
    predict_seconds = min(timings(lambda: classifier.predict(X), REPEATS))
    print(
        f"{case:<18} epoch {fit_seconds:8.3f} s (+{fit_memory.growth:.0f} MB)   "
        f"predict {predict_seconds:7.3f} s (+{predict_memory.growth:.0f} MB)"
    )


def compare_on_data(data, name: str, epochs: int) -> None:
    """Print what it gives to know the lengths, on a data set."""
    X_train, X_test = data["X_train"], data["X_test"]
    y_train, y_test = data["y_train"], data["y_test"]
    forms = {
        "lengths known": (X_train, X_test),
        "zeros as padding": (np.nan_to_num(X_train), np.nan_to_num(X_test)),
    }
    seconds, scores = {form: [] for form in forms}, {form: [] for form in forms}
    for X, _ in forms.values():  # compile first
        fit(X, y_train, epochs=1, seed=0)
    for seed in SEEDS:
        for form, (X, X_new) in forms.items():
            started = time.perf_counter()
            pipeline = fit(X, y_train, epochs=epochs, seed=seed)
            seconds[form].append((time.perf_counter() - started) / epochs)
            scores[form].append(pipeline.score(X_new, y_test))
    print(f"{name}: {X_train.shape}, {epochs} epochs, {len(SEEDS)} seeds")
    for form in forms:
        print(
            f"  {form:<18}{median(seconds[form]):8.3f} s an epoch   "
            f"accuracy {np.mean(scores[form]):.3f} ({min(scores[form]):.3f} to "
            f"{max(scores[form]):.3f})"
        )
    slow, fast = median(seconds["zeros as padding"]), median(seconds["lengths known"])
    print(f"  knowing the lengths is {slow / fast:.2f} times faster")


def fit(X, y, *, epochs, seed):
    """Fit a pipeline of scaler and default network."""
    pipeline = make_pipeline(
        TimestepTransformer(StandardScaler()),
        AttentionSequenceClassifier(epochs=epochs, random_state=seed),
    )
    return pipeline.fit(X, y)


if __name__ == "__main__":
    if sys.argv[1:2] == ["--case"]:
        measure_case(sys.argv[2])
    else:
        main(Path(sys.argv[1]) if sys.argv[1:] else None)
