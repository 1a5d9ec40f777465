"""What the tests of pairs share: containers, labels, settings of scikit-learn, and the cases."""

import contextlib
import os
from unittest import mock

import allpairspy
import numpy as np
import pandas as pd
import polars as pl
import pytest
import sklearn

from sk_attnseq import AttentionSequenceClassifier
from tests.data import pad_with_nan

N_TIMESTEPS, N_FEATURES = 6, 2

SMALL = {"units": 3, "hidden_units": 3, "key_dim": 2, "batch_size": 8, "random_state": 0}


def make_data(container="list"):
    """24 sequences, of 3 to 6 timesteps unless they become columns, and 0 or 1 for each.

    Their values are numbers that float32 holds, and for "single" are float32, as predictions are
    computed in single precision for it. There are twice as many ones as zeros.
    """
    rng = np.random.default_rng(0)
    values = rng.integers(-16, 17, size=(24, N_TIMESTEPS, N_FEATURES)) / 8
    y = rng.permutation(np.arange(24) % 3 > 0).astype(int)
    values += y[:, np.newaxis, np.newaxis] / 2
    values = values.astype("float32" if container == "single" else "float64")
    lengths = 6 - np.arange(24) % 4 if container != "columns" else np.full(24, 6)
    return [x[:length] for x, length in zip(values, lengths, strict=True)], y


def _in_an_object_array(X):
    return np.fromiter(X, object, len(X))


def _frames(make):
    return lambda X: [make({"a": x[:, 0], "b": x[:, 1]}) for x in X]


# Each makes it of a list of float64 arrays.
CONTAINERS = {
    "list": list,
    "lists": lambda X: [x.tolist() for x in X],
    "padded": lambda X: pad_with_nan(X, N_TIMESTEPS + 1).astype(np.float64),
    "single": lambda X: pad_with_nan(X, N_TIMESTEPS),
    "objects": _in_an_object_array,
    "pandas frames": _frames(pd.DataFrame),
    "polars frames": _frames(pl.DataFrame),
    "cells": pd.Series,
    "columns": lambda X: np.stack(X).reshape(len(X), -1),
}

LABELS = {
    "int": np.array([0, 1]),
    "str": np.array(["down", "up"]),
    "bool": np.array([False, True]),
    "float": np.array([-1.0, 2.0]),
}

SETTINGS = {
    "default": {},
    "pandas": {"transform_output": "pandas"},
    "polars": {"transform_output": "polars"},
    "routing": {"enable_metadata_routing": True},
    "finite": {"assume_finite": True},
    "dispatch": {"array_api_dispatch": True},
}


@contextlib.contextmanager
def settings_of_sklearn(name):
    """A setting of scikit-learn for all that is done within."""
    with mock.patch.dict(os.environ, {"SCIPY_ARRAY_API": "1"}):
        try:
            context = sklearn.config_context(**SETTINGS[name])
            context.__enter__()
        except ImportError as error:
            pytest.skip(f"scikit-learn cannot dispatch: {error}")
        try:
            yield
        finally:
            context.__exit__(None, None, None)


def make_classifier(container="list", **parameters):
    n_timesteps = N_TIMESTEPS if container == "columns" else None
    return AttentionSequenceClassifier(**{**SMALL, "n_timesteps": n_timesteps, **parameters})


def cases(**rows):
    """Cases in which every pair of values of the rows meets, as `pytest.param`.

    Values are the names of a dict, or else what a list has.
    """
    names = list(rows)
    pairs = allpairspy.AllPairs([list(values) for values in rows.values()])
    return [
        pytest.param(dict(zip(names, values, strict=True)), id="-".join(map(str, values)))
        for values in pairs
    ]


def assert_same_bits(found, expected):
    """Arrays, or lists of arrays, have the same bits."""
    assert len(found) == len(expected)
    if isinstance(found, list):
        for one, other in zip(found, expected, strict=True):
            np.testing.assert_array_equal(one, other)
    else:
        np.testing.assert_array_equal(found, expected)


def assert_same_network(found, expected):
    """Two classifiers have learned the same, to the bit."""
    for part, other in zip(found._state, expected._state, strict=True):
        np.testing.assert_array_equal(part, other)
    assert found.n_iter_ == expected.n_iter_
    assert found.loss_curve_ == expected.loss_curve_
    assert found.validation_scores_ == expected.validation_scores_


def check_probabilities(probabilities, n_samples):
    assert type(probabilities) is np.ndarray
    assert probabilities.shape == (n_samples, 2)
    assert np.isfinite(probabilities).all()
    np.testing.assert_allclose(probabilities.sum(axis=1), 1, rtol=1e-12)


@contextlib.contextmanager
def refused(estimator, match=None):
    """An error for users is raised within, and leaves all attributes as they were."""
    before = dict(vars(estimator))
    with pytest.raises((ValueError, TypeError), match=match):
        yield
    assert vars(estimator).keys() == before.keys()
    assert all(vars(estimator)[name] is before[name] for name in before)
