"""Differences beside the features: of each sequence alone, in every form of X."""

import pickle

import numpy as np
import pandas as pd
import pytest
from sklearn.base import clone
from sklearn.utils.estimator_checks import parametrize_with_checks

from sk_attnseq.preprocessing import DifferenceFeatures
from tests.data import pad_with_nan

NAN = np.nan
SAMPLES = [
    np.array([[1.0, 10.0], [3.0, 10.0], [2.0, 40.0]]),
    np.array([[5.0, 20.0]]),
    np.array([[-1.0, 0.0], [-4.0, 1.0]]),
]
EXPECTED = [
    np.array([[1.0, 10, 0, 0], [3, 10, 2, 0], [2, 40, -1, 30]]),
    np.array([[5.0, 20, 0, 0]]),
    np.array([[-1.0, 0, 0, 0], [-4, 1, -3, 1]]),
]


@parametrize_with_checks([DifferenceFeatures()])
def test_scikit_learn_checks(estimator, check):
    check(estimator)


def test_padded_arrays():
    X = pad_with_nan(SAMPLES, 4)
    before = X.copy()
    transformed = DifferenceFeatures().fit_transform(X)
    np.testing.assert_array_equal(transformed, pad_with_nan(EXPECTED, 4))
    np.testing.assert_array_equal(X, before)


def test_lists():
    transformed = DifferenceFeatures().fit_transform(SAMPLES)
    assert isinstance(transformed, list)
    for sequence, expected in zip(transformed, EXPECTED, strict=True):
        np.testing.assert_array_equal(sequence, expected)


def test_new_sequences_may_be_longer():
    transformer = DifferenceFeatures().fit(SAMPLES[1:])
    np.testing.assert_array_equal(transformer.transform(SAMPLES[:1])[0], EXPECTED[0])


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_precision_is_kept(dtype):
    X = np.random.default_rng(0).normal(size=(5, 6, 2)).astype(dtype)
    transformed = DifferenceFeatures().fit_transform(X)
    assert transformed.dtype == dtype
    np.testing.assert_array_equal(transformed[:, 1:, 2:], X[:, 1:] - X[:, :-1])


def test_integers_do_not_wrap():
    X = np.array([[[3], [1]]], dtype=np.uint8)
    np.testing.assert_array_equal(DifferenceFeatures().fit_transform(X), [[[3, 0], [1, -2]]])


def test_columns_hold_timesteps():
    X = np.array([[1.0, 10, 3, 10, 2, 40]])
    with_timesteps = DifferenceFeatures(n_timesteps=3).fit_transform(X)
    np.testing.assert_array_equal(with_timesteps, EXPECTED[0].reshape(1, -1))
    series = DifferenceFeatures().fit_transform(X)
    np.testing.assert_array_equal(series, [[1, 0, 10, 9, 3, -7, 10, 7, 2, -8, 40, 38]])


def test_missing_values_have_missing_differences():
    X = np.array([[[1.0, NAN], [2.0, 5.0], [NAN, 7.0], [4.0, 7.0]]])
    expected = [[[1, NAN, 0, 0], [2, 5, 1, NAN], [NAN, 7, NAN, 2], [4, 7, NAN, 0]]]
    np.testing.assert_array_equal(DifferenceFeatures().fit_transform(X), expected)


def test_names_of_features():
    frames = [pd.DataFrame(sample, columns=["x", "y"]) for sample in SAMPLES]
    transformer = DifferenceFeatures().fit(frames)
    assert transformer.get_feature_names_out().tolist() == [
        "x", "y", "difference_x", "difference_y",
    ]  # fmt: skip


def test_names_of_columns():
    frame = pd.DataFrame([[1.0, 10, 3, 10]], columns=["x_0", "y_0", "x_1", "y_1"])
    transformer = DifferenceFeatures(n_timesteps=2).set_output(transform="pandas")
    transformed = transformer.fit_transform(frame)
    assert list(transformed.columns) == [
        "x_0", "y_0", "difference_x_0", "difference_y_0",
        "x_1", "y_1", "difference_x_1", "difference_y_1",
    ]  # fmt: skip
    assert transformed.to_numpy().tolist() == [[1, 10, 0, 0, 3, 10, 2, 0]]


def test_copies_do_the_same():
    transformer = DifferenceFeatures(n_timesteps=3).fit(np.ones((2, 6)))
    X = np.random.default_rng(0).normal(size=(4, 6))
    expected = transformer.transform(X)
    np.testing.assert_array_equal(pickle.loads(pickle.dumps(transformer)).transform(X), expected)
    np.testing.assert_array_equal(clone(transformer).fit_transform(X), expected)
