import copy
import pickle
import subprocess
import sys

import joblib
import numpy as np
import pytest
from sklearn.base import clone
from sklearn.exceptions import NotFittedError
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import make_pipeline

from sk_attnseq import AttentionSequenceClassifier, AttentionSequenceRegressor
from sk_attnseq.ensemble import AttentionSequenceEnsemble, AttentionSequenceEnsembleRegressor
from sk_attnseq.export import for_prediction
from sk_attnseq.preprocessing import SequenceScaler
from sk_attnseq.recordings import RecordingClassifier
from tests.networks import fit_with_random_weights

OPTIONS = {"units": 50, "epochs": 2}
ESTIMATORS = {
    "classifier": AttentionSequenceClassifier(**OPTIONS, random_state=0),
    "convolutions": AttentionSequenceClassifier(**OPTIONS, conv_filters=8, random_state=0),
    "regressor": AttentionSequenceRegressor(**OPTIONS, random_state=0),
    "ensemble": AttentionSequenceEnsemble(
        AttentionSequenceClassifier(**OPTIONS), 2, random_state=0
    ),
    "ensemble regressor": AttentionSequenceEnsembleRegressor(
        AttentionSequenceRegressor(**OPTIONS), 2, random_state=0
    ),
    "pipeline": make_pipeline(
        SequenceScaler(),
        make_pipeline(SequenceScaler(), AttentionSequenceClassifier(**OPTIONS, random_state=0)),
    ),
    "recordings": RecordingClassifier(
        AttentionSequenceClassifier(**OPTIONS, random_state=0), length=4
    ),
}
DATA = np.random.default_rng(0).normal(size=(30, 8, 3)), np.arange(30) % 2


@pytest.fixture(scope="module", params=ESTIMATORS)
def fitted(request):
    return fit_with_random_weights(clone(ESTIMATORS[request.param]), *DATA)


@pytest.fixture(params=["classifier", "convolutions", "regressor"])
def network(request):
    return fit_with_random_weights(clone(ESTIMATORS[request.param]), *DATA)


def test_predictions_are_the_same_and_the_original_is_unchanged(fitted):
    before = pickle.dumps(fitted)
    copied = for_prediction(fitted)
    assert type(copied) is type(fitted)
    for method in ("predict", "predict_proba"):
        if hasattr(fitted, method):
            expected = getattr(fitted, method)(DATA[0])
            np.testing.assert_array_equal(getattr(copied, method)(DATA[0]), expected)
    assert pickle.dumps(fitted) == before
    assert repr(copied) == repr(fitted)


def test_files_are_a_third(fitted, tmp_path):
    for name, estimator in (("all", fitted), ("light", for_prediction(fitted))):
        joblib.dump(estimator, tmp_path / name)
    sizes = [(tmp_path / name).stat().st_size for name in ("all", "light")]
    assert 2 < sizes[0] / sizes[1] <= 3  # parameters take space, too


def test_loaded_from_files(fitted, tmp_path):
    copied = for_prediction(fitted)
    joblib.dump(copied, tmp_path / "light.joblib")
    expected = fitted.predict(DATA[0])
    for loaded in (
        joblib.load(tmp_path / "light.joblib"),
        joblib.load(tmp_path / "light.joblib", mmap_mode="r"),
        pickle.loads(pickle.dumps(copied)),
        copy.deepcopy(copied),
        for_prediction(copied),
    ):
        np.testing.assert_array_equal(loaded.predict(DATA[0]), expected)


def test_training_cannot_go_on(network):
    copied = for_prediction(network)
    before = pickle.dumps(copied)
    with pytest.raises(ValueError, match="made by for_prediction, which leaves out"):
        copied.partial_fit(*DATA)
    copied.set_params(warm_start=True)
    with pytest.raises(ValueError, match="fit with warm_start=False"):
        copied.fit(*DATA)
    assert pickle.dumps(copied.set_params(warm_start=False)) == before


def test_training_afresh(network):
    expected = network.predict(DATA[0])
    copied = fit_with_random_weights(for_prediction(network), *DATA)
    np.testing.assert_array_equal(copied.predict(DATA[0]), expected)
    copied = fit_with_random_weights(clone(for_prediction(network)), *DATA)
    assert copied._state[1].shape == network._state[1].shape


def test_keras_model(network):
    X, y = DATA
    model, expected = for_prediction(network).model_, network.model_
    np.testing.assert_array_equal(model.predict(X, verbose=0), expected.predict(X, verbose=0))
    assert (int(model.optimizer.iterations), int(expected.optimizer.iterations)) == (0, 7)
    model.fit(X, y, verbose=0)
    assert np.isfinite(model.predict(X, verbose=0)).all()


def test_half_of_the_moments_is_refused(network):
    copied = for_prediction(network)
    weights, momentum, _, n_steps = copied._state
    copied._state = (weights, momentum, np.zeros_like(weights), n_steps)
    with pytest.raises(ValueError, match="its architecture needs"):
        pickle.loads(pickle.dumps(copied))


def test_servers_need_no_tensorflow(fitted, tmp_path):
    joblib.dump(for_prediction(fitted), tmp_path / "light.joblib")
    code = (
        "import sys, joblib, numpy as np\n"
        f"joblib.load({str(tmp_path / 'light.joblib')!r}).predict(np.ones((2, 8, 3)))\n"
        "print({'tensorflow', 'keras'} & set(sys.modules))"
    )
    result = subprocess.run(
        [sys.executable, "-c", code], check=True, capture_output=True, text=True
    )
    assert result.stdout.strip() == "set()"


def test_others_are_refused():
    with pytest.raises(TypeError, match="but got LogisticRegression"):
        for_prediction(LogisticRegression())
    with pytest.raises(TypeError, match="Of a search, pass best_estimator_"):
        for_prediction(GridSearchCV(AttentionSequenceClassifier(), {}))
    with pytest.raises(TypeError, match="but got SequenceScaler"):
        for_prediction(make_pipeline(SequenceScaler()))


@pytest.mark.parametrize("estimator", ESTIMATORS.values(), ids=ESTIMATORS)
def test_not_fitted(estimator):
    with pytest.raises(NotFittedError):
        for_prediction(clone(estimator))
