"""Labels of classes as users pass them, and as the indices that a network learns."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from sklearn.utils import assert_all_finite, column_or_1d
from sklearn.utils.class_weight import compute_class_weight
from sklearn.utils.multiclass import check_classification_targets

from sk_attnseq._data.sample_weights import in_units_of_the_largest
from sk_attnseq._input.values import check_length, check_no_mask, usual_checks


@dataclass(frozen=True)
class ClassLabels:
    """The classes of a classifier, sorted, (n_classes,): labels to their indices, and back."""

    classes: np.ndarray

    @classmethod
    def of(cls, y: np.ndarray, estimator_name: str) -> ClassLabels:
        """The classes that are in y."""
        classes = np.unique(y)
        if len(classes) < 2:
            raise ValueError(
                f"{estimator_name} needs samples of at least 2 classes, but the data (without "
                f"samples of weight 0) has only 1 class: {classes.tolist()[0]!r}."
            )
        return cls(classes)

    @classmethod
    def named(cls, classes) -> ClassLabels:
        """The classes that are passed to `partial_fit`."""
        classes = np.unique(classes)
        if len(classes) < 2:
            raise ValueError(
                f"classes must name at least 2 classes, got {classes}: only 1 class, or none, "
                "leaves nothing to learn."
            )
        _check_labels(classes, "classes")
        return cls(classes)

    @property
    def n_outputs(self) -> int:
        return len(self.classes)

    def encode(self, y: np.ndarray, name: str = "y") -> np.ndarray:
        """The index of each label, (n_samples,) int32."""
        name_of_classes = "y" if name == "y_val" else "classes"
        _check_same_type(y, name, self.classes, name_of_classes)
        unknown = np.setdiff1d(y, self.classes)
        if len(unknown):
            raise ValueError(
                f"{name} has the classes {unknown}, which are not in {name_of_classes}: "
                f"{self.classes}."
            )
        return np.searchsorted(self.classes, y).astype(np.int32)

    def decode(self, targets: np.ndarray) -> np.ndarray:
        """The label of each index."""
        return self.classes[targets]

    def class_weights(self, class_weight, targets, sample_weight) -> np.ndarray:
        """The weight of each class, (n_classes,), for these samples to learn from."""
        if class_weight == "balanced":
            weights = in_units_of_the_largest(sample_weight)
            totals = np.bincount(targets, weights=weights, minlength=self.n_outputs)
            return 1 / totals  # infinity is looked for where weights are multiplied
        y = self.classes[targets]
        return compute_class_weight(class_weight, classes=self.classes, y=y)

    def check_same(self, other: ClassLabels) -> None:
        """Raise unless a training that goes on has the same classes."""
        if not np.array_equal(self.classes, other.classes):
            raise ValueError(
                f"The data have the classes {other.classes}, but training goes on from a network "
                f"for {self.classes}: a clone can be fitted to other classes."
            )


def read_labels(estimator, y, name: str = "y", *, n_samples: int) -> np.ndarray:
    """Y as an array (n_samples,) of class labels."""
    estimator_name = type(estimator).__name__
    if y is None:
        raise ValueError(f"{estimator_name} requires y to be passed, but the target y is None.")
    check_no_mask(y, name)
    with usual_checks():
        try:
            y = column_or_1d(y, warn=True)
        except ValueError as error:
            raise ValueError(f"{error}{_hint_of_columns(y)}") from error
    _check_labels(y, name, estimator_name)
    check_length(name, y, n_samples, estimator)
    return y


def _hint_of_columns(y):
    """What to do about labels in several columns, in a sentence."""
    try:
        columns = np.asarray(y)
    except ValueError:
        return ""
    if columns.ndim != 2 or not np.isin(columns, (0, 1)).all():
        return ""
    if (columns.sum(axis=1) == 1).all():
        return " One-hot labels become classes by `y.argmax(axis=1)`."
    return (
        " If samples have several labels each, fit one classifier for each label with "
        "sklearn.multioutput.MultiOutputClassifier."
    )


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


def _check_same_type(values, name, others, name_of_others):
    """Raise if some are strings and the others numbers, which NumPy would compare as strings."""
    kinds = ["strings" if array.dtype.kind in "OUS" else "numbers" for array in (values, others)]
    if kinds[0] != kinds[1]:
        value, other = values.tolist()[0], others.tolist()[0]
        raise ValueError(
            f"{name} has {kinds[0]} (such as {value!r}), but {name_of_others} has {kinds[1]} "
            f"(such as {other!r}): pass labels of one type."
        )
