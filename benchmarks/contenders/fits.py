"""Whole fits, compiled before or not."""

from __future__ import annotations

from benchmarks import peers
from benchmarks.contenders.ready import classifier, timed


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
