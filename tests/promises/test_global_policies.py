"""Keras's global settings, which are the user's, change nothing here."""

import keras
import numpy as np
import pytest

from sk_attnseq import AttentionSequenceClassifier, AttentionSequenceRegressor
from tests.networks import fit_with_random_weights
from tests.promises.kinds import targets

EVERYTHING = {
    "conv_filters": 3,
    "pool_size": 2,
    "units": (4, 3),
    "attention": "multihead",
    "bidirectional": True,
    "epochs": 2,
    "random_state": 0,
}
SETTINGS = {
    keras.config.set_dtype_policy: ("mixed_float16", "float32"),
    keras.config.set_floatx: ("float64", "float32"),
    keras.config.set_image_data_format: ("channels_first", "channels_last"),
}


@pytest.fixture(scope="module")
def classifiers(sequences_and_labels):
    """The same fit, with a program of its own and a Keras model, before and under the settings."""
    X, y = sequences_and_labels
    before = AttentionSequenceClassifier(batch_size=60, **EVERYTHING).fit(X, y)
    under = AttentionSequenceClassifier(batch_size=61, **EVERYTHING)  # there are 60 samples
    models = [before.model_]
    try:
        for set_value, (value, _) in SETTINGS.items():
            set_value(value)
        models.append(under.fit(X, y).model_)
    finally:
        for set_value, (_, default) in SETTINGS.items():
            set_value(default)
    return [before, under], models


def test_fit(classifiers, sequences_and_labels):
    X, _ = sequences_and_labels
    (before, under), _ = classifiers
    assert [array.dtype for array in under._state] == [array.dtype for array in before._state]
    np.testing.assert_allclose(under.predict_proba(X), before.predict_proba(X), atol=1e-5)


def test_model(classifiers, sequences_and_labels):
    X, _ = sequences_and_labels
    (_, under), (before, model) = classifiers
    expected = under.predict_proba(X)
    np.testing.assert_allclose(model.predict(X, verbose=0), expected, atol=1e-5)
    assert type(model.optimizer) is keras.optimizers.Adam  # not in one that scales losses
    assert model.dtype_policy.name == model.loss.dtype == "float32"
    assert [v.dtype for v in model.variables] == [v.dtype for v in before.variables]
    moments, expected_moments = (
        [v.dtype for v in optimizer.variables if len(v.shape)]
        for optimizer in (model.optimizer, before.optimizer)
    )
    assert moments == expected_moments


def test_model_of_a_regressor(sequences_and_labels):
    X, labels = sequences_and_labels
    y = targets(AttentionSequenceRegressor, X, labels)
    regressor = AttentionSequenceRegressor(4, epochs=1, random_state=0)
    fit_with_random_weights(regressor, X, np.stack([y, -y], axis=1))
    keras.config.set_image_data_format("channels_first")
    try:
        predicted = regressor.model_.predict(X, verbose=0)
    finally:
        keras.config.set_image_data_format("channels_last")
    np.testing.assert_allclose(predicted, regressor.predict(X), rtol=1e-4)
