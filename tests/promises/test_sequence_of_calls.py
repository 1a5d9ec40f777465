"""Any sequence of calls on one classifier, held against a simple model of what it must be then.

The model is a twin: another classifier, which sees nothing but the training that succeeded, and is
made anew for each `fit` that starts afresh. Failures, interruptions, pickles, copies, changes of
parameters and predictions in between must leave no trace: the two have the same bits.
"""

import copy
import pickle

import numpy as np
import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule
from sklearn.base import clone
from sklearn.exceptions import NotFittedError

from tests.promises.pairs import (
    LABELS,
    assert_same_bits,
    assert_same_network,
    check_probabilities,
    make_classifier,
    make_data,
    refused,
)

# All of the same length, so that there is one program for each of two widths.
SEQUENCES, INDICES = make_data("columns")
Y = LABELS["str"][INDICES]
ROWS = {"all": slice(None), "half": slice(12), "other half": slice(12, None)}

rows = st.sampled_from(list(ROWS))
changes = st.sampled_from(
    [
        {"learning_rate": 0.05},
        {"learning_rate": 1.0},
        {"alpha": 0.1},
        {"warm_start": True},
        {"warm_start": False},
        {"early_stopping": True},
        {"early_stopping": False},
        {"class_weight": {"down": 4.0, "up": 0.5}},
        {"class_weight": None},
        {"units": 2},
        {"units": 3},
        {"epochs": 1},
        {"epochs": 2},
        {"random_state": 1},
    ]
)
WRONG = {
    "too few labels": {"X": SEQUENCES, "y": Y[:5]},
    "no labels": {"X": SEQUENCES, "y": np.full(24, np.nan)},
    "negative weights": {"X": SEQUENCES, "y": Y, "sample_weight": -np.ones(24)},
    "two numbers of features": {"X": [SEQUENCES[0][:, :1], *SEQUENCES[1:]], "y": Y},
    "text": {"X": "text", "y": Y},
}


class BreaksOff:
    """A scorer that raises when it is called for the second time."""

    def __init__(self, exception):
        self.exception, self.n_calls = exception, 0

    def __call__(self, estimator, X, y):
        self.n_calls += 1
        if self.n_calls == 2:
            raise self.exception
        return 0.5


class Calls(RuleBasedStateMachine):
    """Calls of `classifier`; its `twin` is None while it is not fitted."""

    @initialize(goes_on=st.booleans(), stops=st.booleans())
    def start(self, goes_on, stops):
        self.classifier = make_classifier(
            epochs=1, warm_start=goes_on, early_stopping=stops, validation_fraction=0.3
        )
        self.parameters = self.classifier.get_params()
        self.twin = None
        self.scored = None  # by what data and weights, if the last call stopped early by them

    def goes_on(self, method):
        return self.twin is not None and (method == "partial_fit" or self.classifier.warm_start)

    def is_refused(self, method):
        """Whether the parameters do not allow this training."""
        other_width = self.goes_on(method) and self.twin.units != self.classifier.units
        return other_width or (method == "partial_fit" and self.classifier.early_stopping)

    @rule(method=st.sampled_from(["fit", "partial_fit"]), rows=rows)
    def train(self, method, rows):
        def call(classifier):
            classes = {"classes": ["down", "up"]} if method == "partial_fit" else {}
            part = ROWS[rows]
            return getattr(classifier, method)(SEQUENCES[part], Y[part], **classes)

        if self.is_refused(method):
            with refused(self.classifier, match=r"units|early_stopping"):
                call(self.classifier)
            return
        goes_on = self.goes_on(method)
        before = getattr(self.classifier, "best_validation_score_", None)
        assert call(self.classifier) is self.classifier
        twin = self.twin if goes_on else make_classifier()
        self.twin = call(twin.set_params(**self.parameters))
        scored = None
        if method == "fit" and self.classifier.early_stopping:
            scored = rows, str(self.classifier.class_weight)
            if goes_on and scored == self.scored:
                assert self.classifier.best_validation_score_ >= before
        self.scored = scored

    @rule(change=changes)
    def set_params(self, change):
        self.parameters.update(change)
        self.classifier.set_params(**change)

    @rule()
    def clone(self):
        self.classifier, self.twin, self.scored = clone(self.classifier), None, None

    @rule(
        copied=st.sampled_from([copy.deepcopy, copy.copy, lambda c: pickle.loads(pickle.dumps(c))])
    )
    def go_on_with_a_copy(self, copied):
        self.classifier = copied(self.classifier)

    @precondition(lambda self: self.twin is not None)
    @rule(n_samples=st.integers(1, 24))
    def predict(self, n_samples):
        part = SEQUENCES[:n_samples]
        expected = self.twin.predict_proba(part)
        assert_same_bits(self.classifier.predict_proba(part), expected)
        assert_same_bits(
            self.classifier.predict(part), np.array(["down", "up"])[expected.argmax(1)]
        )
        assert_same_bits(self.classifier.attention_weights(part), self.twin.attention_weights(part))

    @rule(method=st.sampled_from(["fit", "partial_fit"]), wrong=st.sampled_from(list(WRONG)))
    def call_with_what_is_wrong(self, method, wrong):
        with refused(self.classifier):
            getattr(self.classifier, method)(**WRONG[wrong])

    @precondition(lambda self: not self.is_refused("fit"))
    @rule(exception=st.sampled_from([KeyboardInterrupt, ZeroDivisionError, ValueError]))
    def break_off(self, exception):
        breaks_off = BreaksOff(exception)
        self.classifier.set_params(early_stopping=True, scoring=breaks_off, epochs=3)
        before = dict(vars(self.classifier))
        with pytest.raises(exception):
            self.classifier.fit(SEQUENCES, Y)
        assert vars(self.classifier) == before
        self.classifier.set_params(**self.parameters)

    @precondition(lambda self: self.twin is not None)
    @rule()
    def ask_for_the_keras_model(self):
        model = self.classifier.model_
        assert self.classifier.model_ is model
        expected = self.twin.predict_proba(SEQUENCES)
        np.testing.assert_allclose(model(np.stack(SEQUENCES)), expected, rtol=0, atol=1e-5)

    @invariant()
    def parameters_are_those_that_were_set(self):
        assert self.classifier.get_params() == self.parameters

    @invariant()
    def the_twin_is_the_same(self):
        if self.twin is None:
            assert vars(self.classifier) == self.parameters
            with pytest.raises(NotFittedError):
                self.classifier.predict(SEQUENCES)
            return
        assert_same_network(self.classifier, self.twin)
        assert self.classifier.best_validation_score_ == self.twin.best_validation_score_
        check_probabilities(self.classifier.predict_proba(SEQUENCES), 24)


TestCalls = Calls.TestCase
TestCalls.settings = settings(
    derandomize=True,
    database=None,
    deadline=None,
    max_examples=30,
    stateful_step_count=20,
    suppress_health_check=list(HealthCheck),
)
