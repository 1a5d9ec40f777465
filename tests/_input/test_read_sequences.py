import re
import tracemalloc

import numpy as np
import pandas as pd
import pytest

from sk_attnseq import AttentionSequenceClassifier
from sk_attnseq._input.read_sequences import read_sequences, to_sequences
from tests.data import pad_with_nan
from tests.networks import fit_with_random_weights


def check(X, **parameters):
    return read_sequences(AttentionSequenceClassifier(**parameters), X, set_form=True)


def gathered(sequences):
    return sequences.gather(
        np.arange(len(sequences)), n_timesteps=sequences.longest, dtype=np.float32
    )


@pytest.mark.parametrize("dtype", [bool, np.int8, np.uint16, np.float16, np.float32, np.float64])
def test_3d_arrays_of_any_numeric_dtype(dtype):
    X = np.arange(24).reshape(2, 3, 4).astype(dtype)
    sequences = check(X)
    np.testing.assert_array_equal(gathered(sequences), X)
    np.testing.assert_array_equal(sequences.lengths, [3, 3])


def test_nested_lists():
    assert gathered(check([[[1, 2], [3, 4], [5, 6]], [[1, 2], [3, 4], [5, 6]]])).shape == (2, 3, 2)


def test_columns_are_timesteps_of_one_feature():
    assert check(np.arange(12).reshape(3, 4)).values.shape == (3, 4, 1)


def test_columns_are_divided_into_timesteps():
    values = gathered(check(np.arange(12).reshape(2, 6), n_timesteps=3))
    np.testing.assert_array_equal(values[0], [[0, 1], [2, 3], [4, 5]])


def test_all_forms_of_ragged_sequences_are_the_same(ragged):
    X, _ = ragged
    objects = np.empty(len(X), dtype=object)
    objects[:] = X
    lists = [x.tolist() for x in X]
    expected = pad_with_nan(X, 9)
    for form in (X, tuple(X), objects, lists, expected, pad_with_nan(X, 30)):
        sequences = to_sequences(form, dtype="float32")
        np.testing.assert_array_equal(gathered(sequences), np.nan_to_num(expected))
        np.testing.assert_array_equal(sequences.lengths, [len(x) for x in X])


def test_padding_within_a_sample_of_a_list():
    sequences = to_sequences(
        [np.array([[1.0], [np.nan]]), np.array([[1.0], [2.0], [3.0]])], dtype="float32"
    )
    np.testing.assert_array_equal(sequences.lengths, [1, 3])


@pytest.mark.parametrize(
    ("dtypes", "expected"),
    [
        (["float32", "float32"], "float32"),
        (["int16", "float32"], "float32"),
        (["int64", "float32"], "float64"),
        (["uint8"], "uint8"),
    ],
)
def test_timesteps_of_a_list_have_the_type_that_holds_all(dtypes, expected):
    samples = [np.ones((2, 1), dtype) for dtype in dtypes]
    assert check(samples).values.dtype == expected


def test_lists_are_looked_through_in_blocks(monkeypatch):
    """Blocks of two samples or so: padding and errors are found in each."""
    monkeypatch.setattr("sk_attnseq._input.read_sequences._BLOCK_BYTES", 8 * 6)
    X = [np.ones((length, 1)) for length in (2, 4, 1, 9, 3, 3)]
    np.testing.assert_array_equal(check(X).lengths, [2, 4, 1, 9, 3, 3])
    X[3][7:] = X[5][1:] = np.nan
    np.testing.assert_array_equal(check(X).lengths, [2, 4, 1, 7, 3, 1])
    X[4][0] = np.nan
    with pytest.raises(ValueError, match="sample 4 has timesteps after"):
        check(X)
    X[4][0] = np.inf
    with pytest.raises(ValueError, match=r"infinity .*: sample 4"):
        check(X)


def test_lists_take_the_memory_of_their_timesteps():
    """One sequence of 2,000 timesteps among 1,000 of 20 makes them 1.1 times as large."""
    X = [np.ones((20, 8)) for _ in range(999)] + [np.ones((2_000, 8))]
    tracemalloc.start()
    sequences = check(X)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    n_bytes = sum(x.nbytes for x in X)
    assert sequences.values.nbytes == n_bytes
    assert peak < 2 * n_bytes  # an array of all padded to the longest has 91 times as many


def test_input_is_left_as_it_was(ragged):
    X = pad_with_nan(ragged[0], 9)
    before = X.copy()
    to_sequences(X, dtype="float32")
    np.testing.assert_array_equal(X, before)


def nan_at(*index, shape=(4, 5, 2)):
    X = np.ones(shape)
    X[index] = np.nan
    return X


@pytest.mark.parametrize(
    ("X", "message"),
    [
        (np.ones(5), r"or 2D array, got 1D array instead\. Reshape your data"),
        ([], "0 sample|got 1D array"),
        (np.ones((2, 3, 4, 5)), "dim 4, while dim <= 3 is required"),
        (np.empty((0, 3, 2)), r"0 sample\(s\)"),
        (np.empty((2, 0, 2)), r"0 timestep\(s\) and 2 feature\(s\)"),
        (np.empty((2, 3, 0)), r"3 timestep\(s\) and 0 feature\(s\)"),
        (np.full((2, 3), np.nan), "Input X contains NaN"),
        (np.full((2, 3), np.inf), "Input X contains infinity"),
        (np.full((2, 3, 2), -np.inf), r"Input X contains infinity.*sample 0"),
        (np.full((2, 3, 2), 1e300), r"Input X contains infinity or a value too large"),
        (nan_at(2), "sample 2 has no timestep that is not NaN"),
        (nan_at(3, 0), "sample 3 has timesteps after a timestep that is all NaN"),
        (nan_at(1, slice(2, 4)), "sample 1 has timesteps after"),
        (nan_at(1, 2, 0), "sample 1 has NaN in some features of a timestep"),
        (nan_at(1, 4, 0), "sample 1 has NaN in some features of a timestep"),
        ([np.ones((2, 3)), np.ones((2, 4))], "Sample 1 of X has 4 features, but sample 0 has 3"),
        ([np.ones((2, 3)), np.ones(3)], r"Sample 1 of X has shape \(3,\)"),
        ([np.ones((2, 3)), np.empty((0, 3))], "Sample 1 of X has no timestep"),
        (
            [np.ones((2, 3)), np.full((2, 3), "a")],
            "Sample 1 of X is not numeric: 'a' in feature 0 is text",
        ),
        ([np.ones((2, 3)), np.full((2, 3), np.nan)], "sample 1 has no timestep"),
        ([[[1.0], [2.0, 3.0]], [[1.0]]], "Sample 0 of X is no array"),
    ],
)
def test_bad_input(X, message):
    with pytest.raises(ValueError, match=message):
        check(X)


def test_text_is_no_sequence():
    with pytest.raises(ValueError, match="numeric"):
        check([["a", "b"], ["c", "d"]])


def test_a_series_of_arrays(ragged):
    X, _ = ragged
    sequences = to_sequences(pd.Series(X), dtype="float32")
    np.testing.assert_array_equal(sequences.lengths, [len(x) for x in X])


def test_missing_columns_come_before_columns_that_do_not_divide():
    estimator = AttentionSequenceClassifier(n_timesteps=4)
    read_sequences(estimator, np.ones((2, 8)), set_form=True)
    with pytest.raises(ValueError, match=r"X has 7 features, but .* expecting 8"):
        read_sequences(estimator, np.ones((2, 7)))


def test_fitted_number_of_timesteps_holds():
    estimator = AttentionSequenceClassifier(n_timesteps=4)
    estimator.set_params(epochs=1, units=1).fit(np.eye(2, 8), [0, 1])
    estimator.set_params(n_timesteps=2)
    assert read_sequences(estimator, np.ones((2, 8))).longest == 4


def test_columns_that_do_not_divide():
    with pytest.raises(ValueError, match=r"50 columns.*n_timesteps=7"):
        check(np.ones((2, 50)), n_timesteps=7)


@pytest.mark.parametrize(
    ("fitted", "passed", "message"),
    [
        ((4, 5, 2), (4, 5, 3), "X has 3 features in each timestep, but .* is expecting 2"),
        ((4, 5, 2), (4, 10), "X has 2 dimensions, but .* fitted with 3-dimensional X"),
        ((4, 10), (4, 5, 2), "X has 3 dimensions, but .* fitted with 2-dimensional X"),
        ((4, 10), (4, 9), "X has 9 features, but .* is expecting 10 features as input"),
    ],
)
def test_another_form_than_in_fit(fitted, passed, message):
    estimator = AttentionSequenceClassifier()
    read_sequences(estimator, np.ones(fitted), set_form=True)
    with pytest.raises(ValueError, match=message):
        read_sequences(estimator, np.ones(passed))


def test_finite_values_whose_sum_is_not():
    X = np.full((2, 3, 2), 3e38)
    np.testing.assert_array_equal(gathered(to_sequences(X, dtype="float32")), X.astype(np.float32))
    assert check(X.reshape(2, 6)).values.shape == (2, 6, 1)


@pytest.mark.parametrize("dimensions", [2, 3])
def test_the_way_of_a_single_sequence_is_one(dimensions):
    X = np.arange(12.0).reshape(2, 6) if dimensions == 2 else np.arange(12.0).reshape(2, 6, 1)
    classifier = fit_with_random_weights(AttentionSequenceClassifier(2), X, [0, 1])
    with pytest.raises(ValueError, match="a single series is") as raised:
        classifier.predict(X[0].ravel())
    way = re.search(r"single series is (X.reshape\(.*?\))\.", str(raised.value))[1]
    assert classifier.predict(eval(way, {"X": X[0].ravel()})).shape == (1,)
    if dimensions == 3:
        with pytest.raises(ValueError, match="A single sequence is") as raised:
            classifier.predict(X[0])
        way = re.search(r"single sequence is (np.*?)\. ", str(raised.value))[1]
        assert classifier.predict(eval(way, {"X": X[0], "np": np})).shape == (1,)
