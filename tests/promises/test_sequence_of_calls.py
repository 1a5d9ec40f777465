"""Any sequence of calls on an estimator, held against a simple model of what it must be then.

The model is a twin: another estimator, which sees nothing but the training that succeeded, and is
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

from tests.promises.kinds import KINDS, predictions
from tests.promises.pairs import (
    LABELS,
    SMALL,
    assert_same_bits,
    assert_same_network,
    make_data,
    refused,
)

# All of the same length, so that there is one program for each of two widths.
SEQUENCES, INDICES = make_data("columns")
Y = {
    "classifier": LABELS["str"][INDICES],
    "regressor": np.array([sequence.mean() for sequence in SEQUENCES]),
}
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
    "too few labels": {"X": SEQUENCES, "y": INDICES[:5]},
    "no labels": {"X": SEQUENCES, "y": np.full(24, np.nan)},
    "negative weights": {"X": SEQUENCES, "y": INDICES, "sample_weight": -np.ones(24)},
    "two numbers of features": {"X": [SEQUENCES[0][:, :1], *SEQUENCES[1:]], "y": INDICES},
    "text": {"X": "text", "y": INDICES},
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
    """Calls of `estimator`; its `twin` is None while it is not fitted."""

    @initialize(kind=st.sampled_from(list(KINDS)), goes_on=st.booleans(), stops=st.booleans())
    def start(self, kind, goes_on, stops):
        self.kind, self.y = kind, Y[kind]
        self.estimator = self.make(
            epochs=1, warm_start=goes_on, early_stopping=stops, validation_fraction=0.3
        )
        self.parameters = self.estimator.get_params()
        self.twin = None
        self.scored = None  # by what data and weights, if the last call stopped early by them

    def make(self, **parameters):
        return KINDS[self.kind][0](**SMALL, **parameters)

    def goes_on(self, method):
        return self.twin is not None and (method == "partial_fit" or self.estimator.warm_start)

    def is_refused(self, method):
        """Whether the parameters do not allow this training."""
        other_width = self.goes_on(method) and self.twin.units != self.estimator.units
        return other_width or (method == "partial_fit" and self.estimator.early_stopping)

    @rule(method=st.sampled_from(["fit", "partial_fit"]), rows=rows)
    def train(self, method, rows):
        def call(estimator):
            has_classes = method == "partial_fit" and self.kind == "classifier"
            classes = {"classes": ["down", "up"]} if has_classes else {}
            part = ROWS[rows]
            return getattr(estimator, method)(SEQUENCES[part], self.y[part], **classes)

        if self.is_refused(method):
            with refused(self.estimator, match=r"units|early_stopping"):
                call(self.estimator)
            return
        goes_on = self.goes_on(method)
        before = getattr(self.estimator, "best_validation_score_", None)
        assert call(self.estimator) is self.estimator
        twin = self.twin if goes_on else self.make()
        self.twin = call(twin.set_params(**self.parameters))
        scored = None
        if method == "fit" and self.estimator.early_stopping:
            scored = rows, str(self.parameters.get("class_weight"))
            if goes_on and scored == self.scored:
                assert self.estimator.best_validation_score_ >= before
        self.scored = scored

    @rule(change=changes)
    def set_params(self, change):
        if not change.keys() <= self.parameters.keys():  # a regressor has no class weights
            return
        self.parameters.update(change)
        self.estimator.set_params(**change)

    @rule()
    def clone(self):
        self.estimator, self.twin, self.scored = clone(self.estimator), None, None

    @rule(
        copied=st.sampled_from([copy.deepcopy, copy.copy, lambda c: pickle.loads(pickle.dumps(c))])
    )
    def go_on_with_a_copy(self, copied):
        self.estimator = copied(self.estimator)

    @precondition(lambda self: self.twin is not None)
    @rule(n_samples=st.integers(1, 24))
    def predict(self, n_samples):
        part = SEQUENCES[:n_samples]
        expected = predictions(self.twin, part)
        assert_same_bits(predictions(self.estimator, part), expected)
        if self.kind == "classifier":
            expected = np.array(["down", "up"])[expected.argmax(axis=1)]
        assert_same_bits(self.estimator.predict(part), expected)
        assert_same_bits(self.estimator.attention_weights(part), self.twin.attention_weights(part))

    @rule(method=st.sampled_from(["fit", "partial_fit"]), wrong=st.sampled_from(list(WRONG)))
    def call_with_what_is_wrong(self, method, wrong):
        with refused(self.estimator):
            getattr(self.estimator, method)(**WRONG[wrong])

    @precondition(lambda self: not self.is_refused("fit"))
    @rule(exception=st.sampled_from([KeyboardInterrupt, ZeroDivisionError, ValueError]))
    def break_off(self, exception):
        breaks_off = BreaksOff(exception)
        self.estimator.set_params(early_stopping=True, scoring=breaks_off, epochs=3)
        before = dict(vars(self.estimator))
        with pytest.raises(exception):
            self.estimator.fit(SEQUENCES, self.y)
        assert vars(self.estimator) == before
        self.estimator.set_params(**self.parameters)

    @precondition(lambda self: self.twin is not None)
    @rule()
    def ask_for_the_keras_model(self):
        model = self.estimator.model_
        assert self.estimator.model_ is model
        expected = predictions(self.twin, SEQUENCES)
        predicted = np.reshape(model(np.stack(SEQUENCES)), expected.shape)
        size = max(1, np.abs(expected).max())
        np.testing.assert_allclose(predicted, expected, rtol=0, atol=1e-5 * size)

    @invariant()
    def parameters_are_those_that_were_set(self):
        assert self.estimator.get_params() == self.parameters

    @invariant()
    def the_twin_is_the_same(self):
        if self.twin is None:
            assert vars(self.estimator) == self.parameters
            with pytest.raises(NotFittedError):
                self.estimator.predict(SEQUENCES)
            return
        assert_same_network(self.estimator, self.twin)
        assert self.estimator.best_validation_score_ == self.twin.best_validation_score_
        assert np.isfinite(predictions(self.estimator, SEQUENCES)).all()


TestCalls = Calls.TestCase
TestCalls.settings = settings(
    derandomize=True,
    database=None,
    deadline=None,
    max_examples=30,
    stateful_step_count=20,
    suppress_health_check=list(HealthCheck),
)
