"""What a transformer gives back for a list: a list, except where it would be joined along time."""

import pickle

import numpy as np
import pytest

from sk_attnseq._input.transformed_list import SampleList

ARRAYS = [np.full((3, 2), value) for value in (0.0, 1.0)]


def test_it_is_a_list():
    samples = SampleList(ARRAYS)
    assert isinstance(samples, list)
    assert type(samples[:1]) is list
    assert repr(samples) == repr(ARRAYS)
    assert type(pickle.loads(pickle.dumps(samples))) is SampleList


@pytest.mark.parametrize(
    "function",
    [
        np.array, np.mean, np.shape, np.stack, np.concatenate, np.hstack, np.vstack,
        lambda X: np.std(a=X, axis=0),
        lambda X: np.concatenate([X, X]),
        lambda X: np.stack((X, X), axis=1),
        lambda X: np.where([True, False], X[0][0], 2),
    ],
)  # fmt: skip
def test_functions_of_numpy_do_what_they_do_with_lists(function):
    np.testing.assert_array_equal(function(SampleList(ARRAYS)), function(ARRAYS), strict=True)


@pytest.mark.parametrize("others", [SampleList(ARRAYS), ARRAYS, np.array(ARRAYS)])
@pytest.mark.parametrize(
    "join",
    [
        np.hstack,
        lambda Xs: np.concatenate(Xs, axis=1),
        lambda Xs: np.concatenate(Xs, 1),
        lambda Xs: np.concatenate(Xs, axis=-1),
    ],
)
def test_timesteps_are_not_joined(others, join):
    with pytest.raises(ValueError, match=r"put the union inside: TimestepTransformer\(FeatureU"):
        join([others, SampleList(ARRAYS)])
