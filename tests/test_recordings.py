"""RecordingClassifier, against its windows, cut and averaged by hand."""

import pickle

import numpy as np
import pandas as pd
import pytest
import sklearn
from sklearn.base import BaseEstimator, ClassifierMixin, clone
from sklearn.calibration import CalibratedClassifierCV
from sklearn.ensemble import VotingClassifier
from sklearn.exceptions import NotFittedError
from sklearn.frozen import FrozenEstimator
from sklearn.impute import SimpleImputer
from sklearn.model_selection import GridSearchCV, GroupKFold, StratifiedKFold, cross_val_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer, StandardScaler
from sklearn.svm import LinearSVC

from sk_attnseq import AttentionSequenceClassifier
from sk_attnseq._input.read_samples import read_samples
from sk_attnseq.ensemble import AttentionSequenceEnsemble
from sk_attnseq.export import for_prediction
from sk_attnseq.preprocessing import TimestepTransformer
from sk_attnseq.recordings import RecordingClassifier
from sk_attnseq.sequences import make_windows, to_timeline
from tests.data import pad_with_nan
from tests.networks import fit_with_random_weights


class RecordsFit(ClassifierMixin, BaseEstimator):
    """Keeps what `fit` gets, and predicts by the sign of a window's mean."""

    def fit(self, X, y, sample_weight=None, groups=None):
        self.X_, self.y_, self.sample_weight_, self.groups_ = X, y, sample_weight, groups
        self.classes_ = np.unique(y)
        return self

    def predict_proba(self, X):
        positive = 1 / (1 + np.exp(-np.nanmean(X, axis=(1, 2))))
        return np.column_stack([1 - positive, positive])

    def predict(self, X):
        return self.classes_[self.predict_proba(X).argmax(axis=1)]


@pytest.fixture(scope="module")
def recordings():
    """Twelve recordings of 3 to 14 timesteps x 2 features, and two classes."""
    rng = np.random.default_rng(0)
    y = np.array(["still", "up"])[np.arange(12) % 2]
    X = [rng.normal(size=(3 + i, 2)) + (i % 2) for i in range(12)]
    return X, y


def cut(X, length, step=None):
    return make_windows(X, length=length, step=step, remainder="shift", short="pad")


def test_the_estimator_is_fitted_on_windows(recordings):
    X, y = recordings
    clf = RecordingClassifier(RecordsFit(), 6, 4).fit(X, y)
    windows = cut(X, 6, 4)
    np.testing.assert_array_equal(clf.estimator_.X_, windows.data)
    np.testing.assert_array_equal(clf.estimator_.y_, y[windows.groups])
    np.testing.assert_array_equal(clf.estimator_.groups_, windows.groups)
    assert clf.estimator_.sample_weight_ is None
    assert clf.n_features_in_ == 2
    assert not hasattr(clf.estimator, "X_")


@pytest.mark.parametrize(("length", "step"), [(6, 4), (3, None), (20, None), (2, 5)])
def test_predictions_are_means_over_windows(recordings, length, step):
    X, y = recordings
    clf = RecordingClassifier(RecordsFit(), length, step).fit(X, y)
    windows = cut(X, length, step)
    of_windows = clf.estimator_.predict_proba(windows.data)
    expected = [of_windows[windows.groups == i].mean(axis=0) for i in range(12)]
    np.testing.assert_allclose(clf.predict_proba(X), expected, rtol=1e-12)
    np.testing.assert_array_equal(clf.predict(X), clf.classes_[np.argmax(expected, axis=1)])
    for one, other in zip(clf.predict_windows(X), to_timeline(of_windows, windows), strict=True):
        np.testing.assert_array_equal(one, other)
    assert [len(one) for one in clf.predict_windows(X)] == list(map(len, X))


def test_geometric_mean(recordings):
    X, y = recordings
    clf = RecordingClassifier(RecordsFit(), 4, 1, aggregation="geometric_mean").fit(X, y)
    windows = cut(X, 4, 1)
    of_windows = clf.estimator_.predict_proba(windows.data)
    for row, probabilities in enumerate(clf.predict_proba(X)):
        of_recording = of_windows[windows.groups == row]
        expected = np.prod(of_recording, axis=0) ** (1 / len(of_recording))
        np.testing.assert_allclose(probabilities, expected / expected.sum(), rtol=1e-12)
    means = RecordingClassifier(RecordsFit(), 4, 1).fit(X, y).predict_proba(X)
    assert np.abs(means - clf.predict_proba(X)).max() > 1e-3


def test_a_probability_of_0_does_not_decide_alone():
    class Certain(RecordsFit):
        def predict_proba(self, X):
            return np.where(X[:, :1, 0] > 0, [[1.0, 0.0]], [[0.3, 0.7]])

    X = np.full((2, 40, 1), -1.0)
    X[0, 0] = 1  # one of 40 windows rules out the second class
    clf = RecordingClassifier(Certain(), 1, aggregation="geometric_mean").fit(X, [0, 1])
    assert clf.predict(X).tolist() == [1, 1]


def test_forms_of_recordings(recordings):
    X, y = recordings
    expected = RecordingClassifier(RecordsFit(), 4).fit(X, y).predict_proba(X)
    frames = [pd.DataFrame(x, columns=["x", "y"]) for x in X]
    for form in (pad_with_nan(X, 14).astype(float), frames, pd.Series(X, dtype=object)):
        clf = RecordingClassifier(RecordsFit(), 4).fit(form, y)
        np.testing.assert_allclose(clf.predict_proba(form), expected, rtol=1e-5)
    assert RecordingClassifier(RecordsFit(), 4).fit(frames, y).feature_names_in_.tolist() == [
        "x",
        "y",
    ]


def test_rows_of_a_table_are_recordings_of_one_feature():
    table, y = np.random.default_rng(0).normal(size=(10, 7)), np.arange(10) % 2
    clf = RecordingClassifier(RecordsFit(), 3, 2).fit(table, y)
    same = RecordingClassifier(RecordsFit(), 3, 2).fit(table[:, :, np.newaxis], y)
    np.testing.assert_array_equal(clf.estimator_.X_, same.estimator_.X_)
    assert clf.n_features_in_ == 7
    with pytest.raises(ValueError, match="X has 6 features"):
        clf.predict(table[:, :6])


@pytest.mark.parametrize("routing", [False, True])
@pytest.mark.parametrize(
    "wrap",
    [
        lambda clf: clf,
        lambda clf: make_pipeline(FunctionTransformer(), clf),
        lambda clf: make_pipeline(FunctionTransformer(), make_pipeline("passthrough", clf)),
    ],
)
def test_groups_reach_the_classifier(wrap, routing, recordings):
    X, y = recordings
    people = np.repeat(["a", "b", "c"], 4)
    windows = cut(X, 4)
    with sklearn.config_context(enable_metadata_routing=routing):
        estimator = RecordsFit()
        if routing:
            estimator.set_fit_request(sample_weight=True)
        clf = RecordingClassifier(wrap(estimator), 4)
        weights = np.arange(1.0, 13.0)
        inner = clf.fit(X, y, weights, groups=people).estimator_
        while hasattr(inner, "steps"):
            inner = inner[-1]
        np.testing.assert_array_equal(inner.groups_, people[windows.groups])
        np.testing.assert_array_equal(inner.sample_weight_, weights[windows.groups])
        inner = clf.fit(X, y).estimator_
        while hasattr(inner, "steps"):
            inner = inner[-1]
        np.testing.assert_array_equal(inner.groups_, windows.groups)
        assert inner.sample_weight_ is None


@pytest.mark.parametrize("routing", [False, True])
@pytest.mark.parametrize("in_pipeline", [False, True])
@pytest.mark.parametrize("n_estimators", [1, 2])
def test_early_stopping_sets_whole_recordings_aside(
    routing, in_pipeline, n_estimators, monkeypatch
):
    rng = np.random.default_rng(0)
    X, y = rng.normal(size=(12, 20, 2)), np.arange(12) % 2
    X[:, :, 0] = np.arange(12)[:, np.newaxis]  # the first feature tells the recording
    parts = []

    def set_aside(data, **options):
        from sk_attnseq._data.splitting import set_aside

        parts.extend(both := set_aside(data, **options))
        return both

    monkeypatch.setattr("sk_attnseq._training.fitting.set_aside", set_aside)
    estimator = AttentionSequenceClassifier(2, epochs=1, early_stopping=True, random_state=0)
    if n_estimators > 1:
        estimator = AttentionSequenceEnsemble(estimator, n_estimators)
    if in_pipeline:
        estimator = make_pipeline(FunctionTransformer(), estimator)
    with sklearn.config_context(enable_metadata_routing=routing):
        fit_with_random_weights(RecordingClassifier(estimator, 5), X, y)
    assert len(parts) == 2 * n_estimators
    for train, validation in zip(parts[::2], parts[1::2], strict=True):
        ids = [
            set(part.sequences.gather(slice(None), n_timesteps=5, dtype=float)[:, 0, 0].tolist())
            for part in (train, validation)
        ]
        assert ids[0] | ids[1] == set(range(12))
        assert ids[0].isdisjoint(ids[1])


def test_routing_brings_groups_to_whoever_requests_them(recordings):
    """A vote hands them on to its members, searches and calibration also to their splitters."""
    X, y = recordings
    people = np.repeat(np.arange(3), 4)
    expected = people[cut(X, 4).groups]
    with sklearn.config_context(enable_metadata_routing=True):
        members = [("a", RecordsFit().set_fit_request(groups=True))]
        vote = VotingClassifier(members, voting="soft")
        inner = RecordingClassifier(vote, 4).fit(X, y, groups=people).estimator_.estimators_[0]
        np.testing.assert_array_equal(inner.groups_, expected)
        member = RecordsFit().set_fit_request(groups=False)
        search = GridSearchCV(member, {}, cv=GroupKFold(3))
        inner = RecordingClassifier(search, 4).fit(X, y, groups=people).estimator_.best_estimator_
        assert inner.groups_ is None
        calibrated = CalibratedClassifierCV(member, cv=GroupKFold(3))
        inner = RecordingClassifier(calibrated, 4).fit(X, y, groups=people).estimator_
        for fold, fitted in enumerate(inner.calibrated_classifiers_):
            left_out, _ = list(GroupKFold(3).split(expected, groups=expected))[fold]
            assert len(fitted.estimator.y_) == len(left_out)


def test_weights_need_an_estimator_that_takes_them(recordings):
    X, y = recordings
    clf = RecordingClassifier(make_pipeline(FunctionTransformer(), RecordsNoWeights()), 4)
    assert clf.fit(X, y).estimator_[-1].classes_.tolist() == ["still", "up"]
    with pytest.raises(TypeError, match="RecordsNoWeights does not take sample_weight"):
        clf.fit(X, y, np.ones(12))
    vote = VotingClassifier([("a", RecordsFit())], voting="soft")  # which hands them on
    inner = RecordingClassifier(vote, 4).fit(X, y, np.arange(1.0, 13.0)).estimator_.estimators_[0]
    np.testing.assert_array_equal(inner.sample_weight_, 1 + cut(X, 4).groups)


class RecordsNoWeights(RecordsFit):
    def fit(self, X, y):
        return super().fit(X, y)


def test_searches_split_recordings(recordings):
    X, y = recordings
    people = np.arange(12) // 2
    clf = make_pipeline(
        TimestepTransformer(StandardScaler()),
        RecordingClassifier(AttentionSequenceClassifier(2, epochs=1, random_state=0), 4),
    )
    grid = {"recordingclassifier__length": [2, 4], "recordingclassifier__step": [None, 1]}
    search = GridSearchCV(clf, grid, cv=StratifiedKFold(3), error_score="raise")
    assert len(fit_with_random_weights(search, X, y).cv_results_["params"]) == 4
    scores = cross_val_score(
        RecordingClassifier(RecordsFit(), 4), X, y, groups=people, cv=GroupKFold(3)
    )
    assert scores.shape == (3,)
    with sklearn.config_context(enable_metadata_routing=True):
        estimator = RecordsFit().set_fit_request(groups=False)  # as the package's classifiers
        clf = RecordingClassifier(estimator, 4)
        search = GridSearchCV(clf, {"length": [3]}, cv=GroupKFold()).fit(X, y, groups=people)
        inner = search.best_estimator_.estimator_
        np.testing.assert_array_equal(inner.groups_, cut(X, 3).groups)
        clf.set_fit_request(groups=True)
        search = GridSearchCV(clf, {"length": [3]}, cv=GroupKFold()).fit(X, y, groups=people)
        inner = search.best_estimator_.estimator_
        np.testing.assert_array_equal(inner.groups_, people[cut(X, 3).groups])


def test_pipelines_inside_and_outside(recordings):
    """Where all windows have all timesteps once, it makes no difference."""
    X, y = np.random.default_rng(0).normal(size=(10, 8, 2)), np.arange(10) % 2
    scaler = TimestepTransformer(StandardScaler())
    inside = RecordingClassifier(make_pipeline(scaler, RecordsFit()), 4).fit(X, y)
    outside = make_pipeline(scaler, RecordingClassifier(RecordsFit(), 4)).fit(X, y)
    np.testing.assert_allclose(inside.predict_proba(X), outside.predict_proba(X), rtol=1e-10)


def test_windows_of_stored_recordings_are_cut_on_the_workers():
    """Chunks of a dask array hold recordings; the fitted classifier needs no TensorFlow there."""
    da = pytest.importorskip("dask.array")
    rng = np.random.default_rng(0)
    X, y = rng.normal(size=(12, 40, 2)), np.arange(12) % 2
    clf = RecordingClassifier(AttentionSequenceClassifier(4, epochs=1, random_state=0), 8, 4)
    fitted = for_prediction(fit_with_random_weights(clf, X, y))
    lazy = da.from_array(X, chunks=(5, -1, -1)).map_blocks(
        fitted.predict_proba, drop_axis=(1, 2), new_axis=1, meta=np.empty((0, 0))
    )
    probabilities = lazy.compute(scheduler="synchronous")
    np.testing.assert_allclose(probabilities, clf.predict_proba(X), rtol=1e-9)


def test_copies(recordings):
    X, y = recordings
    clf = RecordingClassifier(RecordsFit(), 4, 2).fit(X, y)
    assert clone(clf).get_params(deep=False)["step"] == 2
    np.testing.assert_array_equal(
        pickle.loads(pickle.dumps(clf)).predict_proba(X), clf.predict_proba(X)
    )


def test_a_failed_fit_leaves_everything_as_it_was(recordings):
    X, y = recordings
    clf = RecordingClassifier(RecordsFit(), 4).fit(X, y)
    before = clf.predict_proba(X)
    with pytest.raises(ValueError, match="inconsistent numbers"):
        clf.fit([x[:, :1] for x in X], y[:3])
    np.testing.assert_array_equal(clf.predict_proba(X), before)


def with_gap(X, recording):
    X = [x.copy() for x in X]
    X[recording][1, 0] = np.nan
    return X


def test_gaps_are_for_estimators_that_take_them(recordings):
    X, y = recordings
    with pytest.raises(ValueError, match="Input X contains NaN: sample 7 has NaN in some features"):
        RecordingClassifier(RecordsFit(), 2).fit(with_gap(X, 7), y)
    fills = make_pipeline(TimestepTransformer(SimpleImputer()), RecordsFit())
    for estimator in (
        fills,
        VotingClassifier([("a", fills), ("b", "drop")], voting="soft"),
        GridSearchCV(fills, {}, cv=2),
        FrozenEstimator(clone(fills).fit(np.ones((2, 2, 2)), ["still", "up"])),
    ):
        clf = RecordingClassifier(estimator, 2).fit(with_gap(X, 7), y)
        assert np.isfinite(clf.predict_proba(with_gap(X, 2))).all()
    vote = VotingClassifier([("a", fills), ("b", RecordsFit())], voting="soft")
    with pytest.raises(ValueError, match="sample 7 has NaN in some features"):
        RecordingClassifier(vote, 2).fit(with_gap(X, 7), y)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"length": 0}, "length == 0, must be >= 1"),
        ({"aggregation": "max"}, "aggregation == 'max', must be"),
        ({"step": 0}, "step == 0, must be >= 1"),
        ({"y": np.zeros(11)}, "12 in X and 11 in y"),
        ({"groups": np.zeros(11)}, "12 in X and 11 in groups"),
        ({"sample_weight": -np.ones(12)}, "negative values"),
    ],
)
def test_bad_input(change, message, recordings):
    X, y = recordings
    arguments = {"length": 4, "step": None, "aggregation": "mean", "y": y, **change}
    parameters = {name: arguments.pop(name) for name in ("length", "step", "aggregation")}
    with pytest.raises(ValueError, match=message):
        RecordingClassifier(RecordsFit(), **parameters).fit(X, **arguments)


def test_labels_of_timesteps_are_for_windows(recordings):
    X, y = recordings
    labels = [np.repeat(label, len(x)) for x, label in zip(X, y, strict=True)]
    with pytest.raises(ValueError, match=r"label for each timestep.*make_windows"):
        RecordingClassifier(RecordsFit(), 4).fit(X, labels)
    with pytest.raises(ValueError, match=r"label for each timestep.*make_windows"):
        RecordingClassifier(RecordsFit(), 4).fit(np.ones((12, 3, 2)), np.tile(y[:, np.newaxis], 3))


def test_an_estimator_without_probabilities(recordings):
    with pytest.raises(TypeError, match="LinearSVC has no predict_proba"):
        RecordingClassifier(LinearSVC(), 4).fit(*recordings)


def test_not_fitted(recordings):
    with pytest.raises(NotFittedError):
        RecordingClassifier(RecordsFit(), 4).predict(recordings[0])


@pytest.mark.parametrize("method", ["predict", "predict_proba", "predict_windows"])
def test_another_thread_that_fits_meanwhile_changes_nothing(method, recordings, monkeypatch):
    X, y = recordings
    clf = RecordingClassifier(RecordsFit(), 4).fit(X, y)
    expected = getattr(clf, method)(X)

    def read_while_another_thread_fits(X_read, **options):
        monkeypatch.undo()
        clf.fit([x[:, :1] for x in X], y == "up")
        return read_samples(X_read, **options)

    monkeypatch.setattr("sk_attnseq.recordings.read_samples", read_while_another_thread_fits)
    for one, other in zip(getattr(clf, method)(X), expected, strict=True):
        np.testing.assert_array_equal(one, other)
    assert clf.n_features_in_ == 1
