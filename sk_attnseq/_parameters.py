"""Checks of the classifier's parameters, made when it is fitted."""

from __future__ import annotations

import math
from numbers import Integral, Real

import numpy as np
from sklearn.utils import check_scalar

_INTEGERS = (
    "hidden_units",
    "num_heads",
    "key_dim",
    "epochs",
    "batch_size",
    "n_timesteps",
    "n_iter_no_change",
)
# Smallest and largest value, and which of the two are themselves allowed.
_REALS = {
    "learning_rate": (0, None, "neither"),
    "clipnorm": (0, None, "neither"),
    "alpha": (0, None, "left"),
    "dropout": (0, 1, "left"),
    "validation_fraction": (0, 1, "neither"),
    "tol": (0, None, "left"),
}
_OR_NONE = ("n_timesteps", "clipnorm")
_CHOICES = {
    "attention": ("pooling", "multihead", None),
    "dtype": ("float32", "float64"),
}
_BOOLEANS = ("bidirectional", "early_stopping", "warm_start")


def check_parameters(estimator) -> None:
    """Raise a TypeError or ValueError that names the first parameter that is wrong."""
    for units in layer_units(estimator.units):
        _check_integer("units", units)
    for name, value in estimator.get_params(deep=False).items():
        if value is None and name in _OR_NONE:
            continue
        if name in _INTEGERS:
            _check_integer(name, value)
        elif name in _REALS:
            _check_real(name, value, *_REALS[name])
    for name, choices in _CHOICES.items():
        value = getattr(estimator, name)
        if not any(
            value is choice or (isinstance(value, str) and value == choice) for choice in choices
        ):
            raise ValueError(f"{name} == {value!r}, must be one of {choices}.")
    for name in _BOOLEANS:
        value = getattr(estimator, name)
        if not isinstance(value, (bool, np.bool_, Integral)) or value not in (True, False):
            raise TypeError(f"{name} == {value!r}, must be True or False.")
    check_scalar(estimator.verbose, "verbose", Integral, min_val=0)
    _check_class_weight(estimator.class_weight)


def _check_integer(name, value):
    if isinstance(value, bool):  # which Python takes for an integer
        raise TypeError(f"{name} == {value}, must be an integer.")
    check_scalar(value, name, Integral, min_val=1)


def _check_real(name, value, smallest, largest, boundaries):
    check_scalar(
        value, name, Real, min_val=smallest, max_val=largest, include_boundaries=boundaries
    )
    if not _is_finite(value):
        raise ValueError(f"{name} == {value}, must be finite.")


def _is_finite(value):
    try:
        return math.isfinite(value)
    except OverflowError:  # an integer or fraction too large for a float
        return False


def _check_class_weight(class_weight):
    if isinstance(class_weight, dict):
        for label, weight in class_weight.items():
            if not (isinstance(weight, Real) and _is_finite(weight) and weight >= 0):
                raise ValueError(
                    f"class_weight == {class_weight!r}, but the weight of a class must be a "
                    f"finite number, 0 or more: that of {label!r} is {weight!r}."
                )
    elif class_weight is not None and not (
        isinstance(class_weight, str) and class_weight == "balanced"
    ):
        raise ValueError(
            f"class_weight == {class_weight!r}, must be None, 'balanced' or a dict "
            "{class: weight}."
        )


def layer_units(units) -> tuple[int, ...]:
    """`units` as a tuple with one width for each LSTM layer."""
    if isinstance(units, np.ndarray):
        units = units.tolist()
    if not isinstance(units, (tuple, list)):
        return (units,)
    if len(units) == 0:
        raise ValueError(f"units == {units!r}, must name at least one LSTM layer's width.")
    return tuple(units)
