"""Several networks as one: their mean, in all that one network does."""

import pickle

import joblib
import numpy as np
import pandas as pd
import pytest
import sklearn
from sklearn.base import clone, is_classifier, is_regressor
from sklearn.exceptions import NotFittedError
from sklearn.metrics import r2_score
from sklearn.model_selection import GridSearchCV, cross_val_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from sk_attnseq import AttentionSequenceClassifier, AttentionSequenceRegressor
from sk_attnseq.ensemble import AttentionSequenceEnsemble, AttentionSequenceEnsembleRegressor
from sk_attnseq.inspection import AttentionDisplay
from sk_attnseq.presets import make_accurate_classifier
from tests.data import pad_with_nan
from tests.networks import fit_with_random_weights
from tests.processes import run_python


def make_ensemble(n_estimators=3, *, n_jobs=None, random_state=0, **parameters):
    classifier = AttentionSequenceClassifier(4, **{"epochs": 2, **parameters})
    return AttentionSequenceEnsemble(
        classifier, n_estimators, n_jobs=n_jobs, random_state=random_state
    )


@pytest.fixture(scope="module", params=["pooling", "multihead"])
def fitted(request, ragged):
    ensemble = make_ensemble(attention=request.param, num_heads=3)
    return fit_with_random_weights(ensemble, *ragged)


def test_probabilities_and_attention_are_the_means_of_the_networks(fitted, ragged):
    X, _ = ragged
    each = [network.predict_proba(X) for network in fitted.estimators_]
    assert np.ptp(each, axis=0).max() > 1e-3  # they differ
    mean = np.mean(each, axis=0)
    np.testing.assert_allclose(fitted.predict_proba(X), mean, rtol=1e-12)
    np.testing.assert_allclose(np.exp(fitted.predict_log_proba(X)), mean, rtol=1e-12)
    np.testing.assert_array_equal(fitted.predict(X), fitted.classes_[mean.argmax(axis=1)])
    padded = pad_with_nan(X, 9)
    each = [network.attention_weights(padded) for network in fitted.estimators_]
    np.testing.assert_allclose(fitted.attention_weights(padded), np.mean(each, axis=0), rtol=1e-12)


def test_networks_are_those_of_their_seeds_whatever_the_threads(ragged):
    X, y = ragged
    ensemble = make_ensemble(n_jobs=2).fit(X, y)
    seeds = [network.random_state for network in ensemble.estimators_]
    assert len(set(seeds)) == 3
    for network in ensemble.estimators_:
        alone = AttentionSequenceClassifier(4, epochs=2, random_state=network.random_state)
        np.testing.assert_array_equal(alone.fit(X, y).predict_proba(X), network.predict_proba(X))
    again = make_ensemble().fit(pad_with_nan(X, 9), y)
    np.testing.assert_array_equal(again.predict_proba(X), ensemble.predict_proba(X))
    other = make_ensemble(random_state=1).fit(X, y)
    assert not {network.random_state for network in other.estimators_} & set(seeds)
    assert ensemble.estimator.random_state is None


def test_networks_share_their_programs_and_their_data(ragged, monkeypatch):
    from sk_attnseq._training import program

    X, y = pad_with_nan(ragged[0], 9), ragged[1]
    make_ensemble(1).fit(X, y)
    seen = []
    fit = AttentionSequenceClassifier.fit

    def look(self, X, *arguments, **keywords):
        seen.append(X)
        return fit(self, X, *arguments, **keywords)

    monkeypatch.setattr(AttentionSequenceClassifier, "fit", look)
    before = program._compile.cache_info().misses
    make_ensemble(n_jobs=2).fit(X, y)
    assert program._compile.cache_info().misses == before
    assert len(seen) == 3
    assert all(data is seen[0] for data in seen)
    assert seen[0].values is X


def test_search_of_nested_parameters_in_a_pipeline(ragged):
    X, y = [x[:8] for x in ragged[0]], ragged[1]  # in batches of 20, one program serves all fits
    pipeline = make_accurate_classifier(n_estimators=2, n_jobs=2, epochs=1, random_state=0)
    pipeline.set_params(
        attentionsequenceensemble__estimator__units=4,
        attentionsequenceensemble__estimator__hidden_units=4,
        attentionsequenceensemble__estimator__conv_filters=4,
        attentionsequenceensemble__estimator__kernel_size=3,
        attentionsequenceensemble__estimator__batch_size=20,
    )
    grid = {"attentionsequenceensemble__estimator__learning_rate": [0.001, 0.01]}
    search = GridSearchCV(pipeline, grid, cv=2).fit(X, y)
    ensemble = search.best_estimator_[-1]
    assert len(ensemble.estimators_) == 2
    rate = search.best_params_["attentionsequenceensemble__estimator__learning_rate"]
    assert ensemble.estimators_[0].learning_rate == rate
    attention = AttentionDisplay.from_estimator(search, X).attention
    expected = ensemble.attention_weights(search.best_estimator_[:-1].transform(X))
    for shown, weights in zip(attention, expected, strict=True):
        np.testing.assert_array_equal(shown, weights)


def test_one_network_is_a_plain_classifier():
    assert isinstance(make_accurate_classifier()[-1], AttentionSequenceClassifier)
    ensemble = make_accurate_classifier(n_estimators=5, n_timesteps=7, random_state=3, n_jobs=2)[-1]
    assert (ensemble.n_estimators, ensemble.random_state, ensemble.n_jobs) == (5, 3, 2)
    parameters = make_accurate_classifier(n_timesteps=7)[-1].get_params()
    assert ensemble.estimator.get_params() == parameters


def test_saved_ensembles_are_the_same(fitted, ragged, tmp_path):
    X, _ = ragged
    expected = fitted.predict_proba(X)
    joblib.dump(fitted, tmp_path / "ensemble.joblib")
    skops = pytest.importorskip("skops.io")
    data = skops.dumps(fitted)
    types = skops.get_untrusted_types(data=data)
    assert all(name.startswith("sk_attnseq.") for name in types)
    for loaded in (
        pickle.loads(pickle.dumps(fitted)),
        joblib.load(tmp_path / "ensemble.joblib"),
        skops.loads(data, trusted=types),
    ):
        np.testing.assert_array_equal(loaded.predict_proba(X), expected)
        assert clone(loaded).get_params()["estimator__units"] == 4


def test_predictions_need_no_tensorflow(fitted, ragged, tmp_path):
    X, _ = ragged
    joblib.dump((fitted, X), tmp_path / "saved.joblib")
    code = f"""
import sys, joblib
ensemble, X = joblib.load({str(tmp_path / "saved.joblib")!r})
print(ensemble.predict_proba(X).shape, len(ensemble.attention_weights(X)))
print("tensorflow" in sys.modules)
"""
    assert run_python(code).split("\n")[:2] == ["(40, 2) 40", "False"]


def test_onnx(fitted, ragged):
    pytest.importorskip("onnx")
    onnxruntime = pytest.importorskip("onnxruntime")
    from sk_attnseq.export import to_onnx

    X = pad_with_nan(ragged[0], 9)
    session = onnxruntime.InferenceSession(to_onnx(fitted).SerializeToString())
    label, probabilities = session.run(None, {"X": X})
    np.testing.assert_allclose(probabilities, fitted.predict_proba(X), atol=1e-5)
    np.testing.assert_array_equal(label, fitted.predict(X))


def test_names_of_dataframes(sequences_and_labels):
    X, y = sequences_and_labels
    frames = [pd.DataFrame(x, columns=list("abcde")) for x in X]
    ensemble = make_ensemble(2).fit(frames, y)
    assert list(ensemble.feature_names_in_) == list("abcde")
    assert ensemble.n_features_in_ == 5
    with pytest.raises(ValueError, match="feature names should match"):
        ensemble.predict([frame[list("badce")] for frame in frames])
    with pytest.raises(ValueError, match="AttentionSequenceEnsemble is expecting 5"):
        ensemble.predict(X[:, :, :4])


def test_weights_reach_the_networks_with_and_without_routing(ragged):
    X, y = ragged
    weights = np.where(np.arange(40) < 30, 1.0, 0.0)
    expected = make_ensemble(2).fit(X[:30], y[:30]).predict_proba(X)
    weighted = make_ensemble(2).fit(X, y, sample_weight=weights)
    np.testing.assert_array_equal(weighted.predict_proba(X), expected)
    with sklearn.config_context(enable_metadata_routing=True):
        ensemble = make_ensemble(2)
        ensemble.estimator.set_fit_request(sample_weight=True)
        pipeline = make_pipeline(ensemble).fit(X, y, sample_weight=weights)
    np.testing.assert_array_equal(pipeline.predict_proba(X), expected)


def test_scores_of_pipelines_with_routing(ragged):
    X, y = ragged
    weights = np.random.default_rng(0).uniform(size=len(y))
    with sklearn.config_context(enable_metadata_routing=True):
        ensemble = make_ensemble(2)
        pipeline = make_pipeline(ensemble).fit(X, y)
        right = pipeline.predict(X) == y
        assert pipeline.score(X, y) == right.mean()
        assert np.isfinite(cross_val_score(pipeline, X, y, cv=2)).all()
        ensemble.set_score_request(sample_weight=True)
        score = pipeline.score(X, y, sample_weight=weights)
        assert score == pytest.approx(np.average(right, weights=weights))
        ensemble.estimator.set_fit_request(sample_weight=True)
        scores = cross_val_score(ensemble, X, y, cv=2, params={"sample_weight": weights})
        assert np.isfinite(scores).all()


def test_before_and_after_a_failed_fit(fitted, ragged):
    X, _ = ragged
    unfitted = clone(fitted)
    assert hasattr(unfitted, "attention_weights")
    assert not hasattr(make_ensemble(attention=None), "attention_weights")
    assert not hasattr(unfitted, "n_features_in_")
    for name in ("predict", "predict_proba", "attention_weights"):
        with pytest.raises(NotFittedError):
            getattr(unfitted, name)(X)
    expected = fitted.predict_proba(X)
    with pytest.raises(ValueError, match="requires y"):
        fitted.fit(X, None)
    np.testing.assert_array_equal(fitted.predict_proba(X), expected)


@pytest.mark.parametrize(
    ("parameters", "error", "message"),
    [
        ({"n_estimators": 0}, ValueError, "n_estimators"),
        ({"n_estimators": 2.0}, TypeError, "n_estimators"),
        ({"n_estimators": True}, TypeError, "n_estimators"),
        (
            {"estimator": make_pipeline(StandardScaler())},
            TypeError,
            "is of type Pipeline.*last step",
        ),
        ({"estimator__units": 0}, ValueError, "units"),
    ],
)
def test_wrong_parameters(parameters, error, message, ragged):
    with pytest.raises(error, match=message):
        make_ensemble().set_params(**parameters).fit(*ragged)


def make_regressors(n_estimators=3, **parameters):
    regressor = AttentionSequenceRegressor(4, **{"epochs": 2, **parameters})
    return AttentionSequenceEnsembleRegressor(regressor, n_estimators, random_state=0)


@pytest.mark.parametrize("n_outputs", [1, 2])
def test_numbers_are_the_means_of_the_networks(n_outputs, ragged):
    X, _ = ragged
    lengths = np.array([len(x) for x in X], dtype=float)
    y = np.stack([1_000 + 50 * lengths, -lengths], axis=1)[:, :n_outputs].squeeze()
    ensemble = fit_with_random_weights(make_regressors(), X, y)
    each = [network.predict(X) for network in ensemble.estimators_]
    assert np.ptp(each, axis=0).max() > 1e-3
    np.testing.assert_allclose(ensemble.predict(X), np.mean(each, axis=0), rtol=1e-12)
    weights = [network.attention_weights(X)[3] for network in ensemble.estimators_]
    np.testing.assert_allclose(ensemble.attention_weights(X)[3], np.mean(weights, axis=0))
    loaded = pickle.loads(pickle.dumps(ensemble))
    np.testing.assert_array_equal(loaded.predict(X), ensemble.predict(X))


def test_an_ensemble_is_of_the_kind_of_its_networks(ragged):
    X, y = ragged
    assert is_classifier(make_ensemble())
    assert not is_regressor(make_ensemble())
    assert is_regressor(make_regressors())
    assert not hasattr(make_regressors(), "predict_proba")
    ensemble = make_regressors(2, epochs=1).fit(X, y)
    assert ensemble.score(X, y) == pytest.approx(r2_score(y, ensemble.predict(X)))
    with pytest.raises(TypeError, match="an AttentionSequenceRegressor, but is "):
        AttentionSequenceEnsembleRegressor(AttentionSequenceClassifier()).fit(X, y)
    with pytest.raises(TypeError, match="an AttentionSequenceClassifier, but is "):
        AttentionSequenceEnsemble(AttentionSequenceRegressor()).fit(X, y)
