"""Sequences in whatever holds them: read alike by both estimators, or refused with the way.

Where a message has code, the code is run.
"""

import datetime
import re
import warnings
from decimal import Decimal
from fractions import Fraction

import numpy as np
import pandas as pd
import polars as pl
import pytest
import sklearn
from sklearn.impute import SimpleImputer
from sklearn.preprocessing import FunctionTransformer, StandardScaler

from sk_attnseq import AttentionSequenceClassifier
from sk_attnseq._input.read_samples import read_samples
from sk_attnseq._input.read_sequences import read_sequences
from sk_attnseq.preprocessing import TimestepTransformer
from sk_attnseq.sequences import from_long

NAN = np.nan
LENGTHS = (3, 5, 1, 4)
SAMPLES = [np.arange(2.0 * n).reshape(n, 2) ** 2 + i for i, n in enumerate(LENGTHS)]
EQUAL = np.arange(24.0).reshape(4, 3, 2) ** 2
ROWS = [sample.tolist() for sample in SAMPLES]


def frames(samples=SAMPLES):
    return [pd.DataFrame(sample, columns=["a", "b"]) for sample in samples]


def to_pyarrow(values):
    """A column of pyarrow; skip the test if it is not there."""
    return pytest.importorskip("pyarrow").array(values)


def arrow_series(values):
    """A column as `read_parquet(dtype_backend="pyarrow")` makes it."""
    return pd.Series(pd.arrays.ArrowExtensionArray(to_pyarrow(values)))


def arrays_of_rows():
    """Cells as `read_parquet` makes them of list<list<double>>."""
    cells = np.empty(len(SAMPLES), dtype=object)
    for i, sample in enumerate(SAMPLES):
        cells[i] = np.empty(len(sample), dtype=object)
        cells[i][:] = list(sample)
    return pd.Series(cells)


def nested(cell=pd.Series):
    """A dataframe with a series in each cell, as sktime has them."""
    return pd.DataFrame({name: [cell(s[:, i]) for s in SAMPLES] for i, name in enumerate("ab")})


READ = {
    "Series of arrays": lambda: pd.Series(SAMPLES),
    "Series of lists": lambda: pd.Series(ROWS),
    "Series of arrays of rows": arrays_of_rows,
    "Series of dataframes": lambda: pd.Series(frames()),
    "Series with another index": lambda: pd.Series(SAMPLES, index=[2.5, 0.5, 9.5, 1.0]),
    "dataframe of one column": lambda: pd.DataFrame({"recording": SAMPLES}),
    "dataframe with another index": lambda: nested().set_index(pd.Index([2.5, 0.5, 9.5, 1.0])),
    "nested dataframe": nested,
    "nested dataframe of lists": lambda: nested(list),
    "polars column": lambda: pl.Series(ROWS),
    "polars column of arrays": lambda: pl.Series(ROWS, dtype=pl.List(pl.Array(pl.Float64, 2))),
    "polars dataframe": lambda: pl.DataFrame({"recording": ROWS}),
    "nested polars dataframe": lambda: pl.DataFrame(
        {name: [s[:, i].tolist() for s in SAMPLES] for i, name in enumerate("ab")}
    ),
    "pyarrow column": lambda: to_pyarrow(ROWS),
    "Series of pyarrow": lambda: arrow_series(ROWS),
    "dataframe of pyarrow": lambda: pd.DataFrame({"recording": arrow_series(ROWS)}),
    "list of dataframes": frames,
    "list of nullable dataframes": lambda: [frame.convert_dtypes() for frame in frames()],
    "list of polars": lambda: [pl.from_pandas(frame) for frame in frames()],
    "list of arrays of rows": lambda: list(arrays_of_rows()),
    "list of Decimals": lambda: [[[Decimal(int(x)) for x in row] for row in s] for s in SAMPLES],
}


def read(X):
    """The samples that both estimators see, after a check that they are the same."""
    samples, frame = read_samples(X, numeric=True)
    others, other_frame = read_samples(X, numeric=False)
    assert other_frame is frame
    for sample, other in zip(samples, others, strict=True):
        assert sample.dtype.kind in "if"
        np.testing.assert_array_equal(sample, other.astype(float))
    return samples


@pytest.mark.parametrize("form", READ)
def test_read(form):
    samples = read(READ[form]())
    assert isinstance(samples, list)
    for sample, expected in zip(samples, SAMPLES, strict=True):
        np.testing.assert_array_equal(sample, expected)


@pytest.mark.parametrize("form", ["polars column", "polars dataframe"])
def test_fixed_size_arrays_of_polars(form):
    X = pl.Series("recording", EQUAL)
    X = X if form == "polars column" else pl.DataFrame([X])
    np.testing.assert_array_equal(np.array(read(X)), EQUAL)


@pytest.mark.parametrize("lengths", [LENGTHS, (3, 3)])
def test_a_column_of_series_of_one_feature(lengths):
    """A cell has a series, of equal lengths or not; so form does not depend on the data."""
    series = [np.arange(float(n)) for n in lengths]
    lists = [s.tolist() for s in series]
    for X in (pd.Series(series), pd.DataFrame({"a": series}), pl.Series(lists), to_pyarrow(lists)):
        for sample, expected in zip(read(X), series, strict=True):
            np.testing.assert_array_equal(sample, expected[:, np.newaxis])


def test_names_of_features_are_those_of_the_dataframes():
    for X in (nested(), frames(), pd.Series(frames()), READ["nested polars dataframe"]()):
        estimator = TimestepTransformer(StandardScaler()).fit(X)
        assert estimator.feature_names_in_.tolist() == ["a", "b"]
        estimator.transform(frames())
    with pytest.raises(ValueError, match="names should match those that were passed during fit"):
        estimator.transform(nested().set_axis(["a", "c"], axis=1))
    estimator.fit(pd.DataFrame({"recording": SAMPLES}))
    assert not hasattr(estimator, "feature_names_in_")
    assert estimator.n_features_in_ == 2


@pytest.mark.parametrize("names", [["b", "a"], [1, 0], ["a", 1], [0, 1]])
def test_columns_in_another_order_or_of_other_names(names):
    first = names[::-1]
    samples = [pd.DataFrame(SAMPLES[0], columns=first), pd.DataFrame(SAMPLES[1], columns=names)]
    with pytest.raises(ValueError, match=r"Sample 1 of X has the columns .* but the first"):
        read_samples(samples, numeric=True)
    read_samples([samples[0], samples[0]], numeric=True)


# Missing values


MISSING = [np.array([[1.0, 2.0], [NAN, 3.0], [4.0, 4.0]]), np.array([[5.0, NAN]])]


def with_objects(missing):
    return [pd.DataFrame(x, dtype=object).where(pd.notna(x), missing) for x in MISSING]


def in_arrow(samples):
    pytest.importorskip("pyarrow")
    return [frame.convert_dtypes(dtype_backend="pyarrow") for frame in frames(samples)]


WITH_MISSING = {
    "nullable": lambda: [frame.convert_dtypes() for frame in frames(MISSING)],
    "arrow": lambda: in_arrow(MISSING),
    "objects and NA": lambda: with_objects(pd.NA),
    "objects and None": lambda: with_objects(None),
    "lists and None": lambda: [
        [[None if v != v else v for v in row] for row in x] for x in MISSING
    ],
    "lists and NA": lambda: [[[pd.NA if v != v else v for v in row] for row in x] for x in MISSING],
    "polars": lambda: [pl.from_pandas(frame) for frame in frames(MISSING)],
    "polars column": lambda: pl.Series([[[1, 2], [None, 3], [4, 4]], [[5, None]]]),
    "nested": lambda: pd.DataFrame(
        {name: [pd.Series(x[:, i]).astype("Int64") for x in MISSING] for i, name in enumerate("ab")}
    ),
}


@pytest.mark.parametrize("form", WITH_MISSING)
def test_missing_values_are_nan(form):
    X = WITH_MISSING[form]()
    for sample, expected in zip(read(X), MISSING, strict=True):
        np.testing.assert_array_equal(sample, expected)
    expected = TimestepTransformer(SimpleImputer()).fit_transform(MISSING)
    for sample, of_floats in zip(
        TimestepTransformer(SimpleImputer()).fit_transform(X), expected, strict=True
    ):
        np.testing.assert_array_equal(sample, of_floats, strict=True)
    with pytest.raises(ValueError, match="sample 0 has NaN in some features of a timestep"):
        read_sequences(AttentionSequenceClassifier(), X, set_form=True)


def test_missing_values_of_tables_and_arrays():
    expected = np.array([[1.0, NAN], [2.0, 3.0]])
    objects = np.array([[1, pd.NA], [2, 3]], dtype=object)
    table = pd.DataFrame(objects)
    for X in (objects, objects.tolist(), table, table.convert_dtypes()):
        for numeric in (True, False):
            samples, _ = read_samples(X, numeric=numeric)
            np.testing.assert_array_equal(samples, expected, strict=True)
    samples, _ = read_samples(objects[:, :, np.newaxis], numeric=False)
    np.testing.assert_array_equal(samples, expected[:, :, np.newaxis], strict=True)


def test_objects_that_are_no_numbers_are_the_transformers():
    X = [pd.DataFrame({"a": ["x", None], "b": [1.5, 2.0]}), pd.DataFrame({"a": ["y"], "b": [0.0]})]
    seen = TimestepTransformer(FunctionTransformer()).fit_transform(X)
    assert seen[0].tolist() == [["x", 1.5], [NAN, 2.0]]  # the same NaN
    assert seen[1].tolist() == [["y", 0.0]]


# What is refused


class NoArray:
    """An array of rows of different lengths, as awkward and others have them."""

    def __array__(self, dtype=None, copy=None):
        raise ValueError("cannot convert to RegularArray")

    def to_list(self):
        return ROWS


def ragged_tensor():
    tf = pytest.importorskip("tensorflow")
    return tf.RaggedTensor.from_row_lengths(np.concatenate(SAMPLES), LENGTHS)


# X, what the message says, and whether the code in it gives these samples.
WITH_CODE = {
    "awkward": (NoArray, "X came as .*NoArray, of which NumPy makes no array: pass", SAMPLES),
    "RaggedTensor": (ragged_tensor, "X came as tensorflow.*RaggedTensor", SAMPLES),
    "dict": (lambda: dict(enumerate(SAMPLES)), "X came as dict", SAMPLES),
    "dict values": (lambda: dict(enumerate(SAMPLES)).values(), "X came as dict_values", SAMPLES),
    "generator": (lambda: (x for x in SAMPLES), "X came as generator", SAMPLES),
    "lazy frame": (
        lambda: pl.LazyFrame({"recording": ROWS}),
        "X came as polars.*LazyFrame",
        SAMPLES,
    ),
    "channels first": (
        lambda: [x.T for x in SAMPLES],
        "Sample 1 of X has 5 features, but sample 0 has 3.* If features come before",
        SAMPLES,
    ),
    "one feature": (
        lambda: [x[:, 0] for x in SAMPLES],
        r"Sample 0 of X has shape \(3,\)",
        [x[:, :1] for x in SAMPLES],
    ),
    "one feature in lists": (
        lambda: [x[:, 0].tolist() for x in SAMPLES],
        r"Sample 0 of X has shape \(3,\)",
        [x[:, :1] for x in SAMPLES],
    ),
    "records": (
        lambda: [[{"a": a, "b": b} for a, b in x] for x in SAMPLES],
        r"Sample 0 of X .*\(it came as list\)",
        SAMPLES,
    ),
    "record arrays": (
        lambda: [frame.to_records(index=False) for frame in frames()],
        r"Sample 0 of X .*\(it came as recarray\)",
        SAMPLES,
    ),
    "array of records": (
        lambda: EQUAL.reshape(4, 6).view([("a", float), ("b", float)]),
        "X has records, of dtype",
        EQUAL,
    ),
    "columns of features and times": (
        lambda: pd.DataFrame(
            EQUAL.transpose(0, 2, 1).reshape(4, 6),
            columns=pd.MultiIndex.from_product([["a", "b"], [0, 1, 2]]),
        ),
        "X has columns of several levels",
        EQUAL,
    ),
}


def fit_both(X, **options):
    """Try to read X in a fit of each estimator, and return the two messages."""
    messages = []
    for fit in (
        lambda: read_sequences(AttentionSequenceClassifier(**options), X, set_form=True),
        lambda: TimestepTransformer(StandardScaler(), **options).fit(X),
    ):
        with pytest.raises((ValueError, TypeError)) as error:
            fit()
        messages.append(str(error.value))
    return messages


@pytest.mark.parametrize("case", WITH_CODE)
def test_refused_with_the_code_that_helps(case):
    make, message, expected = WITH_CODE[case]
    first, second = fit_both(make())
    assert first == second
    assert re.search(message, first)
    code = re.findall("`(.*?)`", first)[0]
    X = eval(code, {"np": np, "pandas": pd, "X": make()})
    for sample, of_case in zip(read(X), expected, strict=True):
        np.testing.assert_array_equal(sample, of_case)


def test_columns_of_times_and_features():
    X = pd.DataFrame(
        EQUAL.reshape(4, 6), columns=pd.MultiIndex.from_product([[0, 1, 2], ["a", "b"]])
    )
    message, _ = fit_both(X, n_timesteps=3)
    assert "if the first are timesteps, the same with `axis=1`" in message
    code = re.findall("`(.*?)`", message)[0].replace("axis=2", "axis=1")
    np.testing.assert_array_equal(eval(code, {"np": np, "X": X}), EQUAL)


WITHOUT_CODE = {
    "sequences beside values": (
        pd.DataFrame({"id": range(4), "recording": SAMPLES}),
        r"columns of X have sequences in their cells, but \['id'\] single values",
    ),
    "a missing cell": (
        pd.DataFrame({"a": [*SAMPLES[:3], None]}),
        "Sample 3 of X has None in column 'a', where others have sequences",
    ),
    "a missing first cell": (pd.Series([None, *SAMPLES]), "Sample 0 of X has None, where others"),
    "series of different lengths": (
        pd.DataFrame({"a": [[1.0], [1.0]], "b": [[1.0], [1.0, 2.0]]}),
        r"Sample 1 of X has arrays of the shapes \[\(1,\), \(2,\)\] in its cells",
    ),
    "two columns of samples": (
        pd.DataFrame({"a": SAMPLES, "b": SAMPLES}),
        r"Sample 0 of X has arrays of the shapes \[\(3, 2\)\] in its cells",
    ),
    "ragged rows": (pd.Series([[[1.0], [1.0, 2.0]]]), "Sample 0 of X is no array"),
    "a missing row": (pl.Series([[[1.0], None]]), "Sample 0 of X is no array"),
    "an empty cell": (pl.Series([[[1.0]], []]), "Sample 1 of X has "),
    "masked objects": (
        np.ma.masked_less(EQUAL.astype(object), 2),
        r"X has masked values\. Fill them in",
    ),
    "text": (pd.Series(["a", "b"]), "got 1D array"),
    "numbers": (pd.Series([1.0, 2.0]), "got 1D array"),
    "nothing": (None, "X came as NoneType, of which NumPy makes no array: pass an array"),
    "rows of different depths": ([[1, 2], [3, [4]]], "X is no array"),
    "a GroupBy": (
        pd.DataFrame({"id": [1, 1, 2], "a": [1.0, 2.0, 3.0]}).groupby("id"),
        "GroupBy, of which NumPy makes no array: pass the long table itself to sk_attnseq.sequ",
    ),
}


@pytest.mark.parametrize("case", WITHOUT_CODE)
def test_refused(case):
    X, message = WITHOUT_CODE[case]
    for said in fit_both(X):
        assert re.search(message, said)


def test_values_of_a_dataframe_that_are_no_numbers():
    frame = pd.DataFrame({"ward": ["north", "south"], "pulse": [1.0, 2.0]})
    dated = pd.DataFrame({"at": [datetime.datetime(2024, 1, 1)] * 2, "pulse": [1.0, 2.0]})
    for X, message in (
        ([frame, frame[:1]], r"Sample 0 of X is not numeric: 'north' in column 'ward' .*from_long"),
        (
            [dated, dated[:1]],
            "Sample 0 of X is not numeric: Timestamp.* in column 'at' .*from_long",
        ),
        ([[["x", 1], [None, 2.0]]], "Sample 0 of X is not numeric: 'x' in feature 0 is text"),
        (dated, "X is not numeric: Timestamp.* in row 0 of column 'at'"),
        (frame, "X is not numeric: 'north' in row 0 of column 'ward' is text"),
        ([{"a": 1}] * 4, "got 1D array .* dataframes of records"),
    ):
        with pytest.raises((ValueError, TypeError), match=message):
            read_samples(X, numeric=True)


# Tables with a row for each timestep


def long_table():
    table = pd.concat(frames(), keys=["m", "c", "x", "d"], names=["patient", "hour"])
    return table.reset_index()


@pytest.mark.parametrize("names", [("patient", "hour"), (None, None)])
def test_a_panel(names):
    panel = long_table().set_index(["patient", "hour"]).rename_axis(names)
    first, second = fit_both(panel)
    assert first == second
    code = re.search(r"sk_attnseq\.sequences\.(from_long\(.*?hour'|from_long\(.*?_1')\)", first)[1]
    data = eval(code + ")", {"from_long": from_long, "X": panel}).data
    for sample, expected in zip(data, SAMPLES, strict=True):
        np.testing.assert_array_equal(sample[: len(expected)], expected)


def test_an_index_of_two_levels_is_no_panel_by_itself():
    index = pd.MultiIndex.from_product([["m", "c"], [1, 2]])
    table = pd.DataFrame(np.arange(16.0).reshape(4, 4), index=index)
    estimators = AttentionSequenceClassifier(n_timesteps=2), TimestepTransformer(StandardScaler())
    read_sequences(estimators[0], table, set_form=True)
    with pytest.raises(ValueError, match=r"pass `X\.reset_index\(drop=True\)`"):
        estimators[1].fit(table)
    estimators[1].fit(table.reset_index(drop=True)).transform(table)
    estimators[1].fit(table.loc[[("m", 1), ("c", 1)]])  # a row for each of the first level


@pytest.mark.parametrize("make_table", [lambda table: table, pl.from_pandas])
def test_a_long_table_with_labels_of_the_samples(make_table):
    X = make_table(long_table()[["a", "b"]])
    way = "If X has a row for each timestep, sk_attnseq.sequences.from_long makes sequences"
    for estimator in (
        AttentionSequenceClassifier(),
        TimestepTransformer(StandardScaler()),
    ):
        with pytest.raises(ValueError, match=f"inconsistent numbers of samples.*{way}"):
            estimator.fit(X, [0, 1, 0, 1])
    with pytest.raises(ValueError, match=r"inconsistent numbers of samples: 4 in X and 2 in y\.$"):
        AttentionSequenceClassifier().fit(SAMPLES, [0, 1])
    fitted = TimestepTransformer(StandardScaler()).fit(SAMPLES)
    with pytest.raises(ValueError, match=f"X has 2 dim.*{way}"):
        fitted.transform(X)


def of_groupby(table):
    return [frame for _, frame in table.groupby("patient", sort=False)]


def test_dataframes_that_still_have_ids_and_times():
    table = long_table().assign(patient=lambda t: t["patient"].map(ord), hour=lambda t: t.hour + 9)
    for fit in (
        lambda X: read_sequences(AttentionSequenceClassifier(), X, set_form=True),
        lambda X: TimestepTransformer(StandardScaler()).fit(X),
    ):
        with pytest.warns(UserWarning, match=r"'patient' is one whole.*'hour' rises.*from_long"):
            fit(of_groupby(table))
    named = [frame.assign(patient=str) for frame in of_groupby(table)]
    with pytest.raises(ValueError, match=r"in column 'patient' is .*from_long"):
        read_sequences(AttentionSequenceClassifier(), named, set_form=True)


def test_features_that_are_no_ids_and_times():
    ages = [frame.assign(age=30.0 + i % 2) for i, frame in enumerate(frames())]
    parts = [frame.assign(part=i / 8) for i, frame in enumerate(frames())]
    wards = [frame.assign(ward=i) * [-1, -1, 1] for i, frame in enumerate(frames())]
    for X in (frames(), ages, parts, wards, nested(), SAMPLES):
        read_sequences(AttentionSequenceClassifier(), X, set_form=True)


# Features before timesteps, and short rows


def test_features_before_timesteps_in_predict():
    X = [x.T for x in EQUAL]
    for estimator in (TimestepTransformer(StandardScaler()).fit(EQUAL),):
        for other, code in ((X, "[x.T for x in X]"), (np.array(X), "X.transpose(0, 2, 1)")):
            with pytest.raises(ValueError, match=re.escape(f"pass `{code}`.")):
                estimator.transform(other)
        with pytest.raises(ValueError, match=r"expecting 2 features as input\.$"):
            estimator.transform(np.ones((2, 3, 5)))


@pytest.mark.parametrize("n_timesteps", [None, 2])
def test_a_row_that_ends_in_nan(n_timesteps):
    X = np.array([[1.0, 2.0, 3.0, 4.0], [5.0, 6.0, NAN, NAN], [1.0, 1.0, 1.0, 1.0]])
    for table in (X, pd.DataFrame(X), pl.DataFrame(X)):
        classifier = AttentionSequenceClassifier(n_timesteps=n_timesteps)
        with pytest.raises(
            ValueError, match="NaN: row 1 ends in NaN, which is padding in 3-D"
        ) as e:
            read_sequences(classifier, table, set_form=True)
        code = re.findall("`(.*?)`", str(e.value))[0]
        sequences = read_sequences(classifier, eval(code, {"np": np, "X": table}), set_form=True)
        assert sequences.lengths.tolist() == ([2, 1, 2] if n_timesteps else [4, 2, 4])
    for gap in ([[1.0, NAN, 2.0, NAN]], [[NAN, 1.0, 2.0, 3.0]], [[1.0, np.inf, NAN, NAN]]):
        with pytest.raises(ValueError, match=r"Input X contains (NaN\.|infinity)"):
            read_sequences(AttentionSequenceClassifier(), np.array([*X, *gap]), set_form=True)


def test_no_warning_where_nothing_is_wrong():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        for form in ("nested dataframe", "list of dataframes"):
            TimestepTransformer(StandardScaler()).fit_transform(READ[form]())


# One rule for what counts as a number


def in_containers(rows):
    """A sample (n_timesteps, n_features) in whatever holds it."""
    objects = np.array(rows, dtype=object)
    names = list("abcdef")[: objects.shape[1]]
    table = {name: list(column) for name, column in zip(names, objects.T, strict=True)}
    columns = [objects[:, i].tolist() for i in range(objects.shape[1])]
    cells = np.empty(2, object)
    cells[:] = [rows, rows]
    return {
        "list of lists": [rows, [*rows, *rows]],
        "nested lists": [rows, rows],
        "list of arrays": [np.array(rows), np.array(rows)],
        "list of object arrays": [objects, objects],
        "array": np.array([rows, rows]),
        "object array": np.array([rows, rows], dtype=object),
        "columns": np.array([objects.ravel(), objects.ravel()]),
        "dataframe": pd.DataFrame(objects),
        "list of dataframes": [pd.DataFrame(table)] * 2,
        "list of object dataframes": [pd.DataFrame(table, dtype=object)] * 2,
        "list of polars": [pl.DataFrame(table, strict=False)] * 2,
        "column": pd.Series(cells),
        "nested dataframe": pd.DataFrame(
            {name: [pd.Series(values)] * 2 for name, values in zip(names, columns, strict=True)}
        ),
    }


CONTAINERS = list(in_containers([[1.0, 2.0]]))


@pytest.mark.parametrize("container", CONTAINERS)
@pytest.mark.parametrize(
    "rows",
    [[["1", "2"], ["3", "nan"]], [["1.5", "a"], ["2", ""]], [[b"1", b"2"], [b"3", b"4"]]],
    ids=["digits and nan", "words", "bytes"],
)
def test_text_is_no_number_in_any_container(container, rows):
    with pytest.raises(ValueError, match=r"X is not numeric: .*'.*' .* is text, not a number"):
        read_samples(in_containers(rows)[container], numeric=True)
    table = {"id": [1, 1], "at": [0, 1], "f": [row[0] for row in rows]}
    with pytest.raises(ValueError, match=r"Feature 'f' is not numeric: .* in row 0 .* is text"):
        from_long(table, sample="id", time="at")


@pytest.mark.parametrize("container", CONTAINERS)
@pytest.mark.parametrize(
    "rows",
    [
        [[Decimal("1.5"), Decimal(2)], [Decimal("-0.25"), Decimal(3)]],
        [[Fraction(3, 2), 2], [Fraction(-1, 4), 3]],
        [[Decimal("1.5"), 2], [np.float32(-0.25), 3.0]],
    ],
    ids=["decimals", "fractions", "mixed"],
)
def test_objects_that_float_converts_are_numbers(container, rows):
    if "polars" in container:
        rows = [[Decimal(float(x)) for x in row] for row in rows]  # it has no fractions
    samples, _ = read_samples(in_containers(rows)[container], numeric=True)
    first = np.array(samples[0], dtype=float).ravel()[:4]
    np.testing.assert_array_equal(first, [1.5, 2.0, -0.25, 3.0][: len(first)])
    assert all(sample.dtype.kind == "f" for sample in samples)


@pytest.mark.parametrize("make_table", [dict, pd.DataFrame, pl.DataFrame])
def test_decimals_in_long_tables(make_table):
    prices = [Decimal("1.5"), None, Decimal("2.25"), Decimal(3)]
    table = make_table({"id": [0, 0, 1, 1], "t": [0, 1, 1, 0], "price": prices, "n": [1, 2, 3, 4]})
    data = from_long(table, sample="id", time="t").data
    np.testing.assert_array_equal(data, [[[1.5, 1], [NAN, 2]], [[3, 4], [2.25, 3]]])


@pytest.mark.parametrize("name", ["bfloat16", "float8_e5m2"])
def test_floats_of_types_that_others_add_to_numpy(name):
    dtype = getattr(pytest.importorskip("ml_dtypes"), name)
    X = EQUAL.astype(dtype)
    expected = X.astype(np.float32)
    for form in (X, list(X), [x.tolist() for x in X], pd.Series(list(X)), X.reshape(4, 6)):
        for numeric in (True, False):
            samples, _ = read_samples(form, numeric=numeric)
            samples = np.array(samples)
            assert samples.dtype.kind == "f"
            np.testing.assert_array_equal(samples.reshape(EQUAL.shape), expected)
    scaled = TimestepTransformer(StandardScaler()).fit_transform(X)
    np.testing.assert_allclose(
        scaled, TimestepTransformer(StandardScaler()).fit_transform(expected), rtol=1e-6
    )


class Tensor:
    """A tensor of PyTorch, as far as NumPy and we see it."""

    def __init__(self, values, dtype="torch.float32", grad=False, device="cpu", nested=False):
        self.values, self.dtype, self.is_nested = values, dtype, nested
        self.grad, self.device = grad, device

    def changed(self, **changes):
        return Tensor(**{**vars_of(self), **changes})

    def detach(self):
        return self.changed(grad=False)

    def cpu(self):
        return self.changed(device="cpu")

    def float(self):
        return self.changed(dtype="torch.float32")

    def unbind(self):
        return tuple(self.changed(values=values, nested=False) for values in self.values)

    def numpy(self):
        if self.nested or self.grad or self.device != "cpu":
            raise RuntimeError("Can't call numpy() on this Tensor.")
        if self.dtype == "torch.bfloat16":
            raise TypeError("Got unsupported ScalarType BFloat16")
        return self.values

    nested = property(lambda self: self.is_nested)

    @property
    def ndim(self):
        return 3 if self.is_nested else np.ndim(self.values)

    @property
    def shape(self):
        return () if self.is_nested else np.shape(self.values)

    def __len__(self):
        return len(self.values)

    def __array__(self, dtype=None, copy=None):
        return self.numpy()


def vars_of(tensor):
    names = ("values", "dtype", "grad", "device", "nested")
    return {name: getattr(tensor, name) for name in names}


UNREADABLE = [{"grad": True}, {"device": "cuda:0"}, {"dtype": "torch.bfloat16"}]


@pytest.mark.parametrize(
    ("X", "expected"),
    [
        *((Tensor(EQUAL, **kind), EQUAL) for kind in UNREADABLE),
        *(([Tensor(sample, **kind) for sample in SAMPLES], SAMPLES) for kind in UNREADABLE),
        *((Tensor(SAMPLES, nested=True, **kind), SAMPLES) for kind in UNREADABLE),
    ],
)
def test_code_for_tensors_that_numpy_cannot_read(X, expected):
    listed = isinstance(X, list)
    first, second = fit_both(X)
    assert first == second
    for sample, of_case in zip(read(eval(re.findall("`(.*?)`", first)[0])), expected, strict=True):
        np.testing.assert_array_equal(sample, of_case)
    assert (".float()" in first) == ("bfloat16" in str(vars_of(X[0] if listed else X)["dtype"]))


@pytest.mark.parametrize("X", [np.array([[NAN, 1.0]]), pd.DataFrame([[NAN, 1.0]])])
def test_missing_values_are_found_whatever_scikit_learn_assumes(X):
    with sklearn.config_context(assume_finite=True), pytest.raises(ValueError, match=r"NaN\."):
        read_sequences(AttentionSequenceClassifier(), X, set_form=True)
