import numpy as np
import pandas as pd
import pytest

from sk_attnseq import AttentionSequenceClassifier
from sk_attnseq._data.class_labels import ClassLabels
from sk_attnseq._data.training_data import make_training_data
from sk_attnseq._input.read_sequences import to_sequences


def make(y, sample_weight=None, classes=None, groups=None, **parameters):
    sequences = to_sequences(np.arange(6).reshape(6, 1, 1), dtype="float32")
    estimator = AttentionSequenceClassifier(**parameters)
    data, coding = make_training_data(
        estimator,
        sequences,
        y,
        sample_weight,
        lambda y, _: ClassLabels.of(y, "Classifier") if classes is None else ClassLabels(classes),
        groups=groups,
        relative=classes is None,
    )
    return data, coding.classes


@pytest.mark.parametrize(
    "y",
    [
        ["b", "a", "b", "a", "b", "b"],
        np.array([3, -1, 3, -1, 3, 3]),
        np.array([True, False, True, False, True, True]),
        np.array([2.0, 1.0, 2.0, 1.0, 2.0, 2.0]),
        np.array(["b", "a", "b", "a", "b", "b"], dtype=object),
    ],
)
def test_labels_of_any_type(y):
    data, classes = make(y)
    np.testing.assert_array_equal(data.targets, [1, 0, 1, 0, 1, 1])
    np.testing.assert_array_equal(classes, np.unique(y))
    np.testing.assert_array_equal(data.weights, np.ones(6))


def test_weights_have_a_mean_of_1():
    data, _ = make([0, 1] * 3, [1, 2, 3, 4, 5, 6])
    np.testing.assert_allclose(data.weights, np.arange(1, 7) / 3.5)


def test_weight_0_is_absence():
    data, classes = make([0, 1, 2, 0, 1, 2], [1, 2, 0, 1, 0, 0])
    np.testing.assert_array_equal(classes, [0, 1])
    np.testing.assert_array_equal(data.sequences.rows, [0, 1, 3])
    np.testing.assert_allclose(data.weights, [0.75, 1.5, 0.75])


def test_weights_too_small_for_the_precision_are_absence():
    weights = [1, 1, 1e-60, 1, 1e-60, 1e-60]
    assert len(make([0, 1, 0, 0, 1, 1], weights)[0]) == 3
    assert len(make([0, 1, 0, 0, 1, 1], weights, dtype="float64")[0]) == 6


def test_balanced_classes_weigh_the_same():
    weight = np.array([1.0, 1, 1, 1, 3, 5])
    data, _ = make([0, 0, 0, 0, 1, 1], weight, class_weight="balanced")
    assert data.weights[:4].sum() == pytest.approx(data.weights[4:].sum())
    assert data.weights.mean() == pytest.approx(1)
    assert data.weights[5] / data.weights[4] == pytest.approx(5 / 3)


def test_class_weights_by_class():
    data, _ = make(list("aaabbb"), class_weight={"a": 1, "b": 3})
    np.testing.assert_allclose(data.weights, [0.5] * 3 + [1.5] * 3)


@pytest.mark.parametrize(
    ("y", "message"),
    [
        (None, "requires y to be passed, but the target y is None"),
        ([0.5, 1.25, 2, 3, 4, 5], "Unknown label type: continuous"),
        ([1] * 6, "at least 2 classes.*only 1 class"),
        ([0, 1], "inconsistent numbers of samples: 6 in X and 2 in y"),
        ([[0, 1]] * 6, "y should be a 1d array"),
        ([0, 1, 0, 1, 0, np.nan], "Input y contains NaN"),
    ],
)
def test_bad_labels(y, message):
    with pytest.raises(ValueError, match=message):
        make(y)


@pytest.mark.parametrize(
    ("sample_weight", "message"),
    [
        (np.zeros(6), "sample_weight is zero for all samples"),
        ([1, 1, 1, 1, 1, -2], "negative values, the least is -2"),
        ([1, 1, 1, 1, 1, np.nan], "Input sample_weight contains NaN"),
        ([1, 1, 1, 1, 1, np.inf], "Input sample_weight contains infinity"),
        ([1, 1], "6 in X and 2 in sample_weight"),
        (np.ones((6, 2)), r"must be 1-D, got shape \(6, 2\)"),
        ([0, 1, 0, 1, 0, 1], "at least 2 classes"),
    ],
)
def test_bad_sample_weights(sample_weight, message):
    with pytest.raises(ValueError, match=message):
        make([0, 1] * 3, sample_weight)


@pytest.mark.parametrize("class_weight", [{0: -1, 1: 1}, {0: 0, 1: 0}])
def test_bad_class_weights(class_weight):
    with pytest.raises(ValueError, match="weights must be 0 or more"):
        make([0, 1] * 3, class_weight=class_weight)


def test_weights_of_a_training_in_several_calls_are_as_they_are():
    """As what they are relative to differs from call to call: here a chunk of one class."""
    data, _ = make([1] * 6, [1, 2, 0, 4, 5, 6], np.arange(2), class_weight={0: 1, 1: 100})
    np.testing.assert_array_equal(data.weights, [100, 200, 400, 500, 600])


@pytest.mark.parametrize(
    ("y", "classes"), [(["0", "1"] * 3, np.arange(2)), ([0, 1] * 3, np.array(["0", "1"]))]
)
def test_labels_of_another_type_than_the_classes(y, classes):
    with pytest.raises(ValueError, match=r"y has (strings|numbers) \(such as .*but classes has"):
        make(y, classes=classes)


@pytest.mark.parametrize(
    ("y", "hint"),
    [
        (np.eye(3)[[0, 1, 2, 0, 1, 2]], r"One-hot labels become classes by `y.argmax\(axis=1\)`"),
        (np.array([[1, 1, 0]] * 6), "MultiOutputClassifier"),
    ],
)
def test_labels_in_columns_get_a_hint(y, hint):
    with pytest.raises(ValueError, match=hint):
        make(y)


def test_labels_that_are_not_in_classes():
    with pytest.raises(ValueError, match=r"classes \[7\], which are not in classes: \[0 1\]"):
        make([0, 1, 0, 1, 0, 7], classes=np.array([0, 1]))


@pytest.mark.parametrize(
    "groups",
    [
        [3, 1, 3, 2, 2, 1],
        list("caabbc"),
        np.array(list("caabbc"), object),
        pd.Series(list("caabbc")),
    ],
)
def test_groups_stay_with_their_samples(groups):
    data, _ = make([0, 1] * 3, [1, 0, 1, 1, 2, 1], groups=groups, class_weight={0: 1, 1: 0})
    np.testing.assert_array_equal(data.groups, np.asarray(groups)[[0, 2, 4]])
    np.testing.assert_array_equal(data.sample_weight, [1, 1, 2])
    np.testing.assert_array_equal(data[1:].groups, np.asarray(groups)[[2, 4]])


def test_no_groups_and_no_weights():
    data, _ = make([0, 1] * 3)
    assert data.groups is data.sample_weight is data[:2].groups is None


@pytest.mark.parametrize(
    ("groups", "message"),
    [
        ([1, 2], "6 in X and 2 in groups"),
        (np.ones((6, 2)), r"groups must be 1-D, got shape \(6, 2\)"),
        ([1, 1, 1, 2, 2, np.nan], "groups has no value for sample 5"),
        (["a", "a", "b", "b", "c", None], "groups has no value for sample 5: give a sample"),
        (pd.Series(["a", "a", "b", None, "c", "d"], dtype="string"), "no value for sample 3"),
        (pd.Series(["a", None, "b", "b", "c", "d"], dtype="category"), "no value for sample 1"),
        (pd.Series([1, 2, 3, 3, None, 2], dtype="Int64"), "no value for sample 4"),
        (["a", "a", "b", "b", "c", 1], r"groups has objects of the types \['int', 'str'\]"),
        (np.array([None] * 6), "groups has no value for sample 0"),
        (np.array([1, "a"] * 3, object), r"types \['int', 'str'\]"),
        (np.ma.masked_less(np.arange(6), 1), "groups has masked values"),
        (7, r"groups must be 1-D, got shape \(\)"),
    ],
)
def test_bad_groups(groups, message):
    with pytest.raises((ValueError, TypeError), match=message):
        make([0, 1] * 3, groups=groups)


def test_strings_of_python_and_numpy_are_groups_of_one_kind():
    data, _ = make([0, 1] * 3, groups=["a", "a", *np.array(["b", "b", "c", "c"])])
    assert data.groups.tolist() == ["a", "a", "b", "b", "c", "c"]


def test_weights_that_do_not_count_have_no_part_in_the_mean():
    weights = np.array([1.0, 3.0, 1e-35, 0.0, 1e-35, 2.0])
    data, _ = make([0, 1] * 3, sample_weight=weights)
    np.testing.assert_allclose(data.weights, [0.5, 1.5, 1])
