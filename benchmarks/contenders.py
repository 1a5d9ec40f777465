"""What is measured: one function for each row of the table and contender.

Each runs in a fresh process, gets ready (imports, data, and what the row does not count) and
returns its seconds, or megabytes, and an accuracy where there is one.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import joblib
import numpy as np

from benchmarks import accurate_step, peers
from benchmarks._resident import resident
from benchmarks._timing import timings


def timed(function, repeats=1):
    """Median seconds of a call."""
    return float(np.median(timings(function, repeats)))


def classifier(**parameters):
    """An unfitted classifier of ours with TensorFlow imported, as in all rows but some."""
    from sk_attnseq import AttentionSequenceClassifier
    from sk_attnseq._training import fitting  # noqa: F401

    return AttentionSequenceClassifier(random_state=0, **parameters)


# -- epoch: steady state -------------------------------------------------------------------


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


# -- whole fits ----------------------------------------------------------------------------


def cold_fit_ours():
    X, y = peers.made()
    clf = classifier(epochs=100)
    return timed(lambda: clf.fit(X, y)), clf.score(X, y)


def cold_fit_keras():
    import keras  # noqa: F401

    X, y = peers.made()
    models = []

    def fit():
        models.append(peers.keras_model(10, 5, 10))
        models[0].fit(X, y, batch_size=32, epochs=100, verbose=0)

    return timed(fit), models[0].evaluate(X, y, verbose=0)[1]


def small_fit_ours(warm=False, n_samples=None, epochs=20):
    X, y = peers.digits(n_samples)
    clf = classifier(epochs=epochs)
    seconds = timed(lambda: clf.fit(X, y))
    if warm:
        seconds = timed(lambda: clf.fit(X, y), 5)
    return seconds, clf.score(X, y)


def small_fit_keras(warm=False, n_samples=None, epochs=20):
    import keras  # noqa: F401

    X, y = peers.digits(n_samples)
    models = []

    def fit():
        models.append(peers.keras_model(8, 8, 10))
        models[-1].fit(X, y, batch_size=32, epochs=epochs, verbose=0)

    seconds = timed(fit)
    if warm:
        seconds = timed(fit, 2)
    return seconds, models[-1].evaluate(X, y, verbose=0)[1]


def small_fit_skorch(warm=False, n_samples=None, epochs=20):
    X, y = peers.digits(n_samples)
    clf = peers.skorch_classifier(8, 10, epochs=epochs)
    seconds = timed(lambda: clf.fit(X, y))
    if warm:
        seconds = timed(lambda: clf.fit(X, y), 3)
    return seconds, clf.score(X, y)


def warm_fit_ours():
    return small_fit_ours(warm=True)


def warm_fit_keras():
    return small_fit_keras(warm=True)


def warm_fit_skorch():
    return small_fit_skorch(warm=True)


FEW = {"warm": True, "n_samples": 30, "epochs": 100}


def few_samples_ours():
    return small_fit_ours(**FEW)


def few_samples_keras():
    return small_fit_keras(**FEW)


def few_samples_skorch():
    return small_fit_skorch(**FEW)


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


# -- searches ------------------------------------------------------------------------------

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


# -- predictions ---------------------------------------------------------------------------


def one_prediction_ours():
    X, y = peers.made()
    clf = classifier(epochs=1).fit(X, y)
    return timed(lambda: clf.predict_proba(X[:1]), 2_000), None


def one_prediction_keras():
    X, _ = peers.made()
    model = peers.keras_model(10, 5, 10)
    model.predict(X[:1], verbose=0)
    return timed(lambda: model.predict(X[:1], verbose=0), 50), None


def one_prediction_skorch():
    X, y = peers.made()
    clf = peers.skorch_classifier(5, 10, epochs=1).fit(X[:100], y[:100])
    return timed(lambda: clf.predict_proba(X[:1]), 1_000), None


def one_prediction_mlp():
    import warnings

    from sklearn.neural_network import MLPClassifier

    X, y = peers.made(1_000)
    X = X.reshape(len(X), -1)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        clf = MLPClassifier((32,), max_iter=2).fit(X, y)
    return timed(lambda: clf.predict_proba(X[:1]), 2_000), None


def bulk_ours():
    X, y = peers.made()
    clf = classifier(epochs=1).fit(X, y)
    return timed(lambda: clf.predict_proba(X), 30), None


def bulk_keras():
    X, _ = peers.made()
    model = peers.keras_model(10, 5, 10)
    model.predict(X, verbose=0)
    return timed(lambda: model.predict(X, verbose=0), 10), None


def bulk_torch():
    import torch

    X = torch.from_numpy(peers.made()[0])
    module = peers.torch_module(5, 10).eval()

    def predict():
        with torch.inference_mode():
            return torch.softmax(module(X), dim=1).numpy()

    return timed(predict, 30), None


def bulk_skorch():
    X, y = peers.made()
    clf = peers.skorch_classifier(5, 10, epochs=1).fit(X[:100], y[:100])
    return timed(lambda: clf.predict_proba(X), 10), None


# -- processes -----------------------------------------------------------------------------


def _seconds_of(code, *arguments, **environment):
    environment = {**os.environ, **environment}
    command = [sys.executable, "-c", code, *arguments]
    started = time.perf_counter()
    subprocess.run(command, check=True, capture_output=True, env=environment)
    return time.perf_counter() - started


def _script(contender, **environment):
    """Seconds of a whole process that fits the digits."""
    return _seconds_of(f"from benchmarks import contenders as c; c.{contender}()", **environment)


def script_ours():
    return _script("small_fit_ours"), None


def script_keras():
    return _script("small_fit_keras"), None


def script_skorch():
    return _script("small_fit_skorch"), None


def cached_script_ours():
    """The same, where an earlier process left its compiled program."""
    with tempfile.TemporaryDirectory() as directory:
        flags = f"--tf_xla_persistent_cache_directory={directory}"
        return [_script("small_fit_ours", TF_XLA_FLAGS=flags) for _ in range(2)][-1], None


def cached_script_skorch():
    return script_skorch()


def _import(code):
    empty = np.median([_seconds_of("pass") for _ in range(5)])
    return float(np.median([_seconds_of(code) for _ in range(5)]) - empty), None


def import_ours():
    return _import("import sk_attnseq")


def import_sklearn():
    return _import("import sklearn.base")


PREDICT = """
import sys, joblib, numpy as np
joblib.load(sys.argv[1]).predict(np.zeros((1, 10, 5)))
print(int(open('/proc/self/statm').read().split()[1]) * 4096 / 1e6)
"""


def _saved_classifier(directory):
    path = str(Path(directory) / "classifier.joblib")
    X, y = peers.made(1_000)
    joblib.dump(classifier(epochs=1).fit(X, y), path)
    return path


def serve_ours():
    with tempfile.TemporaryDirectory() as directory:
        path = _saved_classifier(directory)
        return float(np.median([_seconds_of(PREDICT, path) for _ in range(5)])), None


def serve_sklearn():
    return float(np.median([_seconds_of("import sklearn.base") for _ in range(5)])), None


def serve_memory_ours():
    """Megabytes of the process that served."""
    with tempfile.TemporaryDirectory() as directory:
        command = [sys.executable, "-c", PREDICT, _saved_classifier(directory)]
        return float(subprocess.run(command, check=True, capture_output=True).stdout), None


# -- growth --------------------------------------------------------------------------------


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
