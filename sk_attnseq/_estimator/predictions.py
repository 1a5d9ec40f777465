"""Predictions, of a classifier that is one network or several."""

from __future__ import annotations

from sklearn.utils.metaestimators import available_if
from sklearn.utils.validation import check_is_fitted

from sk_attnseq._input.read_sequences import read_sequences
from sk_attnseq._network.forward_pass import log_softmax, pad_with_zeros, softmax


def _has_attention(estimator):
    # What was fitted, if anything; of an ensemble that is not, its template.
    unfitted = getattr(estimator, "estimator", estimator)
    if getattr(estimator, "_architecture", unfitted).attention is None:
        raise AttributeError("attention_weights needs attention='pooling' or 'multihead'.")
    return True


class PredictionMixin:
    """What a fitted classifier predicts, from its `_forward_pass`."""

    def predict(self, X):
        """Predict the class of each sequence.

        Parameters
        ----------
        X : array-like or list of array-likes
            Sequences, as in `fit`; their lengths may be any.

        Returns
        -------
        y_pred : ndarray of shape (n_samples,)
            The most probable class of each sequence.
        """
        probabilities = self.predict_proba(X)
        return self.classes_[probabilities.argmax(axis=1)]

    def predict_proba(self, X):
        """Predict the probability of each class.

        Parameters
        ----------
        X : array-like or list of array-likes
            Sequences, as in `fit`; their lengths may be any.

        Returns
        -------
        probabilities : ndarray of shape (n_samples, n_classes)
            Columns in the order of `classes_`.
        """
        return softmax(self._logits(X), axis=1)

    def predict_log_proba(self, X):
        """Predict the logarithm of the probability of each class.

        Parameters
        ----------
        X : array-like or list of array-likes
            Sequences, as in `fit`; their lengths may be any.

        Returns
        -------
        log_probabilities : ndarray of shape (n_samples, n_classes)
            Columns in the order of `classes_`; finite also where a probability rounds to 0.
        """
        return log_softmax(self._logits(X), axis=1)

    @available_if(_has_attention)
    def attention_weights(self, X):
        """Where the network looks: how much each timestep counts.

        Available unless ``attention=None``.

        Parameters
        ----------
        X : array-like or list of array-likes
            Sequences, as in `fit`; their lengths may be any.

        Returns
        -------
        weights : ndarray or list of ndarray
            For "pooling" (n_samples, n_timesteps), rows adding up to 1. For "multihead"
            (n_samples, num_heads, n_timesteps, n_timesteps): how much each timestep (third
            axis) takes from each (last axis, adding up to 1). Padded timesteps have 0;
            n_timesteps is the length of the longest of these sequences. For a list of
            sequences, a list with the weights of each: (n_timesteps_i,) or (num_heads,
            n_timesteps_i, n_timesteps_i).
        """
        check_is_fitted(self)
        sequences = read_sequences(self, X)
        weights = self._forward_pass.attention_weights(sequences)
        return weights if sequences.listed else pad_with_zeros(weights)

    def _logits(self, X):
        check_is_fitted(self)
        return self._forward_pass.logits(read_sequences(self, X))
