"""Which backend Keras has: the networks here are for TensorFlow."""

import json
import os
import sys
from pathlib import Path


def check_keras_backend() -> None:
    """Raise unless Keras has, or will have when it is imported, the backend TensorFlow.

    Looked up before the import, which fails where another backend is set that is not installed,
    and which afterwards has decided for the whole process.
    """
    backend, source = _keras_backend()
    if backend != "tensorflow":
        raise RuntimeError(
            f"Keras's backend is {backend!r} ({source}), and fitting needs 'tensorflow': set the "
            "environment variable KERAS_BACKEND=tensorflow before Keras is imported. "
            "Predictions need no Keras."
        )


def _keras_backend():
    """The backend, and what says so, in the order in which Keras asks."""
    keras = sys.modules.get("keras")
    if hasattr(keras, "config"):  # else it is just being imported
        return keras.config.backend(), "of the Keras that was imported"
    if backend := os.environ.get("KERAS_BACKEND"):
        return backend, "set by the environment variable KERAS_BACKEND"
    path = _keras_home() / "keras.json"
    try:
        return json.loads(path.read_text())["backend"], f"set in {path}"
    except (OSError, ValueError, LookupError, TypeError):
        return "tensorflow", "Keras's default"


def _keras_home():
    if home := os.environ.get("KERAS_HOME"):
        return Path(home).expanduser()
    home = Path("~").expanduser()
    return (home if os.access(home, os.W_OK) else Path("/tmp")) / ".keras"
