"""What holds for any input, tried on inputs that hypothesis makes up.

The shapes that need a compiled program are few, and all else varies. A profile of hypothesis
with more examples (``pytest --hypothesis-profile``) makes these tests search longer.
"""

import traceback
import warnings

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as npst
from sklearn.preprocessing import StandardScaler

from sk_attnseq import AttentionSequenceClassifier, attention_mechanism_for_sequences
from sk_attnseq._estimator.parameters import check_parameters
from sk_attnseq.inspection import timestep_importance
from sk_attnseq.preprocessing import TimestepTransformer
from sk_attnseq.sequences import from_long, to_long
from tests.data import pad_with_nan

N_TIMESTEPS, N_FEATURES = 4, 2


def search(share=0.2):
    """Settings: so many of the profile's examples (of 100), the same in each run, no files."""
    return settings(
        derandomize=True,
        database=None,
        deadline=None,
        max_examples=max(1, int(share * settings.default.max_examples)),
        suppress_health_check=list(HealthCheck),
    )


def make_classifier(**parameters):
    small = {"units": 2, "hidden_units": 2, "epochs": 1, "random_state": 0}
    return AttentionSequenceClassifier(**{**small, **parameters})


def data(n_samples=12):
    rng = np.random.default_rng(0)
    return rng.normal(size=(n_samples, N_TIMESTEPS, N_FEATURES)), np.arange(n_samples) % 3


@pytest.fixture(scope="module", params=["pooling", "multihead", None])
def fitted(request):
    """A fitted classifier of each network, which no test changes."""
    return make_classifier(attention=request.param).fit(*data())


# Numbers that float32 holds, and a few that are at its edges.
values = st.one_of(
    st.floats(-1e3, 1e3, width=32),
    st.sampled_from(np.float32([0.0, -0.0, 1e-45, -1e-38, 3.4e38, -3.4e38, 1e30]).tolist()),
)


@st.composite
def lists_of_sequences(draw, min_size=1, max_size=8, elements=values):
    """1 or more float32 arrays (n_timesteps_i, 2), the longest of 4 timesteps."""
    lengths = draw(st.lists(st.integers(1, N_TIMESTEPS), min_size=min_size, max_size=max_size))
    lengths[0] = N_TIMESTEPS
    return [
        draw(npst.arrays(np.float32, (length, N_FEATURES), elements=elements)) for length in lengths
    ]


labels = st.sampled_from(
    [
        np.array([0, 1]),
        np.array(["left", "right"]),
        np.array(["left", "right"], object),
        np.array([False, True]),
        np.array([-1.0, 7.0], np.float16),
        np.array([0, 2**63], np.uint64),
    ]
)


def check_probabilities(classifier, X):
    probabilities = classifier.predict_proba(X)
    assert probabilities.dtype == np.float64
    assert probabilities.shape == (len(X), len(classifier.classes_))
    assert np.isfinite(probabilities).all()
    np.testing.assert_allclose(probabilities.sum(axis=1), 1, rtol=1e-12)
    predicted = np.searchsorted(classifier.classes_, classifier.predict(X))
    best = probabilities[np.arange(len(X)), predicted]
    np.testing.assert_array_equal(best, probabilities.max(axis=1))
    return probabilities


# -- what is accepted ----------------------------------------------------------------------


@search()
@given(st.data(), lists_of_sequences(min_size=2), labels)
def test_a_fit_gives_probabilities_or_says_that_it_diverged(draws, X, classes):
    of_classes = draws.draw(st.lists(st.integers(0, 1), min_size=len(X), max_size=len(X)))
    of_classes[:2] = 0, 1
    weights = draws.draw(
        st.none() | npst.arrays(float, len(X), elements=st.floats(1e-3, 1e308), fill=st.nothing())
    )
    try:
        classifier = make_classifier().fit(X, classes[of_classes], sample_weight=weights)
    except ValueError as error:
        assert "diverged in epoch 1" in str(error)  # noqa: PT017
    else:
        np.testing.assert_array_equal(classifier.classes_, classes)
        check_probabilities(classifier, X)


@search()
@given(X=lists_of_sequences())
def test_predictions_are_probabilities(fitted, X):
    check_probabilities(fitted, X)


# Values up to 3, as the tolerance is for sums of few float32 numbers of about this size: a BLAS
# rounds them in an order that depends on how many rows there are, and where in its blocks a row
# is, in other ways on other processors.
@search()
@given(
    X=lists_of_sequences(min_size=2, max_size=600, elements=st.floats(-3, 3, width=32)),
    seed=st.integers(0, 100),
)
def test_the_order_of_the_samples_changes_rounding_at_most(fitted, X, seed):
    order = np.random.default_rng(seed).permutation(len(X))
    expected = fitted.predict_proba(X)[order]
    reordered = fitted.predict_proba([X[i] for i in order])
    np.testing.assert_allclose(reordered, expected, rtol=0, atol=1e-6)


@search()
@given(X=lists_of_sequences(), more=st.integers(0, 9))
def test_padding_and_containers_change_no_bit(fitted, X, more):
    padded = pad_with_nan(X, N_TIMESTEPS + more)
    doubles = [x.astype(np.float64) for x in X]
    single = (padded, np.asfortranarray(padded), list(padded), pd.Series(X))
    double = (
        padded.astype(np.float64),
        np.asfortranarray(padded.astype(np.float64)),
        list(padded.astype(np.float64)),
        [x.tolist() for x in X],
        [x.astype(">f8") for x in X],
        [x.astype(object) for x in X],
        [pd.DataFrame(x) for x in doubles],
        pd.Series(doubles),
    )
    # Predictions of float32 are computed in single precision, of all others in double.
    for sequences, containers in ((X, single), (doubles, double)):
        expected = fitted.predict_proba(sequences)
        for same in containers:
            np.testing.assert_array_equal(fitted.predict_proba(same), expected)


@search()
@given(X=lists_of_sequences(elements=st.floats(-1e3, 1e3, width=32)))
def test_long_tables_and_back(X):
    table = to_long(X, np.arange(len(X)))
    back = from_long(table, sample="sample", time="time", label="label")
    for sequence, expected in zip(back.data, X, strict=True):
        np.testing.assert_array_equal(sequence, expected)
    np.testing.assert_array_equal(back.target, np.arange(len(X)))


# -- what is not ---------------------------------------------------------------------------

scalars = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(10**3), 10**3),
    st.sampled_from([2**70, 10**400, np.nan, np.inf, 1j, pd.NA, pd.NaT, object, len, ...]),
    st.floats(),
    st.text(max_size=3),
    st.binary(max_size=3),
    st.dates(),
    st.decimals(),
    st.fractions(),
)
arrays = npst.arrays(
    dtype=st.sampled_from(
        ["?", "i1", ">i4", "u8", "f2", ">f8", "g", "c16", "M8[s]", "m8[D]", "U2", "S2", "O"]
    ),
    shape=npst.array_shapes(min_dims=0, max_dims=4, min_side=0, max_side=5),
)
things = st.recursive(
    scalars | arrays,
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.tuples(inner, inner)
        | st.dictionaries(st.text(max_size=2), inner, max_size=2)
        | arrays.map(np.ma.array)
    ),
    max_leaves=8,
)


def refused(function, *arguments, **parameters):
    """Whether it raises; if so, an error for users, with words and without TensorFlow."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # those of other packages, about what came in
            function(*arguments, **parameters)
    except (ValueError, TypeError) as error:
        assert str(error).strip()  # noqa: PT017
        frames = [*traceback.extract_tb(error.__traceback__)]
        for cause in (error.__cause__, error.__context__):
            frames += traceback.extract_tb(cause.__traceback__ if cause else None)
        assert not [frame for frame in frames if "tensorflow" in frame.filename]
        return True
    return False


@search(0.5)
@given(X=things)
def test_any_thing_as_sequences(fitted, X):
    expected, before = fitted.predict_proba(data()[0]), dict(vars(fitted))
    for method in ("predict", "predict_proba", "predict_log_proba"):
        refused(getattr(fitted, method), X)
    assert refused(fitted.fit, X, ["one", "one"])
    refused(TimestepTransformer(StandardScaler()).fit_transform, X)
    refused(to_long, X)
    refused(timestep_importance, fitted, X, [0, 1], n_repeats=1)
    assert refused(attention_mechanism_for_sequences, X, [0.5, 1], 1)
    assert vars(fitted) == before
    np.testing.assert_array_equal(fitted.predict_proba(data()[0]), expected)


@search(0.5)
@given(thing=things)
def test_any_thing_as_labels_weights_or_classes(fitted, thing):
    X, y = data()
    expected, before = fitted.predict_proba(X), dict(vars(fitted))
    bad_weights = np.zeros(len(X))  # so that nothing is ever trained
    assert refused(fitted.fit, X, thing, sample_weight=bad_weights)
    assert refused(fitted.fit, X, y[:3], sample_weight=thing)
    assert refused(fitted.partial_fit, X, y, classes=thing, sample_weight=bad_weights)
    assert refused(make_classifier().partial_fit, X, y, classes=thing, sample_weight=bad_weights)
    assert refused(make_classifier(class_weight=thing).fit, X, np.zeros(len(X)))
    assert refused(attention_mechanism_for_sequences, X, thing, 0)
    assert refused(attention_mechanism_for_sequences, X, y, thing, attention="none of them")
    assert vars(fitted) == before
    np.testing.assert_array_equal(fitted.predict_proba(X), expected)


@search(0.5)
@given(thing=things, name=st.sampled_from(["frame", "sample", "time", "features", "label"]))
def test_any_thing_in_from_long(thing, name):
    table = {"sample": [0, 0, 1], "time": [0, 1, 0], "x": [0.5, 1, 2], "label": ["a", "a", "b"]}
    arguments = {"frame": table, "sample": "sample", "time": "time", "label": "label"}
    refused(from_long, **{**arguments, name: thing})
    if name in table:
        refused(from_long, **{**arguments, "frame": {**table, name: thing}})


@search(3)
@given(name=st.sampled_from(sorted(make_classifier().get_params())), thing=things)
def test_any_thing_as_parameter(name, thing):
    if not refused(check_parameters, make_classifier(**{name: thing})) and name != "random_state":
        return  # it is a good one
    try:
        make_classifier(**{name: thing}).fit(*data())
    except (ValueError, TypeError) as error:
        assert name in str(error) or name == "random_state"  # noqa: PT017
