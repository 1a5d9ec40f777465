"""An epoch on a million sequences: by `fit`, and by `partial_fit` in chunks.

    python -m benchmarks.large_data

The sequences have 10 timesteps x 5 features, in one array of 200 MB; chunks have 10,000. Programs
are compiled before. Prints the seconds, and the largest growth of the resident memory, and writes
them to `benchmarks/large_data.json`. Linux only.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

import numpy as np

from benchmarks.__main__ import machine
from benchmarks._resident import PeakMemory
from benchmarks._results import write_results
from sk_attnseq import AttentionSequenceClassifier

N_SAMPLES, CHUNK, CLASSES = 1_000_000, 10_000, np.arange(10)
RESULTS = Path(__file__).parent / "large_data.json"


def main() -> None:
    """Measure both ways, print and write."""
    rng = np.random.default_rng(0)
    X = rng.normal(size=(N_SAMPLES, 10, 5)).astype(np.float32)
    y = rng.choice(CLASSES, N_SAMPLES)
    classifier = AttentionSequenceClassifier(epochs=1)
    streamed = AttentionSequenceClassifier()

    def in_chunks(n_samples: int) -> None:
        for start in range(0, n_samples, CHUNK):
            chunk = slice(start, start + CHUNK)
            streamed.partial_fit(X[chunk], y[chunk], classes=CLASSES)

    classifier.fit(X[:CHUNK], y[:CHUNK])
    in_chunks(CHUNK)
    results = {
        "fit": measure(lambda: classifier.fit(X, y)),
        "chunks": measure(lambda: in_chunks(N_SAMPLES)),
        "machine": machine(),
    }
    print(results)
    write_results(RESULTS, results)


def measure(call: Callable[[], object]) -> dict[str, float]:
    """Seconds of a call, and how much memory it needs beside the data."""
    with PeakMemory() as memory:
        start = time.perf_counter()
        call()
        seconds = time.perf_counter() - start
    return {"seconds": seconds, "megabytes": memory.growth}


if __name__ == "__main__":
    main()
