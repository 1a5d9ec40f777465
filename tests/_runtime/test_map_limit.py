"""A process that has hardly a memory map left gets an error instead of a crash."""

import sys

import pytest

from tests.processes import run_python

CODE = """
import mmap
import numpy as np
from sk_attnseq import AttentionSequenceClassifier

X, y = np.random.default_rng(0).normal(size=(20, 3, 2)), np.arange(20) % 2
classifier = AttentionSequenceClassifier(units=2, epochs=1, random_state=0).fit(X, y)
expected = classifier.predict_proba(X)

def n_maps():
    return sum(1 for _ in open("/proc/self/maps"))

limit = int(open("/proc/sys/vm/max_map_count").read())
pages = [mmap.mmap(-1, mmap.PAGESIZE) for _ in range(limit - 2_000 - n_maps())]
assert n_maps() > limit - 3_000

classifier.fit(X, y)  # with a program that there is
try:
    classifier.set_params(units=3).fit(X, y)
except MemoryError as error:
    print(error)
np.testing.assert_array_equal(classifier.predict_proba(X), expected)
pages.clear()
classifier.fit(X, y)
"""


@pytest.mark.skipif(sys.platform != "linux", reason="Linux has the limit")
def test_error_before_the_last_map_and_nothing_lost():
    said = run_python(CODE)
    assert "memory maps of the" in said
    assert "several processes" in said
