"""The engine's LSTM layer is Keras's, outputs and gradients."""

import functools

import keras
import numpy as np
import pytest
import tensorflow as tf

from sk_attnseq._keras.stopping_lstm import FullLengthLSTM, StoppingLSTM

N_SAMPLES, N_TIMESTEPS, N_FEATURES, UNITS = 6, 7, 3, 4


def layers_with_equal_weights(*ours, **options):
    options = {"return_sequences": True, "dtype": "float64", "seed": 0, **options}
    layers = [cls(UNITS, **options) for cls in (keras.layers.LSTM, *(ours or [StoppingLSTM]))]
    rng = np.random.default_rng(0)
    for layer in layers:
        layer.build((N_SAMPLES, N_TIMESTEPS, N_FEATURES))
    weights = [rng.normal(size=weight.shape) for weight in layers[0].weights]
    for layer in layers:
        layer.set_weights(weights)
    return layers


def outputs_and_gradients(layer, x, mask, upstream):
    """Outputs, and gradients by input and weights, where upstream is that by the outputs."""
    with tf.GradientTape() as tape:
        tape.watch(x)
        outputs = layer(x, mask=mask)
        loss = tf.reduce_sum(outputs * upstream)
    return outputs, tape.gradient(loss, [x, *layer.trainable_variables])


@pytest.fixture(scope="module", params=[False, True], ids=["forwards", "backwards"])
def keras_and_engine(request):
    """`outputs_and_gradients` of Keras's layer and, compiled for all masks, of the engine's."""
    layers = layers_with_equal_weights(go_backwards=request.param)
    theirs, ours = (functools.partial(outputs_and_gradients, layer) for layer in layers)
    return request.param, theirs, tf.function(ours, jit_compile=True, autograph=False)


@pytest.mark.parametrize(
    "lengths", [[7, 7, 7, 7, 7, 7], [7, 1, 3, 6, 2, 5], [4, 1, 3, 4, 2, 4]], ids=str
)
def test_outputs_and_gradients_are_those_of_keras(lengths, keras_and_engine):
    go_backwards, theirs, ours = keras_and_engine
    rng = np.random.default_rng(1)
    real = np.arange(N_TIMESTEPS) < np.array(lengths)[:, np.newaxis]
    x = rng.normal(size=(N_SAMPLES, N_TIMESTEPS, N_FEATURES)) * real[:, :, np.newaxis]
    read = real[:, ::-1] if go_backwards else real  # in the order of the outputs
    upstream = rng.normal(size=(N_SAMPLES, N_TIMESTEPS, UNITS)) * read[:, :, np.newaxis]
    arguments = tuple(map(tf.constant, (x, real, upstream)))
    expected, expected_gradients = theirs(*arguments)
    outputs, gradients = ours(*arguments)
    np.testing.assert_allclose(outputs[read], expected[read], rtol=1e-12, atol=1e-14)
    for gradient, expected_gradient in zip(gradients, expected_gradients, strict=True):
        np.testing.assert_allclose(gradient, expected_gradient, rtol=1e-10, atol=1e-12)


@pytest.mark.parametrize("go_backwards", [False, True])
def test_last_output_is_that_of_the_last_real_timestep(go_backwards):
    rng = np.random.default_rng(2)
    real = np.arange(N_TIMESTEPS) < np.array([7, 1, 3, 6, 2, 5])[:, np.newaxis]
    x = rng.normal(size=(N_SAMPLES, N_TIMESTEPS, N_FEATURES))
    theirs, ours = layers_with_equal_weights(return_sequences=False, go_backwards=go_backwards)
    np.testing.assert_allclose(ours(x, mask=real), theirs(x, mask=real), rtol=1e-12)


@pytest.mark.parametrize("go_backwards", [False, True])
def test_loops_over_the_full_length_give_the_same(go_backwards):
    rng = np.random.default_rng(4)
    real = np.arange(N_TIMESTEPS) < np.array([4, 1, 3, 4, 2, 4])[:, np.newaxis]
    x = rng.normal(size=(N_SAMPLES, N_TIMESTEPS, N_FEATURES))
    read = real[:, ::-1] if go_backwards else real
    upstream = tf.constant(rng.normal(size=(N_SAMPLES, N_TIMESTEPS, UNITS)) * read[..., np.newaxis])
    _, *layers = layers_with_equal_weights(StoppingLSTM, FullLengthLSTM, go_backwards=go_backwards)
    results = []
    for layer in layers:
        with tf.GradientTape() as tape:
            tape.watch(inputs := tf.constant(x))
            outputs = layer(inputs, mask=real)
            loss = tf.reduce_sum(outputs * upstream)
        gradients = tape.gradient(loss, [inputs, *layer.trainable_variables])
        results.append([outputs.numpy()[read], *(gradient.numpy() for gradient in gradients)])
    for expected, actual in zip(*results, strict=True):
        np.testing.assert_allclose(actual, expected, rtol=1e-12, atol=1e-15)


def test_what_stands_in_padding_is_never_read():
    rng = np.random.default_rng(3)
    real = np.arange(N_TIMESTEPS) < np.array([7, 1, 3, 6, 2, 5])[:, np.newaxis]
    x = rng.normal(size=(N_SAMPLES, N_TIMESTEPS, N_FEATURES))
    other = np.where(real[:, :, np.newaxis], x, 1e6)
    for go_backwards in (False, True):
        _, layer = layers_with_equal_weights(go_backwards=go_backwards)
        read = real[:, ::-1] if go_backwards else real
        outputs, changed = layer(x, mask=real).numpy(), layer(other, mask=real).numpy()
        np.testing.assert_array_equal(outputs[read], changed[read])
