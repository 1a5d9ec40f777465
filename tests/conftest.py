"""Data and fitted classifiers that many tests use."""

import signal

import numpy as np
import pytest

from sk_attnseq import AttentionSequenceClassifier
from sk_attnseq.datasets import make_sequence_classification
from tests.processes import ENVIRONMENT  # noqa: F401  as it is before any test


@pytest.fixture(scope="session")
def sequences_and_labels():
    """60 sequences of 10 timesteps x 5 features, 3 classes named by strings."""
    X, y = make_sequence_classification(60, n_classes=3, random_state=0)
    return X, np.array(["down", "still", "up"])[y]


@pytest.fixture(scope="session")
def ragged():
    """40 sequences of 2 to 9 timesteps x 3 features, as a list, and 2 classes."""
    rng = np.random.default_rng(0)
    lengths = rng.integers(2, 10, size=40)
    lengths[:2] = 2, 9
    X = [rng.normal(size=(length, 3)).astype(np.float32) for length in lengths]
    return X, np.arange(40) % 2


@pytest.fixture(scope="session")
def networks(ragged):
    """A network of each kind, fitted on sequences of different lengths."""
    options = {"epochs": 2, "num_heads": 3, "early_stopping": True, "random_state": 0}
    return {
        attention: AttentionSequenceClassifier(4, attention=attention, **options).fit(*ragged)
        for attention in ("pooling", "multihead", None)
    }


@pytest.fixture
def reach_time_limit():
    """Send this process a signal whose handler raises a TimeoutError."""

    def time_limit(*_):
        raise TimeoutError

    handler = signal.signal(signal.SIGTERM, time_limit)
    yield lambda: signal.raise_signal(signal.SIGTERM)
    signal.signal(signal.SIGTERM, handler)
