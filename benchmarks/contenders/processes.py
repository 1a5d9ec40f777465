"""Whole processes: scripts, imports, and servers that load and predict."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import joblib
import numpy as np

from benchmarks import peers
from benchmarks.contenders.ready import classifier


def _seconds_of(code, *arguments, **environment):
    environment = {**os.environ, **environment}
    command = [sys.executable, "-c", code, *arguments]
    started = time.perf_counter()
    subprocess.run(command, check=True, capture_output=True, env=environment)
    return time.perf_counter() - started


def _script(contender, **environment):
    """Seconds of a whole process that fits the digits."""
    return _seconds_of(f"from benchmarks.contenders import fits; fits.{contender}()", **environment)


def script_ours():
    return _script("small_fit_ours"), None


def script_keras():
    return _script("small_fit_keras"), None


def script_skorch():
    return _script("small_fit_skorch"), None


def cached_script_ours():
    """The same, where an earlier process left its compiled program."""
    with tempfile.TemporaryDirectory() as directory:
        flags = f"--tf_xla_persistent_cache_directory={directory}"
        return [_script("small_fit_ours", TF_XLA_FLAGS=flags) for _ in range(2)][-1], None


def cached_script_skorch():
    return script_skorch()


def _import(code):
    empty = np.median([_seconds_of("pass") for _ in range(5)])
    return float(np.median([_seconds_of(code) for _ in range(5)]) - empty), None


def import_ours():
    return _import("import sk_attnseq")


def import_sklearn():
    return _import("import sklearn.base")


PREDICT = """
import sys, joblib, numpy as np
joblib.load(sys.argv[1]).predict(np.zeros((1, 10, 5)))
print(int(open('/proc/self/statm').read().split()[1]) * 4096 / 1e6)
"""


def _saved_classifier(directory):
    path = str(Path(directory) / "classifier.joblib")
    X, y = peers.made(1_000)
    joblib.dump(classifier(epochs=1).fit(X, y), path)
    return path


def serve_ours():
    with tempfile.TemporaryDirectory() as directory:
        path = _saved_classifier(directory)
        return float(np.median([_seconds_of(PREDICT, path) for _ in range(5)])), None


def serve_sklearn():
    return float(np.median([_seconds_of("import sklearn.base") for _ in range(5)])), None


def serve_memory_ours():
    """Megabytes of the process that served."""
    with tempfile.TemporaryDirectory() as directory:
        command = [sys.executable, "-c", PREDICT, _saved_classifier(directory)]
        return float(subprocess.run(command, check=True, capture_output=True).stdout), None
