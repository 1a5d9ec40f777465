"""Gaps filled along time, held against pandas and against loops over single timesteps."""

import numpy as np
import pandas as pd
import pytest
from sklearn.base import clone
from sklearn.impute import SimpleImputer
from sklearn.model_selection import cross_val_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from sk_attnseq import AttentionSequenceClassifier
from sk_attnseq.preprocessing import SequenceImputer, SequenceScaler, TimestepTransformer
from tests.networks import fit_with_random_weights

NAN = np.nan
STRATEGIES = ("forward", "linear", "nearest")
# A gap of 1, of 2, a start of 2, an end of 3, and nothing at all.
LONG = [[1.0, NAN, 5], [NAN] * 3, [4, 8, NAN], [NAN] * 3, [7, NAN, 2], [9, NAN, 2]]
X = list(map(np.array, [LONG, [[NAN, NAN, 3.0], [NAN, 6, NAN], [NAN, NAN, 5]], [[2.0, NAN, NAN]]]))
MEANS = [23 / 5, 7, 17 / 5]


def make_recordings(seed=0, dtype=np.float64):
    """40 recordings of 1 to 30 timesteps x 4 features with gaps, and their uneven times."""
    rng = np.random.default_rng(seed)
    recordings, times = [], []
    for length in rng.integers(1, 31, size=40):
        recording = rng.normal(size=(length, 4)).cumsum(axis=0)
        recording[rng.random((length, 4)) < rng.random()] = NAN
        recording[0, 0] = recording[-1, 0] = 1
        recordings.append(recording.astype(dtype))
        times.append(rng.exponential(size=length).cumsum())
    return recordings, times


def expected_means(recordings):
    return pd.DataFrame(np.concatenate(recordings)).mean().fillna(0)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("max_gap", [None, 1, 3])
def test_forward_is_the_forward_fill_of_pandas(max_gap, dtype):
    recordings, _ = make_recordings(dtype=dtype)
    imputed = SequenceImputer(max_gap=max_gap).fit_transform(recordings)
    means = expected_means(recordings)
    for recording, found in zip(recordings, imputed, strict=True):
        expected = pd.DataFrame(recording).ffill(limit=max_gap).fillna(means)
        np.testing.assert_allclose(found, expected, rtol=1e-6)


@pytest.mark.parametrize("with_times", [False, True])
def test_linear_is_the_interpolation_of_pandas(with_times):
    recordings, times = make_recordings()
    imputer = SequenceImputer("linear", fill_value=-5)
    frames = [pd.DataFrame(recording) for recording in recordings]
    if with_times:
        imputer.set_params(time_feature=4)
        frames = [frame.set_axis(t) for frame, t in zip(frames, times, strict=True)]
        recordings = list(map(np.column_stack, zip(recordings, times, strict=True)))
    for frame, found in zip(frames, imputer.fit_transform(recordings), strict=True):
        expected = frame.interpolate("index", limit_direction="both").fillna(-5)
        np.testing.assert_allclose(found[:, :4], expected, rtol=1e-9, atol=1e-12)
        if with_times:
            np.testing.assert_array_equal(found[:, 4], frame.index)


@pytest.mark.parametrize("with_times", [False, True])
def test_nearest_is_the_nearest(with_times):
    recordings, times = make_recordings()
    imputer = SequenceImputer("nearest", time_feature=4 if with_times else None)
    means = expected_means(recordings)
    if with_times:
        rows = list(map(np.column_stack, zip(recordings, times, strict=True)))
    else:
        rows, times = recordings, [np.arange(len(recording)) for recording in recordings]
    for recording, t, found in zip(recordings, times, imputer.fit_transform(rows), strict=True):
        for feature in range(4):
            observed = np.flatnonzero(~np.isnan(recording[:, feature]))
            for step in range(len(recording)):
                # Python's min takes the first of several: the earlier.
                nearest = min(observed, key=lambda i, t=t, s=step: abs(t[i] - t[s]), default=None)
                expected = means[feature] if nearest is None else recording[nearest, feature]
                assert found[step, feature] == pytest.approx(expected, rel=1e-12)


@pytest.mark.parametrize("strategy", ["linear", "nearest"])
@pytest.mark.parametrize("max_gap", [1, 2, 4])
def test_longer_gaps_are_not_bridged(max_gap, strategy):
    recordings, _ = make_recordings()
    filled = SequenceImputer(strategy).fit(recordings).transform(recordings)
    some = SequenceImputer(strategy, max_gap=max_gap, fill_value=NAN).fit_transform(recordings)
    n_left = 0
    for recording, full, found in zip(recordings, filled, some, strict=True):
        for feature in range(4):
            missing = pd.Series(np.isnan(recording[:, feature]))
            gaps = missing.groupby((~missing).cumsum())  # each observation and the gap after it
            is_long = missing & (gaps.transform("sum") > max_gap)
            nothing = missing.all()
            expected = np.where(is_long | nothing, NAN, full[:, feature])
            np.testing.assert_array_equal(found[:, feature], expected)
            n_left += is_long.sum()
    assert n_left > 20


@pytest.mark.parametrize(
    ("strategy", "expected"),
    [
        ("forward", [[1, 7, 5], [1, 7, 5], [4, 8, 5], [4, 8, 5], [7, 8, 2], [9, 8, 2]]),
        ("linear", [[1, 8, 5], [2.5, 8, 4.25], [4, 8, 3.5], [5.5, 8, 2.75], [7, 8, 2], [9, 8, 2]]),
        ("nearest", [[1, 8, 5], [1, 8, 5], [4, 8, 5], [4, 8, 2], [7, 8, 2], [9, 8, 2]]),
    ],
)
def test_by_hand(strategy, expected):
    imputer = SequenceImputer(strategy).fit(X)
    np.testing.assert_allclose(imputer.statistics_, MEANS)
    assert imputer.features_with_gaps_.tolist() == [0, 1, 2]
    first, second, third = imputer.transform(X)
    np.testing.assert_allclose(first, expected)
    # Nothing runs from one sequence into the next.
    np.testing.assert_allclose(second[:, 0], MEANS[0])
    np.testing.assert_allclose(third, [[2, MEANS[1], MEANS[2]]])


def test_indicator_and_elapsed_by_hand():
    imputer = SequenceImputer(add_indicator=True, add_elapsed=True)
    complete = [np.column_stack([x, np.arange(len(x))]) for x in X]
    output = imputer.fit_transform(complete)
    assert imputer.features_with_gaps_.tolist() == [0, 1, 2]
    assert imputer.get_feature_names_out(list("abct")).tolist() == [
        *"abct",
        *(f"missingindicator_{name}" for name in "abc"),
        *(f"elapsed_{name}" for name in "abc"),
    ]
    for x, found in zip(X, output, strict=True):
        np.testing.assert_array_equal(found[:, 4:7], np.isnan(x))
    # By the recursion of Che et al. (2018), with steps of 1 from timestep to timestep.
    for x, found in zip(X, output, strict=True):
        delta = np.zeros_like(x)
        for t in range(1, len(x)):
            delta[t] = np.where(np.isnan(x[t - 1]), 1 + delta[t - 1], 1)
        np.testing.assert_array_equal(found[:, 7:], delta)
    np.testing.assert_array_equal(
        output[0][:, 7:], [[0, 0, 0], [1, 1, 1], [2, 2, 2], [1, 1, 3], [2, 2, 4], [1, 3, 1]]
    )


def test_elapsed_in_units_of_time():
    recordings, times = make_recordings()
    frames = [
        pd.DataFrame(recording, columns=list("abcd")).assign(hours=t)
        for recording, t in zip(recordings, times, strict=True)
    ]
    imputer = SequenceImputer(add_elapsed=True, time_feature="hours")
    output = imputer.fit_transform(frames)
    assert imputer.get_feature_names_out()[5:].tolist() == [f"elapsed_{name}" for name in "abcd"]
    for frame, found in zip(frames, output, strict=True):
        values, t = frame[list("abcd")].to_numpy(), frame["hours"].to_numpy()
        delta = np.zeros_like(values)
        for i in range(1, len(t)):
            step = t[i] - t[i - 1]
            delta[i] = np.where(np.isnan(values[i - 1]), step + delta[i - 1], step)
        np.testing.assert_allclose(found[:, 5:], delta, atol=1e-9)
    by_position = clone(imputer).set_params(time_feature=4)
    for found, expected in zip(by_position.fit_transform(frames), output, strict=True):
        np.testing.assert_array_equal(found, expected)


def test_flags_are_for_features_with_gaps_in_fit():
    complete, gappy = np.ones((2, 3, 2)), np.ones((1, 3, 2))
    gappy[0, 1, 1] = NAN
    imputer = SequenceImputer(add_indicator=True, add_elapsed=True)
    assert imputer.fit(complete).transform(gappy).tolist() == np.ones((1, 3, 2)).tolist()
    output = imputer.fit(gappy).transform(complete)
    assert imputer.get_feature_names_out().tolist() == [
        "x0", "x1", "missingindicator_x1", "elapsed_x1"
    ]  # fmt: skip
    np.testing.assert_array_equal(output[0], [[1, 1, 0, 0], [1, 1, 0, 1], [1, 1, 0, 1]])


def test_names_of_columns():
    frame = pd.DataFrame([[1.0, 2, NAN, 4], [5, 6, 7, 8]], columns=["a0", "b0", "a1", "b1"])
    imputer = SequenceImputer(add_indicator=True, n_timesteps=2).set_output(transform="pandas")
    output = imputer.fit_transform(frame)
    names = ["a0", "b0", "missingindicator_a0", "a1", "b1", "missingindicator_a1"]
    assert list(output.columns) == names
    np.testing.assert_array_equal(output, [[1, 2, 0, 1, 4, 1], [5, 6, 0, 7, 8, 0]])


@pytest.mark.parametrize("strategy", STRATEGIES)
def test_features_missing_throughout(strategy):
    recordings = [np.array([[1.0, NAN, NAN], [2, NAN, 5]]), np.array([[3.0, NAN, NAN]])]
    imputer = SequenceImputer(strategy, add_indicator=True, add_elapsed=True).fit(recordings)
    np.testing.assert_array_equal(imputer.statistics_, [2, 0, 5])
    np.testing.assert_array_equal(imputer.transform(recordings)[1], [[3, 0, 5, 1, 1, 0, 0]])
    seen = imputer.transform([np.array([[NAN, 7.0, NAN], [1, NAN, NAN]])])[0]
    np.testing.assert_array_equal(seen[:, 1], [7, 7])


def test_a_timestep_without_any_value_is_a_gap_and_padding_is_not():
    array = np.array([[[1.0, 2], [NAN, NAN], [3, NAN], [NAN, NAN]], [[5, NAN], *[[NAN, NAN]] * 3]])
    expected = [[[1, 2], [1, 2], [3, 2], [NAN, NAN]], [[5, 2], *[[NAN, NAN]] * 3]]
    imputer = SequenceImputer().fit(array)
    np.testing.assert_array_equal(imputer.transform(array), expected)
    np.testing.assert_array_equal(imputer.statistics_, [3, 2])
    np.testing.assert_array_equal(np.array(imputer.transform(list(array))), expected)
    # In columns nothing is padding.
    columns = SequenceImputer(n_timesteps=4).fit_transform(array.reshape(2, 8))
    np.testing.assert_array_equal(columns, [[1, 2, 1, 2, 3, 2, 3, 2], [5, 2, *[5, 2] * 3]])


def test_fill_values():
    assert SequenceImputer(fill_value=3).fit(X).statistics_.tolist() == [3, 3, 3]
    np.testing.assert_array_equal(SequenceImputer(fill_value=3).fit_transform(X)[2], [[2, 3, 3]])
    left = SequenceImputer(fill_value=NAN).fit_transform(X)
    np.testing.assert_array_equal(left[2], [[2, NAN, NAN]])
    mean = TimestepTransformer(SimpleImputer()).fit(X).transformer_.statistics_
    np.testing.assert_allclose(SequenceImputer().fit(X).statistics_, mean)


@pytest.mark.parametrize(
    ("parameters", "message"),
    [
        ({"strategy": "backward"}, r"strategy == 'backward', must be one of \('forward', 'linear'"),
        ({"max_gap": 0}, "max_gap == 0"),
        ({"max_gap": 1.5}, "max_gap must be an instance of int"),
        ({"max_gap": True}, "max_gap == True"),
        ({"fill_value": "mean"}, "fill_value must be an instance of float"),
        ({"fill_value": np.inf}, "fill_value == inf, must be a finite number, NaN or None"),
        ({"add_indicator": "yes"}, "add_indicator == 'yes', must be True or False"),
        ({"add_elapsed": None}, "add_elapsed == None, must be True or False"),
        ({"time_feature": 3}, r"time_feature == 3, must be None, .* from 0 to 2\.$"),
        ({"time_feature": "t"}, r"time_feature == 't', must be None, .* from 0 to 2\.$"),
        ({"time_feature": True}, "time_feature == True"),
    ],
)
def test_wrong_parameters(parameters, message):
    imputer = SequenceImputer(**parameters)
    with pytest.raises((TypeError, ValueError), match=message):
        imputer.fit(X)
    assert not hasattr(imputer, "n_features_in_")


def test_names_of_times_that_are_not_there():
    frames = [pd.DataFrame({"hour": [0.0, 1], "b": [1.0, 2]})]
    with pytest.raises(ValueError, match=r"'day', must be .* or one of \['hour', 'b'\]"):
        SequenceImputer(time_feature="day").fit(frames)
    columns = pd.DataFrame({"hour": [0.0, 1], "b": [1.0, 2]})
    with pytest.raises(ValueError, match=r"'hour', must be None, the position"):
        SequenceImputer(time_feature="hour", n_timesteps=2).fit(columns)


@pytest.mark.parametrize(
    ("times", "message"),
    [
        ([0, 2, 1], r"Sample 1 of X has the time 1\.0 in timestep 2, after 2\.0: .* sort"),
        ([0, 1, 1], r"Sample 1 of X has the time 1\.0 in timestep 2, after 1\.0: .* repeated"),
        ([0, NAN, 1], r"Sample 1 of X has no time in timestep 1: fill it in"),
    ],
)
def test_wrong_times(times, message):
    good = np.array([[5.0, 1], [6, NAN]])
    wrong = np.column_stack([times, [1.0, 2, NAN]])
    imputer = SequenceImputer(time_feature=0)
    with pytest.raises(ValueError, match=message):
        imputer.fit([good, wrong])
    with pytest.raises(ValueError, match=message):
        imputer.fit([good]).transform([good, wrong])


def test_in_the_middle_of_a_pipeline(ragged):
    samples, y = ragged
    gappy = [np.vstack([sample, sample]) for sample in samples]
    rng = np.random.default_rng(0)
    for sample in gappy:
        sample[rng.random(sample.shape) < 0.4] = NAN
        sample[0] = sample[-1] = 1
    pipeline = make_pipeline(
        SequenceScaler(),
        SequenceImputer(add_indicator=True, add_elapsed=True),
        TimestepTransformer(StandardScaler()),
        AttentionSequenceClassifier(4, epochs=1, random_state=0),
    )
    fit_with_random_weights(pipeline, gappy, y)
    probabilities = pipeline.predict_proba(gappy)
    assert np.isfinite(probabilities).all()
    padded = np.full((40, 30, 3), NAN, np.float32)
    for row, sample in zip(padded, gappy, strict=True):
        row[: len(sample)] = sample
    np.testing.assert_allclose(pipeline.predict_proba(padded), probabilities, atol=1e-6)
    assert pipeline[:-1].get_feature_names_out().tolist()[3:] == [
        *(f"missingindicator_x{i}" for i in range(3)),
        *(f"elapsed_x{i}" for i in range(3)),
    ]


def test_training_means_are_those_of_the_fold():
    recordings = [np.array([[NAN], [float(i)]]) for i in range(4)]

    def score(imputer, X, y=None):
        return imputer.transform(X)[0][0, 0]

    found = cross_val_score(SequenceImputer(), recordings, cv=2, scoring=score)
    np.testing.assert_array_equal(found, [2.5, 0.5])
