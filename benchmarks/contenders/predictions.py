"""Predictions, of one sequence and of many."""

from __future__ import annotations

from benchmarks import peers
from benchmarks.contenders.ready import classifier, timed


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
