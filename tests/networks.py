"""Networks and weights that many tests use."""

import numpy as np

from sk_attnseq._network.architecture import Architecture


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


def flat_weights(model):
    """All weights of a Keras model in the order of `Architecture.weights`."""
    moving = [v for v in model.non_trainable_variables if "moving" in v.path]
    return np.concatenate([np.ravel(v) for v in [*model.trainable_variables, *moving]])
