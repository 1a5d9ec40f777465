"""Predictions, of an estimator that is one network or several."""

from typing import Any

import numpy as np
from sklearn.utils.metaestimators import available_if
from sklearn.utils.validation import check_is_fitted

from sk_attnseq._input.read_sequences import read_sequences
from sk_attnseq._network.forward_pass import log_softmax, softmax
from sk_attnseq._runtime.estimator_copies import snapshot
from sk_attnseq._runtime.physical_memory import check_fits_in_memory


def _has_attention(estimator):
    # What was fitted, if anything; of an ensemble that is not, its template.
    unfitted = getattr(estimator, "estimator", estimator)
    if getattr(estimator, "_architecture", unfitted).attention is None:
        raise AttributeError("attention_weights needs attention='pooling' or 'multihead'.")
    return True


def _check_weights_fit(architecture, sequences):
    """Raise if the weights of all pairs of timesteps need more memory than there is."""
    n_pairs = (sequences.lengths.astype(np.float64) ** 2).sum()
    if not sequences.listed:  # padded
        n_pairs += len(sequences) * float(sequences.longest) ** 2
    check_fits_in_memory(
        8 * architecture.num_heads * n_pairs,
        f"The attention weights of all pairs of up to {sequences.longest} timesteps in "
        f"{len(sequences)} sequences",
        "Pass fewer or shorter sequences.",
    )


def _pad_with_zeros(arrays: list[np.ndarray]) -> np.ndarray:
    """Arrays of as many axes, but different sizes, as one array of all."""
    shapes = {array.shape for array in arrays}
    if len(shapes) == 1:
        return np.stack(arrays)
    padded = np.zeros((len(arrays), *np.max(list(shapes), axis=0)), arrays[0].dtype)
    for place, array in zip(padded, arrays, strict=True):
        place[tuple(map(slice, array.shape))] = array
    return padded


class PredictionMixin:
    """What a fitted estimator computes with its `_forward_pass`.

    Each call works on a snapshot: a fit in another thread may change the estimator meanwhile, and
    weights, classes and form of X have to belong together.
    """

    @available_if(_has_attention)
    def attention_weights(self, X: Any) -> np.ndarray | list[np.ndarray]:
        """Compute the attention weights, which tell how much each timestep counts.

        Only available if `attention` is not None.

        Parameters
        ----------
        X : array-like or list of array-likes
            Sequences in the form of those passed to `fit`. Their lengths may differ, but not the
            number of columns of a 2-D `X`.

        Returns
        -------
        weights : ndarray or list of ndarray
            For "pooling", an array (n_samples, n_timesteps) whose rows add up to 1. For
            "multihead", an array (n_samples, num_heads, n_timesteps, n_timesteps) with the weights
            that each timestep (third axis) gives to all timesteps (last axis, which adds up to 1).
            n_timesteps is the length of the longest of these sequences; padded timesteps have the
            weight 0. For a list of sequences, a list with the weights of each sequence:
            (n_timesteps_i,) or (num_heads, n_timesteps_i, n_timesteps_i).
        """
        fitted: Any = snapshot(self)
        check_is_fitted(fitted)
        sequences = read_sequences(fitted, X)
        _check_weights_fit(fitted._architecture, sequences)
        weights = fitted._forward_pass.attention_weights(sequences)
        return weights if sequences.listed else _pad_with_zeros(weights)

    def _outputs(self, X):
        """The outputs of the network, (n_samples, n_outputs), on a snapshot."""
        if not self.__sklearn_is_fitted__():  # asked first, as the check computes all tags
            check_is_fitted(self)
        return self._forward_pass.outputs(read_sequences(self, X))


class ClassPredictionMixin(PredictionMixin):
    """What a fitted classifier predicts."""

    def predict(self, X: Any) -> np.ndarray:
        """Predict the class of each sequence.

        Parameters
        ----------
        X : array-like or list of array-likes
            Sequences in the form of those passed to `fit`. Their lengths may differ, but not the
            number of columns of a 2-D `X`.

        Returns
        -------
        y_pred : ndarray of shape (n_samples,)
            Most probable class of each sequence.
        """
        fitted: Any = snapshot(self)
        probabilities = fitted.predict_proba(X)
        return fitted.classes_[probabilities.argmax(axis=1)]

    def predict_proba(self, X: Any) -> np.ndarray:
        """Predict the probability of each class.

        Parameters
        ----------
        X : array-like or list of array-likes
            Sequences in the form of those passed to `fit`. Their lengths may differ, but not the
            number of columns of a 2-D `X`.

        Returns
        -------
        probabilities : ndarray of shape (n_samples, n_classes)
            Columns in the order of `classes_`.
        """
        return softmax(snapshot(self)._outputs(X), axis=1)

    def predict_log_proba(self, X: Any) -> np.ndarray:
        """Predict the logarithm of the probability of each class.

        Parameters
        ----------
        X : array-like or list of array-likes
            Sequences in the form of those passed to `fit`. Their lengths may differ, but not the
            number of columns of a 2-D `X`.

        Returns
        -------
        log_probabilities : ndarray of shape (n_samples, n_classes)
            Columns in the order of `classes_`. Values are finite even if a probability rounds to 0.
        """
        return log_softmax(snapshot(self)._outputs(X), axis=1)


class NumberPredictionMixin(PredictionMixin):
    """What a fitted regressor predicts."""

    def predict(self, X: Any) -> np.ndarray:
        """Predict the number or numbers of each sequence.

        Parameters
        ----------
        X : array-like or list of array-likes
            Sequences in the form of those passed to `fit`. Their lengths may differ, but not the
            number of columns of a 2-D `X`.

        Returns
        -------
        y_pred : ndarray of shape (n_samples,) or (n_samples, n_outputs)
            Predictions in the units of the targets.
        """
        fitted: Any = snapshot(self)
        outputs = fitted._outputs(X)
        return fitted._coding.decode(outputs)
