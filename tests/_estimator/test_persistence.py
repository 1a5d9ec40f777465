import copy
import pickle
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import joblib
import numpy as np
import pytest
import sklearn
from sklearn.base import clone
from sklearn.exceptions import InconsistentVersionWarning, NotFittedError
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer

from sk_attnseq import AttentionSequenceClassifier, AttentionSequenceRegressor
from tests.promises.kinds import predictions, targets

PREDICT = """
import sys
import joblib
import numpy as np
estimators, X = joblib.load(sys.argv[1]), np.load(sys.argv[2])
np.save(sys.argv[3], [estimator.predict_proba(X) for estimator in estimators])
print({'tensorflow', 'keras'} & set(sys.modules))
"""


NETWORKS = {
    "pooling": (AttentionSequenceClassifier, {"attention": "pooling"}),
    "multihead": (AttentionSequenceClassifier, {"attention": "multihead"}),
    "stem": (
        AttentionSequenceClassifier,
        {"conv_filters": (6, 4), "kernel_size": 3, "pool_size": 2},
    ),
    "regressor": (AttentionSequenceRegressor, {"attention": None}),
}


@pytest.fixture(scope="module")
def fitted_of_each_kind(sequences_and_labels):
    options = {"epochs": 3, "bidirectional": True, "random_state": 0}
    X, labels = sequences_and_labels
    fitted = {
        name: make(**parameters, **options).fit(X, targets(make, X, labels))
        for name, (make, parameters) in NETWORKS.items()
    }
    for estimator in fitted.values():
        _ = estimator.model_  # a model that was asked for is not saved
    return fitted


@pytest.fixture(scope="module", params=NETWORKS)
def fitted(request, fitted_of_each_kind):
    return fitted_of_each_kind[request.param]


def round_trips(fitted, directory):
    joblib.dump(fitted, directory / "classifier.joblib")
    yield joblib.load(directory / "classifier.joblib")
    yield joblib.load(directory / "classifier.joblib", mmap_mode="r")
    yield pickle.loads(pickle.dumps(fitted))
    yield copy.deepcopy(fitted)


def test_round_trips(fitted, sequences_and_labels, tmp_path):
    X, y = sequences_and_labels[0], targets(fitted, *sequences_and_labels)
    expected = predictions(fitted, X)
    further = predictions(copy.deepcopy(fitted).partial_fit(X, y), X)
    for loaded in round_trips(fitted, tmp_path):
        np.testing.assert_array_equal(predictions(loaded, X), expected)
        assert loaded.get_params() == fitted.get_params()
        assert loaded.loss_curve_ == fitted.loss_curve_
        np.testing.assert_array_equal(predictions(loaded.partial_fit(X, y), X), further)


def test_warm_start_after_loading(sequences_and_labels):
    X, y = sequences_and_labels
    straight = AttentionSequenceClassifier(epochs=4, random_state=0).fit(X, y)
    half = AttentionSequenceClassifier(epochs=2, warm_start=True, random_state=0).fit(X, y)
    loaded = pickle.loads(pickle.dumps(half)).fit(X, y)
    np.testing.assert_array_equal(loaded.predict_proba(X), straight.predict_proba(X))


def test_fresh_process_predicts_without_tensorflow(sequences_and_labels, tmp_path):
    X, y = np.abs(sequences_and_labels[0]), sequences_and_labels[1]
    alone = AttentionSequenceClassifier(epochs=2, random_state=0)
    pipeline = make_pipeline(FunctionTransformer(np.sqrt, check_inverse=False), alone)
    search = GridSearchCV(pipeline, {"attentionsequenceclassifier__units": [4]}, cv=2)
    estimators = [clone(estimator).fit(X, y) for estimator in (alone, pipeline, search)]
    paths = [str(tmp_path / name) for name in ("fitted.joblib", "X.npy", "probabilities.npy")]
    joblib.dump(estimators, paths[0])
    np.save(paths[1], X)
    process = subprocess.run(
        [sys.executable, "-c", PREDICT, *paths], capture_output=True, text=True, check=True
    )
    assert process.stdout.strip() == "set()"
    expected = [estimator.predict_proba(X) for estimator in estimators]
    np.testing.assert_array_equal(np.load(paths[2]), expected)


def test_state_is_plain(fitted):
    def check(value):
        if isinstance(value, (list, tuple, dict)):
            for item in value.values() if isinstance(value, dict) else value:
                check(item)
        else:
            assert type(value) in (str, int, float, bool, type(None), np.ndarray)

    state = fitted.__getstate__()
    check(state)
    assert "_keras_model" in vars(fitted)
    assert "_keras_model" not in state


def test_unfitted():
    estimator = AttentionSequenceClassifier(units=(3, 4), class_weight={"up": 2.0})
    for loaded in (pickle.loads(pickle.dumps(estimator)), copy.deepcopy(estimator)):
        assert vars(loaded) == vars(estimator)
        with pytest.raises(NotFittedError):
            loaded.predict([[[0.0]]])


def test_parameters_from_numpy(sequences_and_labels):
    X, y = sequences_and_labels
    X = X.reshape(len(X), 50)
    classifier = AttentionSequenceClassifier(
        np.array([4, 3]),
        attention=np.str_("multihead"),
        num_heads=np.int64(3),
        n_timesteps=np.int64(10),
        bidirectional=np.True_,
        dtype=np.str_("float64"),
        epochs=1,
    ).fit(X, y)
    loaded = pickle.loads(pickle.dumps(classifier))
    np.testing.assert_array_equal(loaded.predict_proba(X), classifier.predict_proba(X))


def test_mapped_weights_stay_on_disk(fitted, tmp_path):
    joblib.dump(fitted, tmp_path / "classifier.joblib")
    loaded = joblib.load(tmp_path / "classifier.joblib", mmap_mode="r")
    assert isinstance(loaded._state[1], np.memmap)
    assert not loaded._state[1].flags.writeable


def test_threads_predict_with_one_estimator(fitted, sequences_and_labels, tmp_path):
    X, _ = sequences_and_labels
    expected = predictions(fitted, X)
    joblib.dump(fitted, tmp_path / "classifier.joblib")
    loaded = joblib.load(tmp_path / "classifier.joblib", mmap_mode="r")
    together = Barrier(8)

    def predict(_):
        together.wait(timeout=60)
        return [predictions(loaded, X) for _ in range(10)]

    with ThreadPoolExecutor(8) as threads:
        for answers in threads.map(predict, range(8)):
            np.testing.assert_array_equal(answers, [expected] * 10)


def restored(state):
    """What `pickle` does with the state of a classifier, or of a regressor if it has units."""
    is_regressor = "_target_mean" in state or "loss" in state
    kind = AttentionSequenceRegressor if is_regressor else AttentionSequenceClassifier
    estimator = kind.__new__(kind)
    estimator.__setstate__(state)
    return estimator


@pytest.fixture
def state(fitted):
    return fitted.__getstate__()


def test_newer_format(state):
    state.update(_format=7, _sk_attnseq_version="3.4", new="something")
    with pytest.raises(ValueError, match=r"format 7, written by sk_attnseq 3\.4, but .* up to 1"):
        restored(state)


@pytest.mark.parametrize("written", [None, "1", 1.0, True, 0, -1])
def test_no_format(written, state):
    state["_format"] = written
    with pytest.raises(ValueError, match=f"format version must be .* got {written!r}"):
        restored(state)


def test_state_of_no_classifier():
    with pytest.raises(
        ValueError, match=r"AttentionSequenceClassifier .* must be a dict, got list"
    ):
        restored([1, 2])


def test_missing_parts(state):
    # A classifier that a callback copies in the first epoch has no scores yet.
    later = {"validation_scores_", "best_validation_score_"}
    restored({name: value for name, value in state.items() if name not in later})
    for missing in state.keys() - later:
        rest = {name: value for name, value in state.items() if name != missing}
        what = "format version" if missing == "_format" else rf"lacks \['{missing}'\]"
        with pytest.raises(ValueError, match=what):
            restored(rest)


def test_missing_parameter_of_unfitted():
    state = AttentionSequenceClassifier().__getstate__()
    del state["learning_rate"]
    with pytest.raises(ValueError, match=r"lacks \['learning_rate'\]"):
        restored(state)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("attention", "pool"),
        ("conv_filters", (6, 0)),
        ("hidden_units", 10**15),
        ("bidirectional", 1),
        ("key_dim", -1),
        ("dtype", "int8"),
        ("surplus", 1),
    ],
)
def test_changed_architecture(field, value, state):
    state["_architecture"] = {**state["_architecture"], field: value}
    with pytest.raises(ValueError, match="checksum"):
        restored(state)


def test_incomplete_architecture(state):
    for name in state["_architecture"]:
        fields = {k: v for k, v in state["_architecture"].items() if k != name}
        with pytest.raises(ValueError, match="checksum"):
            restored({**state, "_architecture": fields})
    with pytest.raises(ValueError, match="checksum"):
        restored({**state, "_architecture": None})


def with_value(array, value):
    changed = array.copy()
    changed[7] = value
    return changed


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda w, m, v, n: (w[:-1], m, v, n), "checksum"),
        (lambda w, m, v, n: (w, m[:-1], v, n), "checksum"),
        (lambda w, m, v, n: (w[:, np.newaxis], m, v, n), "architecture needs"),
        (lambda w, m, v, n: (w.view(np.int32), m, v, n), "architecture needs"),
        (lambda w, m, v, n: (w.astype(float), m, v, n), "checksum"),
        (lambda w, m, v, n: (w, m, v, n.reshape(1)), "architecture needs"),
        (lambda w, m, v, n: (w, m, v), "checksum"),
        (lambda w, m, v, n: (w.tolist(), m, v, n), "checksum"),
        (lambda w, m, v, n: [w, m, v, n], "needs a tuple"),
        (lambda *_: None, "checksum"),
        (lambda w, m, v, n: (with_value(w, np.nan), m, v, n), "checksum"),
        (lambda w, m, v, n: (with_value(w, 0.5), m, v, n), "checksum"),
        (lambda w, m, v, n: (w, with_value(m, 0.5), v, n), "checksum"),
        (lambda w, m, v, n: (w, m, v, np.array(n + np.int32(1))), "checksum"),
    ],
)
def test_weights_that_do_not_fit(change, message, state):
    state["_state"] = change(*state["_state"])
    with pytest.raises(ValueError, match=message):
        restored(state)


@pytest.mark.parametrize("wrong", [["down", "up"], "abc", np.array(["down", "up"]), None])
def test_classes_or_units_that_do_not_fit(wrong, state):
    for name in ("classes_", "_target_mean", "_target_scale"):
        if name in state:
            with pytest.raises(ValueError, match="checksum"):
                restored({**state, name: wrong})


def test_changes_that_only_the_checksum_tells(fitted):
    changes = {
        "_seed": 3,
        "n_iter_": 2,
        "n_features_in_": 4,
        "_n_dimensions": 2,
        "_n_timesteps": 5,
    }
    if hasattr(fitted, "classes_"):
        changes["classes_"] = fitted.classes_[::-1]
    else:
        changes.update(
            {name: 2 * getattr(fitted, name) for name in ("_target_mean", "_target_scale")}
        )
    if fitted.attention == "multihead":  # as many weights, but another network
        architecture = fitted.__getstate__()["_architecture"]
        changes["_architecture"] = {**architecture, "num_heads": 16, "key_dim": 2}
    for name, value in changes.items():
        with pytest.raises(ValueError, match="checksum"):
            restored({**fitted.__getstate__(), name: value})


def test_overflown_moments_are_no_damage(fitted, sequences_and_labels):
    classifier = copy.copy(fitted)
    weights, momentum, velocity, n_steps = fitted._state
    classifier._state = weights, momentum, with_value(velocity, np.inf), n_steps
    X, _ = sequences_and_labels
    loaded = pickle.loads(pickle.dumps(classifier))
    np.testing.assert_array_equal(predictions(loaded, X), predictions(fitted, X))


@pytest.mark.parametrize("byteorder", ["<", ">"])
def test_checksum_is_of_values_not_of_bytes(byteorder, state, sequences_and_labels):
    state["_state"] = tuple(a.astype(a.dtype.newbyteorder(byteorder)) for a in state["_state"])
    restored(state).predict(sequences_and_labels[0])


def test_other_version_of_scikit_learn(fitted, sequences_and_labels, monkeypatch):
    X, _ = sequences_and_labels
    with monkeypatch.context() as patch:
        patch.setattr(sklearn, "__version__", "1.5.2")
        data = pickle.dumps(fitted)
    with pytest.warns(InconsistentVersionWarning, match=type(fitted).__name__) as warned:
        loaded = pickle.loads(data)
    (warning,) = warned
    assert warning.filename == __file__
    assert warning.message.original_sklearn_version == "1.5.2"
    assert warning.message.current_sklearn_version == sklearn.__version__
    np.testing.assert_array_equal(predictions(loaded, X), predictions(fitted, X))
    pickle.loads(pickle.dumps(loaded))  # which this version wrote: no warning


# Keras reads its own variables in a way that NumPy 2 deprecates.
@pytest.mark.filterwarnings("ignore:__array__ implementation doesn't accept:DeprecationWarning")
def test_model_can_be_saved_with_keras(fitted_of_each_kind, sequences_and_labels, tmp_path):
    X, _ = sequences_and_labels
    for kind, fitted in fitted_of_each_kind.items():
        fitted.model_.save(tmp_path / f"{kind}.keras")
    np.save(tmp_path / "X.npy", X)
    code = """
import sys, keras, numpy as np
for kind in sys.argv[1:]:
    model = keras.saving.load_model(f"{kind}.keras")
    np.save(f"{kind}.npy", model.predict(np.load("X.npy"), verbose=0))
assert not [m for m in sys.modules if m.startswith("sk_attnseq")]
"""
    command = [sys.executable, "-c", code, *fitted_of_each_kind]
    subprocess.run(command, check=True, capture_output=True, cwd=tmp_path)
    for kind, fitted in fitted_of_each_kind.items():
        expected = predictions(fitted, X)
        predicted = np.load(tmp_path / f"{kind}.npy").reshape(expected.shape)
        np.testing.assert_allclose(predicted, expected, rtol=1e-6, atol=1e-6)


def test_nothing_is_written(sequences_and_labels, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    classifier = AttentionSequenceClassifier(epochs=1, early_stopping=True)
    classifier.fit(*sequences_and_labels).predict(sequences_and_labels[0])
    assert list(tmp_path.iterdir()) == []
