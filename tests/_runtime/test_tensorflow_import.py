"""TensorFlow's start, where it fails."""

import os
import re
import subprocess
import sys
import tempfile

import pytest

from sk_attnseq._runtime.tensorflow_import import quiet_import

FIT = """
import ctypes, sys, threading, time
import numpy as np
from sk_attnseq import AttentionSequenceClassifier

X = np.arange(48.0).reshape(8, 3, 2)

def fit():
    AttentionSequenceClassifier(epochs=1).fit(X, [0, 1] * 4)
"""


def run(code, **environment):
    return subprocess.run(
        [sys.executable, "-W", "ignore", "-c", FIT + code],
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
        env={**os.environ, **environment},
    )


def test_why_tensorflow_ends_the_process():
    process = run("fit()", XLA_FLAGS="--no_such_flag")
    assert process.returncode != 0
    # "flags" in TensorFlow 2.18
    assert re.search("Unknown flags? in XLA_FLAGS: --no_such_flag", process.stderr)


def test_an_exception_that_comes_into_the_thread_that_imports():
    """As those that some task queues send to the thread of a task after a time."""
    code = """
class Limit(Exception):
    pass

class Sends:
    def find_spec(name, *_):
        if name == "tensorflow.python.framework":
            sys.meta_path.remove(Sends)
            address = ctypes.c_ulong(thread.ident)
            assert ctypes.pythonapi.PyThreadState_SetAsyncExc(address, ctypes.py_object(Limit))

def first():
    try:
        fit()
    except Limit:
        print("limit")

sys.meta_path.insert(0, Sends)
thread = threading.Thread(target=first)
thread.start()
thread.join()
fit()
print("fitted")
"""
    process = run(code)
    assert (process.stdout, process.stderr) == ("limit\nfitted\n", "")


def test_no_temporary_directory(monkeypatch):
    def no_directory():
        raise FileNotFoundError(2, "No usable temporary directory found in ['/tmp']")

    monkeypatch.setattr(tempfile, "gettempdir", no_directory)
    with pytest.raises(FileNotFoundError, match=r"needs a temporary .* let TMPDIR .*\['/tmp'\]"):
        quiet_import("tests.not_ready_yet")
