"""From windows back to timesteps, against means over the windows that cover each."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sk_attnseq.sequences import make_windows, to_timeline

RNG = np.random.default_rng(0)


def make(sizes, **options):
    return make_windows([np.zeros((size, 1)) for size in sizes], short="pad", **options)


def mean_of_covering(values, windows, length):
    """Timelines by a loop over windows."""
    timelines = []
    for group, size in enumerate(windows.lengths):
        parts = [[] for _ in range(size)]
        for row in np.flatnonzero(windows.groups == group):
            start = windows.starts[row]
            for timestep in range(start, min(start + length, size)):
                parts[timestep].append(values(row, timestep - start))
        shape = np.shape(values(0, 0))
        timelines.append([np.mean(p, axis=0) if p else np.full(shape, np.nan) for p in parts])
    return timelines


PLACES = {
    "sizes": st.lists(st.integers(1, 25), min_size=1, max_size=4),
    "length": st.integers(1, 9),
    "step": st.integers(1, 12),
    "remainder": st.sampled_from(["drop", "pad", "shift"]),
}


@settings(deadline=None, max_examples=50)
@given(**PLACES)
def test_means_over_the_windows_that_cover_a_timestep(sizes, length, step, remainder):
    windows = make(sizes, length=length, step=step, remainder=remainder)
    n = len(windows.starts)
    probabilities, attention = RNG.random((n, 3)), RNG.random((n, length))
    attributions = RNG.normal(size=(n, length, 2))
    for values, of, options in (
        (probabilities, lambda row, _: probabilities[row], {}),
        (probabilities[:, 0], lambda row, _: probabilities[row, 0], {}),
        (attention, lambda row, t: attention[row, t], {"per_timestep": True}),
        (attributions, lambda row, t: attributions[row, t], {"per_timestep": True}),
    ):
        timelines = to_timeline(values, windows, **options)
        expected = mean_of_covering(of, windows, length)
        assert [len(one) for one in timelines] == sizes
        for one, other in zip(timelines, expected, strict=True):
            np.testing.assert_allclose(one, other, rtol=1e-12)


@settings(deadline=None, max_examples=50)
@given(**PLACES)
def test_an_indicator_gives_the_coverage(sizes, length, step, remainder):
    windows = make(sizes, length=length, step=step, remainder=remainder)
    for timeline, group in zip(
        to_timeline(np.ones(len(windows.starts)), windows), range(len(sizes)), strict=True
    ):
        covered = np.zeros(sizes[group], bool)
        for start in windows.starts[windows.groups == group]:
            covered[start : start + length] = True
        np.testing.assert_array_equal(timeline == 1, covered)
        np.testing.assert_array_equal(np.isnan(timeline), ~covered)


def test_windows_without_a_value_do_not_count():
    windows = make([4], length=2, step=1)
    (timeline,) = to_timeline([1.0, np.nan, 3.0], windows)
    np.testing.assert_array_equal(timeline, [1, 1, 3, 3])
    (timeline,) = to_timeline([np.nan, np.nan, 3.0], windows)
    np.testing.assert_array_equal(timeline, [np.nan, np.nan, 3, 3])


def test_votes_become_shares():
    windows = make([4], length=2, step=1)
    predicted = np.array(["a", "b", "b"])
    (timeline,) = to_timeline(predicted[:, np.newaxis] == ["a", "b"], windows)
    np.testing.assert_array_equal(timeline, [[1, 0], [0.5, 0.5], [0, 1], [0, 1]])


def test_small_values_are_exact():
    """A running sum would leave rounding errors of large values on small ones."""
    windows = make([100], length=2)
    values = np.full(50, 1e-30)
    values[0] = 1e10
    (timeline,) = to_timeline(values, windows)
    np.testing.assert_array_equal(timeline[2:], 1e-30)


def test_attention_narrower_than_the_windows():
    """As `attention_weights` gives it, if all windows are padded."""
    windows = make([2, 3], length=5, step=5)
    timelines = to_timeline(np.ones((2, 3)), windows, per_timestep=True)
    assert [one.tolist() for one in timelines] == [[1, 1], [1, 1, 1]]


@pytest.mark.parametrize(
    ("values", "options", "message"),
    [
        (["a", "b", "b"], {}, "as labels have"),
        ([0, 1, 1], {}, r"votes, `y_pred\[:, np.newaxis\]"),
        (np.ones(2), {}, "there are 3 windows"),
        (1.0, {}, "there are 3 windows"),
        (np.ones((3, 2, 1)), {}, "per_timestep=True"),
        (np.ones((3, 3)), {"per_timestep": True}, "the windows have 2 timesteps"),
        (np.ones(3), {"per_timestep": True}, "the windows have 2 timesteps"),
        (np.ones((3, 2, 1, 1)), {"per_timestep": True}, "at most 3"),
    ],
)
def test_bad_values(values, options, message):
    with pytest.raises(ValueError, match=message):
        to_timeline(values, make([4], length=2, step=1), **options)
