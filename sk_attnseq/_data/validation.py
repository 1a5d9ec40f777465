"""Validation data of the user's own, held against the data that are trained on."""

from __future__ import annotations

import numpy as np

from sk_attnseq._data.batches import TrainingData
from sk_attnseq._data.targets import (
    check_sample_weight,
    check_targets,
    encode,
    weighted,
    weights_of_classes,
    without_weight_0,
)
from sk_attnseq._input.read_sequences import read_sequences
from sk_attnseq._runtime.floating_point import reports_nothing


@reports_nothing
def make_validation_data(
    estimator, data: TrainingData, classes, X_val, y_val, sample_weight_val
) -> TrainingData | None:
    """What to validate on, with the weights of classes of the training data; None if none is.

    Parameters
    ----------
    estimator : estimator
        Whose `n_features_in_`, and so on, are those of the training data.
    data : TrainingData
    classes : ndarray of shape (n_classes,)
    X_val, y_val, sample_weight_val
        What the user passed.

    Returns
    -------
    validation_data : TrainingData or None
    """
    if not _are_passed(estimator, X_val, y_val, sample_weight_val):
        return None
    try:
        sequences = read_sequences(estimator, X_val, dtype=estimator.dtype)
    except ValueError as error:
        raise ValueError(f"X_val cannot be used: {error}") from error
    n_samples = len(sequences)
    y = check_targets(estimator, y_val, "y_val", n_samples=n_samples)
    weights = check_sample_weight(sample_weight_val, "sample_weight_val", n_samples=n_samples)
    sequences, y, weights, _ = without_weight_0(sequences, y, weights)
    targets = encode(y, classes, "y_val", "those of y")
    trained = np.ones(len(data)) if data.sample_weight is None else data.sample_weight
    return weighted(
        estimator,
        sequences,
        targets,
        weights,
        weights_of_classes(estimator.class_weight, classes, data.targets, trained),
        name="y_val",
        sample_weight=None if sample_weight_val is None else weights,
    )


def _are_passed(estimator, X_val, y_val, sample_weight_val):
    if X_val is None and y_val is None and sample_weight_val is None:
        return False
    for name, value in (("X_val", X_val), ("y_val", y_val)):
        if value is None:
            raise ValueError(
                f"Validation data are passed, but {name} is None: X_val and y_val are needed, and "
                "may have sample_weight_val."
            )
    if not estimator.early_stopping:
        raise ValueError(
            "X_val and y_val are passed, but early_stopping is False: they decide when early "
            "stopping stops, so set early_stopping=True, or leave them out."
        )
    return True
