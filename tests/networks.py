"""Networks and weights that many tests use."""

from unittest import mock

import numpy as np

from sk_attnseq._network.architecture import Architecture
from sk_attnseq._network.forward_pass import ForwardPass


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
        n_outputs=n_classes,
        output_activation="softmax",
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


def random_weights(architecture, seed=0):
    """Larger than the initial ones, so that gates and attention are far from even."""
    rng = np.random.default_rng(seed)
    weights = rng.normal(scale=0.7, size=architecture.n_weights).astype(architecture.dtype)
    for name, part in architecture.split(weights).items():  # views of them
        if name.endswith("variance"):
            part[:] = 0.1 + np.abs(part)
    return weights


def fit_with_random_weights(estimator, X, y):
    """Fit as ever, but for the program: what an epoch leaves is drawn, not trained.

    Compiling a program takes seconds, and what many tests need is a network with weights, but
    not those that were learned. Its seed decides them.
    """

    def draw_states(data, state, *, architecture, epochs, seed, **_):
        for epoch in range(len(epochs)):
            rng = np.random.default_rng((seed, epoch))
            weights, momentum, velocity = (random_weights(architecture, rng) for _ in range(3))
            logits = ForwardPass(architecture, weights).outputs(data.sequences)
            bias = architecture.split(weights)["output/bias"]  # a view
            bias -= logits.mean(axis=0).astype(bias.dtype)  # so that no class is that of all
            yield (weights, momentum, velocity**2, np.array(7, np.int32)), 1 / (epoch + 1), 0.5

    with mock.patch("sk_attnseq._training.fitting.train_epochs", draw_states):
        return estimator.fit(X, y)


def flat_weights(model):
    """All weights of a Keras model in the order of `Architecture.weights`."""
    moving = [v for v in model.non_trainable_variables if "moving" in v.path]
    return np.concatenate([np.ravel(v) for v in [*model.trainable_variables, *moving]])
