"""Training on a memory-mapped file of 2 GB: how much the resident memory grows.

    python benchmarks/memory.py

Writes the file to a temporary directory, fits one epoch on it, then goes over it once more
in chunks with `partial_fit`, and prints the largest growth of the resident memory over that
of a process that has fitted the same network on a little data. Linux only.
"""

from __future__ import annotations

import tempfile
import threading
from pathlib import Path

import numpy as np

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


def resident() -> float:
    """Resident memory of this process in MB."""
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * 4096 / 1e6


class PeakMemory:
    """Watches the resident memory while the block runs; `growth` is its largest, in MB."""

    def __enter__(self):
        self.growth, self._before, self._done = 0.0, resident(), threading.Event()
        self._thread = threading.Thread(target=self._watch)
        self._thread.start()
        return self

    def _watch(self):
        while not self._done.wait(0.01):
            self.growth = max(self.growth, resident() - self._before)

    def __exit__(self, *_):
        self._done.set()
        self._thread.join()


if __name__ == "__main__":
    main()
