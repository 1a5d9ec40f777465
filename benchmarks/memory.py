"""Training on a memory-mapped file of 2 GB: how much the resident memory grows.

    python -m benchmarks.memory

Writes the file to a temporary directory, fits one epoch on it, then goes over it once more
in chunks with `partial_fit`, and prints the largest growth of the resident memory over that
of a process that has fitted the same network on a little data. Linux only.
"""

from __future__ import annotations

import tempfile
from pathlib import Path

import numpy as np

from benchmarks._resident import PeakMemory, resident
from sk_attnseq import AttentionSequenceClassifier

SHAPE = (100_000, 50, 100)  # x 4 bytes = 2 GB


def main() -> None:
    """Print the growth for `fit`, `partial_fit` and `predict`."""
    y = np.arange(SHAPE[0]) % 2
    with tempfile.TemporaryDirectory() as directory:
        path = Path(directory) / "X.float32"
        write(path, y)
        X = np.memmap(path, dtype=np.float32, mode="r", shape=SHAPE)
        classifier = AttentionSequenceClassifier(units=8, epochs=1, random_state=0)
        classifier.fit(np.array(X[:2_000]), y[:2_000])
        print(f"X has {X.nbytes / 1e9:.1f} GB; resident before: {resident():.0f} MB")
        with PeakMemory() as peak:
            classifier.fit(X, y)
        print(f"fit: +{peak.growth:.0f} MB")
        with PeakMemory() as peak:
            for start in range(0, len(X), 10_000):
                classifier.partial_fit(X[start : start + 10_000], y[start : start + 10_000])
        print(f"partial_fit over chunks: +{peak.growth:.0f} MB")
        with PeakMemory() as peak:
            accuracy = classifier.score(X, y)
        print(f"score: +{peak.growth:.0f} MB, accuracy {accuracy:.3f}")


def write(path, y):
    """Write noise with a class-dependent mean, block by block."""
    rng = np.random.default_rng(0)
    with path.open("wb") as file:
        for block in np.array_split(y, 100):
            X = rng.normal(size=(len(block), *SHAPE[1:])).astype(np.float32)
            X[:, 20, :3] += block[:, np.newaxis]
            file.write(X.tobytes())


if __name__ == "__main__":
    main()
