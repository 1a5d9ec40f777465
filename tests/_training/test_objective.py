"""The loss against Keras's."""

import keras
import numpy as np
import pytest
import tensorflow as tf
from keras.losses import CategoricalCrossentropy

from sk_attnseq._training.objective import measure

LOGITS = np.random.default_rng(0).normal(scale=2, size=(4, 3))
TARGETS = np.array([2, 0, 1, 1], np.int32)
WEIGHTS = np.array([0.5, 0.1, 0.3, 0.0])
ONE_HOT = np.eye(3)


def measured(logits, smoothing, targets=TARGETS, weights=WEIGHTS):
    """Loss and accuracy; targets and weights are (batch,) or (n_labels, batch)."""
    targets, weights = np.atleast_2d(targets), np.atleast_2d(weights)
    smoothing = tf.constant(smoothing, tf.float64)
    return measure(tf.constant(logits), tf.constant(targets), tf.constant(weights), smoothing)


@pytest.mark.parametrize("smoothing", [0.0, 0.1, 0.9])
def test_loss_is_that_of_keras(smoothing):
    keras_loss = CategoricalCrossentropy(
        from_logits=True, label_smoothing=smoothing, reduction="sum", dtype="float64"
    )
    expected = keras_loss(ONE_HOT[TARGETS], LOGITS, sample_weight=WEIGHTS)
    loss, _ = measured(LOGITS, smoothing)
    assert float(loss) == pytest.approx(float(expected), rel=1e-12)


def test_gradient_is_that_of_keras():
    logits = tf.constant(LOGITS)
    keras_loss = CategoricalCrossentropy(
        from_logits=True, label_smoothing=0.2, reduction="sum", dtype="float64"
    )
    with tf.GradientTape(persistent=True) as tape:
        tape.watch(logits)
        loss, _ = measured(logits, 0.2)
        expected = keras_loss(ONE_HOT[TARGETS], logits, sample_weight=WEIGHTS)
    np.testing.assert_allclose(
        tape.gradient(loss, logits), tape.gradient(expected, logits), atol=1e-14
    )


def test_accuracy_is_weighted_and_a_tie_is_right():
    logits = np.array([[1.0, 0, 3], [0, 2, 1], [5, 5, 0], [0, 9, 0]])
    _, accuracy = measured(logits, 0.0)
    assert float(accuracy) == pytest.approx(0.5 + 0.3)


def test_loss_of_two_labels_is_that_of_a_soft_one():
    """With equal weights, and smoothing on top, as Keras takes them."""
    others, share = np.roll(TARGETS, -1), np.array([0.3, 1.0, 0.5, 0.0])
    weights = np.stack([share, 1 - share]) / 4
    loss, _ = measured(LOGITS, 0.1, np.stack([TARGETS, others]), weights)
    soft = share[:, np.newaxis] * ONE_HOT[TARGETS] + (1 - share[:, np.newaxis]) * ONE_HOT[others]
    expected = keras.losses.categorical_crossentropy(
        soft, LOGITS, from_logits=True, label_smoothing=0.1
    )
    assert float(loss) == pytest.approx(float(np.mean(expected)), rel=1e-12)
