"""What to learn from: class labels and weights, checked, encoded and combined."""

from __future__ import annotations

from numbers import Number

import numpy as np
from sklearn.utils import assert_all_finite, column_or_1d
from sklearn.utils.class_weight import compute_class_weight
from sklearn.utils.multiclass import check_classification_targets

from sk_attnseq._data.arrays import check_no_mask, check_numbers, numpy_arrays
from sk_attnseq._data.batches import TrainingData
from sk_attnseq._data.samples import way_of_rows
from sk_attnseq._runtime.floating_point import reports_nothing


@reports_nothing
def make_training_data(estimator, sequences, y, sample_weight, classes=None):
    """What to learn from: all samples with a weight above 0.

    Returns
    -------
    data : TrainingData
    classes : ndarray of shape (n_classes,)
        Those passed, or else those in y.
    """
    y = _check_targets(estimator, y, n_samples=len(sequences))
    sample_weight = _check_sample_weight(sample_weight, n_samples=len(sequences))
    present = sample_weight > 0  # a weight of 0 is as good as absence
    if not present.all():
        sequences, y, sample_weight = sequences[present], y[present], sample_weight[present]
    if classes is None:
        classes = np.unique(y)
    else:
        _check_classes(classes)
    if len(classes) < 2:
        raise ValueError(
            f"{type(estimator).__name__} needs samples of at least 2 classes, but the data "
            f"(without samples of weight 0) has only 1 class: {classes.tolist()[0]!r}."
        )
    targets = _encode(y, classes)
    weights = _training_weights(sample_weight, targets, classes, estimator.class_weight)
    data = TrainingData(sequences, targets, weights)
    # A class's weight may be 0, and a weight may be too small for the precision.
    present = weights.astype(estimator.dtype) > 0
    return (data if present.all() else data[present]), classes


def _check_targets(estimator, y, *, n_samples) -> np.ndarray:
    """Y as an array (n_samples,) of class labels."""
    name = type(estimator).__name__
    if y is None:
        raise ValueError(f"{name} requires y to be passed, but the target y is None.")
    check_no_mask(y, "y")
    with numpy_arrays():
        y = column_or_1d(y, warn=True)
    _check_labels(y, "y", name)
    if_fewer = way_of_rows(getattr(estimator, "_n_dimensions", None))
    _check_length("y", y, n_samples, if_fewer=if_fewer)
    return y


def _check_classes(classes):
    """Check the sorted `classes` that were passed to `partial_fit`."""
    if len(classes) < 2:
        raise ValueError(
            f"classes must name at least 2 classes, got {classes}: only 1 class, or none, leaves "
            "nothing to learn."
        )
    _check_labels(classes, "classes")


def _check_labels(labels, name, estimator_name=""):
    """Check that an array (n,) has labels of classes: whole numbers, booleans or strings."""
    if labels.dtype == object:
        others = {type(label).__name__ for label in labels if not isinstance(label, str)}
        if others:
            raise ValueError(
                f"Unknown label type: {name} has objects of the types {sorted(others)}, where "
                "labels must be all strings, or all numbers in an array of numbers: convert them, "
                "and leave out samples without a label."
            )
    assert_all_finite(labels, estimator_name=estimator_name, input_name=name)
    check_classification_targets(labels)


def _encode(y, classes) -> np.ndarray:
    """The index in `classes`, which is sorted, of each label."""
    unknown = np.setdiff1d(y, classes)
    if len(unknown):
        raise ValueError(f"y has the classes {unknown}, which are not in classes: {classes}.")
    return np.searchsorted(classes, y).astype(np.int32)


def _check_sample_weight(sample_weight, *, n_samples) -> np.ndarray:
    """Weights of the samples, (n_samples,): finite, none negative, not all zero."""
    if sample_weight is None:
        return np.ones(n_samples)
    if isinstance(sample_weight, Number):
        sample_weight = np.full(n_samples, sample_weight)
    sample_weight = check_numbers(
        sample_weight, "sample_weight", dtype=np.float64, ensure_2d=False, allow_nd=True
    )
    if sample_weight.ndim != 1:
        raise ValueError(f"sample_weight must be 1-D, got shape {sample_weight.shape}.")
    _check_length("sample_weight", sample_weight, n_samples)
    if (sample_weight < 0).any():
        raise ValueError(
            f"sample_weight has negative values, the least is {sample_weight.min()}: "
            "weights must be 0 or more."
        )
    if not sample_weight.any():
        raise ValueError("sample_weight is zero for all samples: nothing is left to learn from.")
    return sample_weight


def _training_weights(sample_weight, targets, classes, class_weight) -> np.ndarray:
    """Weights of samples times those of their classes; those above 0 have a mean of 1."""
    sample_weight = _in_units_of_the_largest(sample_weight)
    if class_weight == "balanced":
        totals = np.bincount(targets, weights=sample_weight, minlength=len(classes))
        by_class = 1 / totals  # infinity is looked for below
    else:
        by_class = compute_class_weight(class_weight, classes=classes, y=classes[targets])
    weights = sample_weight * _in_units_of_the_largest(by_class)[targets]
    if (by_class < 0).any() or not weights.any() or not np.isfinite(weights).all():
        raise ValueError(
            f"class_weight is {class_weight}: weights must be 0 or more, above 0 for one class "
            "that is there, and finite, also times the weights of samples."
        )
    return weights / weights[weights > 0].mean()


def _in_units_of_the_largest(weights):
    """Weights divided by a power of 2, which rounds nothing, so that no sum is infinite."""
    return np.ldexp(weights, -np.frexp(weights.max())[1])


def _check_length(name, values, n_samples, if_fewer=""):
    if len(values) != n_samples:
        raise ValueError(
            f"Found input variables with inconsistent numbers of samples: {n_samples} in X and "
            f"{len(values)} in {name}.{if_fewer if len(values) < n_samples else ''}"
        )
