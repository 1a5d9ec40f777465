"""The classifier among scikit-learn's other tools, on sequences of three dimensions."""

import functools

import joblib
import numpy as np
import pytest
import sklearn
from sklearn.compose import ColumnTransformer
from sklearn.datasets import load_digits
from sklearn.ensemble import VotingClassifier
from sklearn.experimental import enable_halving_search_cv  # noqa: F401
from sklearn.model_selection import (
    GridSearchCV,
    HalvingGridSearchCV,
    KFold,
    StratifiedGroupKFold,
    cross_val_predict,
    cross_val_score,
    train_test_split,
)
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import FunctionTransformer, OneHotEncoder, StandardScaler

from sk_attnseq import AttentionSequenceClassifier
from sk_attnseq.datasets import make_sequence_classification
from sk_attnseq.preprocessing import TimestepTransformer
from tests.data import pad_with_nan


@pytest.fixture(scope="module")
def data():
    return make_sequence_classification(150, n_timesteps=6, class_sep=4, random_state=0)


def make_classifier(**parameters):
    return AttentionSequenceClassifier(
        **{"units": 8, "epochs": 10, "random_state": 0, **parameters}
    )


def test_grid_search(data):
    search = GridSearchCV(make_classifier(), {"learning_rate": [1e-6, 0.02]}, cv=3).fit(*data)
    assert search.best_params_ == {"learning_rate": 0.02}
    assert search.score(*data) > 0.8


@pytest.mark.usefixtures("weights_as_in_a_fresh_process")
@pytest.mark.parametrize("backend", ["loky", "threading"])
def test_parallel_search_is_the_same(backend, data):
    grid = {"learning_rate": [0.001, 0.02]}
    expected = GridSearchCV(make_classifier(), grid, cv=2).fit(*data)
    with joblib.parallel_config(backend=backend, n_jobs=2):
        search = GridSearchCV(make_classifier(), grid, cv=2).fit(*data)
    np.testing.assert_array_equal(
        search.cv_results_["mean_test_score"], expected.cv_results_["mean_test_score"]
    )
    np.testing.assert_array_equal(search.predict_proba(data[0]), expected.predict_proba(data[0]))


def test_static_features_in_every_timestep():
    """The recipe of the guide's page of inputs, where they alone tell the class."""
    rng = np.random.default_rng(0)
    recordings = [rng.normal(size=(rng.integers(2, 9), 2)) for _ in range(120)]
    static = np.column_stack([rng.uniform(20, 90, 120), rng.integers(3, size=120)])  # age, ward
    y = np.where(static[:, 1] == 1, static[:, 0] > 50, static[:, 0] < 50)
    joined = [
        np.hstack([x, np.tile(s, (len(x), 1))]) for x, s in zip(recordings, static, strict=True)
    ]
    prepare = ColumnTransformer(
        [("scale", StandardScaler(), slice(0, 3)), ("ward", OneHotEncoder(), [3])]
    )
    pipeline = make_pipeline(TimestepTransformer(prepare), make_classifier(epochs=40))
    assert cross_val_score(pipeline, joined, y, cv=3).mean() > 0.8
    padded = pad_with_nan(joined, 8)
    again = [x[~np.isnan(x).all(axis=1)] for x in padded]
    for x, expected in zip(again, joined, strict=True):
        np.testing.assert_allclose(x, expected, rtol=1e-6)


def test_halving_search_over_epochs(data):
    search = HalvingGridSearchCV(
        make_classifier(),
        {"learning_rate": [1e-6, 0.001, 0.02]},
        resource="epochs",
        min_resources=2,
        max_resources=18,
        cv=2,
        random_state=0,
    ).fit(*data)
    assert search.best_params_["learning_rate"] == 0.02
    assert search.best_estimator_.n_iter_ == 6  # two epochs for three candidates, six for one


def test_cross_validation(data):
    assert cross_val_score(make_classifier(), *data, cv=3).mean() > 0.7
    probabilities = cross_val_predict(make_classifier(), *data, cv=3, method="predict_proba")
    np.testing.assert_allclose(probabilities.sum(axis=1), 1, rtol=1e-5)


def test_pipeline_with_nested_parameters(data):
    X, y = data
    pipeline = Pipeline(
        [("double", FunctionTransformer(lambda X: 2 * X)), ("classify", make_classifier())]
    )
    pipeline.set_params(classify__units=(6, 4), classify__attention=None)
    assert pipeline["classify"].get_params()["units"] == (6, 4)
    assert pipeline.fit(X, y).score(X, y) > 0.7


def test_pipeline_with_a_scaler_of_columns():
    X, y = load_digits(return_X_y=True)
    X_train, X_test, y_train, y_test = train_test_split(X, y, random_state=0)
    pipeline = make_pipeline(
        StandardScaler(), AttentionSequenceClassifier(n_timesteps=8, epochs=15, random_state=0)
    )
    assert pipeline.fit(X_train, y_train).score(X_test, y_test) > 0.9


def test_voting(data):
    X, y = data
    members = [(str(seed), make_classifier(random_state=seed)) for seed in range(2)]
    voting = VotingClassifier(members, voting="soft").fit(X, y)
    expected = np.mean([m.predict_proba(X) for m in voting.estimators_], axis=0)
    np.testing.assert_allclose(voting.predict_proba(X), expected, rtol=1e-6)


@pytest.mark.parametrize("form", ["nan", "list", "objects"])
def test_ragged_sequences_in_splits_and_searches(form, ragged):
    X, y = ragged
    objects = np.empty(len(X), dtype=object)
    objects[:] = X
    X = {"nan": pad_with_nan(X, 9), "list": X, "objects": objects}[form]
    groups = np.arange(40) // 4
    X_train, X_test, y_train, _ = train_test_split(X, y, random_state=0)
    classifier = make_classifier(epochs=2)
    assert classifier.fit(X_train, y_train).predict(X_test).shape == (10,)
    for cv, groups_of_cv in ((KFold(2), None), (StratifiedGroupKFold(2), groups)):
        search = GridSearchCV(
            make_pipeline(classifier), {"attentionsequenceclassifier__units": [4, 8]}, cv=cv
        )
        search.fit(X, y, groups=groups_of_cv)
        assert len(search.predict(X)) == 40
    predicted = cross_val_predict(classifier, X, y, groups=groups, cv=StratifiedGroupKFold(2))
    assert len(predicted) == 40


@pytest.fixture
def metadata_routing():
    with sklearn.config_context(enable_metadata_routing=True):
        yield


@pytest.mark.usefixtures("metadata_routing")
def test_routed_weights_reach_fit_and_score(data):
    X, y = data
    # What has the weight 0 has the wrong label.
    wrong = np.arange(len(y)) % 3 == 0
    weights, labels = (~wrong).astype(float), np.where(wrong, 1 - y, y)
    classifier = make_classifier().set_fit_request(sample_weight=True)
    classifier.set_score_request(sample_weight=True)
    # Not a search over the pipeline: before scikit-learn 1.8, a search asks the pipeline
    # itself, and not its last step, which weights its `score` takes.
    search = GridSearchCV(classifier, {"units": [8]}, cv=3)
    search.fit(X, labels, sample_weight=weights)
    assert search.best_score_ > 0.75
    pipeline = make_pipeline(classifier).fit(X, labels, sample_weight=weights)
    assert pipeline.score(X, labels, sample_weight=weights) > pipeline.score(X, labels) > 0.4
    deaf = make_classifier().set_fit_request(sample_weight=False)
    deaf.set_score_request(sample_weight=False)
    deaf_search = GridSearchCV(deaf, {"units": [8]}, cv=3).fit(X, labels)
    assert deaf_search.best_score_ < search.best_score_


@pytest.mark.skipif(
    tuple(map(int, sklearn.__version__.split(".")[:2])) < (1, 8),
    reason="a search asks the pipeline itself, not its last step, for what its `score` takes",
)
@pytest.mark.usefixtures("metadata_routing")
def test_routed_weights_through_a_search_over_a_pipeline(data):
    X, y = data
    wrong = np.arange(len(y)) % 3 == 0
    weights, labels = (~wrong).astype(float), np.where(wrong, 1 - y, y)
    scaler = TimestepTransformer(StandardScaler().set_fit_request(sample_weight=True))
    classifier = make_classifier().set_fit_request(sample_weight=True)
    classifier.set_score_request(sample_weight=True)
    pipeline = make_pipeline(scaler, classifier)
    search = GridSearchCV(pipeline, {"attentionsequenceclassifier__units": [8]}, cv=3)
    search.fit(X, labels, sample_weight=weights)
    assert search.best_score_ > 0.75
    np.testing.assert_allclose(
        search.best_estimator_[0].transformer_.mean_, X[~wrong].mean(axis=(0, 1)), atol=1e-6
    )


def test_a_search_compiles_one_program_for_each_network(data, monkeypatch):
    from sk_attnseq._training import program

    # Without the programs of other tests.
    compile_once = functools.cache(program._compile.__wrapped__)
    monkeypatch.setattr(program, "_compile", compile_once)
    X, y = data
    grid = {"learning_rate": [0.001, 0.01], "alpha": [0, 0.1], "units": [7, 9]}
    GridSearchCV(make_classifier(epochs=2), grid, cv=3).fit(X, y)
    assert compile_once.cache_info().misses == 2  # one for each of `units`
    GridSearchCV(make_classifier(epochs=2), grid, cv=3).fit(X, y)
    assert compile_once.cache_info().misses == 2
