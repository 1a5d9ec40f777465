"""Early stopping on validation data: a user's own, or set aside, by groups and by any score."""

import pickle
from dataclasses import replace

import numpy as np
import pytest
import sklearn
from sklearn.metrics import fbeta_score, get_scorer, make_scorer
from sklearn.model_selection import GridSearchCV, GroupKFold, train_test_split
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from sk_attnseq import AttentionSequenceClassifier
from sk_attnseq._data.splitting import set_aside
from sk_attnseq.datasets import make_sequence_classification
from sk_attnseq.preprocessing import TimestepTransformer
from tests.data import make_data, pad_with_nan
from tests.promises.kinds import KINDS, predictions

X, Y = make_sequence_classification(90, 6, n_classes=3, class_sep=2, random_state=0)
X_TRAIN, Y_TRAIN, X_VAL, Y_VAL = X[:60], Y[:60], X[60:], Y[60:]
OWN = {"X_val": X_VAL, "y_val": Y_VAL}
NUMBERS = 1_000 + 50 * X[:, :, 0].mean(axis=1)
TARGETS = {"classifier": Y, "regressor": NUMBERS}
WEIGHTS = np.random.default_rng(0).uniform(0.2, 2, 90)


def make_classifier(kind="classifier", **parameters):
    options = {"units": 4, "epochs": 4, "early_stopping": True, "random_state": 0}
    return KINDS[kind][0](**options | parameters)


def assert_the_same(classifier, expected):
    assert classifier.validation_scores_ == expected.validation_scores_
    np.testing.assert_array_equal(predictions(classifier, X), predictions(expected, X))


def seed_of(random_state):
    return np.random.RandomState(random_state).randint(np.iinfo(np.int32).max)


def test_own_data_are_as_if_they_had_been_set_aside():
    rows = train_test_split(np.arange(90), test_size=0.2, stratify=Y, random_state=seed_of(0))
    train, val = rows
    expected = make_classifier(validation_fraction=0.2).fit(X, Y)
    own = {"X_val": X[val], "y_val": Y[val]}
    assert_the_same(make_classifier().fit(X[train], Y[train], **own), expected)
    # A weight weighs in validation as in training, and so does a class.
    options = {"class_weight": {0: 1, 1: 2, 2: 5}, "scoring": "loss"}
    expected = make_classifier(validation_fraction=0.2, **options).fit(X, Y, WEIGHTS)
    weights = {"sample_weight": WEIGHTS[train], "sample_weight_val": WEIGHTS[val]}
    classifier = make_classifier(**options).fit(X[train], Y[train], **weights, **own)
    np.testing.assert_allclose(classifier.validation_scores_, expected.validation_scores_)


@pytest.mark.parametrize("kind", KINDS)
def test_own_data_decide_and_are_not_trained_on(kind):
    y = TARGETS[kind]
    without = make_classifier(kind, early_stopping=False).fit(X_TRAIN, y[:60])
    estimator = make_classifier(kind, epochs=1_000, n_iter_no_change=3)
    estimator.fit(X_TRAIN, y[:60], X_val=X_VAL, y_val=y[60:])
    assert estimator.loss_curve_[:4] == without.loss_curve_
    assert estimator.n_iter_ == len(estimator.validation_scores_) < 1_000
    score = estimator.score(X_VAL, y[60:])
    assert score == pytest.approx(max(estimator.validation_scores_), rel=1e-6)


@pytest.mark.parametrize("form", ["nan", "list", "objects"])
def test_own_data_in_all_forms(form, ragged):
    X, y = ragged
    longer = [np.concatenate([x, x]) for x in X]  # than any that is trained on
    forms = {
        "nan": lambda X: pad_with_nan(X, max(map(len, X))),
        "list": list,
        "objects": lambda X: np.fromiter(X, object, len(X)),
    }
    expected = make_classifier().fit(X, y, X_val=longer, y_val=y).validation_scores_
    classifier = make_classifier().fit(forms[form](X), y, X_val=forms[form](longer), y_val=y)
    assert classifier.validation_scores_ == expected


def test_labels_are_strings_and_columns_are_columns():
    names = np.array(["left", "right", "stop"])
    expected = make_classifier(scoring="f1_macro").fit(X_TRAIN, Y_TRAIN, **OWN)
    classifier = make_classifier(scoring="f1_macro", n_timesteps=6).fit(
        X_TRAIN.reshape(60, -1),
        names[Y_TRAIN],
        X_val=X_VAL.reshape(30, -1),
        y_val=names[Y_VAL],
    )
    assert classifier.validation_scores_ == expected.validation_scores_


def test_a_warm_start_takes_new_validation_data():
    classifier = make_classifier(warm_start=True).fit(X_TRAIN, Y_TRAIN, **OWN)
    classifier.fit(X_TRAIN, Y_TRAIN, X_val=X_VAL[:10], y_val=Y_VAL[:10])
    assert classifier.n_iter_ == 8
    assert classifier.best_validation_score_ == classifier.score(X_VAL[:10], Y_VAL[:10])


@pytest.mark.parametrize(
    ("parameters", "arguments", "message"),
    [
        ({"early_stopping": False}, OWN, "early_stopping is False"),
        ({}, OWN | {"y_val": Y_VAL + 1}, r"y_val has the classes \[3\]"),
        ({}, {"X_val": X_VAL}, "y_val is None"),
        ({}, {"groups": Y}, r"in whole groups.* 3 group\(s\) has all the samples"),
        ({}, {"groups": Y[:3]}, "90 in X and 3 in groups"),
        ({"scoring": "roc_auc"}, OWN, "scoring='roc_auc' cannot score"),
    ],
)
def test_what_is_wrong_is_an_error_that_changes_nothing(parameters, arguments, message):
    classifier = make_classifier(epochs=1).fit(X, Y).set_params(**parameters)
    before = dict(vars(classifier))
    with pytest.raises(ValueError, match=message):
        classifier.fit(X, Y, **arguments)
    assert vars(classifier) == before


@pytest.mark.parametrize("scoring", ["f1_macro", "roc_auc_ovr", "neg_log_loss"])
def test_scores_are_those_of_the_scorer(scoring):
    classifier = make_classifier(scoring=scoring, class_weight="balanced")
    classifier.fit(X_TRAIN, Y_TRAIN, sample_weight_val=WEIGHTS[60:], **OWN)
    score = get_scorer(scoring)(classifier, X_VAL, Y_VAL, sample_weight=WEIGHTS[60:])
    assert classifier.best_validation_score_ == pytest.approx(score, rel=1e-6)
    assert classifier.best_validation_score_ == max(classifier.validation_scores_)


def test_loss_ends_training_when_it_rises():
    """The accuracy stays where it is, and the loss shows that the network overfits."""
    options = {"epochs": 60, "n_iter_no_change": 3, "learning_rate": 0.05}
    y = np.random.default_rng(0).permutation(Y)  # nothing can be learned but by heart
    classifier = make_classifier(scoring="loss", **options)
    classifier.fit(X_TRAIN, y[:60], X_val=X_VAL, y_val=y[60:])
    losses = -np.array(classifier.validation_scores_)
    assert classifier.n_iter_ < 60
    assert losses[-1] > losses.min() + 1e-3
    probabilities = classifier.predict_proba(X_VAL)[np.arange(30), y[60:]]
    assert losses.min() == pytest.approx(-np.log(probabilities).mean(), rel=1e-5)


@pytest.mark.parametrize("kind", KINDS)
def test_groups_are_set_aside_whole(kind):
    """It is as if the rows of some groups had been passed as validation data."""
    y = TARGETS[kind]
    groups = np.array([f"person {i}" for i in np.arange(90) // 5])
    weights = (np.arange(90) % 7 > 0).astype(float)  # samples that are not there shift no group
    strata = Y if kind == "classifier" else np.zeros(90)
    data = replace(make_data(X, strata), groups=groups)[weights > 0]
    train, val = (part.sequences.rows for part in set_aside(data, fraction=0.2, seed=seed_of(0)))
    assert not set(groups[train]) & set(groups[val])
    estimator = make_classifier(kind, validation_fraction=0.2).fit(X, y, weights, groups=groups)
    score = estimator.score(X[val], y[val])
    assert estimator.best_validation_score_ == pytest.approx(score, rel=1e-6)
    if kind == "classifier":  # the units of numbers are those of all samples
        expected = make_classifier().fit(X[train], y[train], X_val=X[val], y_val=y[val])
        assert_the_same(estimator, expected)


def test_groups_are_not_used_without_early_stopping():
    expected = make_classifier(early_stopping=False, epochs=1).fit(X, Y)
    classifier = make_classifier(early_stopping=False, epochs=1).fit(X, Y, groups=Y)
    np.testing.assert_array_equal(classifier.predict_proba(X), expected.predict_proba(X))


def test_a_scorer_survives_clones_searches_and_pickles():
    fbeta = make_scorer(fbeta_score, beta=2, average="macro")
    search = GridSearchCV(make_classifier(epochs=1), {"scoring": ["loss", "f1_macro", fbeta]}, cv=2)
    search.fit(X, Y)
    assert len(search.cv_results_["params"]) == 3
    classifier = make_classifier(epochs=1, scoring=fbeta).fit(X, Y)
    loaded = pickle.loads(pickle.dumps(classifier))
    assert loaded.validation_scores_ == classifier.validation_scores_
    assert_the_same(loaded.fit(X, Y), classifier)


@pytest.mark.parametrize(("kind", "scoring"), [("classifier", "f1_macro"), ("regressor", "r2")])
def test_callbacks_see_no_validation_data(kind, scoring):
    """`ScoringMonitor` hands all metadata that it sees on to its scorer."""
    callback = pytest.importorskip("sklearn.callback", reason="scikit-learn >= 1.9")
    monitor = callback.ScoringMonitor(scoring=scoring)
    estimator, y = make_classifier(kind, epochs=2).set_callbacks(monitor), TARGETS[kind]
    own = {"X_val": X_VAL, "y_val": y[60:], "sample_weight_val": WEIGHTS[60:]}
    estimator.fit(X, y, WEIGHTS, groups=np.arange(90), **own)
    assert [row["task_name"] for row in monitor.get_logs().data].count("epoch") == 2


@pytest.fixture
def metadata_routing():
    with sklearn.config_context(enable_metadata_routing=True):
        yield


def make_routed_pipeline(kind="classifier"):
    estimator = make_classifier(kind)
    estimator.set_fit_request(X_val=True, y_val=True, sample_weight_val=True)
    scaler = TimestepTransformer(StandardScaler())
    return make_pipeline(scaler, estimator, transform_input=["X_val"])


@pytest.mark.usefixtures("metadata_routing")
@pytest.mark.parametrize("kind", KINDS)
def test_a_pipeline_transforms_validation_data(kind):
    far, train, val = 1000 * X + 500, TARGETS[kind][:60], TARGETS[kind][60:]
    pipeline = make_routed_pipeline(kind).fit(far[:60], train, X_val=far[60:], y_val=val)
    scaled = TimestepTransformer(StandardScaler()).fit(far[:60]).transform
    expected = make_classifier(kind).fit(scaled(far[:60]), train, X_val=scaled(far[60:]), y_val=val)
    assert pipeline[-1].validation_scores_ == expected.validation_scores_


@pytest.mark.usefixtures("metadata_routing")
def test_validation_data_reach_each_fit_of_a_search():
    far = 1000 * X + 500
    search = GridSearchCV(make_routed_pipeline(), {"attentionsequenceclassifier__units": [4]}, cv=2)
    search.fit(far[:60], Y_TRAIN, X_val=far[60:], y_val=Y_VAL, sample_weight_val=WEIGHTS[60:])
    best = search.best_estimator_
    expected = np.average(best.predict(far[60:]) == Y_VAL, weights=WEIGHTS[60:])
    assert best[-1].best_validation_score_ == pytest.approx(expected)


class Recording(AttentionSequenceClassifier):
    """Notes what groups come to `fit`."""

    seen = []  # noqa: RUF012

    def fit(self, X, y, sample_weight=None, *, groups=None):
        self.seen.append(groups)
        return super().fit(X, y, sample_weight, groups=groups)


@pytest.mark.usefixtures("metadata_routing")
@pytest.mark.parametrize("are_requested", [True, False])
def test_groups_reach_the_splits_of_a_search_and_its_fits_if_requested(are_requested):
    groups = np.arange(90) // 5
    classifier = Recording(units=4, epochs=1, early_stopping=True)
    if are_requested:  # else nothing has to be said, as before `fit` knew groups
        classifier.set_fit_request(groups=True)
    Recording.seen.clear()
    GridSearchCV(classifier, {"alpha": [0]}, cv=GroupKFold(2)).fit(X, Y, groups=groups)
    if not are_requested:
        assert Recording.seen == [None] * 3
        return
    expected = [groups[train] for train, _ in GroupKFold(2).split(X, Y, groups)] + [groups]
    for found, rows in zip(Recording.seen, expected, strict=True):
        np.testing.assert_array_equal(found, rows)


def test_groups_in_a_pipeline_without_routing():
    groups = np.arange(90) // 5
    pipeline = make_pipeline(make_classifier(epochs=1))
    pipeline.fit(X, Y, attentionsequenceclassifier__groups=groups)
    expected = make_classifier(epochs=1).fit(X, Y, groups=groups)
    assert pipeline[-1].validation_scores_ == expected.validation_scores_
