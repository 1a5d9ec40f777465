"""Fits that are watched, epoch by epoch, and fits that are not."""

import threading

import numpy as np
import pytest
import tensorflow as tf
from sklearn.exceptions import ConvergenceWarning

from sk_attnseq import AttentionSequenceClassifier
from sk_attnseq._training import program
from sk_attnseq._training.batch_shapes import Shape
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


def nan_in_call(number):
    """A scorer that rises, but for one NaN; the first call is the one before training."""
    calls = []

    def scorer(estimator, X, y):
        calls.append(1)
        return np.nan if len(calls) == number else len(calls) / 100

    return scorer


def test_a_score_that_fails_once_ends_training_and_loses_nothing(sequences_and_labels):
    X, y = sequences_and_labels
    options = {"early_stopping": True, "random_state": 0}
    stopped = AttentionSequenceClassifier(4, epochs=9, scoring=nan_in_call(5), **options)
    with pytest.warns(ConvergenceWarning, match=r"stopped in epoch 4: .*nan.*is kept") as caught:
        stopped.fit(X, y)
    assert caught[0].filename == __file__
    expected = AttentionSequenceClassifier(4, epochs=3, scoring=nan_in_call(99), **options)
    expected.fit(X, y)
    assert stopped.n_iter_ == len(stopped.validation_scores_) == 3
    np.testing.assert_array_equal(stopped.predict_proba(X), expected.predict_proba(X))


def test_a_score_that_fails_in_the_first_epoch_is_an_error(sequences_and_labels):
    classifier = AttentionSequenceClassifier(4, early_stopping=True, scoring=nan_in_call(2))
    with pytest.raises(ValueError, match="Training stopped in epoch 1"):
        classifier.fit(*sequences_and_labels)
    assert not classifier.__sklearn_is_fitted__()


def test_a_warm_start_never_ends_below_its_start(sequences_and_labels):
    X, y = sequences_and_labels
    classifier = AttentionSequenceClassifier(
        4, epochs=10, early_stopping=True, warm_start=True, scoring="loss", random_state=0
    ).fit(X, y)
    before, score = classifier.predict_proba(X), classifier.best_validation_score_
    state = classifier._state
    classifier.set_params(learning_rate=10.0, epochs=2).fit(X, y)
    assert max(classifier.validation_scores_) < score  # so large a step makes it worse
    assert classifier.best_validation_score_ == score
    np.testing.assert_array_equal(classifier.predict_proba(X), before)
    for part, expected in zip(classifier._state, state, strict=True):  # also Adam's moments
        np.testing.assert_array_equal(part, expected)
    classifier.set_params(learning_rate=0.003, epochs=10).fit(X, y)
    assert classifier.best_validation_score_ >= score


def test_lines_say_whose_they_are(capsys, sequences_and_labels):
    classifier = AttentionSequenceClassifier(4, epochs=1, verbose=1)
    classifier.fit(*sequences_and_labels)
    assert capsys.readouterr().out.startswith("Epoch 1/1, loss = ")
    thread = threading.Thread(target=classifier.fit, args=sequences_and_labels, name="second")
    thread.start()
    thread.join()
    assert capsys.readouterr().out.startswith("[second] Epoch 1/1, loss = ")


def test_lines_are_flushed(monkeypatch, sequences_and_labels):
    flushed = []
    monkeypatch.setattr("builtins.print", lambda *_, **options: flushed.append(options["flush"]))
    AttentionSequenceClassifier(4, epochs=2, verbose=1).fit(*sequences_and_labels)
    assert flushed == [True, True]


def test_a_device_without_memory_is_named(monkeypatch, sequences_and_labels):
    def run_out(*_):
        raise tf.errors.ResourceExhaustedError(None, None, "out of memory")

    X, y = sequences_and_labels
    classifier = AttentionSequenceClassifier(4, epochs=1, random_state=0).fit(X, y)
    before = dict(vars(classifier))
    compiled = program._compile(
        classifier._architecture, (Shape(32, 10),), "cross_entropy", 1, False, "/CPU:0"
    )
    monkeypatch.setattr(compiled, "_run", run_out)
    with pytest.raises(MemoryError, match=r"more memory than /CPU:0 has: lower batch_size"):
        classifier.fit(X, y)
    assert vars(classifier) == before


def test_attention_over_more_timesteps_than_memory_is_refused_before_training():
    X = np.zeros((2, 300_000, 1), np.float32)
    classifier = AttentionSequenceClassifier(4, attention="multihead", epochs=1)
    with pytest.raises(ValueError, match=r"compares all pairs of timesteps: .*pool_size"):
        classifier.fit(X, [0, 1])
