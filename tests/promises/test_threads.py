"""Threads: predictions and fits at the same time are what they are one after the other."""

import sys
import threading
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from sklearn.base import clone

from sk_attnseq import AttentionSequenceClassifier
from sk_attnseq._training import fitting
from tests.promises.kinds import KINDS, X, predictions


@pytest.fixture
def frequent_switches():
    """Let threads take turns often, so that what they share shows."""
    interval = sys.getswitchinterval()
    sys.setswitchinterval(1e-4)
    yield
    sys.setswitchinterval(interval)


def at_once(*calls):
    """Start all calls together, each in a thread of its own; return what they return."""
    barrier = threading.Barrier(len(calls))

    def run(call):
        barrier.wait(timeout=60)
        return call()

    with ThreadPoolExecutor(len(calls)) as pool:
        return list(pool.map(run, calls, timeout=300))


@pytest.mark.parametrize("attention", ["pooling", "multihead"])
def test_eight_threads_predict_on_one_estimator(attention, ragged, frequent_switches):
    X, y = ragged
    classifier = AttentionSequenceClassifier(attention=attention, epochs=2, random_state=0)
    classifier.fit(X, y)
    # Parts of other sizes and lengths, as buffers that threads shared would mix them up.
    parts = [X[start : start + 3 * (start + 1)] for start in range(8)]
    names = ["predict", "predict_proba", "predict_log_proba", "attention_weights"]

    def predict(part):
        results = [getattr(classifier, name)(part) for _ in range(5) for name in names]
        return [np.concatenate([np.ravel(of_sample) for of_sample in r]) for r in results]

    expected = [predict(part) for part in parts]
    results = at_once(*(lambda part=part: predict(part) for part in parts))
    for part_result, part_expected in zip(results, expected, strict=True):
        for actual, alone in zip(part_result, part_expected, strict=True):
            np.testing.assert_array_equal(actual, alone)


def test_threads_ask_for_the_keras_model_at_once(sequences_and_labels):
    X, y = sequences_and_labels
    classifier = AttentionSequenceClassifier(epochs=1, random_state=0).fit(X, y)
    models = at_once(*[lambda: classifier.model_] * 2)
    for model in models:
        for weight, expected in zip(model.get_weights(), models[0].get_weights(), strict=True):
            np.testing.assert_array_equal(weight, expected)


@pytest.mark.parametrize(
    "changes",
    [
        pytest.param([{"random_state": seed} for seed in range(4)], id="one-program"),
        pytest.param(
            [{"units": 7}, {"attention": None}, {"units": 7, "alpha": 0.1}, {"attention": None}],
            id="two-programs-each-wanted-by-two",
        ),
    ],
)
def test_four_threads_fit_clones(changes, sequences_and_labels, frequent_switches):
    X, y = sequences_and_labels
    template = AttentionSequenceClassifier(epochs=3, early_stopping=True, random_state=0)
    clones = [clone(template).set_params(**change) for change in changes]
    at_once(*(lambda classifier=classifier: classifier.fit(X, y) for classifier in clones))
    for classifier in clones:
        alone = clone(classifier).fit(X, y)
        np.testing.assert_array_equal(classifier.predict_proba(X), alone.predict_proba(X))
        assert classifier.loss_curve_ == alone.loss_curve_
        assert classifier.validation_scores_ == alone.validation_scores_


@pytest.mark.parametrize("kind", KINDS)
def test_threads_predict_while_others_fit(kind, frequent_switches):
    estimator_type, y = KINDS[kind]
    fitted = estimator_type(epochs=2, random_state=0).fit(X, y)
    expected = predictions(fitted, X)

    def fit():
        return predictions(clone(fitted).fit(X, y), X)

    results = at_once(fit, fit, *[lambda: predictions(fitted, X)] * 4)
    for result in results:
        np.testing.assert_array_equal(result, expected)


def test_a_keras_model_is_that_of_the_weights_if_a_fit_replaces_them_meanwhile(
    monkeypatch, sequences_and_labels
):
    X, y = sequences_and_labels
    classifier = AttentionSequenceClassifier(4, epochs=1, random_state=0).fit(X, y)
    build, before = fitting.build_model, classifier.predict_proba(X)

    def build_while_another_thread_fits(estimator):
        monkeypatch.setattr(fitting, "build_model", build)
        classifier.set_params(random_state=1).fit(X, y)
        return build(estimator)

    monkeypatch.setattr(fitting, "build_model", build_while_another_thread_fits)
    for expected in (before, classifier):
        model = classifier.model_
        if expected is classifier:
            expected = classifier.predict_proba(X)
        np.testing.assert_allclose(model.predict(X, verbose=0), expected, atol=1e-6)
    assert np.abs(expected - before).max() > 1e-3


def test_names_and_weights_belong_together_while_a_fit_replaces_them(frequent_switches):
    """A server predicts while another thread fits the classifier to other classes."""
    y = np.arange(40) % 2
    X = np.where(y, 1.0, -1.0)[:, None, None] * np.ones((1, 4, 2))
    names = [np.array(["cat", "dog"])[y], np.array(["ant", "cat", "dog"])[y + 1]]
    # With another class as the first, so that indices of the old weights mean other names.
    names[1][:6] = "ant"
    X_other = X.copy()
    X_other[:6] -= 3
    classifier = AttentionSequenceClassifier(4, epochs=40, learning_rate=0.05, random_state=0)
    classifier.fit(X, names[0])
    done, wrong = threading.Event(), []

    def predict():
        while not done.is_set():
            predicted = classifier.predict(X[10:14])
            if predicted.tolist() != names[0][10:14].tolist():
                wrong.append(predicted)

    def fit():
        try:
            for _ in range(3):
                classifier.fit(X_other, names[1])
                classifier.fit(X, names[0])
        finally:
            done.set()

    at_once(predict, fit)
    assert wrong == []
