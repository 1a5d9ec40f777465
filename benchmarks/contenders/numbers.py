"""Regression: an epoch, a fit, a prediction. In place of an accuracy, R² of the training data."""

from __future__ import annotations

import warnings

from benchmarks import peers
from benchmarks.contenders.ready import timed


def regressor(**parameters):
    """An unfitted regressor of ours with TensorFlow imported."""
    from sk_attnseq import AttentionSequenceRegressor
    from sk_attnseq._training import fitting  # noqa: F401

    return AttentionSequenceRegressor(random_state=0, **parameters)


def mlp_regressor(max_iter):
    """scikit-learn's network, as wide as our hidden states."""
    from sklearn.neural_network import MLPRegressor

    return MLPRegressor(
        hidden_layer_sizes=(32,), max_iter=max_iter, tol=0, batch_size=32, random_state=0
    )


def number_epoch_ours():
    X, y = peers.made_numbers()
    reg = regressor(epochs=1).fit(X, y)
    reg.set_params(warm_start=True, epochs=5)
    return timed(lambda: reg.fit(X, y), 5) / 5, reg.score(X, y)


def number_epoch_keras():
    X, y = peers.made_numbers()
    model = peers.keras_regression_model(10, 5)
    model.fit(X, y, batch_size=32, verbose=0)
    seconds = timed(lambda: model.fit(X, y, batch_size=32, epochs=5, verbose=0), 5) / 5
    return seconds, model.evaluate(X, y, verbose=0)[1]


def number_fit_ours():
    X, y = peers.made_numbers(1_800)
    reg = regressor(epochs=20).fit(X, y)
    return timed(lambda: reg.fit(X, y), 5), reg.score(X, y)


def number_fit_keras():
    X, y = peers.made_numbers(1_800)
    models = []

    def fit():
        models.append(peers.keras_regression_model(10, 5))
        models[-1].fit(X, y, batch_size=32, epochs=20, verbose=0)

    fit()
    return timed(fit, 2), models[-1].evaluate(X, y, verbose=0)[1]


def number_fit_mlp():
    X, y = peers.made_numbers(1_800)
    X = X.reshape(len(X), -1)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # that 20 iterations are few
        reg = mlp_regressor(20).fit(X, y)
        return timed(lambda: reg.fit(X, y), 5), reg.score(X, y)


def one_number_ours():
    X, y = peers.made_numbers()
    reg = regressor(epochs=1).fit(X, y)
    return timed(lambda: reg.predict(X[:1]), 2_000), None


def one_number_keras():
    X, _ = peers.made_numbers()
    model = peers.keras_regression_model(10, 5)
    model.predict(X[:1], verbose=0)
    return timed(lambda: model.predict(X[:1], verbose=0), 50), None


def one_number_mlp():
    X, y = peers.made_numbers(1_000)
    X = X.reshape(len(X), -1)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        reg = mlp_regressor(2).fit(X, y)
    return timed(lambda: reg.predict(X[:1]), 2_000), None
