"""The engine's layers in front of the LSTM are Keras's, outputs and gradients."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from sk_attnseq._keras.layers_before_lstm import BatchNormalization, Convolution, MeanPooling
from sk_attnseq._network.architecture import NORM_EPSILON

N_SAMPLES, N_TIMESTEPS, N_FEATURES = 4, 7, 3
MASK = np.arange(N_TIMESTEPS) < np.array([7, 4, 1, 6])[:, np.newaxis]


def draw(*shape):
    return np.random.default_rng(0).normal(size=shape)


def with_gradients(function, layer, x, upstream):
    """Outputs, and gradients by input and weights, where upstream is that by the outputs."""
    x = tf.constant(x)
    with tf.GradientTape() as tape:
        tape.watch(x)
        outputs = function(x)
        loss = tf.reduce_sum(outputs * upstream)
    gradients = tape.gradient(loss, [x, *layer.trainable_variables])
    return [outputs.numpy(), *(gradient.numpy() for gradient in gradients)]


@pytest.mark.parametrize("size", [1, 2, 5, 12])
def test_convolution_is_that_of_keras(size):
    options = {"padding": "same", "use_bias": False, "dtype": "float64"}
    x, kernel = draw(N_SAMPLES, N_TIMESTEPS, N_FEATURES), draw(size, N_FEATURES, 6)
    upstream = draw(N_SAMPLES, N_TIMESTEPS, 6)
    results = []
    for cls in (Convolution, keras.layers.Conv1D):
        layer = cls(6, size, **options)
        layer.build(x.shape)
        layer.set_weights([kernel])
        results.append(with_gradients(layer, layer, x, upstream))
    for ours, theirs in zip(*results, strict=True):
        np.testing.assert_allclose(ours, theirs, rtol=1e-10, atol=1e-12)


@pytest.fixture
def normalization():
    layer = BatchNormalization(dtype="float64")
    layer.build((N_SAMPLES, N_TIMESTEPS, N_FEATURES))
    layer.set_weights([1.5 + 0.2 * draw(N_FEATURES), draw(N_FEATURES)])
    return layer


def test_normalization_is_that_of_keras(normalization):
    # Far from 0: a variance computed as E[x^2] - E[x]^2 would be less exact.
    x, upstream = 100 + draw(N_SAMPLES, N_TIMESTEPS, N_FEATURES), draw(*MASK.shape, N_FEATURES)
    upstream = upstream * MASK[..., np.newaxis]
    # With a momentum of 0, what moves is what the batch has.
    theirs = keras.layers.BatchNormalization(momentum=0, epsilon=NORM_EPSILON, dtype="float64")
    theirs.build(x.shape)
    theirs.gamma.assign(normalization.gamma)
    theirs.beta.assign(normalization.beta)
    mask = tf.constant(MASK)
    expected = with_gradients(lambda x: theirs(x, training=True, mask=mask), theirs, x, upstream)
    weights = tf.cast(mask, tf.float64)
    actual = with_gradients(lambda x: normalization(x, weights)[0], normalization, x, upstream)
    # Keras adds 1e-7 to the number of timesteps by which it divides.
    for ours, reference in zip(actual, expected, strict=True):
        np.testing.assert_allclose(ours, reference, rtol=1e-4, atol=1e-4)
    _, mean, variance = normalization(tf.constant(x), weights)
    np.testing.assert_allclose(mean, theirs.moving_mean, rtol=1e-7)
    np.testing.assert_allclose(variance, theirs.moving_variance, rtol=1e-6)
    np.testing.assert_allclose(mean, x[MASK].mean(axis=0), rtol=1e-12)
    np.testing.assert_allclose(variance, x[MASK].var(axis=0), rtol=1e-10)


def test_weight_2_is_twice_the_row(normalization):
    x, weights = draw(3, N_TIMESTEPS, N_FEATURES), MASK[:3].astype(float)
    weighted = normalization(tf.constant(x), weights * [[2], [1], [1]])
    rows = [0, 0, 1, 2]
    repeated = normalization(tf.constant(x[rows]), weights[rows])
    np.testing.assert_allclose(weighted[0], repeated[0][1:], rtol=1e-12, atol=1e-14)
    for ours, reference in zip(weighted[1:], repeated[1:], strict=True):
        np.testing.assert_allclose(ours, reference, rtol=1e-12)


def test_rows_of_weight_0_have_no_part(normalization):
    x, weights = draw(N_SAMPLES, N_TIMESTEPS, N_FEATURES), MASK.astype(float)
    weights[2:] = 0
    expected = [part.numpy() for part in normalization(tf.constant(x[:2]), weights[:2])]
    x[2:] = 1e6
    outputs, *moments = normalization(tf.constant(x), weights)
    np.testing.assert_allclose(outputs[:2], expected[0], rtol=1e-12)
    np.testing.assert_allclose(moments, expected[1:], rtol=1e-12)


def test_means_by_hand():
    x = np.array([[1.0, 2, 3, 4, 5, 6, 7], [1, 3, 5, 0, 0, 0, 0], [8, 0, 0, 0, 0, 0, 0]])
    means, lengths = MeanPooling(2)(tf.constant(x[..., np.newaxis]), tf.constant([7, 3, 1]))
    expected = [[1.5, 3.5, 5.5, 7], [2, 5, 0, 0], [8, 0, 0, 0]]
    np.testing.assert_allclose(means[..., 0], expected, rtol=1e-6)
    np.testing.assert_array_equal(lengths, [4, 2, 1])


def test_one_mean_of_all():
    means, lengths = MeanPooling(10)(tf.constant([[[1.0], [3.0], [0.0]]]), tf.constant([2]))
    np.testing.assert_allclose(means, [[[2.0], [0.0]]])  # two, of which one is padding
    np.testing.assert_array_equal(lengths, [1])
