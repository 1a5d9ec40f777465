"""Data in the forms that many tests need."""

import numpy as np

from sk_attnseq._data.training_data import TrainingData
from sk_attnseq._input.read_sequences import to_sequences


def make_data(X, y, weights=None):
    """What the engine trains on: sequences, indices of classes, weights with a mean of 1."""
    weights = np.ones(len(y)) if weights is None else weights
    return TrainingData(to_sequences(X, dtype="float32"), np.asarray(y, np.int32), weights)


def pad_with_nan(sequences, n_timesteps):
    """A list of sequences as one array, padded with NaN up to n_timesteps."""
    padded = np.full((len(sequences), n_timesteps, sequences[0].shape[1]), np.nan, np.float32)
    for row, sequence in zip(padded, sequences, strict=True):
        row[: len(sequence)] = sequence
    return padded
