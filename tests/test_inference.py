import numpy as np
import pytest
from scipy.special import softmax

from sk_attnseq._inference import ForwardPass
from sk_attnseq._network import build_network
from sk_attnseq._sequences import to_sequences
from tests.conftest import NETWORKS, make_architecture, name_network, pad_with_nan


def random_weights(architecture):
    """Larger than the initial ones, so that gates and attention are far from even."""
    rng = np.random.default_rng(0)
    return rng.normal(scale=0.7, size=architecture.n_weights).astype(architecture.dtype)


def build_model(architecture, weights, dropout=0.0):
    model = build_network(architecture, dropout=dropout)
    for variable, value in zip(
        model.trainable_variables, architecture.split(weights).values(), strict=True
    ):
        variable.assign(value)
    return model


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("options", NETWORKS, ids=name_network)
def test_probabilities_are_those_of_keras(options, dtype, ragged):
    architecture = make_architecture(**options, n_features=3, dtype=dtype)
    weights = random_weights(architecture)
    model = build_model(architecture, weights, dropout=0.5)
    X, _ = ragged
    expected = model.predict(pad_with_nan(X, 9).astype(dtype), verbose=0)
    logits = ForwardPass(architecture, weights).logits(to_sequences(X, dtype=dtype))
    np.testing.assert_allclose(softmax(logits, axis=1), expected, atol=1e-5)


@pytest.mark.parametrize("options", NETWORKS[:8], ids=name_network)
def test_attention_weights_add_up_to_1_and_padding_has_none(options, ragged):
    X, _ = ragged
    architecture = make_architecture(**options, n_features=3)
    forward_pass = ForwardPass(architecture, random_weights(architecture))
    weights = forward_pass.attention_weights(to_sequences(X, dtype="float32"))
    real = np.arange(9) < np.array([len(x) for x in X])[:, np.newaxis]
    if options["attention"] == "pooling":
        assert weights.shape == (40, 9)
        np.testing.assert_allclose(weights.sum(axis=1), 1, rtol=1e-5)
        assert (weights[~real] == 0).all()
        assert (weights[real] > 0).all()
    else:
        assert weights.shape == (40, 2, 9, 9)
        expected = np.broadcast_to(real[:, np.newaxis], (40, 2, 9))
        np.testing.assert_allclose(weights.sum(axis=3), expected, rtol=1e-5, atol=0)
        assert (weights.transpose(0, 3, 1, 2)[~real] == 0).all()


def test_pooling_attention_by_hand():
    """One unit, weights so that each number can be followed on paper."""
    architecture = make_architecture(units=(1,), n_features=1, n_classes=2, dtype="float64")
    weights = np.zeros(architecture.n_weights)
    named = architecture.split(weights)
    named["lstm_0/kernel"][:] = [[0, 0, 1, 0]]  # the cell gate alone sees the input
    named["lstm_0/bias"][:] = [100, -100, 0, 100]  # input and output gates open, no memory
    named["score/kernel"][:] = 2
    sequences = to_sequences([[[0.5], [-1.0], [2.0]]], dtype="float64")
    h = np.tanh(np.tanh([0.5, -1.0, 2.0]))
    expected = np.exp(2 * h) / np.exp(2 * h).sum()
    actual = ForwardPass(architecture, weights).attention_weights(sequences)
    np.testing.assert_allclose(actual, [expected], rtol=1e-12)


def test_multihead_attention_is_that_of_keras(ragged):
    import keras

    X = ragged[0][1][np.newaxis]
    architecture = make_architecture("multihead", (4,), n_features=3)
    weights = random_weights(architecture)
    model = build_model(architecture, weights)
    lstm, attention = model.get_layer("lstm_0"), model.get_layer("attention")
    h = lstm(X)
    _, expected = attention(h, h, return_attention_scores=True)
    actual = ForwardPass(architecture, weights).attention_weights(to_sequences(X, dtype="float32"))
    np.testing.assert_allclose(actual, keras.ops.convert_to_numpy(expected), atol=1e-5)


def test_blocks_do_not_show(monkeypatch, ragged):
    X, _ = ragged
    architecture = make_architecture(units=(4,), n_features=3)
    weights = random_weights(architecture)
    sequences = to_sequences(X, dtype="float32")
    expected = ForwardPass(architecture, weights).logits(sequences)
    monkeypatch.setattr("sk_attnseq._inference._BLOCK_BYTES", 9 * 4 * 4 * 8 * 7)
    small_blocks = ForwardPass(architecture, weights)
    np.testing.assert_allclose(small_blocks.logits(sequences), expected, atol=1e-5)
