"""Importing TensorFlow late, and without its log."""

import importlib
import os
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from types import ModuleType

from sk_attnseq._runtime import startup_log
from sk_attnseq._runtime.backend_check import check_keras_backend

_ready: set[str] = set()
_forked_with_tensorflow = False


def _look_at_what_was_forked():
    global _forked_with_tensorflow
    # A lock that is held belongs to a thread which was importing, and is not in this process.
    _forked_with_tensorflow = "tensorflow" in sys.modules or startup_log.lock.locked()


if hasattr(os, "register_at_fork"):  # Windows has no fork
    os.register_at_fork(after_in_child=_look_at_what_was_forked)


def quiet_import(name: str) -> ModuleType:
    """Import a module that imports TensorFlow, when it is first needed.

    TensorFlow takes seconds and hundreds of megabytes, which a process that only predicts
    does not spend; what it says while it starts is nothing to those who fit a classifier.
    """
    if _forked_with_tensorflow:
        raise RuntimeError(
            "This process was forked from one that had imported TensorFlow, whose threads do not "
            "survive a fork: fitting here could hang. Predictions work. To fit in processes, use "
            "joblib's default backend (loky) or multiprocessing's start method 'spawn', or fork "
            "before the first fit and before TensorFlow is imported."
        )
    if name not in _ready:  # a module is in sys.modules before it is ready
        check_keras_backend()
        _check_temporary_directory()
        # An import that is broken off leaves modules that no later import mends. So it is in a
        # thread of its own, which no Ctrl-C and no time limit of the caller reaches.
        with startup_log.silenced(), ThreadPoolExecutor(1) as thread:
            thread.submit(importlib.import_module, name).result()
        _ready.add(name)
    return sys.modules[name]


def _check_temporary_directory():
    try:
        tempfile.gettempdir()
    except FileNotFoundError as error:
        raise FileNotFoundError(
            "TensorFlow, which a fit imports, needs a temporary directory that it can write to: "
            f"let TMPDIR name one. Predictions need none. ({error})"
        ) from error
