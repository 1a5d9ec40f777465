"""Ensembles in the displays: what is shown is of the mean of the networks."""

import numpy as np
import pytest

from sk_attnseq import AttentionSequenceClassifier
from sk_attnseq.ensemble import AttentionSequenceEnsemble
from sk_attnseq.inspection import (
    AttentionProfileDisplay,
    IntegratedGradientsDisplay,
    SampleAttentionDisplay,
    TrainingHistoryDisplay,
    feature_importance,
    integrated_gradients,
)

pytestmark = pytest.mark.usefixtures("figures")


@pytest.fixture(scope="module", params=["pooling", "multihead"])
def fitted(request, ragged):
    classifier = AttentionSequenceClassifier(4, attention=request.param, num_heads=3, epochs=2)
    return AttentionSequenceEnsemble(classifier, 2, random_state=0).fit(*ragged)


def test_all_displays(fitted, ragged):
    X, y = ragged
    AttentionProfileDisplay.from_estimator(fitted, X, y)
    sample = SampleAttentionDisplay.from_estimator(fitted, X, sample=1)
    np.testing.assert_allclose(sample.attention, fitted.attention_weights(X)[1])
    IntegratedGradientsDisplay.from_estimator(fitted, X, n_steps=5)
    result = integrated_gradients(fitted, X[:3])
    assert np.abs(result.errors).max() < 1e-3
    np.testing.assert_allclose(result.probabilities, fitted.predict_proba(X[:3]).max(axis=1))
    assert feature_importance(fitted, X, y, n_repeats=1).importances.shape == (3, 1)
    with pytest.raises(TypeError, match="pass one of its estimators_"):
        TrainingHistoryDisplay.from_estimator(fitted)
    TrainingHistoryDisplay.from_estimator(fitted.estimators_[0])
