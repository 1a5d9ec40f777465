"""scikit-learn's callbacks follow a fit, epoch by epoch."""

import numpy as np
import pytest
from sklearn.base import clone
from sklearn.metrics import get_scorer
from sklearn.model_selection import GridSearchCV, StratifiedKFold
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from sk_attnseq import AttentionSequenceClassifier
from sk_attnseq.preprocessing import TimestepTransformer
from tests.promises.kinds import KINDS, predictions, targets

callback = pytest.importorskip("sklearn.callback", reason="scikit-learn >= 1.9")


class Recorder:
    """Notes what it is told; can stop the training, or fail, at the end of an epoch."""

    def __init__(self, *, stop_after=None, fail_after=None):
        self.stop_after = stop_after
        self.fail_after = fail_after
        self.events, self.fitted, self.arguments = [], [], []

    def setup(self, estimator, context):
        self.events.append("setup")

    def on_fit_task_begin(self, estimator, context, *, X=None, y=None, metadata=None):
        self.events.append(f"begin {context.task_name} {context.task_id} of {context.max_subtasks}")

    def on_fit_task_end(
        self, estimator, context, *, X=None, y=None, metadata=None, fitted_estimator=None
    ):
        self.events.append(f"end {context.task_name} {context.task_id}")
        self.fitted.append(fitted_estimator)
        self.arguments.append((X, y, metadata))
        if context.task_name == "epoch":
            if context.task_id + 1 == self.fail_after:
                raise RuntimeError("callback failed")
            return context.task_id + 1 == self.stop_after
        return False

    def teardown(self, estimator, context):
        self.events.append("teardown")


SMALL = {"units": 4, "epochs": 3, "random_state": 0}


def make_classifier(**parameters):
    return AttentionSequenceClassifier(**{**SMALL, **parameters})


def test_epochs_are_subtasks_of_the_fit(sequences_and_labels):
    recorder = Recorder()
    X, y = sequences_and_labels
    weights = np.ones(len(X))
    make_classifier(epochs=2).set_callbacks(recorder).fit(X, y, sample_weight=weights)
    assert recorder.events == [
        "setup",
        "begin fit 0 of 2",
        "begin epoch 0 of 0",
        "end epoch 0",
        "begin epoch 1 of 0",
        "end epoch 1",
        "end fit 0",
        "teardown",
    ]
    for got_X, got_y, metadata in recorder.arguments:
        assert got_X is X
        assert got_y is y
        assert metadata["sample_weight"] is weights


@pytest.mark.parametrize(("kind", "stopping"), [("classifier", False), ("regressor", True)])
def test_fitted_estimators_are_as_if_training_had_stopped(kind, stopping, sequences_and_labels):
    make = KINDS[kind][0]
    X, y = sequences_and_labels[0], targets(make, *sequences_and_labels)
    recorder = Recorder()
    estimator = make(**SMALL, early_stopping=stopping).set_callbacks(recorder).fit(X, y)
    for epoch, fitted in enumerate(recorder.fitted[:-1], start=1):
        shorter = clone(estimator).set_callbacks().set_params(epochs=epoch).fit(X, y)
        assert fitted.n_iter_ == epoch
        assert fitted.loss_curve_ == shorter.loss_curve_
        assert fitted.validation_scores_ == shorter.validation_scores_
        np.testing.assert_array_equal(predictions(fitted, X), predictions(shorter, X))
        assert len(fitted.model_.weights) == len(shorter.model_.weights)


def test_callbacks_change_no_bit_and_stay_set(sequences_and_labels):
    X, y = sequences_and_labels
    watched = make_classifier().set_callbacks(Recorder()).fit(X, y)
    np.testing.assert_array_equal(
        watched.predict_proba(X), make_classifier().fit(X, y).predict_proba(X)
    )
    leftovers = {name for name in vars(watched) if "callback" in name}
    assert leftovers == {"_skl_callbacks"}


def test_a_callback_that_returns_true_stops_training(sequences_and_labels):
    X, y = sequences_and_labels
    recorder = Recorder(stop_after=2)
    stopped = make_classifier(epochs=50).set_callbacks(recorder).fit(X, y)
    assert stopped.n_iter_ == 2
    assert recorder.events[-2:] == ["end fit 0", "teardown"]
    expected = make_classifier(epochs=2).fit(X, y)
    np.testing.assert_array_equal(stopped.predict_proba(X), expected.predict_proba(X))


def test_a_callback_that_fails_leaves_the_classifier_as_it_was(sequences_and_labels):
    X, y = sequences_and_labels
    classifier = make_classifier().fit(X, y)
    before = classifier.predict_proba(X)
    recorder = Recorder(fail_after=2)
    classifier.set_callbacks(recorder)
    with pytest.raises(RuntimeError, match="callback failed"):
        classifier.fit(X[::-1], y)
    assert recorder.events[-1] == "teardown"
    np.testing.assert_array_equal(classifier.predict_proba(X), before)
    assert {name for name in vars(classifier) if "callback" in name} == {"_skl_callbacks"}
    unfitted = make_classifier().set_callbacks(Recorder(fail_after=1))
    with pytest.raises(RuntimeError, match="callback failed"):
        unfitted.fit(X, y)
    assert not unfitted.__sklearn_is_fitted__()


def test_warm_starts_and_partial_fit_are_tasks_of_their_own(sequences_and_labels):
    X, y = sequences_and_labels
    recorder = Recorder()
    classifier = make_classifier(epochs=2, warm_start=True).set_callbacks(recorder).fit(X, y)
    recorder.events.clear()
    classifier.partial_fit(X, y)
    assert recorder.events[:3] == ["setup", "begin fit 0 of 1", "begin epoch 0 of 0"]
    recorder.events.clear()
    classifier.fit(X, y)
    assert recorder.events.count("begin epoch 0 of 0") == 1
    assert recorder.fitted[-1].n_iter_ == classifier.n_iter_ == 5


def test_divergence_ends_the_tasks(sequences_and_labels):
    X, y = sequences_and_labels
    recorder = Recorder()
    classifier = make_classifier(epochs=50, learning_rate=1e18, alpha=1e-3)
    classifier.set_callbacks(recorder)
    with pytest.warns(match="diverged in epoch"):
        classifier.fit(X, y)
    begun = [event for event in recorder.events if event.startswith("begin epoch")]
    ended = [event for event in recorder.events if event.startswith("end epoch")]
    assert len(begun) == len(ended) == classifier.n_iter_ + 1


def test_scoring_monitor_scores_each_epoch(sequences_and_labels):
    X, y = sequences_and_labels
    monitor = callback.ScoringMonitor(scoring="accuracy")
    classifier = make_classifier().set_callbacks(monitor).fit(X, y)
    rows = monitor.get_logs().data
    epochs = [row["accuracy"] for row in rows if row["task_name"] == "epoch"]
    assert len(epochs) == 3
    assert epochs[-1] == classifier.score(X, y)


def test_progress_bar_shows_epochs_of_a_search_over_pipelines(sequences_and_labels, capsys):
    pytest.importorskip("rich")
    X, y = sequences_and_labels
    pipeline = make_pipeline(TimestepTransformer(StandardScaler()), make_classifier())
    search = GridSearchCV(pipeline, {"attentionsequenceclassifier__alpha": [0, 0.1]}, cv=2)
    search.set_callbacks(callback.ProgressBar(max_propagation_depth=None)).fit(X, y)
    shown = capsys.readouterr().out
    assert "AttentionSequenceClassifier - fit" in shown
    assert "TimestepTransformer - fit" in shown


def test_scoring_monitor_in_a_search(sequences_and_labels):
    X, y = sequences_and_labels
    monitor = callback.ScoringMonitor(scoring="neg_log_loss")
    classifier = make_classifier().set_callbacks(monitor)
    GridSearchCV(classifier, {"alpha": [0, 0.1]}, cv=2, refit=False).fit(X, y)
    rows = [row for log in monitor.get_logs(select="all") for row in log.data]
    assert sum(row["task_name"] == "epoch" for row in rows) == 2 * 2 * 3
    # Those of the first fit are those of shorter fits.
    scores = [row["neg_log_loss"] for row in rows if row["task_name"] == "epoch"][:3]
    [(train, _), _] = StratifiedKFold(2).split(X, y)
    for epochs, score in enumerate(scores, start=1):
        shorter = make_classifier(epochs=epochs, alpha=0).fit(X[train], y[train])
        assert score == get_scorer("neg_log_loss")(shorter, X[train], y[train])


def test_transformers_of_timesteps_are_tasks_of_their_own(sequences_and_labels):
    recorder = Recorder()
    transformer = TimestepTransformer(StandardScaler()).set_callbacks(recorder)
    transformer.fit_transform(*sequences_and_labels)
    assert recorder.events == ["setup", "begin fit 0 of 0", "end fit 0", "teardown"]
    assert recorder.fitted[0].transformer_ is transformer.transformer_
