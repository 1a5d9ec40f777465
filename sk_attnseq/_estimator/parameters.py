"""Checks of the parameters of a classifier or regressor, made when it is fitted."""

import math
import re
from numbers import Integral, Real
from typing import Any

import numpy as np
from sklearn.utils import check_scalar

from sk_attnseq._network.layer_widths import each

_INTEGERS = (
    "hidden_units",
    "num_heads",
    "key_dim",
    "batch_size",
    "n_timesteps",
    "n_iter_no_change",
)
# Smallest and largest value, and which of the two are themselves allowed.
_REALS = {
    "learning_rate": (0, None, "neither"),
    "clipnorm": (0, None, "neither"),
    "alpha": (0, None, "left"),
    "weight_decay": (0, None, "left"),
    "label_smoothing": (0, 1, "left"),
    "mixup": (0, None, "left"),
    "cutmix": (0, 1, "both"),
    "dropout": (0, 1, "left"),
    "validation_fraction": (0, 1, "neither"),
    "tol": (0, None, "left"),
    "quantile": (0, 1, "both"),
}
_OR_AUTO = ("epochs", "pool_size")
_OR_NONE = ("n_timesteps", "clipnorm", "quantile")
_CHOICES = {
    "learning_rate_schedule": ("constant", "one_cycle"),
    "attention": ("pooling", "multihead", None),
    "loss": ("squared_error", "absolute_error", "huber", "quantile"),
    "dtype": ("float32", "float64"),
}
_BOOLEANS = ("bidirectional", "early_stopping", "warm_start")
# Parameters of only the classifier or only the regressor.
_OF_ONE_KIND = ("label_smoothing", "cutmix", "loss", "quantile")


def check_parameters(estimator) -> None:
    """Raise a TypeError or ValueError that names the first parameter that is wrong."""
    _check_layers(estimator)
    for name, value in _values(estimator, _INTEGERS):
        check_integer(name, value)
    for name, value in _values(estimator, _REALS):
        _check_real(name, value, *_REALS[name])
    for name, value in _values(estimator, _OR_AUTO):
        _check_integer_or_auto(name, value)
    for name, value in _values(estimator, _CHOICES):
        check_choice(name, value, _CHOICES[name])
    for name, value in _values(estimator, _BOOLEANS):
        check_boolean(name, value)
    if getattr(estimator, "loss", None) == "quantile" and estimator.quantile is None:
        raise ValueError("quantile == None, must be a number with loss='quantile'.")
    _check_device(estimator.device)
    check_scalar(estimator.verbose, "verbose", Integral, min_val=0)
    _check_scoring(estimator)
    _check_class_weight(getattr(estimator, "class_weight", None))


def _values(estimator, names):
    """Yield (name, value) of parameters that the estimator has, unless they are None and may be."""
    for name in names:  # not from the signature, as a subclass may have them behind `**kwargs`
        if hasattr(estimator, name) or name not in _OF_ONE_KIND:
            value = getattr(estimator, name)
            if value is not None or name not in _OR_NONE:
                yield name, value


def check_choice(name: str, value: Any, choices: tuple[str | None, ...]) -> None:
    """Raise unless it is one of the choices."""
    if not any(
        value is choice or (isinstance(value, str) and value == choice) for choice in choices
    ):
        raise ValueError(f"{name} == {value!r}, must be one of {choices}.")


def check_boolean(name: str, value: Any) -> None:
    """Raise unless it is True or False, or an integer that equals one of them."""
    if not isinstance(value, (bool, np.bool_, Integral)) or value not in (True, False):
        raise TypeError(f"{name} == {value!r}, must be True or False.")


def check_integer(name: str, value: Any, largest: int | None = None) -> None:
    """Raise unless it is an integer, 1 at least."""
    if isinstance(value, bool):  # which Python takes for an integer
        raise TypeError(f"{name} == {value}, must be an integer.")
    check_scalar(value, name, Integral, min_val=1, max_val=largest)


def _check_integer_or_auto(name, value):
    if not isinstance(value, str):
        check_integer(name, value, largest=np.iinfo(np.int32).max)  # as of lengths
    elif value != "auto":
        raise ValueError(f"{name} == {value!r}, must be an integer or 'auto'.")


def _check_real(name, value, smallest, largest, boundaries):
    if isinstance(value, bool):  # which Python takes for a number
        raise TypeError(f"{name} == {value}, must be a number.")
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


def _check_device(device):
    if not (isinstance(device, str) and re.fullmatch("cpu|gpu(:[0-9]+)?", device)):
        raise ValueError(
            f"device == {device!r}, must be 'cpu', 'gpu' or the number of a GPU, as 'gpu:1'."
        )


def _check_scoring(estimator):
    scoring = estimator.scoring
    if scoring is None or (isinstance(scoring, str) and scoring == "loss"):
        return
    if not isinstance(scoring, str) and not callable(scoring):
        raise TypeError(f"scoring == {scoring!r}, must be None, a string or a callable.")
    from sklearn import metrics  # takes as long to import as all the rest

    if not isinstance(scoring, str):
        metrics.check_scoring(estimator, scoring)  # a metric is callable, too, but no scorer
    elif scoring not in metrics.get_scorer_names():
        raise ValueError(
            f"scoring == {scoring!r}, must be None, 'loss', a callable, or a name from "
            "sklearn.metrics.get_scorer_names()."
        )


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


def check_partial_fit(estimator, n_samples: int) -> None:
    """Raise if a parameter needs what `partial_fit` does not know, or more samples."""
    if each(estimator.conv_filters) and n_samples == 1:
        raise ValueError(
            "partial_fit got 1 sample, but needs at least 2 with conv_filters: batch normalization "
            "by a single sequence learns nothing that predictions can use."
        )
    for name, value, need in (
        ("early_stopping", True, "all the data"),
        ("class_weight", "balanced", "all the data"),
        ("learning_rate_schedule", "one_cycle", "the number of all epochs"),
    ):
        if getattr(estimator, name, None) == value:
            raise ValueError(f"partial_fit does not support {name}={value!r}: it needs {need}.")


def _check_layers(estimator):
    names = ("units", "conv_filters", "kernel_size")
    units, filters, sizes = (each(getattr(estimator, name)) for name in names)
    for name, values in zip(names, (units, filters, sizes), strict=True):
        for value in values:
            check_integer(name, value)
    if not units:
        raise ValueError(
            f"units == {estimator.units!r}, must name at least one LSTM layer's width."
        )
    one_for_all = isinstance(estimator.kernel_size, Integral)
    if not sizes or (filters and len(sizes) != len(filters) and not one_for_all):
        raise ValueError(
            f"kernel_size == {estimator.kernel_size!r}, must be one integer, or one for each of "
            f"the {len(filters)} layers of conv_filters == {estimator.conv_filters!r}."
        )
    if filters and estimator.batch_size == 1:
        raise ValueError(
            "batch_size == 1, must be at least 2 with conv_filters: batch normalization by one "
            "sequence learns nothing that predictions can use."
        )
