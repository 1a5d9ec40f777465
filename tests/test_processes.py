"""Processes: what was forked predicts, and says so when it cannot fit."""

import subprocess
import sys

import pytest

FORK = """
import os, pickle
import numpy as np
from sk_attnseq import AttentionSequenceClassifier

X, y = np.random.default_rng(0).normal(size=(40, 5, 2)), np.arange(40) % 2
classifier = AttentionSequenceClassifier(epochs=1, random_state=0)
if {fit_before}:
    expected = classifier.fit(X, y).predict_proba(X)
read, write = os.pipe()
if os.fork() == 0:
    if {fit_before}:
        assert np.array_equal(classifier.predict_proba(X), expected)
        assert np.array_equal(pickle.loads(pickle.dumps(classifier)).predict_proba(X), expected)
    try:
        classifier.fit(X, y)
        os.write(write, b"fitted")
    except RuntimeError as error:
        os.write(write, str(error).encode())
    os._exit(0)
os.close(write)
print(os.fdopen(read).read())
"""


@pytest.mark.skipif(not hasattr(__import__("os"), "fork"), reason="needs fork")
@pytest.mark.parametrize(
    ("fit_before", "outcome"),
    [(True, "forked from one that had started TensorFlow"), (False, "fitted")],
)
def test_after_a_fork(fit_before, outcome):
    code = FORK.format(fit_before=fit_before)
    process = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", code],
        capture_output=True,
        text=True,
        check=True,
        timeout=120,
    )
    assert outcome in process.stdout
