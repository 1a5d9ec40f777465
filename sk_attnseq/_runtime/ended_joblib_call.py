"""Whether the call that a fit in one of joblib's threads belongs to has ended."""

import sys
import threading

from joblib.parallel import BatchedCalls, Parallel

_CALL, _WORK = Parallel.__call__.__code__, BatchedCalls.__call__.__code__


class JoblibCall:
    """The call of joblib that waits for the work of this thread, if it is one of joblib's.

    After Ctrl-C or an error in one of its threads, joblib returns from its call, but the other
    threads go on: nothing tells them. So each looks from time to time whether the call is still
    on the stack of any thread.
    """

    def __init__(self):
        self._calls = set()
        if threading.current_thread() is not threading.main_thread():
            frame = sys._getframe()
            if any(frame.f_code is _WORK for frame in _stack(frame)):
                self._calls = _waiting_calls()

    def check_waits(self) -> None:
        """Raise a KeyboardInterrupt if it has ended."""
        if self._calls and self._calls.isdisjoint(_waiting_calls()):
            raise KeyboardInterrupt("The call that this fit is a part of was interrupted.")


def _stack(frame):
    while frame is not None:
        yield frame
        frame = frame.f_back


def _waiting_calls():
    """Frames of joblib's calls that wait for threads, in threads that are not joblib's own.

    A call that returns a generator does not wait.
    """
    calls = set()
    # Documented, in spite of its underscore, and the one way to see what other threads do.
    for frame in sys._current_frames().values():
        frames = {f.f_code: f for f in _stack(frame) if f.f_code in (_CALL, _WORK)}
        if _WORK not in frames and _CALL in frames:
            call = frames[_CALL]
            if not call.f_locals["self"].return_generator:
                calls.add(call)
    return calls
