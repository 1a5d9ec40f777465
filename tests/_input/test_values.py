"""Values of any kind as arrays, and what counts as a number."""

from decimal import Decimal

import numpy as np
import pandas as pd
import pytest
import sklearn

from sk_attnseq._input.values import as_numbers, check_numbers, is_sparse, read_values

NAN = np.nan


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ([1, 2], [1, 2]),
        ([True, False], [True, False]),
        (np.array([1, None], object), [1.0, NAN]),
        (np.array([1, pd.NA, 2.5], object), [1.0, NAN, 2.5]),
        (np.array([Decimal("0.1"), None], object), [0.1, NAN]),
        (np.array([np.array(1.5), 2], object), [1.5, 2.0]),
        (np.array([], object), []),
    ],
)
def test_numbers(values, expected):
    np.testing.assert_array_equal(as_numbers(np.asarray(values), "X"), np.array(expected))


@pytest.mark.parametrize(
    ("values", "message"),
    [
        (["1", "2"], "w is not numeric: '1' at index 0 is text"),
        (np.array([[1, "2"]], object), r"w is not numeric: '2' at index \(0, 1\) is text"),
        (np.array([b"1"]), "w is not numeric: b'1' at index 0 is text"),
        (np.array([1, np.datetime64("2024")], object), r"datetime64.* at index 1 is no number: "),
        (np.array(["2024"], "M8[D]"), r"w is not numeric: dates or times of dtype datetime64\[D\]"),
        (
            np.array([1, {}], object),
            r"w is not numeric: {} at index 1 is no number \(float\(\) arg",
        ),
        (np.array([10**400], object), "w has an integer too large for a float: scale it"),
        (np.array([1j]), "Complex data not supported: w is not numeric, but of dtype complex128"),
    ],
)
def test_no_numbers(values, message):
    with pytest.raises((ValueError, TypeError), match=message):
        as_numbers(np.asarray(values), "w")


def test_numpy_strings():
    if not hasattr(np.dtypes, "StringDType"):
        pytest.skip("this NumPy does not have them")
    with pytest.raises(ValueError, match="'1' at index 0 is text"):
        as_numbers(np.array(["1"], np.dtypes.StringDType()), "X")


def test_settings_of_scikit_learn_hide_no_missing_values():
    with (
        sklearn.config_context(assume_finite=True),
        pytest.raises(ValueError, match="sample_weight contains NaN"),
    ):
        check_numbers([1.0, NAN], "sample_weight", ensure_2d=False)


def test_sparse_matrices():
    scipy_sparse = pytest.importorskip("scipy.sparse")
    assert is_sparse(scipy_sparse.csr_matrix(np.eye(2)))
    assert is_sparse(scipy_sparse.coo_array(np.eye(2)))
    for dense in (np.eye(2), pd.DataFrame(np.eye(2)), [[1]]):
        assert not is_sparse(dense)


def test_types_of_lists_are_kept():
    assert read_values(["a", NAN]).tolist()[0] == "a"
    assert read_values(["a", None]).dtype == object
    assert read_values([1, None]).dtype == np.float64
    assert read_values([1, "1"]).tolist() == [1, "1"]
