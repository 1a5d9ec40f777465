"""Long tables to sequences and back, against arrays written by hand."""

import datetime
import subprocess
import sys
from importlib.util import find_spec

import numpy as np
import pandas as pd
import pytest
from sklearn.utils.multiclass import type_of_target

from sk_attnseq._input.read_sequences import to_sequences
from sk_attnseq.sequences import from_long, to_long

NAN = np.nan
NAMES = {"sample": "patient", "time": "hour", "label": "ward"}


def make_columns(**replaced):
    """Three patients with 3, 1 and 2 hours, in no order."""
    columns = {
        "patient": ["m", "c", "m", "x", "m", "x"],
        "hour": [5, 0, 1, 9, 3, 8],
        "pulse": [72.0, 60.0, 70.0, 91.0, 71.0, 90.0],
        "ward": ["north", "south", "north", "north", "north", "north"],
        "drugs": [3, 0, 1, 6, 2, 5],
    }
    return columns | replaced


DATA = np.array(
    [
        [[70.0, 1.0], [71.0, 2.0], [72.0, 3.0]],
        [[60.0, 0.0], [NAN, NAN], [NAN, NAN]],
        [[90.0, 5.0], [91.0, 6.0], [NAN, NAN]],
    ]
)


def padded(data):
    """A list of sequences as one array, with NaN where they are shorter than the longest."""
    result = np.full((len(data), max(map(len, data)), data[0].shape[1]), NAN, data[0].dtype)
    for row, sequence in zip(result, data, strict=True):
        row[: len(sequence)] = sequence
    return result


def to_polars(columns):
    return pytest.importorskip("polars").DataFrame(columns, strict=False)


def to_pyarrow(columns):
    import pyarrow

    return pyarrow.table(columns)


def to_arrays(columns):
    return {name: np.array(values) for name, values in columns.items()}


# Those that can say that an integer or a string is missing; pyarrow is rarely there.
nullable = [dict, pd.DataFrame, to_polars] + ([to_pyarrow] if find_spec("pyarrow") else [])
with_nulls = pytest.mark.parametrize("make_table", nullable)
every_table = pytest.mark.parametrize("make_table", [*nullable, to_arrays])


# From tables


@every_table
def test_hand_written_table(make_table):
    bunch = from_long(make_table(make_columns()), **NAMES)
    assert [len(x) for x in bunch.data] == [3, 1, 2]
    np.testing.assert_array_equal(padded(bunch.data), DATA, strict=True)
    np.testing.assert_array_equal(bunch.target, np.array(["north", "south", "north"]), strict=True)
    np.testing.assert_array_equal(bunch.sample_ids, np.array(["m", "c", "x"]), strict=True)
    assert bunch.feature_names == ["pulse", "drugs"]


def test_data_is_in_the_format_of_the_estimator():
    sequences = to_sequences(from_long(make_columns(), **NAMES).data, dtype="float64")
    np.testing.assert_array_equal(sequences.lengths, [3, 1, 2])
    gathered = sequences.gather(np.arange(3), n_timesteps=3, dtype=np.float64)
    np.testing.assert_array_equal(gathered, np.nan_to_num(DATA))


def test_data_and_target_alone():
    X, y = from_long(make_columns(), **NAMES, return_X_y=True)
    np.testing.assert_array_equal(padded(X), DATA)
    assert y.tolist() == ["north", "south", "north"]


def test_without_label():
    bunch = from_long(make_columns(), sample="patient", time="hour", features=["drugs"])
    np.testing.assert_array_equal(padded(bunch.data), DATA[:, :, [1]])
    assert bunch.target is None
    with pytest.raises(ValueError, match="return_X_y=True needs `label`"):
        from_long(make_columns(), sample="patient", time="hour", return_X_y=True)


@pytest.mark.parametrize(
    "features", [["drugs", "hour"], ("drugs", "hour"), pd.Index(["drugs", "hour"])]
)
def test_features_are_taken_in_the_order_named(features):
    bunch = from_long(make_columns(), **NAMES, features=features)
    assert bunch.feature_names == ["drugs", "hour"]
    np.testing.assert_array_equal(bunch.data[0], [[1, 1], [2, 3], [3, 5]])


def test_the_table_is_not_changed_and_its_index_does_not_matter():
    table = pd.DataFrame(make_columns()).set_index(pd.Index([3, 3, 1, 0, 9, 9]))
    before = table.copy()
    bunch = from_long(table, **NAMES)
    bunch.data[0][:] = 0
    pd.testing.assert_frame_equal(table, before)
    assert bunch.target.tolist() == ["north", "south", "north"]


@every_table
@pytest.mark.parametrize("ids", [[7, -2, 7, 5, 7, 5], [7.5, -2.0, 7.5, 5.0, 7.5, 5.0]])
def test_numbers_as_sample_ids(make_table, ids):
    bunch = from_long(make_table(make_columns(patient=ids)), **NAMES)
    assert bunch.sample_ids.tolist() == [ids[0], ids[1], ids[3]]
    assert bunch.sample_ids.dtype == np.array(ids).dtype
    np.testing.assert_array_equal(padded(bunch.data), DATA)


def test_ids_of_different_types_stay_apart():
    ids = [1, "1", 1, "one", 1, "one"]
    for table in (make_columns(patient=ids), pd.DataFrame(make_columns(patient=ids))):
        bunch = from_long(table, **NAMES)
        assert bunch.sample_ids.tolist() == [1, "1", "one"]
        np.testing.assert_array_equal(padded(bunch.data), DATA)


# Times: six of each, in their order; the table takes them at the ranks of `hour`

MOMENTS = [datetime.datetime(2024, month, 1, 12) for month in (1, 2, 3, 10, 11, 12)]
TIMES = {
    "integers": [-3, 2, 10, 11, 100, 2**40],
    "floats": [-2.5, -0.5, 0.0, 1e-3, 3.5, 1e12],
    "infinite": [-np.inf, -1.0, 0.0, 1.0, 2.0, np.inf],
    "datetimes": MOMENTS,
    "dates": [moment.date() for moment in MOMENTS],
    "clock": [datetime.time(hour) for hour in (0, 1, 2, 10, 11, 23)],
    "durations": [datetime.timedelta(hours=hours) for hours in (-9, 1, 2, 10, 11, 100)],
    "zoned": [moment.replace(tzinfo=datetime.UTC) for moment in MOMENTS],
    "strings": ["", "09", "10", "B", "a", "b"],
    "iso": [moment.isoformat() for moment in MOMENTS],
}


@every_table
@pytest.mark.parametrize("times", TIMES.values(), ids=TIMES)
def test_types_of_times(make_table, times):
    hours = make_columns()["hour"]
    table = make_columns(hour=[times[sorted(hours).index(hour)] for hour in hours])
    np.testing.assert_array_equal(padded(from_long(make_table(table), **NAMES).data), DATA)


@every_table
def test_numbers_as_text_are_refused_where_they_would_sort_otherwise(make_table):
    def read(times):
        table = make_table({"id": [1, 1, 1], "at": times, "f": [0.0, 1.0, 2.0]})
        return from_long(table, sample="id", time="at").data.ravel().tolist()

    message = "Column 'at' has times as text, such as '11' and '9', which would not sort by time"
    with pytest.raises(ValueError, match=message):
        read(["9", "10", "11"])
    with pytest.raises(ValueError, match="times as text"):
        read(["-1", "-2", "0"])
    assert read(["10", "09", "11"]) == [1, 0, 2]
    assert read(["1.0", "1", "2"]) == [1, 0, 2]


@every_table
def test_boolean_times(make_table):
    table = make_table({"id": [1, 1, 2], "late": [True, False, True], "f": [0.0, 1.0, 2.0]})
    data = from_long(table, sample="id", time="late").data
    np.testing.assert_array_equal(padded(data)[:, :, 0], [[1, 0], [2, NAN]])


def test_zoned_times_sort_as_moments_where_clocks_go_back():
    utc = pd.to_datetime(["2024-10-27 01:10", "2024-10-27 00:50"]).tz_localize("UTC")
    paris = utc.tz_convert("Europe/Paris")  # 02:10 after 02:50
    table = pd.DataFrame({"id": [1, 1], "at": paris, "f": [1.0, 0.0]})
    assert from_long(table, sample="id", time="at").data.ravel().tolist() == [0, 1]


def test_ordered_categories_as_times():
    parts = ["morning", "noon", "evening"]  # not in alphabetical order
    table = {"id": [1, 1, 1], "part": ["evening", "morning", "noon"], "f": [2.0, 0.0, 1.0]}
    pandas_table = pd.DataFrame(table)
    pandas_table["part"] = pd.Categorical(table["part"], categories=parts, ordered=True)
    assert from_long(pandas_table, sample="id", time="part").data.ravel().tolist() == [0, 1, 2]
    pl = pytest.importorskip("polars")
    polars_table = pl.DataFrame(table, schema_overrides={"part": pl.Enum(parts)})
    assert from_long(polars_table, sample="id", time="part").data.ravel().tolist() == [0, 1, 2]
    pa = pytest.importorskip("pyarrow")
    arrow = pa.Table.from_pandas(pandas_table)
    of_arrow = arrow.to_pandas(types_mapper=pd.ArrowDtype)
    column = pa.chunked_array([chunk for chunk in arrow["part"].chunks * 2])
    two_chunks = pa.table({"id": [1, 1, 1, 2, 2, 2], "part": column, "f": table["f"] * 2})
    for other in (
        arrow,
        of_arrow,
        two_chunks,
        dict(pandas_table),
        {**table, "part": of_arrow.part},
    ):
        sequences = from_long(other, sample="id", time="part").data
        assert [x.ravel().tolist() for x in sequences] == [[0, 1, 2]] * len(sequences)
    for part in (pandas_table["part"].array, of_arrow["part"].array):
        in_dict = {**table, "part": part}
        assert from_long(in_dict, sample="id", time="part").data.ravel().tolist() == [0, 1, 2]
    kind = arrow["part"].type
    none = pa.array([], kind.index_type), pa.array([], kind.value_type)
    empty = pa.DictionaryArray.from_arrays(*none, ordered=True)
    with_empty = pa.chunked_array([empty, *arrow["part"].chunks])
    in_dict = {**table, "part": with_empty}
    assert from_long(in_dict, sample="id", time="part").data.ravel().tolist() == [0, 1, 2]
    numbers = {**table, "part": pd.array([3, 1, 2], dtype="int64[pyarrow]")}
    assert from_long(numbers, sample="id", time="part").data.ravel().tolist() == [0, 1, 2]


def test_chunks_with_other_ordered_categories():
    pa = pytest.importorskip("pyarrow")
    chunks = [
        pa.DictionaryArray.from_arrays([0], [part], ordered=True) for part in ("noon", "evening")
    ]
    table = pa.table({"id": [1, 1], "part": pa.chunked_array(chunks), "f": [0.0, 1.0]})
    with pytest.raises(ValueError, match="'part' has other categories in some of its chunks"):
        from_long(table, sample="id", time="part")


# Samples that several columns identify


@every_table
def test_samples_of_two_columns(make_table):
    columns = {
        "patient": ["a", "b", "a", "a", "b"],
        "stay": [1, 1, 2, 1, 1],
        "t": [1, 0, 0, 0, 1],
        "f": [1.0, 2.0, 3.0, 0.0, 4.0],
    }
    bunch = from_long(make_table(columns), sample=["patient", "stay"], time="t")
    np.testing.assert_array_equal(padded(bunch.data)[:, :, 0], [[0, 1], [2, 4], [3, NAN]])
    assert bunch.sample_ids.tolist() == [["a", 1], ["b", 1], ["a", 2]]
    assert bunch.feature_names == ["f"]
    again = to_long(
        bunch.data, sample_ids=bunch.sample_ids, sample=["patient", "stay"], features=["f"]
    )
    assert again["patient"].tolist() == ["a", "a", "b", "b", "a"]
    assert again["stay"].tolist() == [1, 1, 1, 1, 2]
    assert again["patient"].dtype.kind == "U"
    assert again["stay"].dtype.kind == "i"
    back = from_long(make_table(again), sample=["patient", "stay"], time="time")
    np.testing.assert_array_equal(padded(back.data), padded(bunch.data))
    one = from_long(make_table(columns), sample=["stay"], time="f", features=["t"])
    np.testing.assert_array_equal(one.sample_ids, [[1], [2]], strict=True)


def test_errors_name_a_sample_of_two_columns():
    columns = {"a": ["x", "x", "y"], "b": [1, 1, 2], "t": [0, 0, 0], "f": [1.0, 2.0, 3.0]}
    with pytest.raises(ValueError, match=r"Sample \('x', 1\) has more than one row at time 0"):
        from_long(columns, sample=["a", "b"], time="t")
    with pytest.raises(ValueError, match=r"\('x', 1\) has the label 1.0 at time 0, but 2.0 at"):
        from_long(
            columns | {"t": [0, 1, 0]}, sample=["a", "b"], time="t", label="f", features=["b"]
        )
    with pytest.raises(ValueError, match="Column 'b' has no value in row 1"):
        from_long(columns | {"b": [1, None, 2]}, sample=["a", "b"], time="t")
    for samples in (["a", "c"], []):
        with pytest.raises(ValueError, match=r"no column 'c'|names no column"):
            from_long(columns, sample=samples, time="t")


@pytest.mark.parametrize(
    ("sample_ids", "message"),
    [
        (None, r"must have shape \(n_samples, 2\), got \(3,\)"),
        ([[1], [2], [3]], r"must have shape \(n_samples, 2\), got \(3, 1\)"),
        ([[1, 2], [2, 2], [1, 2]], "an id more than once"),
    ],
)
def test_ids_that_do_not_fit_two_columns(sample_ids, message):
    with pytest.raises(ValueError, match=message):
        to_long(DATA, sample_ids=sample_ids, sample=["a", "b"])


# A regular grid


@every_table
@pytest.mark.parametrize(
    ("aggregate", "m", "x"),
    [
        ("last", [[71, 2], [72, 3]], [[91, 6]]),
        ("mean", [[70.5, 1.5], [72, 3]], [[90.5, 5.5]]),
        ("count", [[2, 2], [1, 1]], [[2, 2]]),
    ],
)
def test_grid_of_numbers(make_table, aggregate, m, x):
    """Patient m has the hours 1, 3 and 5, and x has 8 and 9."""
    bunch = from_long(make_table(make_columns()), **NAMES, every=4, aggregate=aggregate)
    c = [[1, 1]] if aggregate == "count" else [[60, 0]]
    for sample, expected in zip(bunch.data, (m, c, x), strict=True):
        np.testing.assert_array_equal(sample, expected)
    assert bunch.target.tolist() == ["north", "south", "north"]


def test_errors_of_the_grid():
    for arguments, message in (
        ({"every": "1h"}, "every='1h' is a duration, but column 'hour' has numbers"),
        ({"every": 4, "aggregate": "first"}, "aggregate == 'first', must be one of"),
    ):
        with pytest.raises(ValueError, match=message):
            from_long(make_columns(), **NAMES, **arguments)


# Types of labels and of features


@pytest.mark.parametrize(
    ("make_labels", "expected", "kind"),
    [
        (lambda y: pd.Series(y), ["north", "south", "north"], "U"),
        (lambda y: pd.Series(y, dtype=object), ["north", "south", "north"], "U"),
        (lambda y: pd.Series(y, dtype="string"), ["north", "south", "north"], "U"),
        (lambda y: pd.Series(y, dtype="category"), ["north", "south", "north"], "U"),
        (lambda y: pd.Series(y) == "north", [True, False, True], "b"),
        (lambda y: (pd.Series(y) == "north").astype("boolean"), [True, False, True], "b"),
        (lambda y: (pd.Series(y) == "north").astype(int), [1, 0, 1], "i"),
        (lambda y: (pd.Series(y) == "north").astype("Int8"), [1, 0, 1], "i"),
        (lambda y: (pd.Series(y) == "north").astype(int).astype("category"), [1, 0, 1], "i"),
        (lambda y: (pd.Series(y) == "north").astype(int).astype(object), [1, 0, 1], "i"),
    ],
)
def test_labels_are_what_scikit_learn_takes(make_labels, expected, kind):
    columns = make_columns()
    table = pd.DataFrame(columns | {"ward": make_labels(columns["ward"])})
    y = from_long(table, **NAMES).target
    assert y.tolist() == expected
    assert y.dtype.kind == kind
    assert type_of_target(y) == "binary"


@pytest.mark.parametrize("dtype", ["float64", "float32", "Float64", object])
def test_numbers_to_predict_as_labels(dtype):
    numbers = np.array([1.5, -2e-7, 3e9])
    X = [np.ones((2, 1)), np.ones((3, 1)), np.ones((1, 1))]
    table = (
        pd.DataFrame(to_long(X, numbers)).astype({"label": dtype}).sample(frac=1, random_state=0)
    )
    bunch = from_long(table, sample="sample", time="time", label="label")
    expected = numbers[bunch.sample_ids]
    np.testing.assert_array_equal(
        bunch.target, expected.astype("f4" if dtype == "float32" else "f8")
    )
    assert type_of_target(bunch.target) == "continuous"
    table["label"] = np.arange(6) + 0.5
    with pytest.raises(ValueError, match=r"has the label .* a sample needs one label"):
        from_long(table, sample="sample", time="time", label="label")
    table["label"] = np.nan
    with pytest.raises(ValueError, match="label"):
        from_long(table, sample="sample", time="time", label="label")


def test_categories_of_polars_as_labels():
    pl = pytest.importorskip("polars")
    table = pl.DataFrame(make_columns()).with_columns(
        pl.col("ward").cast(pl.Enum(["south", "north"])), pl.col("patient").cast(pl.Categorical)
    )
    bunch = from_long(table, **NAMES)
    np.testing.assert_array_equal(bunch.target, np.array(["north", "south", "north"]), strict=True)
    assert bunch.sample_ids.tolist() == ["m", "c", "x"]


@pytest.mark.parametrize(
    ("pulse", "drugs", "expected"),
    [
        ("float32", "float32", "float32"),
        ("float32", "int16", "float32"),
        ("float32", "bool", "float32"),
        ("float32", "Float32", "float32"),
        ("float16", "uint8", "float32"),
        ("float32", "float64", "float64"),
        ("float32", "int64", "float64"),
        ("int64", "Int64", "float64"),
    ],
)
def test_dtype_of_the_data(pulse, drugs, expected):
    table = pd.DataFrame(make_columns(drugs=[1, 0, 1, 0, 1, 1]))
    bunch = from_long(table.astype({"pulse": pulse, "drugs": drugs}), **NAMES)
    data = padded(bunch.data)
    assert data.dtype == expected
    np.testing.assert_array_equal(data[:, :, 0], DATA[:, :, 0])
    np.testing.assert_array_equal(data[:, 0, 1], [1, 0, 1])


def test_float32_of_polars_stays():
    pl = pytest.importorskip("polars")
    table = pl.DataFrame(make_columns(pulse=[72.0, 60.0, None, 91.0, 71.0, 90.0]))
    bunch = from_long(table.with_columns(pl.col("pulse", "drugs").cast(pl.Float32)), **NAMES)
    assert {x.dtype for x in bunch.data} == {np.dtype(np.float32)}
    assert np.isnan(bunch.data[0][0, 0])


# What is missing


@with_nulls
@pytest.mark.parametrize(
    "drugs",
    [[3, 0, None, 6, 2, 5], [3.0, 0.0, NAN, 6.0, 2.0, 5.0], [True, False, None, True, True, False]],
    ids=["integers", "floats", "booleans"],
)
def test_missing_values_of_features_become_nan(make_table, drugs):
    bunch = from_long(make_table(make_columns(drugs=drugs)), **NAMES)
    expected = DATA.copy()
    expected[0, :, 1] = NAN, drugs[4], drugs[0]
    expected[1, 0, 1] = drugs[1]
    expected[2, :2, 1] = drugs[5], drugs[3]
    np.testing.assert_array_equal(padded(bunch.data), expected)


def test_missing_values_of_nullable_types_of_pandas_become_nan():
    table = pd.DataFrame(make_columns(drugs=pd.array([3, 0, pd.NA, 6, 2, 5], dtype="Int64")))
    table["pulse"] = pd.array([pd.NA, 1, 0, 1, 1, 0], dtype="boolean")
    data = from_long(table, **NAMES).data
    np.testing.assert_array_equal(data[0], [[0, NAN], [1, 2], [NAN, 3]])


@with_nulls
def test_a_last_timestep_without_any_value_would_be_padding(make_table):
    table = make_columns(pulse=[72.0, 60.0, 70.0, None, 71.0, 90.0], drugs=[3, 0, 1, None, 2, 5])
    with pytest.raises(ValueError, match="Sample x has no value in any feature at time 9"):
        from_long(make_table(table), **NAMES)


def test_an_earlier_timestep_without_any_value_stays():
    table = make_columns(pulse=[72.0, 60.0, NAN, 91.0, 71.0, 90.0], drugs=[3, 0, NAN, 6, 2, 5])
    bunch = from_long(table, **NAMES)
    np.testing.assert_array_equal(bunch.data[0], [[NAN, NAN], [71, 2], [72, 3]])
    again = from_long(to_long(bunch.data, sample_ids=["m", "c", "x"]), sample="sample", time="time")
    np.testing.assert_array_equal(padded(again.data), padded(bunch.data))


@with_nulls
@pytest.mark.parametrize(
    ("column", "values", "message"),
    [
        (
            "patient",
            ["m", "c", "m", None, "m", "x"],
            r"'patient' has no value in row 3 \(from 0\):",
        ),
        ("patient", [1, 2, 1, None, 1, 3], r"'patient' has no value in row 3 \(from 0\):"),
        ("hour", [5, 0, 1, 9, None, 8], "'hour' has no value in row 4 .* of sample m"),
        ("hour", ["5", "0", "1", None, "3", "8"], "'hour' has no value in row 3 .* of sample x"),
        ("hour", [*MOMENTS[:5], None], "'hour' has no value in row 5 .* of sample x"),
        ("ward", ["n", None, "n", "n", "n", "n"], "'ward' has no value in row 1 .* of sample c"),
        ("ward", [1, None, 1, 1, 1, 1], "'ward' has no value in row 1 .* of sample c"),
        ("ward", [True, None, True, True, True, True], "'ward' has no value in row 1 .* sample c"),
    ],
)
def test_missing_samples_times_and_labels(make_table, column, values, message):
    with pytest.raises(ValueError, match=message):
        from_long(make_table(make_columns(**{column: values})), **NAMES)


def test_missing_values_of_pandas_and_numpy():
    for hours in (
        pd.array([5, 0, 1, 9, pd.NA, 8], dtype="Int64"),
        pd.array(["5", "0", "1", "9", pd.NA, "8"], dtype="string"),
        pd.Categorical(["5", "0", "1", "9", None, "8"], ordered=True),
        pd.DatetimeIndex([*MOMENTS[:4], pd.NaT, MOMENTS[5]]),
        pd.DatetimeIndex([*MOMENTS[:4], pd.NaT, MOMENTS[5]]).tz_localize("UTC"),
    ):
        with pytest.raises(ValueError, match=r"'hour' has no value in row 4 .* of sample m"):
            from_long(pd.DataFrame(make_columns(hour=hours)), **NAMES)
    for hours in (["5", "0", "1", "9", NAN, "8"], np.array([5, 0, 1, 9, NAN, 8])):
        with pytest.raises(ValueError, match=r"'hour' has no value in row 4 .* of sample m"):
            from_long(make_columns(hour=hours), **NAMES)


# What contradicts itself, and what is not there


@every_table
@pytest.mark.parametrize("hours", [[5, 0, 1, 9, 5, 8], ["5", "0", "1", "9", "5", "8"]])
def test_two_rows_at_one_time(make_table, hours):
    with pytest.raises(ValueError, match="Sample m has more than one row at time 5"):
        from_long(make_table(make_columns(hour=hours)), **NAMES)


def test_one_time_in_two_samples_is_fine():
    from_long(make_columns(hour=[5, 5, 1, 5, 3, 1]), **NAMES)


@every_table
@pytest.mark.parametrize(
    ("labels", "message"),
    [
        (["n", "s", "n", "n", "n", "s"], "Sample x has the label s at time 8, but n at time 9"),
        ([2, 1, 3, 2, 2, 2], "Sample m has the label 3 at time 1, but 2 at time 3"),
    ],
)
def test_labels_that_change(make_table, labels, message):
    with pytest.raises(ValueError, match=message):
        from_long(make_table(make_columns(ward=labels)), **NAMES)


@every_table
@pytest.mark.parametrize("argument", ["sample", "time", "label", "features"])
def test_columns_that_are_not_there(make_table, argument):
    named = NAMES | {"features": ["pulse"]}
    named[argument] = ["pulse", "no_such"] if argument == "features" else "no_such"
    with pytest.raises(ValueError, match=r"no column 'no_such', only \['patient', 'hour', 'pulse'"):
        from_long(make_table(make_columns()), **named)


@every_table
@pytest.mark.parametrize(
    ("values", "what"),
    [(list("abcdef"), r"'a' in row 0 \(from 0\) is text"), (MOMENTS, "(dates|2024|datetime)")],
    ids=["strings", "dates"],
)
def test_features_that_are_not_numbers(make_table, values, what):
    with pytest.raises((ValueError, TypeError), match=f"Feature 'pulse' is not numeric: .*{what}"):
        from_long(make_table(make_columns(pulse=values)), **NAMES)


@with_nulls
def test_features_that_are_not_numbers_and_have_missing_values(make_table):
    with pytest.raises(ValueError, match="Feature 'pulse' is not numeric"):
        from_long(make_table(make_columns(pulse=[None, *"bcdef"])), **NAMES)


@pytest.mark.parametrize("values", [[1, "2", 3.0, 4, 5, 6], [1j] * 6, [{}] * 6])
def test_objects_that_are_not_numbers(values):
    for table in (make_columns(pulse=values), pd.DataFrame(make_columns(pulse=values))):
        with pytest.raises((ValueError, TypeError), match="Feature 'pulse' is not numeric"):
            from_long(table, **NAMES)


@every_table
def test_empty_tables(make_table):
    table = make_table({name: [] for name in make_columns()})
    with pytest.raises(ValueError, match="The table has no rows"):
        from_long(table, **NAMES)


@pytest.mark.parametrize(
    ("columns", "arguments", "message"),
    [
        (make_columns(hour=[1, "a", 2, 3, 4, 5]), {}, "'hour' has times that cannot be sorted"),
        (make_columns(hour=[1, 2]), {}, "inconsistent numbers of samples"),
        (make_columns(hour=np.ones((6, 2))), {}, r"'hour' has shape \(6, 2\)"),
        (make_columns(), {"features": "pulse"}, "pass a list of columns"),
        (make_columns(), {"features": []}, "at least one"),
        (
            make_columns(drugs=[0, 1, 0, 0, 0, 0]),
            {"label": "drugs", "features": ["drugs"]},
            "leave",
        ),
        ({"patient": [1], "hour": [1], "ward": [1]}, {}, "No column of .* is a feature"),
    ],
)
def test_arguments_that_do_not_fit(columns, arguments, message):
    with pytest.raises(ValueError, match=message):
        from_long(columns, **(NAMES | arguments))


def test_two_columns_of_one_name():
    table = pd.DataFrame(make_columns())
    table.columns = ["patient", "hour", "pulse", "ward", "pulse"]
    with pytest.raises(ValueError, match="Column 'pulse' has shape"):
        from_long(table, **NAMES)


@pytest.mark.parametrize("table", [None, [[1, 2]], np.ones((3, 2))])
def test_what_is_no_table(table):
    with pytest.raises(TypeError, match=r"must be a DataFrame of pandas or polars.*got"):
        from_long(table, **NAMES)


def test_lazy_frames():
    pl = pytest.importorskip("polars")
    with pytest.raises(TypeError, match=r"LazyFrame: pass `frame.collect\(\)`"):
        from_long(pl.DataFrame(make_columns()).lazy(), **NAMES)


def test_long_doubles_become_doubles():
    table = {"id": [1, 1], "at": [1, 2], "f": np.array([1, 2], dtype=np.longdouble)}
    assert from_long(table, sample="id", time="at").data.dtype == np.float64


# To tables


LONG = {
    "sample": [0, 0, 0, 1, 2, 2],
    "time": [0, 1, 2, 0, 0, 1],
    "x0": [70.0, 71.0, 72.0, 60.0, 90.0, 91.0],
    "x1": [1.0, 2.0, 3.0, 0.0, 5.0, 6.0],
}


@pytest.mark.parametrize("form", ["padded", "more padding", "list", "objects", "nested lists"])
def test_hand_written_sequences(form):
    samples = [DATA[0], DATA[1, :1], DATA[2, :2]]
    objects = np.empty(3, dtype=object)
    objects[:] = samples
    X = {
        "padded": DATA,
        "more padding": np.pad(DATA, ((0, 0), (0, 4), (0, 0)), constant_values=NAN),
        "list": samples,
        "objects": objects,
        "nested lists": [sample.tolist() for sample in samples],
    }[form]
    columns = to_long(X)
    assert list(columns) == list(LONG)
    assert {name: values.tolist() for name, values in columns.items()} == LONG


def test_sequences_of_one_length():
    columns = to_long(np.arange(12).reshape(2, 3, 2), [True, False])
    assert {name: values.tolist() for name, values in columns.items()} == {
        "sample": [0, 0, 0, 1, 1, 1],
        "time": [0, 1, 2, 0, 1, 2],
        "x0": [0, 2, 4, 6, 8, 10],
        "x1": [1, 3, 5, 7, 9, 11],
        "label": [True, True, True, False, False, False],
    }


def test_names_of_the_columns():
    columns = to_long(
        DATA, [1, 2, 1], sample_ids=["m", "c", "x"], features=["pulse", "drugs"], **NAMES
    )
    assert list(columns) == ["patient", "hour", "pulse", "drugs", "ward"]
    assert columns["patient"].tolist() == ["m", "m", "m", "c", "x", "x"]
    assert columns["ward"].tolist() == [1, 1, 1, 2, 1, 1]


@every_table
@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("labels", [["north", "south", "north"], [4, 2, 4]], ids=["str", "int"])
def test_round_trip(make_table, dtype, labels):
    X, y, ids = DATA.astype(dtype), np.array(labels), np.array(["m", "c", "x"])
    table = make_table(to_long(X, y, sample_ids=ids))
    bunch = from_long(table, sample="sample", time="time", label="label")
    np.testing.assert_array_equal(padded(bunch.data), X, strict=True)
    np.testing.assert_array_equal(bunch.target, y, strict=True)
    np.testing.assert_array_equal(bunch.sample_ids, ids, strict=True)
    assert bunch.feature_names == ["x0", "x1"]


def test_round_trip_of_many_and_shuffled_rows():
    rng = np.random.default_rng(0)
    X = rng.normal(size=(200, 30, 4))
    for sample, length in zip(X, rng.integers(1, 31, size=200), strict=True):
        sample[length:] = NAN
    X = X[:, : (~np.isnan(X[:, :, 0])).sum(axis=1).max()]
    table = pd.DataFrame(to_long(X, np.arange(200) % 3)).sample(frac=1, random_state=0)
    bunch = from_long(table, sample="sample", time="time", label="label")
    assert bunch.sample_ids.tolist() == list(dict.fromkeys(table["sample"]))
    np.testing.assert_array_equal(padded(bunch.data), X[bunch.sample_ids])
    np.testing.assert_array_equal(bunch.target, bunch.sample_ids % 3)


@pytest.mark.parametrize(
    ("X", "arguments", "message"),
    [
        (np.ones((3, 2)), {}, r"X has shape \(3, 2\)"),
        (np.ones(3), {}, "got 1D array instead"),
        (np.ones((0, 2, 2)), {}, "0 sample"),
        ([], {}, "0 sample"),
        (np.ones((2, 0, 2)), {}, r"0 timestep\(s\)"),
        (np.array([[[1.0]], [[NAN]]]), {}, "Sample 1 of X has no timestep that is not NaN"),
        ([np.ones((1, 2)), np.ones((1, 3))], {}, "Sample 1 of X has 3 features"),
        (DATA, {"y": [1, 2]}, "inconsistent numbers of samples"),
        (DATA, {"sample_ids": [1, 2]}, "inconsistent numbers of samples"),
        (DATA, {"sample_ids": [1, 2, 1]}, "an id more than once"),
        (DATA, {"features": ["a"]}, "X has 2 features, but 1 are named"),
        (DATA, {"features": ["time", "b"]}, "give each its own name"),
        (DATA, {"y": [1, 1, 2], "features": ["a", "label"]}, "give each its own name"),
    ],
)
def test_sequences_that_do_not_fit(X, arguments, message):
    with pytest.raises(ValueError, match=message):
        to_long(X, **arguments)


def test_columns_of_pandas_and_polars_as_labels_and_ids():
    pl = pytest.importorskip("polars")
    for make_series in (pd.Series, pl.Series):
        columns = to_long(DATA, make_series(["n", "s", "n"]), sample_ids=make_series([5, 6, 7]))
        for make_table in (pd.DataFrame, pl.DataFrame):
            table = make_table(columns)
            assert list(table["label"]) == ["n", "n", "n", "s", "n", "n"]
            assert list(table["sample"]) == [5, 5, 5, 6, 7, 7]


def test_nullable_columns_as_labels_and_ids_keep_their_types():
    ids = pd.Series([2**53, 2**53 + 1, 3], dtype="Int64")
    columns = to_long(DATA, pd.Series([True, False, True], dtype="boolean"), sample_ids=ids)
    assert columns["label"].dtype == bool
    assert columns["sample"].tolist() == np.repeat(ids.to_numpy(np.int64), [3, 1, 2]).tolist()
    assert columns["sample"].dtype == np.int64
    moments = list(np.array(["2024-01-01", "2024-01-02", "2024-01-03"], dtype="M8[D]"))
    assert to_long(DATA, sample_ids=moments)["sample"].dtype.kind == "M"
    assert to_long(DATA, sample_ids=list(map(np.array, [1, 2, 3])))["sample"].dtype.kind == "i"


def test_no_library_of_tables_is_needed():
    code = """
import sys
import numpy as np

class NotInstalled:
    def find_spec(self, name, path=None, target=None):
        if name in {"pandas", "polars", "pyarrow"}:
            raise ModuleNotFoundError(name)

sys.meta_path.insert(0, NotInstalled())
from sk_attnseq.sequences import from_long, to_long

X = np.ones((2, 3, 1))
assert (from_long(to_long(X), sample="sample", time="time").data == X).all()
assert "pandas" not in sys.modules
"""
    subprocess.run([sys.executable, "-W", "ignore", "-c", code], check=True)
