import random

import keras
import numpy as np
import pytest
import tensorflow as tf
from keras import layers

from sk_attnseq._keras.networks import build_network, build_training_network
from sk_attnseq._keras.stopping_lstm import StoppingLSTM
from tests.data import pad_with_nan
from tests.networks import NETWORKS, make_architecture, name_network

LAYERS = {
    "pooling": [layers.LSTM, layers.Dense, layers.Softmax, layers.Dot, layers.Dense, layers.Dense],
    "multihead": [
        layers.LSTM,
        layers.MultiHeadAttention,
        layers.GlobalAveragePooling1D,
        layers.Dense,
        layers.Dense,
    ],
    None: [layers.LSTM, layers.Dense, layers.Dense],
}


def own_layers(model):
    """The layers that compute something: neither the input nor single operations."""
    return [
        layer
        for layer in model.layers
        if isinstance(layer, keras.Layer)
        and not isinstance(layer, layers.InputLayer)
        and type(layer).__module__.startswith("keras.src.layers")
    ]


@pytest.mark.parametrize("attention", LAYERS)
def test_layers_of_each_network(attention):
    model = build_network(make_architecture(attention))
    assert [type(layer) for layer in own_layers(model)] == LAYERS[attention]
    hidden, output = own_layers(model)[-2:]
    assert (hidden.units, hidden.activation) == (16, keras.activations.relu)
    assert (output.units, output.activation) == (10, keras.activations.softmax)


STEM = {"conv_filters": (4, 6), "kernel_size": (3, 8), "pool_size": 2}


@pytest.mark.parametrize("stem", [{}, STEM], ids=["plain", "stem"])
@pytest.mark.parametrize("options", NETWORKS, ids=name_network)
def test_weights_are_in_the_order_of_the_architecture(options, stem):
    architecture = make_architecture(**options, **stem, n_features=3)
    model = build_network(architecture)
    variables = model.trainable_variables + model.non_trainable_variables
    variables = [variable for variable in variables if "seed" not in variable.path]
    assert len(model.trainable_variables) == len(architecture.trainable_weights)
    for variable, weight in zip(variables, architecture.weights, strict=True):
        assert tuple(variable.shape) == weight.shape
        layer, *_, name = weight.name.split("/")
        assert layer in variable.path
        assert variable.path.endswith(name)


@pytest.mark.parametrize(
    "options",
    [{}, {"attention": "multihead", "units": (5, 4), "bidirectional": True, **STEM}],
    ids=["plain", "with all"],
)
def test_building_draws_no_numbers_of_the_user(options):
    """Keras draws the seeds of initializers that have none from Python's own generator."""
    before = random.getstate()
    architecture = make_architecture(**options)
    build_network(architecture, dropout=0.5)
    build_training_network(architecture, n_timesteps=4, batch_size=3, dropout=True)
    assert random.getstate() == before


def test_dropout_and_penalty_are_where_they_are_said_to_be():
    architecture = make_architecture(units=(6, 4))
    model = build_network(architecture, dropout=0.25, alpha=0.5)
    dropouts = [layer for layer in own_layers(model) if hasattr(layer, "rate")]
    assert [(type(layer), layer.rate) for layer in dropouts] == [
        (layers.SpatialDropout1D, 0.25),
        (layers.Dropout, 0.25),
    ]
    kernels = [v for v in model.trainable_variables if not v.path.endswith("bias")]
    expected = 0.5 * sum(float(np.sum(kernel.numpy() ** 2)) for kernel in kernels)
    np.testing.assert_allclose(sum(map(float, model.losses)), expected, rtol=1e-5)


def test_layers_of_a_stem():
    model = build_network(make_architecture(**STEM), alpha=0.5)
    convolution = [layers.Conv1D, layers.BatchNormalization]
    # Of the mask, means are taken, too: the part of each window that is real.
    means = 2 * [layers.ZeroPadding1D, layers.AveragePooling1D]
    stem = [layer for layer in own_layers(model) if layer.name[:4] not in ("lstm", "dens")]
    assert sorted(type(layer).__name__ for layer in stem[: len(2 * convolution + means)]) == sorted(
        cls.__name__ for cls in 2 * convolution + means
    )
    norms = [layer for layer in stem if isinstance(layer, layers.BatchNormalization)]
    assert {(layer.momentum, layer.epsilon) for layer in norms} == {(0.9, 1e-3)}


@pytest.mark.parametrize(
    "options",
    [*NETWORKS, {**NETWORKS[0], **STEM}, {**NETWORKS[5], **STEM}, {**NETWORKS[9], **STEM}],
    ids=lambda options: name_network(options) + ("-stem" if "pool_size" in options else ""),
)
def test_padding_with_nan_is_invisible(options, ragged):
    sequences = ragged[0][:8]
    model = build_network(make_architecture(**options, n_features=3))
    # One graph for all lengths: `predict` would make one for each.
    predict = tf.function(model, autograph=False, input_signature=[tf.TensorSpec((None, None, 3))])
    longer = predict(pad_with_nan(sequences, 14)).numpy()
    for sequence, expected in zip(sequences, longer, strict=True):
        alone = predict(sequence[np.newaxis])[0].numpy()
        np.testing.assert_allclose(alone, expected, atol=1e-6)


@pytest.mark.parametrize("go_backwards", [False, True])
@pytest.mark.parametrize("return_sequences", [False, True])
def test_stopping_lstm_is_the_lstm_of_keras(go_backwards, return_sequences):
    rng = np.random.default_rng(0)
    x = rng.normal(size=(4, 7, 3)).astype(np.float32)
    lengths = np.array([5, 2, 1, 4])  # none reaches the 7 timesteps there are
    mask = np.arange(7) < lengths[:, np.newaxis]
    options = {"return_sequences": return_sequences, "go_backwards": go_backwards, "seed": 0}
    expected_layer = layers.LSTM(5, use_cudnn=False, **options)
    layer = StoppingLSTM(5, **options)
    expected = expected_layer(x, mask=mask).numpy()
    layer.build(x.shape)
    layer.set_weights(expected_layer.get_weights())
    actual = layer(x, mask=mask).numpy()
    if return_sequences:  # outputs at padded timesteps are nobody's business
        real = mask[:, ::-1] if go_backwards else mask
        actual, expected = actual[real], expected[real]
    np.testing.assert_allclose(actual, expected, atol=1e-6)
