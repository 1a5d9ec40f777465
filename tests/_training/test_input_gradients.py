"""Gradients by the sequences, against differences of the NumPy forward pass."""

import numpy as np
import pytest

from sk_attnseq._input.read_sequences import to_sequences
from sk_attnseq._network.forward_pass import ForwardPass, softmax
from sk_attnseq._training.input_gradients import output_gradients
from tests.networks import make_architecture, random_weights

STEM = {"conv_filters": (4,), "kernel_size": (3,), "pool_size": 2, "bidirectional": True}


@pytest.mark.parametrize(
    "options",
    [{"attention": "pooling"}, {"attention": "multihead"}, {"attention": None}, STEM],
    ids=["pooling", "multihead", "None", "stem"],
)
def test_gradients_are_limits_of_differences(options):
    architecture = make_architecture(
        **options, units=(4,), n_features=2, n_classes=3, dtype="float64"
    )
    weights = random_weights(architecture)
    gradients = output_gradients(architecture)
    forward = ForwardPass(architecture, weights)
    rng = np.random.default_rng(1)
    for lengths, n_timesteps in (((5, 3, 1), 5), ((4, 6), 7)):  # of any shape
        X = rng.normal(size=(len(lengths), n_timesteps, 2))
        for x, length in zip(X, lengths, strict=True):
            x[length:] = np.nan
        classes = rng.integers(3, size=len(lengths))

        def probabilities(X, classes=classes):
            sequences = to_sequences(X, dtype="float64")
            return softmax(forward.outputs(sequences), axis=1)[np.arange(len(X)), classes]

        expected, step = np.zeros(X.shape), 1e-6
        for t, f in np.ndindex(X.shape[1:]):
            change = np.zeros(X.shape[1:])
            change[t, f] = step
            expected[:, t, f] = (probabilities(X + change) - probabilities(X - change)) / (2 * step)
        result = gradients(weights, X, classes)
        assert np.abs(expected).max() > 1e-3
        np.testing.assert_allclose(result, expected, rtol=1e-4, atol=1e-8)
        assert (result[np.isnan(X)] == 0).all()
