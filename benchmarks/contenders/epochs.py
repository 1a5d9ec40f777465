"""Epochs and steps in a steady state."""

from __future__ import annotations

import os

from benchmarks import accurate_step, peers
from benchmarks.contenders.ready import classifier, timed


def epoch_ours(**parameters):
    X, y = peers.made()
    clf = classifier(epochs=1, **parameters).fit(X, y)
    clf.set_params(warm_start=True, epochs=5)
    return timed(lambda: clf.fit(X, y), 5) / 5, clf.score(X, y)


def epoch_keras():
    X, y = peers.made()
    model = peers.keras_model(10, 5, 10)
    model.fit(X, y, batch_size=32, verbose=0)
    seconds = timed(lambda: model.fit(X, y, batch_size=32, epochs=5, verbose=0), 5) / 5
    return seconds, model.evaluate(X, y, verbose=0)[1]


def epoch_torch():
    import torch

    torch.set_num_threads(1)
    X, y = map(torch.from_numpy, peers.made())
    module = peers.torch_module(5, 10)
    optimizer = torch.optim.Adam(module.parameters(), lr=0.01, fused=True)
    peers.torch_epoch(module, optimizer, X, y)
    seconds = timed(lambda: peers.torch_epoch(module, optimizer, X, y), 25)
    with torch.no_grad():
        return seconds, float((module(X).argmax(1) == y).float().mean())


def dropout_ours():
    return epoch_ours(dropout=0.3)


def one_thread_ours():
    os.environ["TF_NUM_INTRAOP_THREADS"] = "1"  # before TensorFlow comes into this process
    return epoch_ours()


def long_ours():
    X, y = peers.made(2_000, 500, 8, 2)
    clf = classifier(units=64, epochs=1)
    clf.fit(X, y)
    clf.set_params(warm_start=True)
    return timed(lambda: clf.fit(X, y), 3), clf.score(X, y)


def long_keras():
    X, y = peers.made(2_000, 500, 8, 2)
    model = peers.keras_model(500, 8, 2, units=64)
    model.fit(X, y, batch_size=32, verbose=0)
    seconds = timed(lambda: model.fit(X, y, batch_size=32, verbose=0), 3)
    return seconds, model.evaluate(X, y, verbose=0)[1]


def long_compile_ours():
    """Seconds until the first step is done, data of one batch."""
    X, y = peers.made(32, 500, 8, 2)
    clf = classifier(units=64, epochs=1)
    return timed(lambda: clf.fit(X, y)), None


def accurate_step_ours():
    return accurate_step.step_seconds(n_cores=2), None


def accurate_step_one_core_ours():
    return accurate_step.step_seconds(n_cores=1), None


def accurate_step_products():
    return accurate_step.product_seconds(), None


def accurate_step_one_core_products():
    return accurate_step.product_seconds(), None
