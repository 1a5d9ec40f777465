import itertools
import subprocess
import sys

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


def test_axes_that_are_given(networks, ragged, figures):
    X, y = ragged
    _, ax = figures.subplots()
    assert AttentionDisplay.from_estimator(networks["pooling"], X, y, ax=ax).ax_ is ax
    figure, (left, right) = figures.subplots(1, 2)
    display = AttentionDisplay.from_estimator(networks["multihead"], X, y, ax=left)
    assert display.figure_ is figure
    assert not left.axison
    assert right.axison
    _, axes = figures.subplots(1, 3)
    display = AttentionDisplay.from_estimator(networks["multihead"], X, y, ax=axes)
    assert list(display.axes_) == list(axes)
    _, axes = figures.subplots(1, 2)
    for wrong in (
        lambda: AttentionDisplay.from_estimator(networks["multihead"], X, y, ax=axes),
        lambda: SampleAttentionDisplay.from_estimator(networks["multihead"], X, ax=axes),
    ):
        with pytest.raises(ValueError, match="Expected one ax or"):
            wrong()
    with pytest.raises(ValueError, match=r"plt\.subplots"):
        TrainingHistoryDisplay([2, 1], validation_scores=[0, 1]).plot(
            figures.figure().add_axes((0, 0, 1, 1))
        )
    history = TrainingHistoryDisplay([2, 1], validation_scores=[0, 1]).plot(axes)
    assert list(history.axes_) == list(axes)


def test_labels_do_not_overlap(figures):
    _, ax = figures.subplots(figsize=(3, 2))
    attention = np.random.default_rng(0).random((260, 5))
    display = AttentionDisplay(attention, y=np.arange(260) // 5).plot(ax)
    display.figure_.canvas.draw()
    boxes = [label.get_window_extent() for label in ax.get_yticklabels()]
    assert 5 < len(boxes) < 52
    assert all(upper.y0 >= lower.y1 - 1 for upper, lower in itertools.pairwise(boxes))


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


def test_matplotlib_comes_only_when_something_is_plotted(monkeypatch):
    program = "import sys, sk_attnseq.inspection; print('matplotlib' in sys.modules)"
    run = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert run.stdout.strip() == "False", run.stderr
    monkeypatch.setitem(sys.modules, "matplotlib.pyplot", None)
    with pytest.raises(ImportError, match="pip install matplotlib"):
        TrainingHistoryDisplay([1, 2]).plot()


@pytest.mark.parametrize("n_timesteps", [1, 2, 5, 50, 500])
def test_ticks_are_whole_numbers_and_at_least_two(n_timesteps, figures):
    figure, axes = figures.subplots(1, 3, figsize=(3, 2), layout="constrained")
    display = AttentionDisplay(np.ones((3, 3, n_timesteps))).plot(axes)
    figure.canvas.draw()
    ticks = display.ax_.get_xticks()
    np.testing.assert_array_equal(ticks, np.round(ticks))
    inside = ticks[(ticks >= 0) & (ticks < n_timesteps)]
    assert len(inside) >= min(2, n_timesteps)
    labels = [t.label1 for t in display.ax_.xaxis.get_major_ticks() if t.get_loc() in inside]
    boxes = [label.get_window_extent() for label in labels]
    assert all(left.x1 < right.x0 for left, right in itertools.pairwise(boxes))
