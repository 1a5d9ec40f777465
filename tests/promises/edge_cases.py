"""What tests of edge cases share: small classifiers and data, and a check of predictions."""

import numpy as np

from sk_attnseq import AttentionSequenceClassifier

SMALL = {"units": 4, "epochs": 1, "random_state": 0}


def make_classifier(**parameters):
    return AttentionSequenceClassifier(**{**SMALL, **parameters})


def two_classes(n_samples=20, n_timesteps=4, n_features=3):
    """Whole numbers from -2 to 2, which every numeric type holds, and labels."""
    rng = np.random.default_rng(0)
    X = rng.integers(-2, 3, size=(n_samples, n_timesteps, n_features)).astype(np.float64)
    return X, np.arange(n_samples) % 2


def signs(n_timesteps, n_features, size=1.0):
    """40 sequences that are all `size` or all -`size`, and which."""
    y = np.arange(40) % 2
    return np.where(y, size, -size)[:, None, None] * np.ones((1, n_timesteps, n_features)), y


def check_predictions(classifier, X):
    """Probabilities are probabilities, and those of the Keras model."""
    probabilities = classifier.predict_proba(X)
    assert probabilities.shape == (len(X), len(classifier.classes_))
    assert probabilities.dtype == np.float64
    assert np.isfinite(probabilities).all()
    np.testing.assert_allclose(probabilities.sum(axis=1), 1, rtol=1e-12)
    predicted = np.searchsorted(classifier.classes_, classifier.predict(X))
    of_predicted = probabilities[np.arange(len(X)), predicted]
    np.testing.assert_array_equal(of_predicted, probabilities.max(axis=1))
    # A second timestep, of padding, where there is one, as Keras warns of a softmax over one.
    room = ((0, 0), (0, int(X.shape[1] == 1)), (0, 0))
    for_keras = np.pad(X, room, constant_values=np.nan).astype(classifier.dtype)
    np.testing.assert_allclose(classifier.model_(for_keras), probabilities, atol=1e-5)
    return probabilities
