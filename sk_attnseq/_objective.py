"""What a training step minimises: the loss of a batch, whose labels may be soft."""

from __future__ import annotations

from typing import NamedTuple

import tensorflow as tf


class Batch(NamedTuple):
    """Sequences with what is to be learned of them."""

    values: tf.Tensor  # (batch, timesteps, features)
    lengths: tf.Tensor  # (batch,)
    labels: list  # pairs (targets, weights), each (batch,): a sequence may have several


def mixed(batch: Batch, share: tf.Tensor) -> Batch:
    """Mix each sequence with the next one, which keeps the rest of the share.

    Zhang et al. (2018), "mixup: Beyond Empirical Risk Minimization".
    """
    [(targets, weights)] = batch.labels
    n_rows = tf.math.count_nonzero(weights, dtype=tf.int32)
    row = tf.range(weights.shape[0])
    partner = tf.where(row < n_rows, (row + 1) % n_rows, row)
    return Batch(
        share * batch.values + (1 - share) * tf.gather(batch.values, partner),
        tf.maximum(batch.lengths, tf.gather(batch.lengths, partner)),
        [
            (targets, share * weights),
            (tf.gather(targets, partner), (1 - share) * tf.gather(weights, partner)),
        ],
    )


def measure(logits: tf.Tensor, labels: list, smoothing: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
    """Loss and accuracy, where a tie counts as right: sums over the batch, weighted."""
    loss, accuracy = 0.0, 0.0
    highest, normalizer = tf.reduce_max(logits, axis=1), tf.reduce_logsumexp(logits, axis=1)
    for targets, weights in labels:
        is_target = tf.one_hot(targets, logits.shape[1], dtype=logits.dtype)
        target_logits = tf.reduce_sum(is_target * logits, axis=1)
        # A smoothed label has 1 - s of its weight, and each of n classes s / n more.
        smoothed = target_logits + smoothing * (tf.reduce_mean(logits, axis=1) - target_logits)
        loss += tf.reduce_sum(weights * (normalizer - smoothed))
        accuracy += tf.reduce_sum(weights * tf.cast(target_logits >= highest, logits.dtype))
    return loss, accuracy
