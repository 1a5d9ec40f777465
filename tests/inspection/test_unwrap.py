import numpy as np
import pytest
from sklearn.base import clone
from sklearn.exceptions import NotFittedError
from sklearn.frozen import FrozenEstimator
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import (
    FixedThresholdClassifier,
    GridSearchCV,
    TunedThresholdClassifierCV,
)
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import FunctionTransformer, StandardScaler

from sk_attnseq import AttentionSequenceClassifier
from sk_attnseq.datasets import make_sequence_classification
from sk_attnseq.inspection import (
    AttentionDisplay,
    AttentionProfileDisplay,
    SampleAttentionDisplay,
    TrainingHistoryDisplay,
    timestep_importance,
)
from sk_attnseq.preprocessing import TimestepTransformer
from tests.networks import fit_with_random_weights

pytestmark = pytest.mark.usefixtures("figures")


def test_pipelines_and_searches(ragged):
    X, y = ragged
    clf = AttentionSequenceClassifier(4, epochs=1, random_state=0)
    steps = [("scale", TimestepTransformer(StandardScaler())), ("none", "passthrough")]
    pipeline = Pipeline([*steps, ("classify", clf)])
    search = GridSearchCV(pipeline, {"classify__units": [4]}, cv=2)
    for estimator in (pipeline, search):
        fit_with_random_weights(estimator, X, y)
    expected = pipeline[-1].attention_weights(pipeline[0].transform(X))
    for estimator in (pipeline, search, make_pipeline(pipeline)):
        if estimator not in (pipeline, search):
            estimator.steps[0] = ("pipeline", pipeline)
        attention = AttentionDisplay.from_estimator(estimator, X, y).attention
        for part, expected_part in zip(attention, expected, strict=True):
            np.testing.assert_array_equal(part, expected_part)
        display = TrainingHistoryDisplay.from_estimator(estimator)
        np.testing.assert_array_equal(display.line_.get_ydata(), pipeline[-1].loss_curve_)
        sample = SampleAttentionDisplay.from_estimator(estimator, X, sample=-1)
        np.testing.assert_allclose(sample.sequence, pipeline[0].transform(X)[-1])


def test_a_table_is_read_as_the_classifier_reads_it():
    X, y = make_sequence_classification(60, 4, 3, random_state=0)
    clf = AttentionSequenceClassifier(4, epochs=2, n_timesteps=4, random_state=0)
    pipeline = make_pipeline(FunctionTransformer(), clf)
    fit_with_random_weights(pipeline, X.reshape(60, 12), y)
    assert AttentionDisplay.from_estimator(pipeline, X.reshape(60, 12)).attention.shape == (60, 4)
    display = SampleAttentionDisplay.from_estimator(clf, X.reshape(60, 12))
    np.testing.assert_allclose(display.sequence, X[0], rtol=1e-6)


def test_no_attention_unfitted_and_other_estimators(networks, ragged):
    X, y = ragged
    for display in (AttentionDisplay, AttentionProfileDisplay, SampleAttentionDisplay):
        with pytest.raises(ValueError, match="attention=None"):
            display.from_estimator(networks[None], X)
    TrainingHistoryDisplay.from_estimator(networks[None])
    clf = AttentionSequenceClassifier()
    for estimator in (clf, make_pipeline(clf), GridSearchCV(clf, {"units": [4]})):
        for call in (
            lambda e: AttentionDisplay.from_estimator(e, X),
            TrainingHistoryDisplay.from_estimator,
            lambda e: timestep_importance(e, X, y),
        ):
            with pytest.raises(NotFittedError):
                call(estimator)
    with pytest.raises(TypeError, match="got LogisticRegression"):
        AttentionDisplay.from_estimator(LogisticRegression(), X)
    search = GridSearchCV(clf.set_params(epochs=1), {"units": [4]}, cv=2, refit=False)
    fit_with_random_weights(search, X, y)
    with pytest.raises(ValueError, match="refit=True"):
        TrainingHistoryDisplay.from_estimator(search)


def test_classifiers_with_a_threshold(networks, ragged):
    X, y = ragged
    clf = networks["pooling"]
    expected = AttentionDisplay.from_estimator(clf, X)
    tuned = TunedThresholdClassifierCV(clf, cv="prefit", refit=False).fit(X, y)
    fixed = FixedThresholdClassifier(FrozenEstimator(clf), threshold=0.3).fit(X, y)
    unfitted = FixedThresholdClassifier(clf, threshold=0.3)  # which predicts as it is
    for estimator in (tuned, fixed, unfitted):
        display = AttentionDisplay.from_estimator(estimator, X)
        for one, other in zip(display.attention, expected.attention, strict=True):
            np.testing.assert_array_equal(one, other)
    with pytest.raises(NotFittedError):
        AttentionDisplay.from_estimator(TunedThresholdClassifierCV(clone(clf)), X)
