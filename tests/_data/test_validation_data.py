"""Validation data of the user's own, good and bad."""

import numpy as np
import pandas as pd
import pytest

from sk_attnseq import AttentionSequenceClassifier
from sk_attnseq._data.class_labels import ClassLabels
from sk_attnseq._data.training_data import make_training_data, make_validation_data
from sk_attnseq._input.read_sequences import read_sequences

X = np.arange(24.0).reshape(6, 2, 2)
Y = np.array(["a", "b", "a", "b", "b", "b"])


def make(X_val, y_val, sample_weight_val=None, *, X=X, sample_weight=None, **parameters):
    estimator = AttentionSequenceClassifier(**{"early_stopping": True, **parameters})
    sequences = read_sequences(estimator, X, set_form=True)
    data, coding = make_training_data(
        estimator, sequences, Y, sample_weight, lambda y, _: ClassLabels.of(y, "Classifier")
    )
    return make_validation_data(estimator, data, coding, X_val, y_val, sample_weight_val)


def test_none():
    assert make(None, None, early_stopping=False) is None
    assert make(None, None) is None


@pytest.mark.parametrize(
    "X_val",
    [
        np.ones((2, 5, 2)),
        [np.ones((1, 2)), np.ones((4, 2))],
        [np.ones((1, 2)).tolist(), np.ones((4, 2)).tolist()],
        [pd.DataFrame(np.ones((1, 2))), pd.DataFrame(np.ones((4, 2)))],
    ],
)
def test_sequences_of_any_length_and_form(X_val):
    data = make(X_val, ["b", "b"])
    assert data.sequences.longest in (4, 5)
    np.testing.assert_array_equal(data.targets, [1, 1])
    np.testing.assert_array_equal(data.weights, [1, 1])
    assert data.sample_weight is None


def test_weight_0_is_absence_also_of_an_unknown_class():
    data = make(X[:4], ["c", "b", "a", "b"], [0, 1, 3, 2])
    np.testing.assert_array_equal(data.sequences.rows, [1, 2, 3])
    np.testing.assert_array_equal(data.targets, [1, 0, 1])
    np.testing.assert_array_equal(data.sample_weight, [1, 3, 2])
    np.testing.assert_allclose(data.weights, [0.5, 1.5, 1])


def test_classes_weigh_as_in_training():
    data = make(X[:2], ["a", "b"], class_weight={"a": 3, "b": 1})
    np.testing.assert_allclose(data.weights, [1.5, 0.5])
    # Balanced by the training data: 2 of "a" and 4 of "b", and then weighted ones.
    data = make(X[:2], ["a", "b"], class_weight="balanced")
    np.testing.assert_allclose(data.weights[0] / data.weights[1], 2)
    data = make(X[:2], ["a", "b"], class_weight="balanced", sample_weight=[2, 1, 2, 1, 1, 5])
    np.testing.assert_allclose(data.weights, [1 / 4 / (3 / 16), 1 / 8 / (3 / 16)])
    assert data.sample_weight is None  # which has no weights of classes


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ((X, None), "y_val is None"),
        ((None, Y), "X_val is None"),
        ((None, None, np.ones(6)), "X_val is None"),
        ((X[:, :, :1], Y), "X_val cannot be used: X has 1 features in each timestep"),
        ((X[:, :, 0], Y), "X_val cannot be used: X has 2 dimensions"),
        ((np.full((6, 2, 2), np.inf), Y), "X_val cannot be used: Input X contains infinity"),
        ((X, Y[:5]), "6 in X_val and 5 in y_val"),
        ((X, Y, np.ones(5)), "6 in X_val and 5 in sample_weight_val"),
        ((X, Y, -np.ones(6)), "sample_weight_val has negative values"),
        ((X, Y, np.zeros(6)), "sample_weight_val is zero for all samples"),
        (([], []), "X_val cannot be used: Found array with 0 sample"),
        (
            (X, ["a", "b", "c", "d", "a", "a"]),
            r"y_val has the classes \['c' 'd'\], which are not in y",
        ),
        ((X, [0, 1, 0, 1, 0, 1]), r"y_val has numbers \(such as 0\), but y has strings"),
        ((X, np.array(["a", None] * 3)), "Unknown label type: y_val"),
        ((X, np.array(["a", np.nan] * 3, object)), "Unknown label type: y_val"),
    ],
)
def test_bad_data(arguments, message):
    with pytest.raises(ValueError, match=message):
        make(*arguments)


def test_columns_have_names():
    frame = pd.DataFrame(X.reshape(6, 4), columns=list("abcd"))
    assert len(make(frame[:2], ["a", "b"], X=frame)) == 2
    with pytest.raises(ValueError, match=r"X_val cannot be used: The feature names should match"):
        make(frame[list("dcba")], Y, X=frame)


def test_without_early_stopping():
    with pytest.raises(ValueError, match=r"early_stopping is False.*set early_stopping=True"):
        make(X, Y, early_stopping=False)


def test_a_class_weight_that_leaves_nothing():
    with pytest.raises(
        ValueError, match=r"class_weight is .* above 0 for one class that is there in y_val"
    ):
        make(X[:2], ["a", "a"], class_weight={"a": 0})
