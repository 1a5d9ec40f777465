"""Ctrl-C and other signals that end things, where they would leave TensorFlow half way."""

import contextlib
import signal
import threading

# What people, time limits and schedulers send to have something end. (To look at all 62 signals
# of Linux would take a tenth of the time of a small program.)
_NAMES = ("INT", "TERM", "BREAK", "HUP", "QUIT", "ALRM", "VTALRM", "PROF", "USR1", "USR2", "XCPU")
_SIGNALS = [signal.Signals[f"SIG{n}"] for n in _NAMES if f"SIG{n}" in signal.Signals.__members__]


@contextlib.contextmanager
def signals_deferred():
    """Let signals whose handlers may raise interrupt what comes after the block, not the block.

    TensorFlow does not expect to be interrupted: a call that is broken off raises errors of its
    own.
    """
    if threading.current_thread() is not threading.main_thread():
        yield  # handlers of signals run in the main thread, and so do not break off this one
        return
    handlers = {signum: signal.getsignal(signum) for signum in _SIGNALS}
    handlers = {signum: handler for signum, handler in handlers.items() if callable(handler)}
    waiting, came = True, {}

    def wait(signum, frame):
        if waiting:
            came[signum] = frame
        else:  # while the handlers are put back, one of them has raised
            handlers[signum](signum, frame)

    try:
        for signum in handlers:
            signal.signal(signum, wait)
        yield
    finally:
        waiting = False
        with contextlib.ExitStack() as afterwards:
            # Called, not sent again: who reads signals from a file, as asyncio does, has read it.
            for signum, frame in came.items():
                afterwards.callback(handlers[signum], signum, frame)
            for signum, handler in handlers.items():
                signal.signal(signum, handler)
