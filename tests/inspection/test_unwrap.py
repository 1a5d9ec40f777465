import pkgutil

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
    integrated_gradients,
    timestep_importance,
)
from sk_attnseq.preprocessing import TimestepTransformer
from sk_attnseq.recordings import RecordingClassifier
from sk_attnseq.sequences import make_windows
from tests.networks import fit_with_random_weights

pytestmark = pytest.mark.usefixtures("figures")
# Modules that read the sequences of the network.
READERS = ("_received_attention", "_sequence_panel", "_integrated_gradients")


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


def test_windows_of_recordings_are_the_sequences(ragged):
    X, y = ragged
    scaler = TimestepTransformer(StandardScaler())
    clf = AttentionSequenceClassifier(4, epochs=1, random_state=0)
    recordings = RecordingClassifier(make_pipeline(scaler, clf), 4, 2)
    pipeline = fit_with_random_weights(make_pipeline(FunctionTransformer(), recordings), X, y)
    windows = make_windows(X, y, length=4, step=2, remainder="shift", short="pad")
    inner = pipeline[-1].estimator_
    expected = AttentionDisplay.from_estimator(inner, windows.data, windows.target)
    display = AttentionDisplay.from_estimator(pipeline, X, y)
    np.testing.assert_array_equal(display.order_, expected.order_)
    for one, other in zip(display.attention, expected.attention, strict=True):
        np.testing.assert_array_equal(one, other)
    sample = SampleAttentionDisplay.from_estimator(pipeline, X, sample=1)
    np.testing.assert_allclose(sample.sequence, inner[0].transform(windows.data)[1])
    history = TrainingHistoryDisplay.from_estimator(pipeline)
    np.testing.assert_array_equal(history.line_.get_ydata(), inner[-1].loss_curve_)
    with pytest.raises(ValueError, match="inconsistent numbers"):
        AttentionDisplay.from_estimator(pipeline, X, windows.target)
    with pytest.raises(NotFittedError):
        AttentionDisplay.from_estimator(clone(recordings), X)


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
@pytest.mark.parametrize(
    "show",
    [
        lambda clf, X: AttentionDisplay.from_estimator(clf, X).attention,
        lambda clf, X: [SampleAttentionDisplay.from_estimator(clf, X).attention],
        lambda clf, X: integrated_gradients(clf, X[:3], n_steps=5).attributions,
    ],
    ids=["attention", "sample", "gradients"],
)
@pytest.mark.parametrize("of_recordings", [False, True])
def test_another_thread_that_fits_meanwhile_changes_nothing(
    show, of_recordings, ragged, monkeypatch
):
    X, y = ragged
    estimator = AttentionSequenceClassifier(4, epochs=1, random_state=0)
    places = [f"inspection.{module}.read_sequences" for module in READERS]
    if of_recordings:
        estimator, places = RecordingClassifier(estimator, 4), ["recordings.read_samples"]
    expected = show(fit_with_random_weights(estimator, X, y), X)

    def meanwhile(read):
        def read_while_another_thread_fits(*args, **options):
            monkeypatch.undo()
            fit_with_random_weights(estimator, [x[:, :2] for x in X], 2 + y)
            return read(*args, **options)

        return read_while_another_thread_fits

    for place in places:
        name = f"sk_attnseq.{place}"
        monkeypatch.setattr(name, meanwhile(pkgutil.resolve_name(name)))
    for one, other in zip(show(estimator, X), expected, strict=True):
        np.testing.assert_array_equal(one, other)
    assert estimator.n_features_in_ == 2
