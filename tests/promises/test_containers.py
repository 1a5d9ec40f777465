"""What sequences come in: any container gives the same bits, or is refused with the reason."""

import numpy as np
import pandas as pd
import polars as pl
import pytest
import scipy.sparse
from sklearn.preprocessing import StandardScaler

from sk_attnseq.preprocessing import TimestepTransformer
from tests.promises.edge_cases import make_classifier, two_classes


class ArraySubclass(np.ndarray):
    """An array that keeps its type through NumPy's functions."""


class HasArray:
    """What NumPy can make an array of, and nothing else."""

    def __init__(self, array):
        self._array = array

    def __array__(self, dtype=None, copy=None):
        return np.array(self._array, dtype=dtype)

    def __len__(self):
        return len(self._array)


def read_only(X):
    X = X.copy()
    X.flags.writeable = False
    return X


def in_an_object_array(X):
    objects = np.empty(len(X), dtype=object)
    objects[:] = list(X)
    return objects


CONTAINERS = {
    "Fortran order": np.asfortranarray,
    "strided": lambda X: np.repeat(np.repeat(X, 2, axis=1), 3, axis=2)[:, ::2, ::3],
    "reversed twice": lambda X: X[:, ::-1, ::-1].copy()[:, ::-1, ::-1],
    "transposed": lambda X: X.transpose(2, 0, 1).copy().transpose(1, 2, 0),
    "read-only": read_only,
    "big-endian float64": lambda X: X.astype(">f8"),
    "big-endian float32": lambda X: X.astype(">f4"),
    "float16": lambda X: X.astype(np.float16),
    "float32": lambda X: X.astype(np.float32),
    "longdouble": lambda X: X.astype(np.longdouble),
    "int8": lambda X: X.astype(np.int8),
    "int64": lambda X: X.astype(np.int64),
    "objects": lambda X: X.astype(object),
    "integer objects": lambda X: X.astype(int).astype(object),
    "nested lists": lambda X: X.tolist(),
    "nested tuples": lambda X: tuple(tuple(map(tuple, x)) for x in X.tolist()),
    "list of arrays": list,
    "list of lists": lambda X: [x.tolist() for x in X],
    "list of arrays of several types": lambda X: [X[0].astype(np.int8), *X[1:]],
    "list of objects": lambda X: [x.astype(object) for x in X],
    "object array of arrays": in_an_object_array,
    "Series of arrays": lambda X: pd.Series(list(X)),
    "list of DataFrames": lambda X: [pd.DataFrame(x) for x in X],
    "list of named DataFrames": lambda X: [pd.DataFrame(x, columns=list("abc")) for x in X],
    "list of polars": lambda X: [pl.DataFrame(x) for x in X],
    "list of nullable DataFrames": lambda X: [pd.DataFrame(x).convert_dtypes() for x in X],
    "nested DataFrame": lambda X: pd.DataFrame({i: [*X[:, :, i]] for i in range(3)}),
    "polars column": lambda X: pl.Series(X.tolist()),
    "list of __array__": lambda X: [HasArray(x) for x in X],
    "__array__": HasArray,
    "subclass": lambda X: X.view(ArraySubclass),
    "masked array without a mask": np.ma.array,
    "padded": lambda X: np.pad(X, ((0, 0), (0, 3), (0, 0)), constant_values=np.nan),
}


@pytest.mark.parametrize("container", CONTAINERS)
def test_containers_change_no_bit(container):
    X, y = two_classes()
    expected = make_classifier().fit(X, y).predict_proba(X)
    other = CONTAINERS[container](X)
    probabilities = make_classifier().fit(other, y).predict_proba(other)
    assert type(probabilities) is np.ndarray
    if container == "float32":  # of which predictions are computed in single precision
        np.testing.assert_allclose(probabilities, expected, rtol=1e-6)
        probabilities = make_classifier().fit(other, y).predict_proba(X)
    np.testing.assert_array_equal(probabilities, expected)


@pytest.mark.parametrize(
    "container",
    [
        pd.DataFrame,
        lambda X: pd.DataFrame(X).add_prefix("x"),
        lambda X: pd.DataFrame(X).convert_dtypes(),
        lambda X: pd.DataFrame(X.astype(int)).astype("category"),
        pl.DataFrame,
        lambda X: X.tolist(),
        lambda X: X.astype(object),
    ],
)
def test_containers_of_columns_change_no_bit(container):
    X, y = two_classes()
    columns = X.reshape(20, 12)
    expected = make_classifier(n_timesteps=4).fit(X, y).predict_proba(X)
    other = container(columns)
    classifier = make_classifier(n_timesteps=4).fit(other, y)
    np.testing.assert_array_equal(classifier.predict_proba(other), expected)


def test_booleans_are_0_and_1():
    X, y = two_classes()
    expected = make_classifier().fit((X > 0).astype(float), y).predict_proba(X)
    np.testing.assert_array_equal(make_classifier().fit(X > 0, y).predict_proba(X), expected)


def with_value(value, *index):
    X, _ = two_classes()
    X[index] = value
    return X


BAD_X = {
    "NaN in the middle": (with_value(np.nan, 3, 1), "sample 3 has timesteps after a timestep"),
    "NaN in a timestep": (with_value(np.nan, 3, 1, 0), "sample 3 has NaN in some features"),
    "infinity": (with_value(np.inf, 3, 1, 0), "contains infinity .*: sample 3"),
    "all padding": (with_value(np.nan, 3), "sample 3 has no timestep that is not NaN"),
    "complex": (two_classes()[0] + 1j, "Complex data not supported"),
    "complex in a list": (list(two_classes()[0] + 1j), "Sample 0 of X.*complex128"),
    "dates": (two_classes()[0].astype("M8[s]"), r"dates or times of dtype datetime64\[s\]"),
    "durations": (two_classes()[0].astype("m8[s]"), r"dates or times of dtype timedelta64"),
    "dates in a list": (list(two_classes()[0].astype("M8[s]")), "Sample 0 of X.*datetime64"),
    "text": (two_classes()[0].astype(str), "X is not numeric: .* is text, not a number"),
    "text in a list": (
        [np.full((3, 2), "a")] * 20,
        "Sample 0 of X is not numeric: 'a' in feature 0 is text",
    ),
    "text objects": (
        np.full((20, 4, 3), "a", object),
        r"X is not numeric: 'a' at index \(0, 0, 0\) is text",
    ),
    "too large integers": (np.full((20, 4, 3), 10**400, object), "integer too large for a float"),
    "too large integers in lists": ([[[10**400]], *[[[1], [2]]] * 19], "integer too large"),
    "too large for float32": (with_value(1e300, 3), "infinity or a value too large .* sample 3"),
    "too large in columns": (
        with_value(1e300, 3).reshape(20, 12),
        r"infinity or a value too large for dtype\('float32'\)",
    ),
    "masked": (np.ma.masked_less(two_classes()[0], 0), r"X has masked values\. Fill them in"),
    "masked in a list": (
        [np.ma.masked_less(x, 0) for x in two_classes()[0]],
        "Sample [0-9] of X has masked values",
    ),
    "sparse": (scipy.sparse.csr_array(np.eye(20)), "Sparse data was passed for X"),
    "list of sparse": (
        [scipy.sparse.csr_array(np.eye(3))] * 20,
        "Sample 0 of X .*came as csr_array",
    ),
    "no samples": ([], r"0 sample\(s\)"),
    "no timesteps": (np.empty((20, 0, 3)), r"0 timestep\(s\)"),
    "no features": (np.empty((20, 4, 0)), r"0 feature\(s\)"),
    "an empty sequence": ([*two_classes()[0][:19], np.empty((0, 3))], "Sample 19 of X has no time"),
    "an empty list as sequence": ([*two_classes()[0][:19].tolist(), []], r"Sample 19.*shape \(0,"),
    "None as sequence": ([*two_classes()[0][:19], None], "Sample 19 of X .*came as NoneType"),
    "another number of features": (
        [*two_classes()[0][:19], np.ones((4, 2))],
        "Sample 19 of X has 2 features, but sample 0 has 3",
    ),
    "other columns": (
        [pd.DataFrame(np.ones((4, 2)), columns=list(order)) for order in ["ab"] * 19 + ["ba"]],
        r"Sample 19 of X has the columns \['b', 'a'\], but .* \['a', 'b'\]",
    ),
    "one dimension": (np.ones(20), "Reshape your data"),
    "four dimensions": (np.ones((20, 2, 2, 2)), "dim 4, while dim <= 3 is required"),
    "None": (None, "X came as NoneType, of which NumPy makes no array"),
    "a word": ("word", "X came as str, of which NumPy makes no array"),
    "a dict": ({"a": 1}, r"pass a list of its sequences, such as `list\(X\.values\(\)\)`"),
    "a generator": ((x for x in two_classes()[0]), r"X came as generator.*pass `list\(X\)`"),
    "dicts": ([{"a": 1}] * 20, "got 1D array"),
    "a record array": (np.zeros(20, [("a", "f4")]), "got 1D array .* dataframes of records"),
}


@pytest.fixture(scope="module")
def fitted():
    """A fitted classifier, which no test changes."""
    return make_classifier().fit(*two_classes())


@pytest.mark.parametrize("case", BAD_X)
def test_bad_sequences_are_refused_with_the_reason(case, fitted):
    X, message = BAD_X[case]
    with pytest.raises((ValueError, TypeError), match=message):
        make_classifier().fit(X, two_classes()[1])
    before = dict(vars(fitted))
    with pytest.raises((ValueError, TypeError)):
        fitted.predict(X)
    assert vars(fitted) == before


def test_names_of_columns_of_listed_dataframes():
    X, y = two_classes()
    frames = [pd.DataFrame(x[: 2 + i % 3], columns=list("abc")) for i, x in enumerate(X)]
    swapped = [frame[["b", "a", "c"]] for frame in frames]
    renamed = [frame.set_axis(list("abd"), axis=1) for frame in frames]
    for estimator, method in (
        (make_classifier(), "predict"),
        (TimestepTransformer(StandardScaler()), "transform"),
    ):
        use = getattr(estimator.fit(frames, y), method)
        assert estimator.feature_names_in_.tolist() == ["a", "b", "c"]
        assert estimator.n_features_in_ == 3
        with pytest.raises(ValueError, match="must be in the same order as they were in fit"):
            use(swapped)
        with pytest.raises(ValueError, match=r"names unseen at fit time:\n- d"):
            use(renamed)
        use([pl.from_pandas(frame) for frame in frames])
        use([frame.to_numpy() for frame in frames])  # without names, the position counts
        assert not hasattr(estimator.fit(list(X), y), "feature_names_in_")


@pytest.mark.parametrize("dtype", [np.int16, np.uint8, np.float16, np.int64, np.float32])
def test_small_numbers_are_the_same_bits_in_a_list_and_in_an_array(dtype, networks, ragged):
    X = (8 * np.random.default_rng(0).random((6, 4, 3))).astype(dtype)
    clf = networks["pooling"]
    np.testing.assert_array_equal(clf.predict_proba(X), clf.predict_proba(list(X)))
