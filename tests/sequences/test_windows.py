"""Windows, against slices of the recordings."""

import tracemalloc

import numpy as np
import pandas as pd
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sk_attnseq import AttentionSequenceClassifier
from sk_attnseq.sequences import from_long, make_windows
from tests.data import pad_with_nan
from tests.networks import fit_with_random_weights

RNG = np.random.default_rng(0)
WALK, RUN = RNG.normal(size=(7, 2)), RNG.normal(size=(10, 2))


def slices(recordings, windows, length):
    """The windows as they should be, by slicing."""
    expected = np.full((len(windows.starts), length, recordings[0].shape[1]), np.nan)
    for row, group, start in zip(expected, windows.groups, windows.starts, strict=True):
        part = recordings[group][start : start + length]
        row[: len(part)] = part
    return expected


def test_windows_of_a_list():
    windows = make_windows([WALK, RUN], ["walk", "run"], length=4, step=3)
    assert windows.groups.tolist() == [0, 0, 1, 1, 1]
    assert windows.starts.tolist() == [0, 3, 0, 3, 6]
    assert windows.target.tolist() == ["walk", "walk", "run", "run", "run"]
    assert windows.lengths.tolist() == [7, 10]
    assert windows.feature_names is None
    np.testing.assert_array_equal(windows.data, slices([WALK, RUN], windows, 4))


def test_windows_do_not_overlap_by_default():
    assert make_windows(RUN, length=3).starts.tolist() == [0, 3, 6]


@pytest.mark.parametrize(
    ("remainder", "length", "step", "starts"),
    [
        ("drop", 4, 4, [0, 4]),
        ("pad", 4, 4, [0, 4, 8]),
        ("shift", 4, 4, [0, 4, 6]),
        ("drop", 4, 3, [0, 3, 6]),
        ("pad", 4, 3, [0, 3, 6]),  # nothing remains
        ("shift", 4, 3, [0, 3, 6]),
        ("pad", 2, 5, [0, 5]),  # what is between windows does not remain at the end
        ("pad", 3, 9, [0, 9]),
        ("shift", 2, 5, [0, 5, 8]),
    ],
)
def test_what_remains(remainder, length, step, starts):
    windows = make_windows([RUN], length=length, step=step, remainder=remainder)
    assert windows.starts.tolist() == starts
    np.testing.assert_array_equal(windows.data, slices([RUN], windows, length))


def test_short_recordings_are_padded():
    windows = make_windows([WALK, RUN], [0, 1], length=9, short="pad")
    assert windows.starts.tolist() == [0, 0]
    np.testing.assert_array_equal(windows.data, slices([WALK, RUN], windows, 9))


@pytest.mark.parametrize("n_padded", [1, 999, 1000, 2500])
def test_padding_at_the_end_is_left_out(n_padded):
    padded = np.concatenate([RUN, np.full((n_padded, 2), np.nan)])
    for recordings in (padded, [padded, WALK], padded[np.newaxis]):
        windows = make_windows(recordings, length=3, remainder="pad")
        assert windows.lengths[0] == 10
        assert windows.starts[windows.groups == 0].tolist() == [0, 3, 6, 9]


def test_integers_become_floats_only_if_padded():
    counts = np.arange(10).reshape(5, 2)
    assert make_windows([counts, counts], length=2).data.dtype == counts.dtype
    assert make_windows([counts], length=2, remainder="pad").data.dtype == np.float64
    small = counts.astype(np.float32)
    assert make_windows([small], length=2, remainder="pad").data.dtype == np.float32


@pytest.mark.parametrize("dtype", [np.float32, np.float64, np.int16])
def test_windows_of_one_recording_are_a_view(dtype):
    recording = np.arange(2000).reshape(1000, 2).astype(dtype)
    labels = np.arange(1000) // 500
    for windows in (
        make_windows(recording, length=50, step=7),
        make_windows(recording, labels, length=50, step=7),
        make_windows([recording], ["a"], length=50, step=7),
        make_windows(recording, length=50, step=25, remainder="shift"),  # nothing remains
    ):
        assert np.shares_memory(windows.data, recording)
        assert not windows.data.flags.writeable
        np.testing.assert_array_equal(windows.data, slices([recording], windows, 50))


def test_dropped_windows_are_copied_once():
    recording = RNG.normal(size=(1000, 3))
    labels = np.arange(1000) // 500
    windows = make_windows(recording, labels, length=50, step=25, label_rule="all")
    assert 475 not in windows.starts
    assert windows.data.base is None
    np.testing.assert_array_equal(windows.data, slices([recording], windows, 50))


def test_copies_are_made_in_blocks(monkeypatch):
    monkeypatch.setattr("sk_attnseq.sequences._windows._BLOCK_BYTES", 100)
    recordings = [WALK, RUN, RUN[:3]]
    windows = make_windows(recordings, length=4, step=1, short="pad")
    np.testing.assert_array_equal(windows.data, slices(recordings, windows, 4))


def test_memory_is_that_of_the_overlap(monkeypatch):
    monkeypatch.setattr("sk_attnseq.sequences._windows._BLOCK_BYTES", 100_000)
    recordings = [np.zeros((100_000, 6), np.float32) for _ in range(4)]
    n_bytes = sum(recording.nbytes for recording in recordings)
    tracemalloc.start()
    make_windows(recordings, length=100, step=50)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 2.2 * n_bytes


def test_forms_of_recordings():
    expected = make_windows([WALK, RUN], length=3)
    column = pd.Series([WALK, RUN], dtype=object)
    for recordings in (
        pad_with_nan([WALK, RUN], 12).astype(float),
        column,
        [WALK.tolist(), RUN.tolist()],
    ):
        windows = make_windows(recordings, length=3)
        np.testing.assert_allclose(windows.data, expected.data, rtol=1e-6)
        assert windows.groups.tolist() == expected.groups.tolist()
        assert windows.lengths.tolist() == [7, 10]


@pytest.mark.parametrize("frame", [pd.DataFrame, pl.DataFrame])
def test_names_of_features_are_kept(frame):
    frames = [frame({"x": one[:, 0], "y": one[:, 1]}) for one in (WALK, RUN)]
    windows = make_windows(frames, length=3)
    assert windows.feature_names == ["x", "y"]
    np.testing.assert_array_equal(windows.data, make_windows([WALK, RUN], length=3).data)
    one = make_windows(frames[1], length=3)
    assert one.feature_names == ["x", "y"]
    np.testing.assert_array_equal(one.data, make_windows(RUN, length=3).data)


def test_sequences_of_a_long_table():
    table = pd.DataFrame(
        {
            "id": ["b"] * 4 + ["a"] * 3,
            "time": [3, 2, 1, 0, 0, 1, 2],
            "x": np.arange(7.0),
            "kind": ["run"] * 4 + ["walk"] * 3,
        }
    )
    runs = from_long(table, sample="id", time="time", label="kind")
    windows = make_windows(runs, length=2)
    assert windows.target.tolist() == ["run", "run", "walk"]
    assert windows.feature_names == ["x"]
    assert windows.data[0].tolist() == [[3.0], [2.0]]
    assert make_windows(runs, [0, 1], length=2).target.tolist() == [0, 0, 1]


def test_nothing_is_modified():
    recordings, labels = [WALK.copy(), RUN.copy()], [["a"] * 7, ["b"] * 10]
    make_windows(recordings, labels, length=4, step=1, remainder="pad")
    np.testing.assert_array_equal(recordings[0], WALK)
    np.testing.assert_array_equal(recordings[1], RUN)
    assert labels == [["a"] * 7, ["b"] * 10]


def test_a_classifier_reads_windows_that_are_a_view():
    recording, labels = RNG.normal(size=(60, 2)), np.arange(60) // 30
    windows = make_windows(recording, labels, length=6, step=3)
    clf = AttentionSequenceClassifier(4, epochs=1, random_state=0)
    fit_with_random_weights(clf, windows.data, windows.target)
    copy = np.ascontiguousarray(windows.data)
    np.testing.assert_array_equal(clf.predict_proba(windows.data), clf.predict_proba(copy))


SIZES = st.lists(st.integers(1, 30), min_size=1, max_size=4)


@settings(deadline=None, max_examples=50)
@given(
    SIZES,
    st.integers(1, 12),
    st.integers(1, 15),
    st.sampled_from(["drop", "pad", "shift"]),
)
def test_windows_are_slices_of_recordings(sizes, length, step, remainder):
    recordings = [RNG.normal(size=(size, 2)) for size in sizes]
    windows = make_windows(recordings, length=length, step=step, remainder=remainder, short="pad")
    np.testing.assert_array_equal(windows.data, slices(recordings, windows, length))
    places = list(zip(windows.groups.tolist(), windows.starts.tolist(), strict=True))
    assert len(set(places)) == len(places)
    assert places == sorted(places)
    assert set(windows.groups.tolist()) == set(range(len(sizes)))  # none is lost
    if remainder != "drop" and step <= length:
        for group, size in enumerate(sizes):
            assert (windows.starts[windows.groups == group] + length).max() >= size


def with_index(times):
    return pd.DataFrame({"x": np.arange(len(times))}, index=pd.DatetimeIndex(times))


DAY = ["2024-01-01", "2024-01-02", "2024-01-03"]


@pytest.mark.parametrize(
    ("recordings", "options", "message"),
    [
        ([WALK, RUN], {"length": 8}, "Recording 0 has 7 timesteps, but length=8"),
        ([WALK, RUN], {"length": 20}, "the longest recording has 10"),
        ([WALK, RUN], {"length": 0}, "length == 0, must be >= 1"),
        ([WALK, RUN], {"length": 2, "step": 0}, "step == 0, must be >= 1"),
        ([WALK, RUN], {"length": 2, "min_share": 2}, "min_share == 2"),
        ([WALK, RUN], {"length": 2, "label_rule": "first"}, "label_rule == 'first'"),
        ([WALK, RUN], {"length": 2, "remainder": "keep"}, "remainder == 'keep'"),
        ([WALK, RUN], {"length": 2, "short": "drop"}, "short == 'drop'"),
        ([WALK, RUN[:, :1]], {"length": 2}, "Sample 1 of X has 1 features"),
        (np.arange(9.0), {"length": 2}, r"1D array .* X.reshape\(1, -1, 1\)"),
        (pd.Series(np.arange(9)), {"length": 2}, r"1D array .* X.reshape\(1, -1, 1\)"),
        ([1.0, 2.0, 3.0], {"length": 2}, r"1D array .* X.reshape\(1, -1, 1\)"),
        ([np.arange(9.0)] * 2, {"length": 2}, "a list of 1-D arrays"),
        ([WALK, np.full((3, 2), np.nan)], {"length": 2}, "Recording 1 has no timestep"),
        ([with_index(DAY), with_index(DAY[::-1])], {"length": 2}, "Recording 1 .*unsorted times"),
        (with_index([*DAY, DAY[2]]), {"length": 2}, "several rows at time 2024-01-03"),
        (with_index([*DAY, pd.NaT]), {"length": 2}, "no time in some rows"),
    ],
)
def test_bad_input(recordings, options, message):
    with pytest.raises(ValueError, match=message):
        make_windows(recordings, **options)


@pytest.mark.parametrize("options", [{"length": 2.0}, {"length": 2, "step": "3"}])
def test_bad_types(options):
    with pytest.raises(TypeError, match="must be an instance of int"):
        make_windows(WALK, **options)
