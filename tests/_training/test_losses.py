"""The losses against Keras's and scikit-learn's."""

import keras
import numpy as np
import pytest
import tensorflow as tf
from keras.losses import CategoricalCrossentropy
from sklearn.metrics import mean_pinball_loss, r2_score

from sk_attnseq._training.losses import LOSSES

LOGITS = np.random.default_rng(0).normal(scale=2, size=(4, 3))
TARGETS = np.array([2, 0, 1, 1], np.int32)
WEIGHTS = np.array([0.5, 0.1, 0.3, 0.0])
ONE_HOT = np.eye(3)


def measured(logits, smoothing, targets=TARGETS, weights=WEIGHTS):
    """Loss and accuracy; targets and weights are (batch,) or (n_labels, batch)."""
    targets, weights = np.atleast_2d(targets), np.atleast_2d(weights)
    smoothing = tf.constant(smoothing, tf.float64)
    measure = LOSSES["cross_entropy"].measure
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


NUMBERS = np.random.default_rng(1).normal(scale=2, size=(4, 2))
OF_KERAS = {
    "squared_error": (keras.losses.MeanSquaredError(reduction=None, dtype="float64"), 0.0),
    "absolute_error": (keras.losses.MeanAbsoluteError(reduction=None, dtype="float64"), 0.0),
    "huber": (keras.losses.Huber(delta=0.7, reduction=None, dtype="float64"), 0.7),
}


@pytest.mark.parametrize("name", OF_KERAS)
def test_losses_of_numbers_are_those_of_keras(name):
    outputs = LOGITS[:, :2]
    keras_loss, parameter = OF_KERAS[name]
    expected = np.asarray(keras_loss(NUMBERS, outputs)) @ WEIGHTS
    arguments = (outputs, NUMBERS[np.newaxis], WEIGHTS[np.newaxis], np.float64(parameter))
    loss, _ = LOSSES[name].measure(*map(tf.constant, arguments))
    assert float(loss) == pytest.approx(expected, rel=1e-12)
    mean = LOSSES[name].mean(outputs, NUMBERS, WEIGHTS, parameter)
    assert mean == pytest.approx(expected / WEIGHTS.sum(), rel=1e-12)


@pytest.mark.parametrize("quantile", [0.1, 0.5, 0.9])
def test_loss_of_a_quantile_is_that_of_scikit_learn(quantile):
    outputs = LOGITS[:, :2]
    mean = LOSSES["quantile"].mean(outputs, NUMBERS, WEIGHTS, quantile)
    expected = mean_pinball_loss(NUMBERS, outputs, sample_weight=WEIGHTS, alpha=quantile)
    assert mean == pytest.approx(expected, rel=1e-12)
    arguments = (outputs, NUMBERS[np.newaxis], WEIGHTS[np.newaxis], np.float64(quantile))
    loss, _ = LOSSES["quantile"].measure(*map(tf.constant, arguments))
    assert float(loss) == pytest.approx(expected * WEIGHTS.sum(), rel=1e-12)


def test_training_score_of_standardized_numbers_is_r2():
    rng = np.random.default_rng(0)
    targets, weights = rng.normal(size=(50, 2)), rng.uniform(0.5, 1.5, 50)
    targets -= np.average(targets, axis=0, weights=weights)
    targets /= np.sqrt(np.average(targets**2, axis=0, weights=weights))
    outputs = 0.8 * targets + 0.1 * rng.normal(size=(50, 2))
    arguments = (outputs, targets[np.newaxis], (weights / weights.sum())[np.newaxis], np.float64(0))
    _, score = LOSSES["squared_error"].measure(*map(tf.constant, arguments))
    expected = r2_score(targets, outputs, sample_weight=weights)
    assert float(score) == pytest.approx(expected, rel=1e-12)
