import keras
import numpy as np
import pytest
import tensorflow as tf
from keras import layers

from sk_attnseq._keras.attention_pooling import AttentionPooling

RNG = np.random.default_rng(0)
X = RNG.normal(size=(5, 7, 4))
LENGTHS = np.array([7, 1, 3, 7, 2])
MASK = np.arange(7) < LENGTHS[:, np.newaxis]


def make_layer():
    layer = AttentionPooling(dtype="float64")
    layer.build(X.shape)
    layer.set_weights([RNG.normal(size=(4, 1)), np.array([0.3])])
    return layer


@pytest.mark.parametrize("mask", [MASK, np.ones_like(MASK)], ids=["ragged", "full"])
def test_mean_and_gradient_are_those_of_keras_layers(mask):
    layer = make_layer()
    kernel, bias = layer.get_weights()
    score = layers.Dense(1, dtype="float64")
    score.build(X.shape)
    score.set_weights([kernel, bias])

    def of_keras(x):
        weights = layers.Softmax(axis=1, dtype="float64")(score(x), mask=mask[..., np.newaxis])
        return tf.squeeze(layers.Dot(axes=1, dtype="float64")([weights, x]), axis=1)

    def result_and_gradients(function, variables):
        x = tf.constant(X)
        with tf.GradientTape() as tape:
            tape.watch(x)
            result = function(x)
            total = tf.reduce_sum(tf.square(result))
        return [result, *tape.gradient(total, [x, *variables])]

    ours = result_and_gradients(
        lambda x: layer(x, tf.constant(mask)), [v.value for v in layer.trainable_variables]
    )
    theirs = result_and_gradients(of_keras, [v.value for v in score.trainable_variables])
    for one, other in zip(ours, theirs, strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-12, atol=1e-14)


def test_padding_counts_nothing():
    layer = make_layer()
    other = np.where(MASK[..., np.newaxis], X, 1e6)
    np.testing.assert_array_equal(layer(other, MASK), layer(X, MASK))


def test_one_timestep_is_its_own_mean():
    np.testing.assert_allclose(make_layer()(X, MASK)[1], X[1, 0], rtol=1e-12)


def test_takes_a_mask_and_passes_none_on():
    layer = AttentionPooling(dtype="float64")
    inputs = layers.Masking(dtype="float64")(keras.Input(batch_shape=X.shape, dtype="float64"))
    assert layer(inputs, MASK).shape == (5, 4)  # else Keras warns, which is an error here
    assert layer.compute_mask(inputs, MASK) is None
