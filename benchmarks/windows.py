"""Windows of 10 million timesteps x 6 features: seconds and memory.

    python -m benchmarks.windows

Cuts one long recording, and fifty that are as long together, into windows of 100 timesteps, with
and without labels for each timestep, and takes probabilities of the windows back to the timesteps.
Each row is the median processor time of some calls, which run in one thread, and the largest growth
of the resident memory during one, in units of the data. Prints the table and writes it to
`benchmarks/windows.json`. Linux only.
"""

from __future__ import annotations

import time
from pathlib import Path
from statistics import median

import numpy as np

from benchmarks._resident import PeakMemory
from benchmarks._results import write_results
from sk_attnseq.sequences import make_windows, to_timeline

N_TIMESTEPS, N_FEATURES, N_RECORDINGS, N_CLASSES = 10_000_000, 6, 50, 6
LENGTH, ROUNDS = 100, 3
RESULTS = Path(__file__).parent / "windows.json"
MOST_SECONDS, MOST_MEMORY = 2.0, 0.2  # the latter in addition to the overlap


def main() -> None:
    """Print and write the table."""
    rng = np.random.default_rng(0)
    long = rng.random((N_TIMESTEPS, N_FEATURES), dtype=np.float32)
    labels = np.repeat(rng.integers(N_CLASSES, size=N_TIMESTEPS // 1000), 1000)
    several = [part.copy() for part in np.array_split(long, N_RECORDINGS)]
    labels_of_several = np.array_split(labels, N_RECORDINGS)
    rows = {}
    for step in (LENGTH, LENGTH // 2):
        for name, arguments, options in (
            ("one recording", (long,), {}),
            ("one recording, labels", (long, labels), {}),
            ("one recording, windows of one label", (long, labels), {"label_rule": "all"}),
            ("50 recordings", (several,), {}),
            ("50 recordings, labels", (several, labels_of_several), {}),
        ):
            options = {"length": LENGTH, "step": step} | options
            row = measure(lambda a=arguments, o=options: make_windows(*a, **o), long.nbytes)
            overlap = LENGTH / step
            row["reached"] = row["seconds"] < MOST_SECONDS and row["memory"] < overlap + MOST_MEMORY
            rows[f"{name}, overlap {overlap:g}"] = row
    windows = make_windows(several, length=LENGTH, step=LENGTH // 2)
    values = rng.random((len(windows.data), N_CLASSES))
    rows["to_timeline, overlap 2"] = measure(lambda: to_timeline(values, windows), long.nbytes)
    for name, row in rows.items():
        mark = " " if row.get("reached", True) else "!"
        print(f"{mark} {name:<48}{row['seconds']:8.3f} s{row['memory']:8.2f} x the data")
    write_results(RESULTS, rows)


def measure(call, n_bytes):
    """Seconds, and memory in units of the data."""
    with PeakMemory() as peak:
        call()
    seconds = []
    for _ in range(ROUNDS):
        started = time.process_time()
        call()
        seconds.append(time.process_time() - started)
    return {"seconds": median(seconds), "memory": peak.growth * 1e6 / n_bytes}


if __name__ == "__main__":
    main()
