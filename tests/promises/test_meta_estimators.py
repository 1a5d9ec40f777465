"""The guide's table of scikit-learn's own tools: each takes what the table says, and no more."""

import re
from pathlib import Path

import numpy as np
import pytest
import sklearn
from sklearn.base import clone
from sklearn.calibration import CalibratedClassifierCV
from sklearn.ensemble import (
    AdaBoostClassifier,
    BaggingClassifier,
    StackingClassifier,
    VotingClassifier,
)
from sklearn.experimental import enable_halving_search_cv  # noqa: F401
from sklearn.frozen import FrozenEstimator
from sklearn.inspection import permutation_importance
from sklearn.model_selection import (
    FixedThresholdClassifier,
    GridSearchCV,
    HalvingGridSearchCV,
    HalvingRandomSearchCV,
    RandomizedSearchCV,
    StratifiedKFold,
    TunedThresholdClassifierCV,
    cross_val_predict,
    cross_val_score,
    cross_validate,
    learning_curve,
    permutation_test_score,
    validation_curve,
)
from sklearn.multiclass import OneVsOneClassifier, OneVsRestClassifier, OutputCodeClassifier
from sklearn.multioutput import ClassifierChain, MultiOutputClassifier
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.semi_supervised import SelfTrainingClassifier

from sk_attnseq import AttentionSequenceClassifier
from sk_attnseq.preprocessing import TimestepTransformer

PAGE = Path(__file__).parents[2] / "docs" / "user_guide" / "other_tools.md"
FORMS = ("table", "array", "list")
VERSION = tuple(map(int, sklearn.__version__.split(".")[:2]))
CALIBRATION = "temperature" if VERSION >= (1, 8) else "sigmoid"
RATES = {"learning_rate": [1e-6, 0.03]}

# Each timestep tells the class, so that a few epochs, half of the samples and sequences without
# their last timesteps are enough, whatever the initial weights.
Y = np.arange(120) % 2
X_ALL = np.random.default_rng(0).normal(size=(120, 6, 5))
X_ALL[:, :, 0] += np.where(Y, 2, -2)[:, None]
DATA = {
    "table": X_ALL.reshape(120, 30),
    "array": X_ALL,
    "list": [sequence[: 6 - row % 3] for row, sequence in enumerate(X_ALL)],
}


def make_classifier(form):
    return AttentionSequenceClassifier(
        8,
        n_timesteps=6 if form == "table" else None,
        epochs=8,
        learning_rate=0.03,
        random_state=0,
    )


def fitted(make):
    """What a meta-estimator, made of a classifier, predicts of what it was fitted on."""
    return lambda classifier, X: make(classifier).fit(X, Y).predict(X)


def halves(search, **options):
    return fitted(lambda c: search(c, RATES, resource="epochs", max_resources=8, cv=2, **options))


def cached_pipeline(classifier, X, directory):
    """Twice the same, the second time with what the first made."""
    scaler = TimestepTransformer(StandardScaler(), n_timesteps=classifier.n_timesteps)
    steps = [("scale", scaler), ("classify", classifier)]
    pipeline = Pipeline(steps, memory=str(directory)).set_output(transform="pandas")
    first = pipeline.fit(X, Y).predict_proba(X)
    again = clone(pipeline).fit(X, Y)
    np.testing.assert_array_equal(again.predict_proba(X), first)
    return again.predict(X)


def from_few_labels(classifier, X):
    labels = np.where(np.arange(120) < 80, Y, -1)  # -1: not known
    model = SelfTrainingClassifier(classifier, threshold=0.9).fit(X, labels)
    assert (model.transduction_ != -1).sum() > 80
    return model.predict(X)


def two_outputs(classifier, X):
    predicted = MultiOutputClassifier(classifier).fit(X, np.stack([Y, 1 - Y], axis=1)).predict(X)
    return np.where(predicted[:, 0] == 1 - predicted[:, 1], predicted[:, 0], -1)


def chain(classifier, X):
    classifier = classifier.set_params(n_timesteps=None, epochs=2)
    model = ClassifierChain(classifier).fit(X, np.stack([Y, 1 - Y], axis=1))
    alone = clone(classifier).fit(X, Y)
    np.testing.assert_array_equal(model.predict(X)[:, 0], alone.predict(X))
    assert model.estimators_[1].n_features_in_ == 31
    return Y  # which 30 timesteps of a feature do not tell so soon


def incremental(classifier, X):
    sizes, _, scores = learning_curve(
        classifier,
        X,
        Y,
        cv=StratifiedKFold(2),
        exploit_incremental_learning=True,
        error_score="raise",
    )
    train, test = next(StratifiedKFold(2).split(Y, Y))
    for score, part in zip(scores[:, 0], np.split(train[: sizes[-1]], sizes[:-1]), strict=True):
        classifier.partial_fit(rows_of(X, part), Y[part], classes=[0, 1])
        assert classifier.score(rows_of(X, test), Y[test]) == score
    return Y  # which one epoch does not tell


def rows_of(X, rows):
    return [X[row] for row in rows] if isinstance(X, list) else X[rows]


def over_rates(classifier, X):
    _, scores = validation_curve(
        classifier, X, Y, param_name="learning_rate", param_range=RATES["learning_rate"], cv=2
    )
    return scores[-1]


def kept_estimators(classifier, X):
    result = cross_validate(classifier, X, Y, cv=2, return_estimator=True, error_score="raise")
    assert [estimator.n_iter_ for estimator in result["estimator"]] == [8, 8]
    return result["test_score"]


def permuted(classifier, X):
    score, permutation_scores, _ = permutation_test_score(
        classifier, X, Y, cv=2, n_permutations=3, random_state=0
    )
    assert (permutation_scores < score).all()
    return score


def important_columns(classifier, X):
    model = classifier.fit(X, Y)
    assert permutation_importance(model, X, Y, n_repeats=2).importances.shape == (30, 2)
    return model.predict(X)


# What each does with a classifier and sequences: labels that it predicts for them, or scores.
TOOLS = {
    "GridSearchCV": fitted(lambda c: GridSearchCV(c, RATES, cv=2)),
    "RandomizedSearchCV": fitted(lambda c: RandomizedSearchCV(c, RATES, n_iter=2, cv=2)),
    "HalvingGridSearchCV": halves(HalvingGridSearchCV),
    "HalvingRandomSearchCV": halves(HalvingRandomSearchCV, n_candidates=2, random_state=0),
    "cross_validate": kept_estimators,
    "cross_val_score": lambda c, X: cross_val_score(c, X, Y, cv=2, error_score="raise"),
    "cross_val_predict": lambda c, X: cross_val_predict(c, X, Y, cv=2),
    "permutation_test_score": permuted,
    "learning_curve": incremental,
    "validation_curve": over_rates,
    "Pipeline": cached_pipeline,
    "CalibratedClassifierCV": fitted(lambda c: CalibratedClassifierCV(c, method=CALIBRATION, cv=2)),
    "FrozenEstimator": lambda c, X: fitted(FrozenEstimator)(c.fit(X, Y), X),
    "TunedThresholdClassifierCV": fitted(lambda c: TunedThresholdClassifierCV(c, cv=2)),
    "FixedThresholdClassifier": fitted(lambda c: FixedThresholdClassifier(c, threshold=0.4)),
    "StackingClassifier": fitted(lambda c: StackingClassifier([("only", c)], cv=2)),
    "VotingClassifier": fitted(lambda c: VotingClassifier([("only", c)], voting="soft")),
    "OneVsRestClassifier": fitted(OneVsRestClassifier),
    "MultiOutputClassifier": two_outputs,
    "AdaBoostClassifier": fitted(lambda c: AdaBoostClassifier(c, n_estimators=2, random_state=0)),
    "BaggingClassifier": fitted(lambda c: BaggingClassifier(c, n_estimators=2, random_state=0)),
    "SelfTrainingClassifier": from_few_labels,
    "OneVsOneClassifier": fitted(OneVsOneClassifier),
    "OutputCodeClassifier": fitted(lambda c: OutputCodeClassifier(c, code_size=3, random_state=0)),
    "ClassifierChain": chain,
    "permutation_importance": important_columns,
}


def page_table():
    """The rows of the page: {tool: (whether it takes tables, arrays, lists)}."""
    rows = re.findall(r"^\|(.*`)\s*\|(.*)\|(.*)\|(.*)\|$", PAGE.read_text(encoding="utf-8"), re.M)
    return {
        tool: tuple({"yes": True, "no": False}[answer.strip()] for answer in answers)
        for tools, *answers in rows
        for tool in re.findall(r"`(\w+)`", tools)
    }


def test_the_table_has_the_tools_that_are_tested():
    assert page_table().keys() == TOOLS.keys()


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("tool", TOOLS)
def test_tools_take_what_the_table_says(tool, form, tmp_path):
    takes = page_table()[tool][FORMS.index(form)]
    arguments = (make_classifier(form), DATA[form], *([tmp_path] if tool == "Pipeline" else []))
    if not takes:
        with pytest.raises(ValueError, match=r"dim|inhomogeneous"):
            TOOLS[tool](*arguments)
        return
    result = np.asarray(TOOLS[tool](*arguments))
    accuracy = (result == Y).mean() if result.shape == (120,) else result.mean()
    assert accuracy > 0.9
