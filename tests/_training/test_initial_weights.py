import keras
import numpy as np
import pytest

from sk_attnseq._training import initial_weights
from sk_attnseq._training.initial_weights import initial_state
from tests.networks import make_architecture


def test_initial_weights_are_as_keras_draws_them():
    architecture = make_architecture(units=(32,))
    weights = architecture.split(initial_state(architecture, seed=0)[0])
    limit = np.sqrt(6 / (5 + 128))
    assert 0.9 * limit < np.abs(weights["lstm_0/kernel"]).max() <= limit
    recurrent = weights["lstm_0/recurrent_kernel"]
    np.testing.assert_allclose(recurrent @ recurrent.T, np.eye(32), atol=1e-5)
    np.testing.assert_array_equal(weights["lstm_0/bias"].reshape(4, 32).mean(axis=1), [0, 1, 0, 0])
    other = initial_state(architecture, seed=1)[0]
    assert not np.array_equal(other, initial_state(architecture, seed=0)[0])


def test_initial_weights_know_no_global_precision():
    architecture = make_architecture()
    expected = initial_state(architecture, seed=0)[0]
    keras.config.set_floatx("float64")
    try:
        np.testing.assert_array_equal(initial_state(architecture, seed=0)[0], expected)
    finally:
        keras.config.set_floatx("float32")


def test_signals_wait_until_all_weights_are_drawn(monkeypatch, reach_time_limit):
    drawn, draw = [], initial_weights._draw

    def draw_and_signal(weight, seed):
        reach_time_limit()
        drawn.append(weight.name)
        return draw(weight, seed)

    monkeypatch.setattr(initial_weights, "_draw", draw_and_signal)
    with pytest.raises(TimeoutError):
        initial_state(make_architecture(units=(32,)), seed=0)
    assert len(drawn) > 1
