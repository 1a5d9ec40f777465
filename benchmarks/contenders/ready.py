"""What contenders get ready with, and how their calls are timed."""

from __future__ import annotations

import numpy as np

from benchmarks._timing import timings


def timed(function, repeats=1):
    """Median seconds of a call."""
    return float(np.median(timings(function, repeats)))


def classifier(**parameters):
    """An unfitted classifier of ours with TensorFlow imported, as in all rows but some."""
    from sk_attnseq import AttentionSequenceClassifier
    from sk_attnseq._training import fitting  # noqa: F401

    return AttentionSequenceClassifier(random_state=0, **parameters)
