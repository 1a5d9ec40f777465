"""A trained network as a compiled Keras model, for users."""

import keras

from sk_attnseq._data.class_labels import ClassLabels
from sk_attnseq._data.numeric_targets import NumericTargets
from sk_attnseq._keras.networks import build_network
from sk_attnseq._keras.rebuild_if_cleared import rebuilds_if_session_is_cleared
from sk_attnseq._network.architecture import Architecture
from sk_attnseq._training.state import State
from sk_attnseq._training.training_options import TrainingOptions

# Of numbers in the units of the targets. Keras has no loss for quantiles; what its own `fit` goes
# on with is then the absolute error.
_KERAS_LOSSES = {
    "squared_error": keras.losses.MeanSquaredError,
    "absolute_error": keras.losses.MeanAbsoluteError,
    "huber": keras.losses.Huber,
    "quantile": keras.losses.MeanAbsoluteError,
}


@rebuilds_if_session_is_cleared
def build_model(
    architecture: Architecture,
    state: State,
    options: TrainingOptions,
    coding: ClassLabels | NumericTargets | None = None,
) -> keras.Model:
    """The trained network as a compiled Keras model, whose `fit` goes on from this state.

    It goes on at the highest learning rate, without mixtures and without label smoothing, which
    Keras's loss for integer targets does not have. Numbers come out in the units of the coding.
    """
    units = {}
    if isinstance(coding, NumericTargets):
        units = {"target_mean": coding.mean, "target_scale": coding.scale}
    model = build_network(architecture, dropout=options.dropout, alpha=options.alpha, **units)
    optimizer = _build_optimizer(options)
    # The type is by default that of Keras's configuration.
    if architecture.output_activation == "softmax":
        loss = keras.losses.SparseCategoricalCrossentropy(dtype=architecture.dtype)
        metric = keras.metrics.SparseCategoricalAccuracy("accuracy", dtype=architecture.dtype)
    else:
        loss = _KERAS_LOSSES[options.loss](dtype=architecture.dtype)
        metric = keras.metrics.R2Score(name="r2", dtype=architecture.dtype)
    model.compile(optimizer, loss, metrics=[metric])
    optimizer.build(model.trainable_variables)
    weights, momentum, velocity, n_steps = state
    trainable = architecture.trainable_weights
    moving = list(filter(is_moving, model.non_trainable_variables))
    parts = [
        (model.trainable_variables, trainable, weights),
        (moving, architecture.moving_weights, weights),
    ]
    if momentum.size:  # else they were left out, and Adam starts afresh
        parts += [
            (_named(optimizer.variables, "momentum"), trainable, momentum),
            (_named(optimizer.variables, "velocity"), trainable, velocity),
        ]
        optimizer.iterations.assign(int(n_steps))
    for variables, weight_list, flat in parts:
        values = architecture.split(flat)
        for variable, weight in zip(variables, weight_list, strict=True):
            variable.assign(values[weight.name])
    return model


def _build_optimizer(options):
    common = {"learning_rate": options.learning_rate, "global_clipnorm": options.clipnorm}
    if not options.weight_decay:
        return keras.optimizers.Adam(**common)
    optimizer = keras.optimizers.AdamW(weight_decay=options.weight_decay, **common)
    optimizer.exclude_from_weight_decay(var_names=["bias", "gamma", "beta"])
    return optimizer


def is_moving(variable: keras.Variable) -> bool:
    """Whether a variable is moments of a batch normalization; others are states of generators."""
    return variable.path.endswith(("moving_mean", "moving_variance"))


def _named(variables, ending):
    return [variable for variable in variables if variable.path.endswith(ending)]
