"""Throughput of predictions on a cluster: sequences per second and core, with 1 and 2 workers.

    pip install -e ".[clusters]"
    python -m benchmarks.cluster_predictions

Predicts 100,000 sequences of 10 timesteps x 5 features with the default network, and 10,000 with
the accurate configuration, in 20 chunks, as the guide's section "Predictions on a cluster" does:
with dask's `map_blocks` and ray's `map_batches`, on workers with one thread each. Before the clock
starts, each worker has predicted a chunk, and so has imported what it needs. The data are made on
the workers. "alone" is this process with one thread. Both clusters run on this machine. Prints
the best of three rounds, and writes it to `benchmarks/cluster_predictions.json`.
"""

from __future__ import annotations

import contextlib
import logging
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import dask.array as da
import numpy as np
import ray
import ray.data
from dask.distributed import Client, LocalCluster
from threadpoolctl import threadpool_limits

from benchmarks.__main__ import machine
from benchmarks._results import write_results
from sk_attnseq import AttentionSequenceClassifier
from sk_attnseq.datasets import make_sequence_classification
from sk_attnseq.export import for_prediction
from sk_attnseq.presets import make_accurate_classifier

N_CHUNKS, N_ROUNDS = 20, 3
RESULTS = Path(__file__).parent / "cluster_predictions.json"
SETTINGS = {
    "default": (AttentionSequenceClassifier(epochs=1, random_state=0), 100_000),
    "accurate": (make_accurate_classifier(epochs=1, random_state=0), 10_000),
}


def main() -> None:
    """Print a line for each configuration, scheduler and number of workers."""
    X, y = make_sequence_classification(500, n_classes=2, random_state=0)
    results: dict = {}
    for name, (estimator, n_samples) in SETTINGS.items():
        fitted = for_prediction(estimator.fit(X, y))
        chunk_size = n_samples // N_CHUNKS

        def predict(seeds: np.ndarray, fitted=fitted, chunk_size=chunk_size) -> np.ndarray:
            """Probabilities of a chunk that is drawn from each seed; dask passes (1,)."""
            chunks = [np.random.default_rng(s).normal(size=(chunk_size, 10, 5)) for s in seeds]
            return np.concatenate([fitted.predict_proba(chunk) for chunk in chunks])

        with threadpool_limits(1):
            report(results, name, "alone", n_samples / seconds_of(predict))
        for n_workers in (1, 2):
            for scheduler, cluster in (("dask", dask_cluster), ("ray", ray_cluster)):
                with cluster(n_workers, predict) as run:
                    run(np.arange(2 * n_workers))
                    workers = f"{n_workers} worker{'s' * (n_workers > 1)}"
                    report(results, name, f"{scheduler}, {workers}", n_samples / seconds_of(run))
    write_results(RESULTS, {**results, "machine": machine()})


@contextlib.contextmanager
def dask_cluster(n_workers: int, predict: Callable) -> Iterator[Callable]:
    """Yield a function that predicts the chunks of seeds with dask."""

    def run(seeds: np.ndarray) -> None:
        lazy = da.from_array(seeds, chunks=1)
        probabilities = lazy.map_blocks(predict, new_axis=1, meta=np.empty((0, 0)))
        probabilities.compute()

    with (
        LocalCluster(
            n_workers=n_workers, threads_per_worker=1, dashboard_address="127.0.0.1:0"
        ) as cluster,
        Client(cluster),
    ):
        yield run


@contextlib.contextmanager
def ray_cluster(n_workers: int, predict: Callable) -> Iterator[Callable]:
    """Yield a function that predicts the chunks of seeds with ray."""

    def run(seeds: np.ndarray) -> None:
        dataset = ray.data.from_numpy(np.array_split(seeds, len(seeds)))
        dataset.map_batches(lambda batch: {"p": predict(batch["data"])}).materialize()

    ray.init(num_cpus=n_workers, include_dashboard=False, logging_level=logging.ERROR)
    ray.data.DataContext.get_current().enable_progress_bars = False
    try:
        yield run
    finally:
        ray.shutdown()


def seconds_of(predict_seeds: Callable) -> float:
    """How long it takes to predict all chunks, the shortest of several times."""
    durations = []
    for round_number in range(1, N_ROUNDS + 1):
        # Other seeds in each round, because dask reuses results.
        seeds = round_number * N_CHUNKS + np.arange(N_CHUNKS)
        start = time.perf_counter()
        predict_seeds(seeds)
        durations.append(time.perf_counter() - start)
    return min(durations)


def report(results: dict, name: str, by: str, per_second: float) -> None:
    """Print a line, and keep it."""
    print(f"{name:<10}{by:<17}{per_second:10,.0f} sequences/s", flush=True)
    results.setdefault(name, {})[by] = {"sequences_per_second": round(per_second)}


if __name__ == "__main__":
    main()
