"""The loss against Keras's, and mixtures against mixtures made by hand."""

import keras
import numpy as np
import pytest
import tensorflow as tf
from keras.losses import CategoricalCrossentropy

from sk_attnseq._objective import Batch, measure, mixed

LOGITS = np.random.default_rng(0).normal(scale=2, size=(4, 3))
TARGETS = np.array([2, 0, 1, 1], np.int32)
WEIGHTS = np.array([0.5, 0.1, 0.3, 0.0])
ONE_HOT = np.eye(3)


def tensors(targets, weights):
    return [(tf.constant(targets), tf.constant(weights))]


@pytest.mark.parametrize("smoothing", [0.0, 0.1, 0.9])
def test_loss_is_that_of_keras(smoothing):
    keras_loss = CategoricalCrossentropy(
        from_logits=True, label_smoothing=smoothing, reduction="sum", dtype="float64"
    )
    expected = keras_loss(ONE_HOT[TARGETS], LOGITS, sample_weight=WEIGHTS)
    loss, _ = measure(
        tf.constant(LOGITS), tensors(TARGETS, WEIGHTS), tf.constant(smoothing, tf.float64)
    )
    assert float(loss) == pytest.approx(float(expected), rel=1e-12)


def test_gradient_is_that_of_keras():
    logits = tf.constant(LOGITS)
    keras_loss = CategoricalCrossentropy(
        from_logits=True, label_smoothing=0.2, reduction="sum", dtype="float64"
    )
    with tf.GradientTape(persistent=True) as tape:
        tape.watch(logits)
        loss, _ = measure(logits, tensors(TARGETS, WEIGHTS), tf.constant(0.2, tf.float64))
        expected = keras_loss(ONE_HOT[TARGETS], logits, sample_weight=WEIGHTS)
    np.testing.assert_allclose(
        tape.gradient(loss, logits), tape.gradient(expected, logits), atol=1e-14
    )


def test_accuracy_is_weighted_and_a_tie_is_right():
    logits = tf.constant([[1.0, 0, 3], [0, 2, 1], [5, 5, 0], [0, 9, 0]], tf.float64)
    labels = tensors(np.array([2, 0, 1, 1], np.int32), WEIGHTS)
    _, accuracy = measure(logits, labels, tf.constant(0.0, tf.float64))
    assert float(accuracy) == pytest.approx(0.5 + 0.3)


@pytest.fixture
def batch():
    """Three sequences of 3, 1 and 2 timesteps, and a row that fills the batch."""
    values = np.zeros((4, 3, 1))
    values[0, :3, 0], values[1, 0, 0], values[2, :2, 0] = [1, 2, 3], 10, [20, 30]
    values[3] = np.nan  # would show
    lengths = tf.constant([3, 1, 2, 1])
    return Batch(tf.constant(values), lengths, tensors(TARGETS, WEIGHTS))


def test_mixture_by_hand(batch):
    values, lengths, labels = mixed(batch, tf.constant(0.75, tf.float64))
    # Each with the next one, the last one with the first.
    expected = [[0.75 + 2.5, 1.5, 2.25], [7.5 + 5, 7.5, 0], [15 + 0.25, 22.5 + 0.5, 0.75]]
    np.testing.assert_allclose(values[:3, :, 0], expected)
    np.testing.assert_array_equal(lengths, [3, 2, 3, 1])
    [(own, own_weights), (others, others_weights)] = labels
    np.testing.assert_array_equal(own, TARGETS)
    np.testing.assert_array_equal(others, [0, 1, 2, 1])
    np.testing.assert_allclose(own_weights, 0.75 * WEIGHTS)
    np.testing.assert_allclose(others_weights, [0.025, 0.075, 0.125, 0])


def test_a_share_of_1_mixes_nothing(batch):
    values, _, labels = mixed(batch, tf.constant(1.0, tf.float64))
    np.testing.assert_array_equal(values[:3], batch.values[:3])
    assert not np.any(labels[1][1])
    logits = tf.constant(LOGITS)
    for ours, plain in zip(
        measure(logits, labels, tf.constant(0.1, tf.float64)),
        measure(logits, batch.labels, tf.constant(0.1, tf.float64)),
        strict=True,
    ):
        assert float(ours) == pytest.approx(float(plain), rel=1e-12)


def test_loss_of_a_mixture_is_that_of_mixed_labels():
    """With equal weights, and smoothing on top, as Keras takes them in one soft label."""
    weights = np.full(4, 0.25)
    batch = Batch(tf.zeros((4, 2, 1), tf.float64), tf.fill((4,), 2), tensors(TARGETS, weights))
    _, _, labels = mixed(batch, tf.constant(0.3, tf.float64))
    loss, _ = measure(tf.constant(LOGITS), labels, tf.constant(0.1, tf.float64))
    soft = 0.3 * ONE_HOT[TARGETS] + 0.7 * ONE_HOT[np.roll(TARGETS, -1)]
    expected = keras.losses.categorical_crossentropy(
        soft, LOGITS, from_logits=True, label_smoothing=0.1
    )
    assert float(loss) == pytest.approx(float(np.mean(expected)), rel=1e-12)
