"""Scores of validation data against Keras's losses and scikit-learn's scorers."""

from dataclasses import replace

import keras
import numpy as np
import pytest
from sklearn.metrics import f1_score, get_scorer, log_loss, make_scorer

from sk_attnseq import AttentionSequenceClassifier
from sk_attnseq._input.read_sequences import read_sequences
from sk_attnseq._training.scoring import make_score
from tests.data import make_data

WEIGHTS = np.random.default_rng(0).uniform(0.5, 1.5, 60)


@pytest.fixture(scope="module")
def fitted(sequences_and_labels):
    return AttentionSequenceClassifier(4, epochs=2, random_state=0).fit(*sequences_and_labels)


@pytest.fixture
def score(fitted, sequences_and_labels):
    """Score the fitted classifier on the data that it was fitted to."""

    def score(scoring, sample_weight=None, **parameters):
        X, y = sequences_and_labels
        data = make_data(X, np.searchsorted(fitted.classes_, y), WEIGHTS / WEIGHTS.mean())
        data = replace(data, sample_weight=sample_weight)
        before = fitted.get_params()
        fitted.set_params(scoring=scoring, **parameters)
        try:
            return make_score(fitted, data)(fitted._state)
        finally:
            fitted.set_params(**before)

    return score


def test_no_scoring_is_the_weighted_accuracy(score, fitted, sequences_and_labels):
    expected = fitted.score(*sequences_and_labels, sample_weight=WEIGHTS)
    assert score(None) == pytest.approx(expected, rel=1e-12)


@pytest.mark.parametrize("smoothing", [0.0, 0.2])
def test_loss_is_that_of_keras(smoothing, score, fitted, sequences_and_labels):
    X, y = sequences_and_labels
    loss = keras.losses.CategoricalCrossentropy(
        label_smoothing=smoothing, reduction="none", dtype="float64"
    )
    one_hot = (y[:, np.newaxis] == fitted.classes_).astype(float)
    losses = np.asarray(loss(one_hot, fitted.predict_proba(X)))
    expected = -np.average(losses, weights=WEIGHTS)
    # The penalty is no part of it.
    assert score("loss", label_smoothing=smoothing, alpha=1.0) == pytest.approx(expected, rel=1e-6)


@pytest.mark.parametrize("scoring", ["f1_macro", "neg_log_loss", "roc_auc_ovr", "accuracy"])
@pytest.mark.parametrize("sample_weight", [None, WEIGHTS])
def test_scorers_of_scikit_learn(scoring, sample_weight, score, fitted, sequences_and_labels):
    weights = {} if sample_weight is None else {"sample_weight": sample_weight}
    expected = get_scorer(scoring)(fitted, *sequences_and_labels, **weights)
    assert score(scoring, sample_weight) == pytest.approx(expected, rel=1e-6)


def test_scorers_that_take_no_weights_get_none(score, fitted, sequences_and_labels):
    for scoring in (
        "adjusted_rand_score",
        make_scorer(lambda y, predicted: np.mean(y == predicted)),
    ):
        expected = get_scorer(scoring)(fitted, *sequences_and_labels)
        assert score(scoring, WEIGHTS) == score(scoring) == pytest.approx(expected)
    assert score(lambda estimator, X, y: len(X), WEIGHTS) == 60
    weighted = score(lambda estimator, X, y, sample_weight: sample_weight.sum(), WEIGHTS)
    assert weighted == pytest.approx(WEIGHTS.sum())


def test_what_a_scorer_gets(score, fitted, sequences_and_labels):
    X, y = sequences_and_labels
    seen = []

    def look(estimator, X_val, y_val):
        seen.append(X_val)
        assert estimator is not fitted
        assert isinstance(estimator, AttentionSequenceClassifier)
        np.testing.assert_array_equal(y_val, y)
        np.testing.assert_allclose(
            estimator.predict_proba(X_val), fitted.predict_proba(X), rtol=1e-6
        )
        np.testing.assert_array_equal(estimator.predict(X_val[:7]), fitted.predict(X[:7]))
        # Any others, too, in all forms.
        np.testing.assert_array_equal(estimator.predict(list(X)), fitted.predict(X))
        assert estimator.attention_weights(X_val).shape == (60, 10)
        assert estimator.model_ is not fitted.model_
        return 0.5

    assert score(look) == 0.5
    assert all(X_val.values is X for X_val in seen)  # which was not copied


def test_each_state_is_scored_with_its_own_weights(fitted, sequences_and_labels):
    X, y = sequences_and_labels
    sequences = read_sequences(fitted, X)
    data = replace(make_data(X, np.searchsorted(fitted.classes_, y)), sequences=sequences)
    fitted.set_params(scoring="neg_log_loss")
    score = make_score(fitted, data)
    fitted.set_params(scoring=None)
    weights, *rest = fitted._state
    uniform = score((np.zeros_like(weights), *rest))
    assert uniform == pytest.approx(-np.log(3))
    assert score(fitted._state) == pytest.approx(-log_loss(y, fitted.predict_proba(X)), rel=1e-6)


@pytest.mark.filterwarnings("ignore:Predictions of 60 of the 60 sequences:RuntimeWarning")
def test_a_loss_that_is_no_number_is_an_error(fitted, sequences_and_labels, monkeypatch):
    X, y = sequences_and_labels
    monkeypatch.setattr(fitted, "scoring", "loss")
    score = make_score(fitted, make_data(X, np.searchsorted(fitted.classes_, y)))
    weights, *rest = fitted._state
    with pytest.raises(ValueError, match=r"scoring='loss' cannot score .* this is nan"):
        score((np.full_like(weights, np.inf), *rest))


@pytest.mark.parametrize(
    ("scoring", "message"),
    [
        ("roc_auc", "scoring='roc_auc' cannot score the validation data: multi_class must be in"),
        ("f1", "scoring='f1' cannot score the validation data"),
        (lambda *_: np.nan, "a score must be a finite number, but this is nan"),
        (lambda *_: {"f1": 1.0}, "a score must be a finite number, but this is {'f1': 1.0}"),
        (make_scorer(f1_score), r"scoring=make_scorer\(f1_score.* cannot score"),
    ],
)
def test_what_cannot_be_scored(scoring, message, score):
    with pytest.raises(ValueError, match=message):
        score(scoring)
