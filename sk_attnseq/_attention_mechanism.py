"""One function that trains a network for ten classes and returns the Keras model."""

from __future__ import annotations

from numbers import Integral
from typing import TYPE_CHECKING, Any

import numpy as np

from sk_attnseq._classifier import AttentionSequenceClassifier
from sk_attnseq._data.class_labels import ClassLabels
from sk_attnseq._input.values import check_no_mask
from sk_attnseq._network.architecture import Attention

if TYPE_CHECKING:
    import keras

_N_CLASSES = 10
_MAX_EPOCHS = 1000


def attention_mechanism_for_sequences(
    sequences: Any,
    labels: Any,
    epochs: int,
    *,
    attention: Attention = "pooling",
    random_state: int | np.random.RandomState | None = None,
) -> keras.Model:
    """Train an LSTM with attention on sequences of ten classes, and return the Keras model.

    Parameters
    ----------
    sequences : array-like of shape (n_samples, n_timesteps, n_features)
        Sequences, for example of 10 timesteps and 5 features; or nested lists. Shorter sequences
        may be padded with NaN at the end.

    labels : array-like of shape (n_samples,)
        Class of each sequence, an integer from 0 to 9.

    epochs : int
        Number of passes over the data, from 1 to 1000.

    attention : {"pooling", "multihead"} or None, default="pooling"
        Kind of network, as in :class:`AttentionSequenceClassifier`.

    random_state : int, RandomState instance or None, default=None
        Determines the initial weights and the order of the samples.

    Returns
    -------
    model : keras.Model
        Trained and compiled model with ten outputs. `predict`, `evaluate` and further calls of
        `fit` work as with any Keras model.

    Raises
    ------
    ValueError
        If an argument is not as described.

    Examples
    --------
    >>> import numpy as np
    >>> from sk_attnseq import attention_mechanism_for_sequences
    >>> rng = np.random.default_rng(0)
    >>> sequences, labels = rng.normal(size=(64, 10, 5)), rng.integers(0, 10, 64)
    >>> model = attention_mechanism_for_sequences(sequences, labels, epochs=2)
    >>> model.predict(sequences, verbose=0).shape
    (64, 10)
    """
    if not isinstance(epochs, Integral) or isinstance(epochs, bool):
        raise ValueError(f"epochs must be an integer, got {epochs!r}.")
    if not 1 <= epochs <= _MAX_EPOCHS:
        raise ValueError(f"epochs must be from 1 to {_MAX_EPOCHS}, got {epochs}.")
    if attention is not None and not (
        isinstance(attention, str) and attention in ("pooling", "multihead")
    ):
        raise ValueError(f"attention must be 'pooling', 'multihead' or None, got {attention!r}.")
    _check_dimensions(sequences)
    labels = _check_labels(labels, len(sequences))
    classifier = AttentionSequenceClassifier(
        attention=attention, epochs=int(epochs), random_state=random_state
    )
    coding = ClassLabels(np.arange(_N_CLASSES))  # whatever labels there are
    try:
        classifier._fit(sequences, labels, make_coding=lambda *_: coding)
    except ValueError as error:
        raise ValueError(
            f"sequences must hold finite numbers, on which training does not diverge: {error}"
        ) from error
    return classifier.model_


def _check_dimensions(sequences: Any) -> None:
    n_dimensions: int | str
    try:
        n_dimensions = np.ndim(sequences)
    except ValueError:
        n_dimensions = "no single number of"
    if n_dimensions != 3:
        raise ValueError(
            "sequences must be 3-D, of shape (n_samples, n_timesteps, n_features), "
            f"got {n_dimensions} dimensions."
        )
    if len(sequences) == 0:
        raise ValueError("sequences must hold at least one sequence, got none.")


def _check_labels(labels: Any, n_samples: int) -> np.ndarray:
    check_no_mask(labels, "labels")
    try:
        array: np.ndarray = np.asarray(labels)
    except ValueError as error:
        raise ValueError(f"labels must be integers: {error}") from error
    if array.ndim != 1 or len(array) != n_samples:
        raise ValueError(
            f"labels must be 1-D with one label for each of the {n_samples} sequences, "
            f"got shape {array.shape}."
        )
    if array.dtype.kind not in "iu":
        raise ValueError(f"labels must be integers, got dtype {array.dtype}.")
    if array.min() < 0 or array.max() >= _N_CLASSES:
        raise ValueError(
            f"labels must be in [0, {_N_CLASSES}), got {array.min()} to {array.max()}."
        )
    return array
