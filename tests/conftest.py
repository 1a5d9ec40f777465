"""Data and networks that many tests use."""

import subprocess
import sys

import numpy as np
import pytest

from sk_attnseq import AttentionSequenceClassifier
from sk_attnseq._architecture import Architecture
from sk_attnseq._batches import TrainingData
from sk_attnseq._sequences import to_sequences
from sk_attnseq.datasets import make_sequence_classification


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
def figures():
    """Use matplotlib without windows, and close the figures after the test."""
    plt = pytest.importorskip("matplotlib.pyplot")
    plt.switch_backend("Agg")
    yield plt
    plt.close("all")


def make_architecture(
    attention="pooling",
    units=(32,),
    *,
    conv_filters=(),
    kernel_size=(),
    pool_size=1,
    bidirectional=False,
    n_features=5,
    n_classes=10,
    dtype="float32",
):
    """An architecture with the defaults of the classifier."""
    multihead = attention == "multihead"
    return Architecture(
        conv_filters=conv_filters,
        kernel_size=kernel_size,
        pool_size=pool_size,
        attention=attention,
        units=units,
        bidirectional=bidirectional,
        hidden_units=16,
        num_heads=2 if multihead else 0,
        key_dim=16 if multihead else 0,
        n_features=n_features,
        n_classes=n_classes,
        dtype=dtype,
    )


NETWORKS = [
    {"attention": attention, "units": units, "bidirectional": bidirectional}
    for attention in ("pooling", "multihead", None)
    for units in ((6,), (5, 4))
    for bidirectional in (False, True)
]


def name_network(options):
    """Name a network of `NETWORKS` in the list of tests."""
    direction = "bidirectional" if options["bidirectional"] else "forward"
    return f"{options['attention']}-{len(options['units'])}-{direction}"


def random_weights(architecture):
    """Larger than the initial ones, so that gates and attention are far from even."""
    rng = np.random.default_rng(0)
    weights = rng.normal(scale=0.7, size=architecture.n_weights).astype(architecture.dtype)
    for name, part in architecture.split(weights).items():  # views of them
        if name.endswith("variance"):
            part[:] = 0.1 + np.abs(part)
    return weights


def make_data(X, y, weights=None):
    """What the engine trains on: sequences, indices of classes, weights with a mean of 1."""
    weights = np.ones(len(y)) if weights is None else weights
    return TrainingData(to_sequences(X, dtype="float32"), np.asarray(y, np.int32), weights)


def flat_weights(model):
    """All weights of a Keras model in the order of `Architecture.weights`."""
    moving = [v for v in model.non_trainable_variables if "moving" in v.path]
    return np.concatenate([np.ravel(v) for v in [*model.trainable_variables, *moving]])


def pad_with_nan(sequences, n_timesteps):
    """A list of sequences as one array, padded with NaN up to n_timesteps."""
    padded = np.full((len(sequences), n_timesteps, sequences[0].shape[1]), np.nan, np.float32)
    for row, sequence in zip(padded, sequences, strict=True):
        row[: len(sequence)] = sequence
    return padded


def heat_map(image):
    """The values that matplotlib's image shows, NaN where it is blank."""
    return np.ma.filled(image.get_array().astype(float), np.nan)


def run_python(code):
    """Run code in a fresh process, whose hanging is an error, and return what it prints."""
    process = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", code],
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert process.returncode == 0, process.stdout + process.stderr
    return process.stdout
