"""What grows: memory from fit to fit, and time with the data."""

from __future__ import annotations

import numpy as np

from benchmarks import peers
from benchmarks._resident import resident
from benchmarks.contenders.ready import classifier, timed


def memory_ours():
    """Megabytes that are added between the 20th and the 200th fit, of ten shapes of data."""
    rng = np.random.default_rng(0)
    for i in range(200):
        n_timesteps, n_samples = 4 + i % 10, int(rng.integers(50, 200))
        X, y = peers.made(n_samples, n_timesteps, 3, 2)
        classifier(units=8, epochs=2, alpha=i / 1000).fit(X, y).predict(X)
        if i == 19:
            before = resident()
    return resident() - before, None


def growth_ours(what):
    """Seconds of a warm fit with ten times the samples, timesteps or epochs, over once."""
    sizes = {"n_samples": 3_000, "n_timesteps": 10, "epochs": 10}
    seconds = []
    for factor in (1, 10):
        now = {**sizes, what: sizes[what] * factor}
        X, y = peers.made(now["n_samples"], now["n_timesteps"], 5, 4)
        clf = classifier(epochs=1).fit(X, y).set_params(epochs=now["epochs"])
        seconds.append(timed(lambda clf=clf, X=X, y=y: clf.fit(X, y), 3))
    return seconds[1] / seconds[0], None


def growth_samples_ours():
    return growth_ours("n_samples")


def growth_timesteps_ours():
    return growth_ours("n_timesteps")


def growth_epochs_ours():
    return growth_ours("epochs")
