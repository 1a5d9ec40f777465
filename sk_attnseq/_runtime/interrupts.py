"""Ctrl-C, where it would leave TensorFlow half way."""

from __future__ import annotations

import contextlib
import signal
import threading


@contextlib.contextmanager
def interrupts_wait():
    """Let Ctrl-C interrupt what comes after the block, not the block.

    TensorFlow does not expect to be interrupted: an import that is broken off leaves modules
    that no later import mends, and a call that is broken off raises errors of its own.
    """
    handler = signal.getsignal(signal.SIGINT)
    if handler is None or threading.current_thread() is not threading.main_thread():
        yield  # handlers of signals run in the main thread, and so do not break off this one
        return
    interrupts = []
    signal.signal(signal.SIGINT, lambda *_: interrupts.append(True))
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, handler)
        if interrupts:
            signal.raise_signal(signal.SIGINT)
