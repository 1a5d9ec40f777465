import copy
import pickle
import subprocess
import sys

import joblib
import numpy as np
import pytest
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer

from sk_attnseq import AttentionSequenceClassifier

PREDICT = """
import sys
import joblib
import numpy as np
classifier = joblib.load(sys.argv[1])
np.save(sys.argv[3], classifier.predict_proba(np.load(sys.argv[2])))
print({'tensorflow', 'keras'} & set(sys.modules))
"""


@pytest.fixture(scope="module", params=["pooling", "multihead", None])
def fitted(request, sequences_and_labels):
    classifier = AttentionSequenceClassifier(
        attention=request.param, epochs=3, bidirectional=True, random_state=0
    )
    classifier.fit(*sequences_and_labels)
    _ = classifier.model_  # a model that was asked for is not saved
    return classifier


def round_trips(fitted, directory):
    joblib.dump(fitted, directory / "classifier.joblib")
    yield joblib.load(directory / "classifier.joblib")
    yield joblib.load(directory / "classifier.joblib", mmap_mode="r")
    yield pickle.loads(pickle.dumps(fitted))
    yield copy.deepcopy(fitted)


def test_round_trips(fitted, sequences_and_labels, tmp_path):
    X, y = sequences_and_labels
    expected = fitted.predict_proba(X)
    further = copy.deepcopy(fitted).partial_fit(X, y).predict_proba(X)
    for loaded in round_trips(fitted, tmp_path):
        np.testing.assert_array_equal(loaded.predict_proba(X), expected)
        assert loaded.get_params() == fitted.get_params()
        assert loaded.loss_curve_ == fitted.loss_curve_
        np.testing.assert_array_equal(loaded.partial_fit(X, y).predict_proba(X), further)


def test_warm_start_after_loading(sequences_and_labels):
    X, y = sequences_and_labels
    straight = AttentionSequenceClassifier(epochs=4, random_state=0).fit(X, y)
    half = AttentionSequenceClassifier(epochs=2, warm_start=True, random_state=0).fit(X, y)
    loaded = pickle.loads(pickle.dumps(half)).fit(X, y)
    np.testing.assert_array_equal(loaded.predict_proba(X), straight.predict_proba(X))


@pytest.mark.parametrize("wrap", ["alone", "pipeline", "search"])
def test_fresh_process_predicts_without_tensorflow(wrap, sequences_and_labels, tmp_path):
    X, y = sequences_and_labels
    estimator = AttentionSequenceClassifier(epochs=2, random_state=0)
    if wrap != "alone":
        estimator = make_pipeline(FunctionTransformer(np.sqrt, check_inverse=False), estimator)
        X = np.abs(X)
    if wrap == "search":
        estimator = GridSearchCV(estimator, {"attentionsequenceclassifier__units": [4]}, cv=2)
    estimator.fit(X, y)
    paths = [str(tmp_path / name) for name in ("fitted.joblib", "X.npy", "probabilities.npy")]
    joblib.dump(estimator, paths[0])
    np.save(paths[1], X)
    process = subprocess.run(
        [sys.executable, "-c", PREDICT, *paths], capture_output=True, text=True, check=True
    )
    assert process.stdout.strip() == "set()"
    np.testing.assert_array_equal(np.load(paths[2]), estimator.predict_proba(X))


def test_state_is_plain(fitted):
    def check(value):
        if isinstance(value, (list, tuple)):
            for item in value:
                check(item)
        else:
            plain = (str, int, float, bool, type(None), np.ndarray, np.integer)
            assert isinstance(value, plain) or type(value).__name__ == "Architecture"

    state = fitted.__getstate__()
    for value in state.values():
        check(value)
    assert "_keras_model" in vars(fitted)
    assert "_keras_model" not in state


# Keras reads its own variables in a way that NumPy 2 deprecates.
@pytest.mark.filterwarnings("ignore:__array__ implementation doesn't accept:DeprecationWarning")
def test_model_can_be_saved_with_keras(fitted, sequences_and_labels, tmp_path):
    X, _ = sequences_and_labels
    path = str(tmp_path / "model.keras")
    fitted.model_.save(path)
    code = (
        "import sys, keras, numpy as np;"
        "model = keras.saving.load_model(sys.argv[1]);"
        "np.save(sys.argv[3], model.predict(np.load(sys.argv[2]), verbose=0));"
        "assert not [m for m in sys.modules if m.startswith('sk_attnseq')]"
    )
    paths = [path, str(tmp_path / "X.npy"), str(tmp_path / "p.npy")]
    np.save(paths[1], X)
    subprocess.run([sys.executable, "-c", code, *paths], check=True, capture_output=True)
    np.testing.assert_allclose(np.load(paths[2]), fitted.predict_proba(X), atol=1e-6)


def test_nothing_is_written(sequences_and_labels, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    classifier = AttentionSequenceClassifier(epochs=1, early_stopping=True)
    classifier.fit(*sequences_and_labels).predict(sequences_and_labels[0])
    assert list(tmp_path.iterdir()) == []
