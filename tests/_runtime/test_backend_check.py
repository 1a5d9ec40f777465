"""Keras with another backend: an error that says so, and predictions as ever."""

import json
import os
import sys
from types import SimpleNamespace

import joblib
import numpy as np
import pytest

from sk_attnseq import AttentionSequenceClassifier
from sk_attnseq._runtime.backend_check import check_keras_backend
from tests.networks import fit_with_random_weights
from tests.processes import run_python


@pytest.fixture
def before_keras(monkeypatch, tmp_path):
    """A process that has not imported Keras, and whose Keras has no settings yet."""
    monkeypatch.delitem(sys.modules, "keras", raising=False)
    monkeypatch.delenv("KERAS_BACKEND", raising=False)
    monkeypatch.setenv("KERAS_HOME", str(tmp_path))
    return monkeypatch


def test_default(before_keras):
    check_keras_backend()


def test_environment_comes_before_the_file(before_keras, tmp_path):
    (tmp_path / "keras.json").write_text(json.dumps({"backend": "torch"}))
    with pytest.raises(RuntimeError, match=r"'torch' \(set in .*keras.json\).*KERAS_BACKEND=tens"):
        check_keras_backend()
    before_keras.setenv("KERAS_BACKEND", "jax")
    with pytest.raises(RuntimeError, match=r"'jax' \(set by the environment variable"):
        check_keras_backend()
    before_keras.setenv("KERAS_BACKEND", "tensorflow")
    check_keras_backend()


@pytest.mark.parametrize("text", ["{", "[]", "{}"])
def test_files_that_say_nothing(text, before_keras, tmp_path):
    (tmp_path / "keras.json").write_text(text)
    check_keras_backend()


def test_file_in_the_home_directory_where_keras_reads_it(before_keras, tmp_path):
    before_keras.delenv("KERAS_HOME")
    before_keras.setattr("pathlib.Path.expanduser", lambda path: tmp_path)
    (tmp_path / ".keras").mkdir()
    (tmp_path / ".keras" / "keras.json").write_text(json.dumps({"backend": "torch"}))
    with pytest.raises(RuntimeError, match="'torch'"):
        check_keras_backend()
    before_keras.setattr(os, "access", lambda path, mode: path != tmp_path)
    before_keras.setattr("pathlib.Path.read_text", lambda path: f'{{"backend": "of {path}"}}')
    # The place that Keras itself names where it cannot write to the home directory.
    with pytest.raises(RuntimeError, match=r"of /tmp/\.keras/keras\.json"):
        check_keras_backend()


def test_what_was_imported_decides(before_keras):
    before_keras.setenv("KERAS_BACKEND", "jax")  # too late
    keras = SimpleNamespace(config=SimpleNamespace(backend=lambda: "tensorflow"))
    before_keras.setitem(sys.modules, "keras", keras)
    check_keras_backend()
    before_keras.setattr(keras.config, "backend", lambda: "numpy")
    with pytest.raises(RuntimeError, match=r"'numpy' \(of the Keras that was imported\)"):
        check_keras_backend()


ANOTHER_BACKEND = """
import os
os.environ["KERAS_BACKEND"] = "jax"
import joblib, sys
import numpy as np

X = np.linspace(-1, 1, 30).reshape(3, 5, 2)
classifier, expected = joblib.load({path!r})
for call in (lambda: classifier.fit(X, [0, 1, 0]), lambda: classifier.model_):
    try:
        call()
    except RuntimeError as error:
        print(error)
np.testing.assert_array_equal(classifier.predict_proba(X), expected)
assert {{"keras", "jax", "tensorflow"}}.isdisjoint(sys.modules)
"""


def test_fits_say_it_and_predictions_go_on(tmp_path):
    X = np.linspace(-1, 1, 30).reshape(3, 5, 2)
    classifier = fit_with_random_weights(AttentionSequenceClassifier(4), X, [0, 1, 0])
    path = str(tmp_path / "classifier.joblib")
    joblib.dump((classifier, classifier.predict_proba(X)), path)
    printed = run_python(ANOTHER_BACKEND.format(path=path))
    assert printed.count("Keras's backend is 'jax'") == 2
