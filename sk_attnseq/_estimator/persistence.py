"""What is pickled of a network, and the checks of it when it comes back.

`pickle`, `joblib`, `copy` and `skops.io` all come by here. A state is a dict of parameters,
arrays and plain data, so that skops has no type to trust but the estimator's own.
"""

import hashlib
import inspect
import json
import warnings
from dataclasses import asdict

import numpy as np
import sklearn
from sklearn.exceptions import InconsistentVersionWarning

from sk_attnseq._network.architecture import Architecture
from sk_attnseq._version import __version__

# Raise this by one in a release that changes what is in a state, be it by a new parameter of
# the constructor or a new field of `Architecture`.
FORMAT = 1

_DERIVED = ("_forward_pass", "_keras_model")  # made from the rest when needed
_VERSIONS = ("_format", "_sk_attnseq_version", "_sklearn_version")
# What predictions and further training need. (Validation scores are not among it: callbacks
# copy an estimator whose first epoch is not over.)
_NUMBERS = ("_seed", "_n_dimensions", "_n_timesteps", "n_features_in_", "n_iter_")
_FITTED = ("_architecture", "_state", "_checksum", "loss_curve_", *_NUMBERS)


def pack(attributes: dict, coding: tuple[str, ...]) -> dict:
    """The state to pickle, from the attributes of an estimator, fitted or not.

    Those named in `coding` are arrays that say what its outputs mean.
    """
    state = {name: value for name, value in attributes.items() if name not in _DERIVED}
    if "_state" in state:
        state["_architecture"] = asdict(state["_architecture"])
        state["_checksum"] = _checksum(state, coding)
    versions = (FORMAT, __version__, sklearn.__version__)
    return {**state, **dict(zip(_VERSIONS, versions, strict=True))}


def unpack(state: dict, estimator_type: type) -> dict:
    """The attributes of an estimator, from what `pack` made of them.

    Raises
    ------
    ValueError
        If the state has no format or a newer one, lacks a part, or was changed.
    """
    name = estimator_type.__name__
    try:
        _check_format(state)
        attributes = _unpacked(state, estimator_type)
    except ValueError as error:
        raise ValueError(f"A saved {name} cannot be loaded: {error}") from error
    if state["_sklearn_version"] != sklearn.__version__:
        # scikit-learn itself warns for its own estimators only.
        warnings.warn(
            InconsistentVersionWarning(
                estimator_name=name,
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


def _unpacked(state, estimator_type):
    coding = estimator_type._CODING_ATTRIBUTES
    # The class that has the coding has the format; a subclass may have parameters of its own,
    # and have got one since.
    own = next(c for c in estimator_type.__mro__ if "_CODING_ATTRIBUTES" in vars(c))
    _check_complete(state, [*_VERSIONS, *inspect.signature(own).parameters])
    defaults = {
        name: parameter.default
        for name, parameter in inspect.signature(estimator_type).parameters.items()
        if parameter.default is not parameter.empty
    }
    attributes = {name: value for name, value in state.items() if name not in _VERSIONS}
    if not attributes.keys().isdisjoint((*_FITTED, *coding)):
        _check_complete(state, [*_FITTED, *coding])
        if not _is_unchanged(state, coding):
            raise ValueError("its checksum is wrong: it was changed after it was written.")
        del attributes["_checksum"]
        attributes["_architecture"] = Architecture(**attributes["_architecture"])
        _check_shapes(attributes, coding)
    return defaults | attributes


def _check_complete(state, names):
    missing = [name for name in names if name not in state]
    if missing:
        raise ValueError(f"it lacks {missing}, which format {state['_format']} has.")


def _is_unchanged(state, coding):
    try:
        return state["_checksum"] == _checksum(state, coding)
    except (AttributeError, TypeError, ValueError):  # other types than those that were written
        return False


def _check_shapes(attributes, coding):
    """Raise if arrays have other shapes or types, which the checksum does not cover."""
    architecture, state = attributes["_architecture"], attributes["_state"]
    n_weights, dtype = architecture.n_weights, architecture.dtype
    expected, expected_for_prediction = (
        [((n_weights,), dtype), *2 * [((n_moments,), dtype)], ((), "int32")]
        for n_moments in (n_weights, 0)
    )
    found = [(array.shape, array.dtype.name) for array in state]
    shapes = [attributes[name].shape for name in coding]
    if (
        type(state) is not tuple
        or found not in (expected, expected_for_prediction)
        or shapes != [(architecture.n_outputs,)] * len(coding)
    ):
        raise ValueError(
            f"its weights and the optimizer's state are a {type(state).__name__} of arrays of "
            f"(shape, dtype) {found}, and {coding} have the shapes {shapes}, but its architecture "
            f"needs a tuple of {expected}, and {architecture.n_outputs} values."
        )


def _checksum(state, coding):
    """Tell apart states in which something else was learned.

    It is for accidents and careless edits: whoever changes a file on purpose can compute it
    anew, so it is no signature. It must be the same in all versions of Python and NumPy and on
    all machines, so numbers go in as decimal text, and arrays as little-endian bytes.
    """
    numbers = {name: str(state[name]) for name in _NUMBERS}
    meaning = [[str(value) for value in state[name].tolist()] for name in coding]
    text = json.dumps([state["_architecture"], numbers, *meaning], sort_keys=True)
    digest = hashlib.sha256(text.encode())
    for array in state["_state"]:
        digest.update(np.ascontiguousarray(array, array.dtype.newbyteorder("<")))
    return digest.hexdigest()
