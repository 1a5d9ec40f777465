"""Labels of windows, against labels counted one by one."""

import tracemalloc
from collections import Counter

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sk_attnseq.sequences import make_windows

X = np.arange(20.0).reshape(10, 2)
LABELS = ["a", "a", "b", "b", "b", None, None, "c", "c", "a"]


def label_of(labels, rule, min_share):
    """The label of a window, None if it gets none."""
    counts = Counter(label for label in labels if label is not None)
    if not counts:
        return None
    label = min(counts, key=lambda label: (-counts[label], label))
    if rule == "last":
        label = labels[-1]
    if rule == "all" and len(counts) > 1:
        return None
    return label if label is not None and counts[label] / len(labels) >= min_share else None


@pytest.mark.parametrize(
    ("rule", "min_share", "starts", "target"),
    [
        ("majority", 0.0, [0, 2, 4, 6, 7], ["a", "b", "b", "c", "c"]),
        ("majority", 0.6, [0, 1, 2, 3, 6, 7], ["a", "b", "b", "b", "c", "c"]),
        ("last", 0.0, [0, 1, 2, 5, 6, 7], ["b", "b", "b", "c", "c", "a"]),
        ("last", 0.6, [1, 2, 6], ["b", "b", "c"]),
        ("all", 0.0, [2, 3, 4, 5, 6], ["b", "b", "b", "c", "c"]),
        ("all", 0.6, [2, 3, 6], ["b", "b", "c"]),
    ],
)
def test_rules(rule, min_share, starts, target):
    windows = make_windows(X, LABELS, length=3, step=1, label_rule=rule, min_share=min_share)
    kept = dict(zip(windows.starts.tolist(), windows.target.tolist(), strict=True))
    assert [kept[start] for start in starts] == target
    assert (rule == "majority" and min_share == 0) or list(kept) == starts


TIMESTEPS = st.lists(st.sampled_from([None, "a", "b", "c"]), min_size=4, max_size=25)


@settings(deadline=None, max_examples=50)
@given(
    st.lists(TIMESTEPS, min_size=1, max_size=3),
    st.integers(1, 4),
    st.integers(1, 5),
    st.sampled_from(["majority", "last", "all"]),
    st.sampled_from([0.0, 0.5, 1.0]),
)
def test_labels_as_counted(labels, length, step, rule, min_share):
    recordings = [np.zeros((len(one), 1)) for one in labels]
    starts = [(i, s) for i, one in enumerate(labels) for s in range(0, len(one) - length + 1, step)]
    decided = [label_of(labels[i][s : s + length], rule, min_share) for i, s in starts]
    expected = [(*place, label) for place, label in zip(starts, decided, strict=True) if label]
    options = {"length": length, "step": step, "label_rule": rule, "min_share": min_share}
    n_before = len({label for one in labels for label in one} - {None})
    n_left = len({label for *_, label in expected})
    if n_left == 0 or n_left == 1 < n_before:
        with pytest.raises(ValueError, match=r"leaves|has no label"):
            make_windows(recordings, labels, **options)
        return
    windows = make_windows(recordings, labels, **options)
    places = zip(
        windows.groups.tolist(), windows.starts.tolist(), windows.target.tolist(), strict=True
    )
    assert list(places) == expected


@pytest.mark.parametrize(
    "labels",
    [
        np.array(LABELS, dtype=object),
        pd.Series(LABELS),
        pd.Series(LABELS, dtype="category"),
        pd.Series(LABELS, dtype="string"),
        pd.DataFrame({"label": LABELS}),
    ],
)
def test_forms_of_strings(labels):
    expected = make_windows(X, LABELS, length=3, step=1)
    windows = make_windows(X, labels, length=3, step=1)
    assert windows.target.dtype.kind == "U"
    assert windows.target.tolist() == expected.target.tolist()


@pytest.mark.parametrize(
    ("labels", "target"),
    [
        ([5, 5, 5, 5, 7, 7, 7, 7, 7, 9], [5, 5, 7, 7, 7]),
        (np.repeat([1.0, np.nan, 2.0], [3, 4, 3]), [1, 1, 2, 2]),
        (np.repeat([False, True], 5), [False, False, False, True, True]),
        (pd.Series([1] * 4 + [pd.NA] * 3 + [3] * 3, dtype="Int8"), [1, 1, 3, 3]),
    ],
)
def test_numbers(labels, target):
    windows = make_windows(X, labels, length=2)
    assert windows.target.tolist() == target


def test_labels_of_padded_timesteps_do_not_count():
    padded = np.concatenate([X[:5], np.full((5, 2), np.nan)])
    windows = make_windows(padded[np.newaxis], [["a"] * 3 + ["b"] * 7], length=2, remainder="pad")
    assert windows.target.tolist() == ["a", "a", "b"]
    windows = make_windows(padded[np.newaxis], [["a"] * 5 + ["z"] * 5], length=2)
    assert windows.target.tolist() == ["a", "a"]  # "z" is no class that the rule would lose
    options = {"length": 5, "short": "pad", "min_share": 0.6}
    windows = make_windows([X[:3], X[:3]], [[0, 1, 1], [0, 0, 1]], **options)
    assert windows.target.tolist() == [1, 0]  # two of three real timesteps


def test_a_label_for_each_recording():
    recordings = [X, X[:4], X]
    windows = make_windows(recordings, ["a", None, "b"], length=4, min_share=1.0)
    assert windows.target.tolist() == ["a", "a", "b", "b"]
    assert windows.groups.tolist() == [0, 0, 2, 2]
    assert make_windows(X, "a", length=5).target.tolist() == ["a", "a"]
    assert make_windows(X, 3, length=5).target.tolist() == [3, 3]


def test_numbers_that_are_no_classes():
    values = np.linspace(0, 1, 10)
    assert make_windows(X, values, length=5, label_rule="last").target.tolist() == [
        values[4],
        values[9],
    ]
    with pytest.raises(ValueError, match=r"numbers with fractions.*label_rule='last'"):
        make_windows(X, values, length=5)


@pytest.mark.parametrize(
    ("recordings", "labels", "options", "message"),
    [
        (
            [X, X],
            [[0] * 10, [1] * 9],
            {},
            "Recording 1 has 10 timesteps, but its labels have shape",
        ),
        ([X, X], ["a"], {}, "There are 2 recordings, but 1 entries in labels"),
        ([X, X], "ab", {}, "there are 2 recordings"),
        ([X, X], {"a": 1, "b": 2}, {}, "there are 2 recordings"),
        ([X, X], ["a", ["b"] * 10], {}, "Recording 0 has the label 'a', but others"),
        (X, [None] * 10, {}, "has no label"),
        (X, ["a"] * 5 + [1] * 5, {}, r"types \['int', 'str'\]"),
        (X, [b"a"] * 5 + [b"b"] * 5, {}, "strings or numbers|types"),
        (X, pd.date_range("2024", periods=10), {}, "strings or numbers"),
        (X, [0, 1] * 5, {"label_rule": "all"}, "leaves no window with a label"),
        (X, [0] * 9 + [1], {}, "leaves only windows of 0"),
    ],
)
def test_bad_labels(recordings, labels, options, message):
    with pytest.raises(ValueError, match=message):
        make_windows(recordings, labels, length=4, **options)


def test_many_classes_are_counted_in_blocks(monkeypatch):
    rng = np.random.default_rng(0)
    labels = rng.integers(5, size=200)
    recording = np.zeros((200, 1))
    expected = make_windows(recording, labels, length=20, step=3)
    monkeypatch.setattr("sk_attnseq.sequences._window_labels._BLOCK", 7)
    windows = make_windows(recording, labels, length=20, step=3)
    np.testing.assert_array_equal(windows.target, expected.target)


def test_labels_take_little_memory(monkeypatch):
    """Less than a fifth of the recording, whose windows stay a view."""
    monkeypatch.setattr("sk_attnseq.sequences._window_labels._BLOCK", 10_000)
    recording = np.zeros((1_000_000, 6), np.float32)
    labels = np.repeat(np.arange(100) % 7, 10_000)
    tracemalloc.start()
    windows = make_windows(recording, labels, length=100, step=50)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert np.shares_memory(windows.data, recording)
    assert peak < 0.2 * recording.nbytes
