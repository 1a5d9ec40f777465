"""Standard error without what TensorFlow says while it starts."""

import contextlib
import os
import subprocess
import sys
import threading
from pathlib import Path

# What TensorFlow's C++ libraries log while they start: "I0000 00:00:17... file.cc:1] text"
# or "2026-01-01 00:00:00.0: I tensorflow/...", and lines that belong to such a one. (With F
# begins what ends the process.) The last one is from TensorFlow 2.18, which tries to read programs
# from a persistent cache as text before it reads them as what they are.
_LOG_LINES = (
    rb"[IWE]\d{4} \d\d:\d\d:"
    rb"|\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d+: [IWE] "
    rb"|WARNING: All log messages before absl::InitializeLog"
    rb"|To enable the following instructions:"
    rb"|\[libprotobuf ERROR [^\]]*\] Error parsing text-format tensorflow.XlaSerializedCacheEntry"
)
_END = b"\0 the end of the start \0\n"

# The program of the filter. It ends when nobody is left to write to it: not on a signal, and not
# with the start, as processes that were started meanwhile may still have words to pass on.
_FILTER = f"""
import re, signal
for signum in (signal.SIGINT, signal.SIGTERM):
    signal.signal(signum, signal.SIG_IGN)
words, back, terminal = open(0, "rb"), open(1, "wb"), open(2, "wb")
back.write(b"!")
back.flush()
dropped = []
for line in words:
    text = line.removesuffix({_END!r})
    if not back.closed and re.match({_LOG_LINES!r}, text):
        dropped.append(text)
    else:
        terminal.write(text)
        terminal.flush()
    if text != line:
        back.writelines(dropped)
        back.close()
"""

dropped: list[str] = []
"""The lines that were dropped, for whoever needs to know, say, why TensorFlow has no GPU."""

lock = threading.Lock()
"""Held while lines are dropped."""


@contextlib.contextmanager
def silenced():
    """Keep TensorFlow's start-up messages off the terminal.

    They are written to the file descriptor of standard error. The documented ways to silence
    them (an environment variable, a log level) miss some, and would silence what the user's
    own use of TensorFlow prints later, too. So the descriptor leads to another process for a
    moment, which passes on at once what is no log. Nothing else would get the last words
    of a process that ends meanwhile, be it by a crash, to the terminal.
    """
    with lock, contextlib.ExitStack() as stack:
        with contextlib.suppress(OSError):  # there is no standard error, or no new process
            if _can_have_a_filter():
                stack.enter_context(_filtered())
        yield


def _can_have_a_filter():
    """Whether the filter can be started, and lives on when this process ends.

    It needs Python, which the executable is not where Python is embedded. And with the first
    process of a container all others end at once.
    """
    is_python = Path(sys.executable or "").name.startswith("python")
    return is_python and not getattr(sys, "frozen", False) and os.getpid() != 1


@contextlib.contextmanager
def _filtered():
    with open(os.dup(2), "wb") as terminal:
        process = _start_filter(terminal)
        os.dup2(process.stdin.fileno(), 2)
        process.stdin.close()
        try:
            yield
        finally:
            with contextlib.suppress(BrokenPipeError):
                os.write(2, _END)
            os.dup2(terminal.fileno(), 2)
            with process.stdout as lines:  # which end when the filter has passed on the rest
                dropped.extend(lines.read().decode(errors="replace").splitlines())
            threading.Thread(target=process.wait, daemon=True).start()


def _start_filter(terminal):
    process = subprocess.Popen(
        [sys.executable, "-P", "-S", "-c", _FILTER],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=terminal,
        start_new_session=True,  # Ctrl-C is not for it
    )
    if process.stdout is not None and process.stdout.read(1):
        return process
    process.communicate()
    raise OSError("The filter has not started.")
