"""What is pickled of a classifier, and the checks of it when it comes back.

`pickle`, `joblib`, `copy` and `skops.io` all come by here. A state is a dict of parameters,
arrays and plain data, so that skops has no type to trust but the classifier's own.
"""

from __future__ import annotations

import hashlib
import json
import types
import typing
import warnings
from collections.abc import Iterable
from dataclasses import asdict

import numpy as np
import sklearn
from sklearn.exceptions import InconsistentVersionWarning

from sk_attnseq._network.architecture import Architecture
from sk_attnseq._version import __version__

# Raise this by one in a release that changes what is in a state, be it by a new parameter of
# the constructor or a new field of `Architecture`. So a state has all that its format says, or
# it is broken.
FORMAT = 2
# The attributes that came with a format, and what they are in a state of an older one.
_CAME_WITH: dict[int, dict] = {2: {"device": "cpu", "scoring": None}}

_DERIVED = ("_forward_pass", "_keras_model")  # made from the rest when needed
_VERSIONS = ("_format", "_sk_attnseq_version", "_sklearn_version")
# What predictions and further training need. (Validation scores are not among it: callbacks
# copy a classifier whose first epoch is not over.)
_NUMBERS = ("_seed", "_n_dimensions", "_n_timesteps", "n_features_in_", "n_iter_")
_FITTED = ("_architecture", "_state", "_checksum", "classes_", "loss_curve_", *_NUMBERS)
_FIELD_TYPES = typing.get_type_hints(Architecture)


def pack(attributes: dict) -> dict:
    """The state to pickle, from the attributes of a classifier, fitted or not."""
    state = {name: value for name, value in attributes.items() if name not in _DERIVED}
    if "_state" in state:
        state["_architecture"] = asdict(state["_architecture"])
        state["_checksum"] = _checksum(state)
    versions = (FORMAT, __version__, sklearn.__version__)
    return {**state, **dict(zip(_VERSIONS, versions, strict=True))}


def unpack(state: dict, *, estimator_name: str, parameters: Iterable[str]) -> dict:
    """The attributes of a classifier, from what `pack` made of them.

    Parameters
    ----------
    state : dict
        It is not changed.
    estimator_name : str
        For errors and warnings.
    parameters : iterable of str
        Names of the constructor's parameters.

    Returns
    -------
    attributes : dict

    Raises
    ------
    ValueError
        If the state has no format or a newer one, lacks a part, or was changed.
    """
    try:
        _check_format(state)
        state = _completed(state)
        _check_complete(state, [*_VERSIONS, *parameters])
        attributes = {name: value for name, value in state.items() if name not in _VERSIONS}
        if not attributes.keys().isdisjoint(_FITTED):
            _check_complete(state, _FITTED)
            attributes["_architecture"] = _checked_architecture(attributes["_architecture"])
            _check_arrays(attributes)
            if attributes.pop("_checksum") != _checksum(state):
                raise ValueError("its checksum is wrong: it was changed after it was written.")
    except ValueError as error:
        raise ValueError(f"A saved {estimator_name} cannot be loaded: {error}") from error
    if state["_sklearn_version"] != sklearn.__version__:
        # scikit-learn itself warns for its own estimators only.
        warnings.warn(
            InconsistentVersionWarning(
                estimator_name=estimator_name,
                current_sklearn_version=sklearn.__version__,
                original_sklearn_version=state["_sklearn_version"],
            ),
            stacklevel=3,
        )
    return attributes


def _check_format(state):
    if not isinstance(state, dict):
        raise ValueError(f"its state must be a dict, got {type(state).__name__}.")
    written = state.get("_format")
    if type(written) is not int or written < 1:
        raise ValueError(
            f"its format version must be a positive int, got {written!r}. Either another "
            "program wrote it, or it was changed: fit it again and save it."
        )
    if written > FORMAT:
        raise ValueError(
            f"it has format {written}, written by sk_attnseq "
            f"{state.get('_sk_attnseq_version')}, but sk_attnseq {__version__} reads "
            f"formats up to {FORMAT}: update sk_attnseq."
        )


def _completed(state):
    """The state with what its format did not have yet."""
    newer = range(state["_format"] + 1, FORMAT + 1)
    return {name: value for f in newer for name, value in _CAME_WITH[f].items()} | state


def _check_complete(state, names):
    missing = [name for name in names if name not in state]
    if missing:
        raise ValueError(f"it lacks {missing}, which format {state['_format']} has.")


def _checked_architecture(fields):
    try:
        architecture = Architecture(**fields)
    except TypeError as error:  # not a dict, or with other fields
        raise ValueError(f"its architecture is {fields!r}: {error}.") from error
    for name, value in vars(architecture).items():
        if not _is_a(value, _FIELD_TYPES[name]):
            raise ValueError(f"its architecture has {name}={value!r}.")
    if len(architecture.kernel_size) != len(architecture.conv_filters):
        raise ValueError(
            f"its architecture has conv_filters={architecture.conv_filters}, but "
            f"kernel_size={architecture.kernel_size}."
        )
    sizes = [architecture.n_features, architecture.hidden_units, architecture.n_classes]
    sizes += [architecture.pool_size, *architecture.conv_filters, *architecture.kernel_size]
    if architecture.attention == "multihead":
        sizes += [architecture.num_heads, architecture.key_dim]
    if min(sizes) == 0 or 0 in (architecture.units or (0,)):
        raise ValueError(f"its architecture has layers without units: {architecture}.")
    if architecture.dtype not in ("float32", "float64"):
        raise ValueError(f"its architecture has dtype={architecture.dtype!r}.")
    return architecture


def _is_a(value, hint):
    """Whether a value is of the type that a field of `Architecture` is declared with."""
    kind, options = typing.get_origin(hint), typing.get_args(hint)
    if kind in (typing.Union, types.UnionType):
        return any(_is_a(value, option) for option in options)
    if kind is typing.Literal:
        return isinstance(value, str) and value in options
    if kind is tuple:
        return type(value) is tuple and all(_is_a(item, options[0]) for item in value)
    if hint is int:
        return type(value) is int and value >= 0  # a bool is none
    return isinstance(value, hint)


def _check_arrays(attributes):
    architecture, classes = attributes["_architecture"], attributes["classes_"]
    if not isinstance(classes, np.ndarray) or classes.shape != (architecture.n_classes,):
        raise ValueError(
            f"its classes_ must be an array of {architecture.n_classes} classes, got {classes!r}."
        )
    expected = 3 * [((architecture.n_weights,), architecture.dtype)] + [((), "int32")]
    state = attributes["_state"]
    if type(state) is not tuple or not all(isinstance(array, np.ndarray) for array in state):
        raise ValueError("its weights and the optimizer's state must be a tuple of arrays.")
    found = [(array.shape, array.dtype.name) for array in state]
    if found != expected:
        raise ValueError(
            f"its weights and the optimizer's state have the (shape, dtype) {found}, but its "
            f"architecture needs {expected}."
        )
    if not np.isfinite(state[0]).all():  # the optimizer's moments may overflow, harmlessly
        raise ValueError("its weights are not finite.")


def _checksum(state):
    """Tell apart states in which something else was learned.

    It is for accidents and careless edits: whoever changes a file on purpose can compute it
    anew, so it is no signature. It must be the same in all versions of Python and NumPy and on
    all machines, so numbers go in as decimal text, and arrays as little-endian bytes.
    """
    numbers = {name: str(state[name]) for name in _NUMBERS}
    classes = [str(name) for name in state["classes_"].tolist()]
    text = json.dumps([state["_architecture"], numbers, classes], sort_keys=True)
    digest = hashlib.sha256(text.encode())
    for array in state["_state"]:
        digest.update(np.ascontiguousarray(array, array.dtype.newbyteorder("<")))
    return digest.hexdigest()
