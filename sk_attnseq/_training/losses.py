"""The losses: what training minimizes, and what it reports beside that."""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
import tensorflow as tf
from sklearn.metrics import accuracy_score, r2_score

from sk_attnseq._network.forward_pass import log_softmax


class Loss(NamedTuple):
    """A loss, hashable, so that programs are kept by it; they get its `parameter` as argument.

    In `measure`, for TensorFlow, outputs are (rows, n_outputs). A row may have several targets:
    targets are (n_targets, rows) indices or (n_targets, rows, n_outputs) numbers, and weights
    (n_targets, rows). It returns the weighted sums over the rows of loss and score.

    In `mean`, for NumPy, each row has one target, and the result is the weighted mean.
    """

    measure: Callable[..., tuple[tf.Tensor, tf.Tensor]]
    mean: Callable[..., float]
    score: Callable[..., float]
    score_name: str


def _cross_entropy(outputs, targets, weights, smoothing):
    """The score is the accuracy, where a tie counts as right."""
    loss, accuracy = 0.0, 0.0
    highest, normalizer = tf.reduce_max(outputs, axis=1), tf.reduce_logsumexp(outputs, axis=1)
    for label, weight in zip(tf.unstack(targets), tf.unstack(weights), strict=True):
        is_target = tf.one_hot(label, outputs.shape[1], dtype=outputs.dtype)
        of_target = tf.reduce_sum(is_target * outputs, axis=1)
        # A smoothed label has 1 - s of its weight, and each of n classes s / n more.
        smoothed = of_target + smoothing * (tf.reduce_mean(outputs, axis=1) - of_target)
        loss += tf.reduce_sum(weight * (normalizer - smoothed))
        accuracy += tf.reduce_sum(weight * tf.cast(of_target >= highest, outputs.dtype))
    return loss, accuracy


def _mean_cross_entropy(outputs, targets, weights, smoothing):
    log_probabilities = log_softmax(outputs, axis=1)
    of_target = np.take_along_axis(log_probabilities, targets[:, np.newaxis], axis=1)[:, 0]
    smoothed = (1 - smoothing) * of_target + smoothing * log_probabilities.mean(axis=1)
    return float(-np.average(smoothed, weights=weights))


def _accuracy(outputs, targets, weights):
    return float(accuracy_score(targets, outputs.argmax(axis=1), sample_weight=weights))


def _of_numbers(loss):
    """A loss of single numbers, ``loss(xp, errors, parameter)``, with `xp` NumPy or TensorFlow.

    Errors are targets minus outputs. The score is R², as the variance of the standardized
    targets is 1.
    """

    def measure(outputs, targets, weights, parameter):
        total, score = 0.0, 0.0
        for target, weight in zip(tf.unstack(targets), tf.unstack(weights), strict=True):
            errors = target - outputs  # (rows, n_outputs)
            total += tf.reduce_sum(weight * tf.reduce_mean(loss(tf, errors, parameter), axis=1))
            score += tf.reduce_sum(weight * (1 - tf.reduce_mean(tf.square(errors), axis=1)))
        return total, score

    def mean(outputs, targets, weights, parameter):
        return float(
            np.average(loss(np, targets - outputs, parameter).mean(axis=1), weights=weights)
        )

    def score(outputs, targets, weights):
        return float(r2_score(targets, outputs, sample_weight=weights))

    return Loss(measure, mean, score, "R2")


def _huber(xp, errors, delta):
    """Quadratic below `delta`, linear above (Huber, 1964)."""
    inside = xp.minimum(xp.abs(errors), delta)
    return inside * (xp.abs(errors) - inside / 2)


def _pinball(xp, errors, quantile):
    """The loss that a quantile minimizes (Koenker & Bassett, 1978)."""
    return xp.maximum(quantile * errors, (quantile - 1) * errors)


LOSSES = {
    "cross_entropy": Loss(_cross_entropy, _mean_cross_entropy, _accuracy, "accuracy"),
    "squared_error": _of_numbers(lambda xp, errors, _: xp.square(errors)),
    "absolute_error": _of_numbers(lambda xp, errors, _: xp.abs(errors)),
    "huber": _of_numbers(_huber),
    "quantile": _of_numbers(_pinball),
}
