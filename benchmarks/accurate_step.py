"""A training step of the accurate configuration, beside its matrix products alone.

The step is of 16 sequences of 128 timesteps x 9 features, of which 64 means reach the LSTM. No step
can be faster than its products; these are computed by NumPy, on one core.
"""

from __future__ import annotations

import os
from statistics import median

import numpy as np
from threadpoolctl import threadpool_limits

from benchmarks._timing import timings

BATCH, TIMESTEPS, FEATURES, WIDTH, POOL_SIZE = 16, 128, 9, 64, 2
KERNEL_SIZES = (7, 5, 3, 3)
N_BATCHES, REPEATS = 64, 5


def step_seconds(n_cores):
    """Seconds of a step on so many cores, of fits of an epoch."""
    os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[:n_cores])
    from sk_attnseq.presets import make_accurate_classifier

    X = np.random.default_rng(0).normal(size=(N_BATCHES * BATCH, TIMESTEPS, FEATURES))
    X, y = X.astype(np.float32), np.arange(len(X)) % 4
    classifier = make_accurate_classifier(epochs=1, random_state=0)[-1].fit(X, y)
    assert classifier._architecture.pool_size == POOL_SIZE
    return median(timings(lambda: classifier.fit(X, y), REPEATS)) / N_BATCHES


def product_seconds():
    """Seconds of the products on one core."""
    factors = [(_matrix(*left), _matrix(*right)) for left, right in products()]

    def multiply():
        for left, right in factors:
            left @ right

    with threadpool_limits(1):
        multiply()
        return median(timings(multiply, REPEATS))


def products():
    """Shapes of the factors of each product, those of the gradients included."""
    rows = BATCH * TIMESTEPS
    n_inputs = FEATURES
    for size in KERNEL_SIZES:
        yield from _of_layer(rows, size * n_inputs, WIDTH, first=n_inputs == FEATURES)
        n_inputs = WIDTH
    n_steps = TIMESTEPS // POOL_SIZE
    for _ in range(2):  # directions
        yield from _of_layer(n_steps * BATCH, WIDTH, 4 * WIDTH)
        for _ in range(n_steps):
            yield (4 * WIDTH, WIDTH), (WIDTH, BATCH)
            yield (WIDTH, 4 * WIDTH), (4 * WIDTH, BATCH)
        yield (WIDTH, n_steps * BATCH), (n_steps * BATCH, 4 * WIDTH)  # recurrent kernel


def _of_layer(rows, n_inputs, n_outputs, first=False):
    """Output, gradient by the kernel and, but of the first layer, by the input."""
    yield (rows, n_inputs), (n_inputs, n_outputs)
    yield (n_inputs, rows), (rows, n_outputs)
    if not first:
        yield (rows, n_outputs), (n_outputs, n_inputs)


def _matrix(*shape):
    return np.random.default_rng(0).normal(size=shape).astype(np.float32)
