"""Sequences of different lengths: what it gives to know them, on two public data sets.

    python benchmarks/lengths.py DIR

DIR holds JapaneseVowels.npz and SpokenArabicDigits.npz with the official splits: arrays
X_train, y_train, X_test, y_test, padded with NaN. For each, a pipeline that scales features
over the real timesteps is compared with the same network on the same data padded with zeros
that it takes for real: seconds for an epoch (median, alternating) and test accuracy.
"""

from __future__ import annotations

import sys
import time
from pathlib import Path
from statistics import median

import numpy as np
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from sk_attnseq import AttentionSequenceClassifier
from sk_attnseq.preprocessing import TimestepTransformer

SEEDS = range(3)
EPOCHS = {"JapaneseVowels": 60, "SpokenArabicDigits": 20}


def main(directory: Path) -> None:
    """Print a table for each data set."""
    for name, epochs in EPOCHS.items():
        data = np.load(directory / f"{name}.npz")
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
    main(Path(sys.argv[1]))
