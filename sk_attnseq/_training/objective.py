"""What a training step minimises: the loss of a batch, whose sequences may have two labels."""

from __future__ import annotations

import tensorflow as tf


def measure(
    logits: tf.Tensor, targets: tf.Tensor, weights: tf.Tensor, smoothing: tf.Tensor
) -> tuple[tf.Tensor, tf.Tensor]:
    """Loss and accuracy, where a tie counts as right: sums over the batch, weighted.

    Logits are (batch, classes); targets and weights (n_labels, batch), as a sequence may have
    several labels.
    """
    loss, accuracy = 0.0, 0.0
    highest, normalizer = tf.reduce_max(logits, axis=1), tf.reduce_logsumexp(logits, axis=1)
    for label, weight in zip(tf.unstack(targets), tf.unstack(weights), strict=True):
        is_target = tf.one_hot(label, logits.shape[1], dtype=logits.dtype)
        target_logits = tf.reduce_sum(is_target * logits, axis=1)
        # A smoothed label has 1 - s of its weight, and each of n classes s / n more.
        smoothed = target_logits + smoothing * (tf.reduce_mean(logits, axis=1) - target_logits)
        loss += tf.reduce_sum(weight * (normalizer - smoothed))
        accuracy += tf.reduce_sum(weight * tf.cast(target_logits >= highest, logits.dtype))
    return loss, accuracy
