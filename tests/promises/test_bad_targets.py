"""Labels, numbers, weights and classes as users pass them, good and bad."""

from decimal import Decimal

import numpy as np
import pandas as pd
import polars as pl
import pytest
import scipy.sparse
from sklearn.exceptions import ConvergenceWarning, DataConversionWarning
from sklearn.neural_network import MLPClassifier, MLPRegressor
from sklearn.utils.validation import has_fit_parameter

from sk_attnseq import AttentionSequenceRegressor
from tests.promises.edge_cases import check_predictions, make_classifier, signs, two_classes

LABELS = {
    "strings": ["no", "yes"],
    "booleans": [False, True],
    "floats that are whole": [-1.0, 2.0],
    "bytes of text in Unicode": ["ä", "日"],
    "large integers": np.array([2**63, 2**63 + 1], np.uint64),
    "objects": np.array(["no", "yes"], object),
    "an empty string": ["", "yes"],
}


@pytest.mark.parametrize("case", LABELS)
def test_labels_come_back_as_they_are(case):
    X, y = signs(4, 3)
    labels = np.asarray(LABELS[case])
    classifier = make_classifier(epochs=60).fit(X, labels[y])
    predicted = classifier.predict(X)
    assert predicted.dtype == labels.dtype
    np.testing.assert_array_equal(predicted, labels[y])
    np.testing.assert_array_equal(classifier.classes_, labels)


@pytest.mark.parametrize(
    "container",
    [
        list,
        pd.Series,
        pl.Series,
        lambda y: pd.Series(y, dtype="string"),
        lambda y: pd.Series(y, dtype="category"),
        lambda y: pl.Series(y, dtype=pl.Categorical),
    ],
)
def test_containers_of_labels(container):
    X, y = two_classes()
    labels = np.array(["no", "yes"])[y].tolist()
    classifier = make_classifier().fit(X, container(labels))
    assert classifier.classes_.tolist() == ["no", "yes"]


def test_a_column_of_labels_warns_as_in_scikit_learn():
    X, y = two_classes()
    for estimator, data in (
        (make_classifier(), X),
        (MLPClassifier(max_iter=1), X.reshape(20, -1)),
    ):
        with pytest.warns((DataConversionWarning, ConvergenceWarning)) as caught:
            estimator.fit(data, y[:, np.newaxis])
        assert DataConversionWarning in [warning.category for warning in caught]
        assert estimator.classes_.tolist() == [0, 1]


BAD_Y = {
    "missing": (None, "requires y to be passed"),
    "continuous": (np.linspace(0, 1, 20), "Unknown label type: continuous"),
    "too large": ([0, 1e300] * 10, "Unknown label type: continuous"),
    "NaN": ([0, np.nan] * 10, "Input y contains NaN"),
    "infinity": ([0, np.inf] * 10, "Input y contains infinity"),
    "NaN among strings": (np.array(["a", np.nan] * 10, object), r"types \['float'\]"),
    "None among strings": (["a", None] * 10, r"types \['NoneType'\]"),
    "NA among strings": (pd.Series(["a", pd.NA] * 10, dtype="string"), r"types \['NAType'\]"),
    "null in polars": (pl.Series(["a", None] * 10), r"types \['NoneType'\]"),
    "mixed": (np.array([1, "a"] * 10, object), r"types \['int'\]"),
    "tuples": (pd.Series([(1, 2), (3, 4)] * 10), r"types \['tuple'\]"),
    "complex": (np.arange(20) % 2 + 1j, "Complex data not supported"),
    "bytes": ([b"a", b"b"] * 10, "bytes is not supported"),
    "two columns": (np.eye(2)[np.arange(20) % 2], r"y should be a 1d array.*\(20, 2\)"),
    "masked": (np.ma.masked_less(np.arange(20) % 2, 1), "y has masked values"),
    "one class": (np.zeros(20), "only 1 class: 0.0"),
    "too few": ([0, 1], "20 in X and 2 in y"),
    "none": ([], "20 in X and 0 in y"),
    "a number": (3, "y should be a 1d array"),
    "sparse": (scipy.sparse.csr_array(np.eye(20)[:, :1]), "Sparse data was passed for y"),
}


def make_regressor():
    return AttentionSequenceRegressor(4, epochs=1, random_state=0)


@pytest.mark.parametrize(
    "container",
    [
        list,
        lambda y: y.astype(np.int8),
        lambda y: y.astype(">f4"),
        lambda y: y.astype(object),
        lambda y: [Decimal(number) for number in y.tolist()],
        pd.Series,
        lambda y: pd.Series(y, dtype="Float64"),
        pl.Series,
        lambda y: pd.DataFrame({"a": y, "b": -y}),
    ],
)
def test_containers_of_numbers_change_no_bit(container):
    X, _ = two_classes()
    y = np.arange(20.0) % 7
    other = container(y)
    if isinstance(other, pd.DataFrame):
        y = np.stack([y, -y], axis=1)
    expected = make_regressor().fit(X, y).predict(X)
    np.testing.assert_array_equal(make_regressor().fit(X, other).predict(X), expected)


def test_a_column_of_numbers_warns_as_in_scikit_learn():
    X, y = two_classes()
    with pytest.warns(DataConversionWarning, match="column-vector y"):
        regressor = make_regressor().fit(X, y[:, np.newaxis])
    assert regressor.predict(X).shape == (20,)


BAD_NUMBERS = {
    "missing": (None, "requires y to be passed"),
    "NaN": ([0, np.nan] * 10, "Input y contains NaN"),
    "infinity": ([0, np.inf] * 10, "Input y contains infinity"),
    "NA": (pd.Series([1.0, None] * 10, dtype="Float64"), "Input y contains NaN"),
    "None": (np.array([1, None] * 10, object), "Input y contains NaN"),
    "text": (["a", "b"] * 10, "y is not numeric: 'a' at index 0 is text"),
    "numbers as text": (["1", "2"] * 10, "y is not numeric: '1' at index 0 is text"),
    "mixed": (np.array([1, "a"] * 10, object), "y is not numeric: 'a' at index 1 is text"),
    "bytes": ([b"a", b"b"] * 10, "y is not numeric"),
    "tuples": (pd.Series([(1, 2), (3, 4)] * 10), r"y is not numeric: \(1, 2\) at index 0"),
    "dates": (np.arange(20).astype("M8[D]"), "y is not numeric: dates"),
    "complex": (np.arange(20) + 1j, "Complex data not supported"),
    "masked": (np.ma.masked_less(np.arange(20.0), 1), "y has masked values"),
    "sparse": (scipy.sparse.csr_array(np.ones((20, 1))), "Sparse data was passed for y"),
    "too large integers": ([10**400] * 20, "y has an integer too large for a float"),
    "a range that overflows": ([-1.7e308] * 19 + [1.7e308], "y has numbers from -1.7e"),
    "three dimensions": (np.ones((20, 2, 2)), r"y has shape \(20, 2, 2\)"),
    "no outputs": (np.ones((20, 0)), r"0 feature\(s\)"),
    "too few": ([0.0, 1.0], "20 in X and 2 in y"),
    "none": ([], r"0 sample\(s\)"),
    "a number": (3, "at least 1 dimension"),
}


@pytest.mark.parametrize("case", BAD_NUMBERS)
def test_bad_numbers_are_refused_with_the_reason_before_training(case, monkeypatch):
    y, message = BAD_NUMBERS[case]
    monkeypatch.setattr("sk_attnseq._estimator.network_estimator._fitting", None)  # which trains
    with pytest.raises((ValueError, TypeError), match=message):
        make_regressor().fit(two_classes()[0], y)


def skip_what_is_newer(case):
    """Skip what older versions of scikit-learn take, or do not know."""
    if not has_fit_parameter(MLPClassifier(), "sample_weight"):  # as before scikit-learn 1.7
        if case.startswith("bytes"):
            pytest.skip("scikit-learn >= 1.7 refuses bytes; before, it warns")
        if "weight" in case:
            pytest.skip("scikit-learn's MLPClassifier takes weights since 1.7")


@pytest.mark.parametrize("case", BAD_Y)
def test_bad_labels_are_refused_with_the_reason(case):
    skip_what_is_newer(case)
    y, message = BAD_Y[case]
    with pytest.raises((ValueError, TypeError), match=message):
        make_classifier().fit(two_classes()[0], y)


BAD_WEIGHTS = {
    "negative": (np.r_[-1, np.ones(19)], "negative values, the least is -1"),
    "all zero": (np.zeros(20), "zero for all samples"),
    "one class left": (np.arange(20) % 2, "without samples of weight 0.* only 1 class: 1"),
    "NaN": (np.r_[np.nan, np.ones(19)], "sample_weight contains NaN"),
    "infinity": (np.inf, "sample_weight contains infinity"),
    "too few": (np.ones(3), "20 in X and 3 in sample_weight"),
    "two dimensions": (np.ones((20, 1)), r"must be 1-D, got shape \(20, 1\)"),
    "text": (["a"] * 20, "sample_weight is not numeric: 'a' at index 0 is text"),
    "complex": (np.ones(20) + 1j, "Complex data not supported"),
    "too large integers": ([10**400] * 20, "sample_weight has an integer too large"),
    "masked": (np.ma.masked_less(np.arange(20), 1), "sample_weight has masked values"),
    "sparse": (scipy.sparse.csr_array(np.ones((1, 20))), "Sparse data was passed"),
    "a dict": ({0: 1}, "float\\(\\) argument"),
}


@pytest.mark.parametrize("case", BAD_WEIGHTS)
def test_bad_sample_weights_are_refused_with_the_reason(case):
    weights, message = BAD_WEIGHTS[case]
    with pytest.raises((ValueError, TypeError), match=message):
        make_classifier().fit(*two_classes(), sample_weight=weights)


@pytest.mark.parametrize("size", [1e308, 1e-308, 5e-324])
def test_only_ratios_of_weights_count_at_any_size(size):
    X, y = two_classes()
    expected = make_classifier().fit(X, y).predict_proba(X)
    weighted = make_classifier().fit(X, y, sample_weight=np.full(20, size))
    np.testing.assert_array_equal(weighted.predict_proba(X), expected)
    weighted = make_classifier(class_weight={0: size, 1: size}).fit(X, y)
    np.testing.assert_array_equal(weighted.predict_proba(X), expected)


def test_a_sample_that_outweighs_all_others():
    """It is learned, and what the others are called has no part in it."""
    X, y = two_classes()
    weights = np.r_[1e300, np.ones(19)]
    fits = [
        make_classifier(epochs=40, learning_rate=0.05).fit(X, labels, sample_weight=weights)
        for labels in (y, np.r_[y[0], 1 - y[1:]])
    ]
    first, second = (check_predictions(classifier, X) for classifier in fits)
    assert first[0, 0] > 0.9
    np.testing.assert_array_equal(first, second)


@pytest.mark.parametrize(
    ("classes", "message"),
    [
        ([0, 2], r"y has the classes \[1\], which are not in classes: \[0 2\]"),
        (["a", "b"], r"y has numbers .*, but classes has strings"),
        ([0], "classes must name at least 2 classes"),
        ([], "classes must name at least 2 classes"),
        (3, "classes must name at least 2 classes"),
        ([0, 1, np.nan], "Input classes contains NaN"),
        ([0, 1, np.inf], "Input classes contains infinity"),
        ([0, 1, 0.5], "Unknown label type: continuous"),
        ([0, 1, 1j], "Complex data not supported"),
        ([0, 1, None], "not supported between"),
    ],
)
def test_bad_classes_of_partial_fit(classes, message):
    with pytest.raises((ValueError, TypeError), match=message):
        make_classifier().partial_fit(*two_classes(), classes=classes)


def test_partial_fit_with_few_classes_in_each_part():
    X, y = signs(4, 3)
    classifier = make_classifier(learning_rate=0.03)
    for _ in range(40):
        for label in (0, 1):
            classifier.partial_fit(X[y == label], y[y == label], classes=[0, 1, 2])
    assert classifier.classes_.tolist() == [0, 1, 2]
    assert check_predictions(classifier, X).shape == (40, 3)
    with pytest.raises(ValueError, match=r"y has the classes \[3\]"):
        classifier.partial_fit(X, np.full(40, 3))


# -- as in scikit-learn --------------------------------------------------------------------

COLUMNS = two_classes()[0].reshape(20, 12)
AS_MLP = {
    "NaN": {"X": np.where(COLUMNS > 1, np.nan, COLUMNS)},
    "infinity": {"X": np.where(COLUMNS > 1, np.inf, COLUMNS)},
    "complex": {"X": COLUMNS + 1j},
    "text": {"X": np.full((20, 12), "a")},
    "no samples": {"X": np.empty((0, 12))},
    "no features": {"X": np.empty((20, 0))},
    "a dict": {"X": {"a": 1}},
    "one dimension": {"X": np.ones(20)},
    "mixed column names": {"X": pd.DataFrame(COLUMNS, columns=[*range(11), "a"])},
    "no labels": {"y": None},
    "NaN as label": {"y": [0, np.nan] * 10},
    "continuous labels": {"y": np.linspace(0, 1, 20)},
    "too few labels": {"y": [0, 1]},
    "bytes as labels": {"y": [b"a", b"b"] * 10},
    "NaN as weight": {"sample_weight": np.full(20, np.nan)},
    "weights of zero": {"sample_weight": np.zeros(20)},
    "weights in two dimensions": {"sample_weight": np.ones((20, 1))},
    "weights that are text": {"sample_weight": ["a"] * 20},
}


@pytest.mark.parametrize("case", AS_MLP)
def test_raises_what_a_classifier_of_scikit_learn_raises(case):
    skip_what_is_newer(case)
    arguments = {"X": COLUMNS, "y": np.arange(20) % 2, **AS_MLP[case]}
    with pytest.raises((ValueError, TypeError)) as theirs:
        MLPClassifier(max_iter=1).fit(**arguments)
    with pytest.raises(theirs.type):
        make_classifier().fit(**arguments)


NUMBERS_AS_MLP = {
    "no numbers": {"y": None},
    "NaN": {"y": [0, np.nan] * 10},
    "infinity": {"y": [0, np.inf] * 10},
    "mixed": {"y": np.array([1, "a"] * 10, object)},
    "complex": {"y": np.arange(20) + 1j},
    "three dimensions": {"y": np.ones((20, 2, 2))},
    "too few": {"y": [0.0, 1.0]},
    "none": {"y": []},
    "a number": {"y": 3},
    "sparse": {"y": scipy.sparse.csr_array(np.ones((20, 1)))},
}


@pytest.mark.parametrize("case", NUMBERS_AS_MLP)
def test_raises_what_a_regressor_of_scikit_learn_raises(case):
    arguments = {"X": COLUMNS, **NUMBERS_AS_MLP[case]}
    with pytest.raises((ValueError, TypeError)) as theirs:
        MLPRegressor(max_iter=1).fit(**arguments)
    with pytest.raises(theirs.type):
        make_regressor().fit(**arguments)
