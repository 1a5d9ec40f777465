"""Importing TensorFlow late, and without its chatter."""

from __future__ import annotations

import contextlib
import importlib
import os
import re
import sys
import tempfile
import threading
from types import ModuleType

from sk_attnseq._runtime.interrupts import interrupts_wait

# What TensorFlow's C++ libraries log while they start: "I0000 00:00:17... file.cc:1] text"
# or "2026-01-01 00:00:00.0: I tensorflow/...", and lines that belong to such a one.
_CHATTER = re.compile(
    rb"[IWE]\d{4} \d\d:\d\d:"
    rb"|\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d+: [IWE] "
    rb"|WARNING: All log messages before absl::InitializeLog"
    rb"|To enable the following instructions:"
)
_lock = threading.Lock()
_ready: set[str] = set()
_forked_with_tensorflow = False


def _look_at_what_was_forked():
    global _forked_with_tensorflow
    # A lock that is held belongs to a thread which was importing, and is not in this process.
    _forked_with_tensorflow = "tensorflow" in sys.modules or _lock.locked()


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
        with interrupts_wait(), quiet_startup():  # half made modules are never mended
            importlib.import_module(name)
            _ready.add(name)
    return sys.modules[name]


@contextlib.contextmanager
def quiet_startup():
    """Keep TensorFlow's start-up messages off the terminal.

    They are written to the file descriptor of standard error, and the documented ways to
    silence them (an environment variable, a log level) would silence what the user's own
    use of TensorFlow prints later, too. So the descriptor is set aside for a moment;
    whatever else was written meanwhile is passed on.
    """
    with _lock:
        try:
            terminal = os.dup(2)
        except OSError:  # a process without standard error
            yield
            return
        with tempfile.TemporaryFile() as aside:
            os.dup2(aside.fileno(), 2)
            try:
                yield
            finally:
                os.dup2(terminal, 2)
                os.close(terminal)
                aside.seek(0)
                for line in aside:
                    if not _CHATTER.match(line):
                        os.write(2, line)
