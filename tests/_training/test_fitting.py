"""Fits that are watched, epoch by epoch, and fits that are not."""

import numpy as np
import pytest

from sk_attnseq import AttentionSequenceClassifier
from tests.callbacks import IdleCallback


@pytest.mark.parametrize("who", ["nobody", "a reader", "early stopping", "a callback"])
@pytest.mark.usefixtures("patient")
def test_only_epochs_that_nobody_watches_are_trained_together(
    who, parts_of_calls, capsys, sequences_and_labels
):
    """Two batches an epoch."""
    X, y = sequences_and_labels
    parameters = {"a reader": {"verbose": 1}, "early stopping": {"early_stopping": True}}
    classifier = AttentionSequenceClassifier(4, epochs=5, random_state=0, **parameters.get(who, {}))
    if who == "a callback":
        pytest.importorskip("sklearn.callback", reason="scikit-learn >= 1.9")
        classifier.set_callbacks(IdleCallback())
    classifier.fit(X, y)
    assert parts_of_calls == ([2, 8] if who == "nobody" else [2] * 5)
    assert len(classifier.loss_curve_) == classifier.n_iter_ == 5
    assert capsys.readouterr().out.count("\n") == (5 if who == "a reader" else 0)
    if who != "early stopping":  # which learns from fewer samples
        expected = AttentionSequenceClassifier(4, epochs=5, random_state=0).fit(X, y)
        np.testing.assert_array_equal(classifier.predict_proba(X), expected.predict_proba(X))
