"""A trained network as a compiled Keras model, for users."""

from __future__ import annotations

import keras
import tensorflow as tf

from sk_attnseq._keras.networks import build_network
from sk_attnseq._keras.session import in_one_session
from sk_attnseq._network.architecture import Architecture
from sk_attnseq._training.devices import CPU
from sk_attnseq._training.recipe import Recipe
from sk_attnseq._training.state import State


@in_one_session
def build_model(
    architecture: Architecture, state: State, recipe: Recipe, device: str = CPU
) -> keras.Model:
    """The trained network as a compiled Keras model, whose `fit` goes on from this state.

    It goes on at the highest learning rate, without mixtures and without label smoothing, which
    Keras's loss for integer targets does not have. Its variables are on the device, or on the
    CPU if there is no such device here, as may be after loading.
    """
    with tf.device(device):
        return _build_model(architecture, state, recipe)


def _build_model(architecture, state, recipe):
    model = build_network(architecture, dropout=recipe.dropout, alpha=recipe.alpha)
    optimizer = _build_optimizer(recipe)
    dtype = architecture.dtype  # by default, that of Keras's configuration
    loss = keras.losses.SparseCategoricalCrossentropy(dtype=dtype)
    accuracy = keras.metrics.SparseCategoricalAccuracy("accuracy", dtype=dtype)
    model.compile(optimizer, loss, metrics=[accuracy])
    optimizer.build(model.trainable_variables)
    weights, momentum, velocity, n_steps = state
    trainable = architecture.trainable_weights
    moving = list(filter(is_moving, model.non_trainable_variables))
    for variables, weight_list, flat in (
        (model.trainable_variables, trainable, weights),
        (moving, architecture.moving_weights, weights),
        (_named(optimizer.variables, "momentum"), trainable, momentum),
        (_named(optimizer.variables, "velocity"), trainable, velocity),
    ):
        values = architecture.split(flat)
        for variable, weight in zip(variables, weight_list, strict=True):
            variable.assign(values[weight.name])
    optimizer.iterations.assign(int(n_steps))
    return model


def _build_optimizer(recipe):
    common = {"learning_rate": recipe.learning_rate, "global_clipnorm": recipe.clipnorm}
    if not recipe.weight_decay:
        return keras.optimizers.Adam(**common)
    optimizer = keras.optimizers.AdamW(weight_decay=recipe.weight_decay, **common)
    optimizer.exclude_from_weight_decay(var_names=["bias", "gamma", "beta"])
    return optimizer


def is_moving(variable: keras.Variable) -> bool:
    """Whether a variable is moments of a batch normalisation; others are states of generators."""
    return variable.path.endswith(("moving_mean", "moving_variance"))


def _named(variables, ending):
    return [variable for variable in variables if variable.path.endswith(ending)]
