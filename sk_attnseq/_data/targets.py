"""What to learn from: class labels and weights, checked, encoded and combined."""

from __future__ import annotations

from numbers import Number

import numpy as np
from sklearn.utils import assert_all_finite, column_or_1d
from sklearn.utils.class_weight import compute_class_weight
from sklearn.utils.multiclass import check_classification_targets

from sk_attnseq._data.arrays import check_no_mask, check_numbers, numpy_arrays, read_values
from sk_attnseq._data.batches import TrainingData
from sk_attnseq._data.samples import way_of_rows
from sk_attnseq._data.tables import plain_strings
from sk_attnseq._runtime.floating_point import reports_nothing


@reports_nothing
def make_training_data(estimator, sequences, y, sample_weight, classes=None, groups=None):
    """What to learn from: all samples with a weight above 0.

    Returns
    -------
    data : TrainingData
    classes : ndarray of shape (n_classes,)
        Those passed, or else those in y.
    """
    n_samples = len(sequences)
    y = check_targets(estimator, y, n_samples=n_samples)
    weights = check_sample_weight(sample_weight, n_samples=n_samples)
    groups = check_groups(groups, n_samples=n_samples)
    sequences, y, weights, groups = without_weight_0(sequences, y, weights, groups)
    if classes is None:
        classes = np.unique(y)
    else:
        _check_classes(classes)
    if len(classes) < 2:
        raise ValueError(
            f"{type(estimator).__name__} needs samples of at least 2 classes, but the data "
            f"(without samples of weight 0) has only 1 class: {classes.tolist()[0]!r}."
        )
    targets = encode(y, classes)
    by_class = weights_of_classes(estimator.class_weight, classes, targets, weights)
    return weighted(
        estimator,
        sequences,
        targets,
        weights,
        by_class,
        sample_weight=None if sample_weight is None else weights,
        groups=groups,
    ), classes


def weighted(estimator, sequences, targets, weights, by_class, *, name="y", **more) -> TrainingData:
    """The samples whose weight, times that of their class, counts; these weights have a mean of 1.

    Those that are 0 do not count, nor those too small for the precision: XLA takes subnormal
    numbers, and so parts of such weights, for 0, in sums that are divided by, too.
    """
    weights = _in_units_of_the_largest(weights) * by_class[targets]
    if not weights.any() or not np.isfinite(weights).all():
        _refuse(estimator.class_weight, name)
    precision = np.finfo(estimator.dtype)
    present = weights / weights[weights > 0].mean() > precision.tiny / precision.eps
    data = TrainingData(sequences, targets, weights / weights[present].mean(), **more)
    return data if present.all() else data[present]


def without_weight_0(sequences, y, sample_weight, groups=None):
    """All but what has a weight of 0, which is as good as absence."""
    present = sample_weight > 0
    if present.all():
        return sequences, y, sample_weight, groups
    if groups is not None:
        groups = groups[present]
    return sequences[present], y[present], sample_weight[present], groups


def check_targets(estimator, y, name="y", *, n_samples) -> np.ndarray:
    """Y as an array (n_samples,) of class labels."""
    estimator_name = type(estimator).__name__
    if y is None:
        raise ValueError(f"{estimator_name} requires y to be passed, but the target y is None.")
    check_no_mask(y, name)
    with numpy_arrays():
        y = column_or_1d(y, warn=True)
    _check_labels(y, name, estimator_name)
    if_fewer = way_of_rows(getattr(estimator, "_n_dimensions", None))
    _check_length(name, y, n_samples, if_fewer=if_fewer)
    return y


def check_groups(groups, *, n_samples) -> np.ndarray | None:
    """The group of each sample as an array (n_samples,), if any were passed."""
    if groups is None:
        return None
    check_no_mask(groups, "groups")
    groups = plain_strings(read_values(groups))
    if groups.ndim == 2 and groups.shape[1] == 1:
        groups = groups[:, 0]
    if groups.ndim != 1:
        raise ValueError(f"groups must be 1-D, got shape {groups.shape}.")
    _check_length("groups", groups, n_samples)
    missing = groups != groups
    if missing.any():
        raise ValueError(
            f"groups has no value for sample {np.argmax(missing)}: give a sample without a group "
            "one of its own."
        )
    kinds = sorted({type(group).__name__ for group in groups.tolist()})
    if len(kinds) > 1:
        raise ValueError(
            f"groups has objects of the types {kinds}, but groups must be all strings or all "
            "numbers: convert them."
        )
    return groups


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


def encode(y, classes, name="y", name_of_classes="classes") -> np.ndarray:
    """The index in `classes`, which is sorted, of each label."""
    unknown = np.setdiff1d(y, classes)
    if len(unknown):
        raise ValueError(
            f"{name} has the classes {unknown}, which are not in {name_of_classes}: {classes}."
        )
    return np.searchsorted(classes, y).astype(np.int32)


def check_sample_weight(sample_weight, name="sample_weight", *, n_samples) -> np.ndarray:
    """Weights of the samples, (n_samples,): finite, none negative, not all zero."""
    if sample_weight is None:
        return np.ones(n_samples)
    if isinstance(sample_weight, Number):
        sample_weight = np.full(n_samples, sample_weight)
    sample_weight = check_numbers(
        sample_weight, name, dtype=np.float64, ensure_2d=False, allow_nd=True
    )
    if sample_weight.ndim != 1:
        raise ValueError(f"{name} must be 1-D, got shape {sample_weight.shape}.")
    _check_length(name, sample_weight, n_samples)
    if (sample_weight < 0).any():
        raise ValueError(
            f"{name} has negative values, the least is {sample_weight.min()}: "
            "weights must be 0 or more."
        )
    if not sample_weight.any():
        raise ValueError(f"{name} is zero for all samples: nothing is left.")
    return sample_weight


def weights_of_classes(class_weight, classes, targets, sample_weight) -> np.ndarray:
    """The weight of each class, (n_classes,), for these samples to learn from."""
    if class_weight == "balanced":
        sample_weight = _in_units_of_the_largest(sample_weight)
        totals = np.bincount(targets, weights=sample_weight, minlength=len(classes))
        by_class = 1 / totals  # infinity is looked for where weights are multiplied
    else:
        by_class = compute_class_weight(class_weight, classes=classes, y=classes[targets])
    if (by_class < 0).any():
        _refuse(class_weight, "y")
    return _in_units_of_the_largest(by_class)


def _refuse(class_weight, name):
    raise ValueError(
        f"class_weight is {class_weight}: weights must be 0 or more, above 0 for one class "
        f"that is there in {name}, and finite, also times the weights of samples."
    )


def _in_units_of_the_largest(weights):
    """Weights divided by a power of 2, which rounds nothing, so that no sum is infinite."""
    return np.ldexp(weights, -np.frexp(weights.max())[1])


def _check_length(name, values, n_samples, if_fewer=""):
    if len(values) != n_samples:
        sequences = "X_val" if name.endswith("_val") else "X"
        raise ValueError(
            "Found input variables with inconsistent numbers of samples: "
            f"{n_samples} in {sequences} and {len(values)} in {name}."
            f"{if_fewer if len(values) < n_samples else ''}"
        )
