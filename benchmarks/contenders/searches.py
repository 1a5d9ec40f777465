"""Searches, one after the other and in parallel."""

from __future__ import annotations

import time

import joblib
import numpy as np

from benchmarks import peers
from benchmarks.contenders.ready import classifier

GRID = {"learning_rate": [0.005, 0.01], "units": [16, 32]}


def search(estimator, grid, X, y, fit_parameters=None, **parallel):
    from sklearn.model_selection import GridSearchCV

    def fit():
        with joblib.parallel_config(**parallel):
            search = GridSearchCV(estimator, grid, cv=3, refit=False)
            return search.fit(X, y, **(fit_parameters or {}))

    started = time.perf_counter()
    best = fit().cv_results_["mean_test_score"].max()
    return time.perf_counter() - started, best


def search_ours(backend="loky", n_jobs=1, grid=GRID):
    X, y = peers.digits()
    return search(classifier(epochs=20), grid, X, y, backend=backend, n_jobs=n_jobs)


def search_threads_ours():
    return search_ours("threading", 2)


MANY = {"learning_rate": list(np.geomspace(0.003, 0.02, 9)), "alpha": [0, 1e-5, 1e-4, 1e-3]}


def many_ours():
    return search_ours(grid=MANY)


def many_loky_ours():
    return search_ours(n_jobs=2, grid=MANY)


def search_keras():
    X, y = peers.digits()
    estimator = peers.keras_classifier(8, 8)
    grid = {
        "model_kwargs": [
            {"learning_rate": rate, "units": units}
            for rate in GRID["learning_rate"]
            for units in GRID["units"]
        ]
    }
    # The wrapper's own fit_kwargs are lost when it is cloned.
    fit_parameters = {"epochs": 20, "batch_size": 32, "verbose": 0}
    return search(estimator, grid, X.reshape(len(X), -1), y, fit_parameters, n_jobs=1)


def search_skorch():
    X, y = peers.digits()
    estimator = peers.skorch_classifier(8, 10, epochs=20)
    grid = {"lr": GRID["learning_rate"], "module__units": GRID["units"]}
    return search(estimator, grid, X, y, n_jobs=1)
