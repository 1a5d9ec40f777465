"""Which part of the training data is set aside for early stopping."""

import numpy as np
from sklearn.model_selection import train_test_split

from sk_attnseq._data.training_data import TrainingData
from sk_attnseq._runtime.floating_point import ignores_floating_point_errors


@ignores_floating_point_errors
def set_aside(
    data: TrainingData, *, fraction: float, seed: int
) -> tuple[TrainingData, TrainingData]:
    """Split at random into what is trained on and a fraction for validation.

    Both have all classes in the same proportions, or, with groups, as nearly as whole groups
    allow. Numbers are all as of one class.
    """
    split = _split_by_class if data.groups is None else _split_by_group
    try:
        train_rows, validation_rows = split(data, fraction, seed)
    except ValueError as error:
        of_groups = "" if data.groups is None else "in whole groups, "
        by_class = "stratified by class, " if data.strata.any() else ""
        raise ValueError(
            f"early_stopping=True sets aside validation_fraction={fraction} of the {len(data)} "
            f"samples, {of_groups}{by_class}which these data do not allow (raise "
            f"validation_fraction, or pass X_val and y_val): {error}"
        ) from error
    train, validation = data[train_rows], data[validation_rows]
    weights = train.weights / train.weights.mean()  # whose mean is 1 again
    return TrainingData(train.sequences, train.targets, weights), validation


def _split_by_class(data, fraction, seed):
    rows = np.arange(len(data))
    strata = data.strata if data.strata.any() else None
    return train_test_split(rows, test_size=fraction, stratify=strata, random_state=seed)


def _split_by_group(data, fraction, seed):
    """Take groups in random order, each if it brings all classes nearer to the fraction.

    scikit-learn's `StratifiedGroupKFold` makes equal folds, and so few fractions;
    `GroupShuffleSplit` is not stratified, which tells where a group has one class.
    """
    names, group_of = np.unique(data.groups, return_inverse=True)
    classes, class_of = np.unique(data.strata, return_inverse=True)
    counts = np.zeros((len(names), len(classes)))
    np.add.at(counts, (group_of, class_of), 1)
    # What a group has of the samples that are wanted of each class, and what is left to take.
    shares = counts / (fraction * counts.sum(axis=0))
    missing, left = np.ones(len(classes)), counts.sum(axis=0)
    order = np.random.default_rng(seed).permutation(len(names))
    # Without this group, each class has others to learn from.
    order = [group for group in order if (counts[group] < left).all()]
    if not order:
        raise ValueError(
            f"each of the {len(names)} group(s) has all the samples, or all of some class, and "
            "training would be without them."
        )
    taken = []
    for group in order:
        # |missing - share| ** 2 < |missing| ** 2, the sums over classes
        is_nearer = shares[group] @ (shares[group] - 2 * missing) < 0
        if is_nearer and (counts[group] < left).all():
            taken.append(group)
            missing -= shares[group]
            left -= counts[group]
    if not taken:  # each is far more than the fraction
        taken = [min(order, key=lambda group: shares[group] @ (shares[group] - 2))]
    is_validation = np.isin(group_of, taken)
    return np.flatnonzero(~is_validation), np.flatnonzero(is_validation)
