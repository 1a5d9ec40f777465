"""Training and validation data: sequences with targets and weights, checked together."""

from __future__ import annotations

import functools
from dataclasses import dataclass, replace

import numpy as np

from sk_attnseq._data.groups import check_groups
from sk_attnseq._data.sample_weights import check_sample_weight, weigh
from sk_attnseq._input.read_sequences import read_sequences
from sk_attnseq._input.sequence_store import Sequences
from sk_attnseq._runtime.floating_point import ignores_floating_point_errors


@dataclass(frozen=True)
class TrainingData:
    """Sequences to learn from, or to validate on, their targets and their weights.

    The weights of samples without those of classes, and groups, are there if they were passed.
    """

    sequences: Sequences
    targets: np.ndarray  # (n_samples,) int32 indices of classes, or (n_samples, n_outputs) numbers
    weights: np.ndarray  # (n_samples,)
    sample_weight: np.ndarray | None = None  # (n_samples,)
    groups: np.ndarray | None = None  # (n_samples,)

    def __len__(self) -> int:
        return len(self.targets)

    @property
    def strata(self) -> np.ndarray:
        """What parts of the data should have in equal proportions, (n_samples,): the classes."""
        return self.targets if self.targets.ndim == 1 else np.zeros(len(self), np.int32)

    @functools.cached_property
    def length_ranks(self) -> np.ndarray:
        """Rank of each length among those of its class, from 0 to 1, (n_samples,).

        Numbers are in four classes, by the quartiles of the first output.
        """
        strata, ranks = self.targets, np.empty(len(self))
        if strata.ndim == 2:
            strata = np.searchsorted(np.quantile(strata[:, 0], (0.25, 0.5, 0.75)), strata[:, 0])
        for stratum in np.unique(strata):
            rows = strata == stratum
            lengths = self.sequences.lengths[rows]
            in_order = np.sort(lengths)
            below, not_above = (np.searchsorted(in_order, lengths, s) for s in ("left", "right"))
            ranks[rows] = (below + not_above) / (2 * len(lengths))
        return ranks

    def __getitem__(self, rows) -> TrainingData:
        sample_weight, groups = (
            None if part is None else part[rows] for part in (self.sample_weight, self.groups)
        )
        return TrainingData(
            self.sequences[rows], self.targets[rows], self.weights[rows], sample_weight, groups
        )


@ignores_floating_point_errors
def make_training_data(
    estimator, sequences: Sequences, y, sample_weight, make_coding, *, groups=None, relative=True
):
    """The samples with a weight above 0 as training data, and the coding of their targets.

    ``make_coding(y, weights)`` gives the coding: `ClassLabels` or `NumericTargets`. Weights count
    relative to their mean, except in a training over several calls, which have different means.
    """
    n_samples = len(sequences)
    y, weights, present = _read_targets_and_weights(estimator, y, sample_weight, n_samples)
    groups = check_groups(groups, n_samples=n_samples)
    coding = make_coding(y, weights)
    data = TrainingData(
        sequences[present],
        coding.encode(y),
        weights,
        sample_weight=None if sample_weight is None else weights,
        groups=None if groups is None else groups[present],
    )
    return _with_class_weights(estimator, coding, data, data, relative=relative), coding


@ignores_floating_point_errors
def make_validation_data(
    estimator, data: TrainingData, coding, X_val, y_val, sample_weight_val
) -> TrainingData | None:
    """The user's own validation data, with the class weights of the training data, if passed.

    The form of `X_val` is held against that of the training data, which the estimator has.
    """
    if not _are_passed(estimator, X_val, y_val, sample_weight_val):
        return None
    try:
        sequences = read_sequences(estimator, X_val, dtype=estimator.dtype)
    except ValueError as error:
        raise ValueError(f"X_val cannot be used: {error}") from error
    y, weights, present = _read_targets_and_weights(
        estimator, y_val, sample_weight_val, len(sequences), "_val"
    )
    validation = TrainingData(
        sequences[present],
        coding.encode(y, "y_val"),
        weights,
        sample_weight=None if sample_weight_val is None else weights,
    )
    return _with_class_weights(estimator, coding, validation, data, name="y_val")


def _read_targets_and_weights(estimator, y, sample_weight, n_samples, suffix=""):
    """Targets and weights of the samples with a weight above 0, and which samples these are."""
    y = estimator._read_targets(y, f"y{suffix}", n_samples=n_samples)
    weights = check_sample_weight(sample_weight, f"sample_weight{suffix}", n_samples=n_samples)
    present = weights > 0
    return y[present], weights[present], present


def _with_class_weights(estimator, coding, data, training_data, *, relative=True, name="y"):
    """The samples whose weight times that of their class counts, with these weights."""
    sample_weight = training_data.sample_weight
    if sample_weight is None:
        sample_weight = np.ones(len(training_data))
    factors = estimator._weight_factors(coding, training_data.targets, sample_weight, data.targets)
    weights = None
    if (factors >= 0).all():
        weights = weigh(data.weights, factors, estimator.dtype, relative=relative)
    if weights is None:
        class_weight = getattr(estimator, "class_weight", None)
        what = "sample_weight: " if class_weight is None else f"class_weight is {class_weight}: "
        of_what = "sample" if class_weight is None else "class"
        raise ValueError(
            f"{what}weights must be 0 or more, above 0 for one {of_what} that is there in {name}, "
            "and finite, also when they are multiplied."
        )
    data = replace(data, weights=weights)
    present = weights > 0
    return data if present.all() else data[present]


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
