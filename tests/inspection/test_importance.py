import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from sklearn.compose import ColumnTransformer
from sklearn.decomposition import PCA
from sklearn.feature_selection import SelectKBest
from sklearn.metrics import get_scorer
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer, StandardScaler

from sk_attnseq import AttentionSequenceClassifier
from sk_attnseq.datasets import make_sequence_classification
from sk_attnseq.inspection import feature_importance, timestep_importance
from sk_attnseq.inspection._importance import _Permutable
from sk_attnseq.preprocessing import TimestepTransformer
from sk_attnseq.recordings import RecordingClassifier
from tests.data import pad_with_nan
from tests.networks import fit_with_random_weights


@pytest.fixture(scope="module")
def known():
    """Held-out sequences in which timestep 3 alone tells the class, and who knows it."""
    X, y = make_sequence_classification(
        400, 6, 4, informative_timestep=3, class_sep=6, random_state=0
    )
    X[:, :, 0] = np.random.default_rng(0).normal(size=X.shape[:2])  # no marker: tells nothing
    clf = AttentionSequenceClassifier(8, epochs=25, random_state=0).fit(X[:250], y[:250])
    assert clf.score(X[250:], y[250:]) > 0.95
    return clf, X[250:], y[250:]


@pytest.mark.parametrize("n_jobs", [None, 2])
def test_the_timestep_that_tells_the_class_is_the_important_one(known, n_jobs):
    clf, X, y = known
    result = timestep_importance(clf, X, y, n_jobs=n_jobs, random_state=0)
    # Of two equally frequent classes, exchanging makes half of the labels wrong.
    assert result.importances_mean[3] == pytest.approx(0.5, abs=0.06)
    assert abs(np.delete(result.importances_mean, 3)).max() < 0.03
    assert result.importances.shape == (6, 5)
    np.testing.assert_array_equal(result.importances_mean, result.importances.mean(axis=1))
    np.testing.assert_array_equal(result.importances_std, result.importances.std(axis=1))
    again = timestep_importance(clf, X, y, random_state=0)
    np.testing.assert_array_equal(result.importances, again.importances)
    assert not np.array_equal(
        again.importances, timestep_importance(clf, X, y, random_state=1).importances
    )


def test_a_feature_that_tells_nothing_has_no_importance(known):
    clf, X, y = known
    result = feature_importance(clf, X, y, n_repeats=3, random_state=0)
    assert result.importances.shape == (4, 3)
    assert abs(result.importances_mean[0]) < 0.02
    assert result.importances_mean.max() > 0.1
    parallel = feature_importance(clf, X, y, n_repeats=3, n_jobs=2, random_state=0)
    np.testing.assert_array_equal(result.importances, parallel.importances)


def test_all_forms_of_sequences_give_the_same(networks, ragged):
    X, y = ragged
    expected = timestep_importance(networks["pooling"], X, y, random_state=0).importances
    assert expected.shape == (9, 5)
    for other in (pad_with_nan(X, 12), np.fromiter(X, object, len(X))):  # 12: more than any has
        result = timestep_importance(networks["pooling"], other, y, random_state=0)
        np.testing.assert_array_equal(result.importances, expected)


def test_without_attention(networks, ragged):
    result = timestep_importance(networks[None], *ragged, n_repeats=1)
    assert result.importances.shape == (9, 1)


def test_scoring_and_weights(known):
    clf, X, y = known
    scorer = get_scorer("neg_log_loss")
    weight = np.where(np.arange(len(y)) < 50, 1.0, 0.0)
    results = [
        timestep_importance(clf, X, y, scoring=s, random_state=0, sample_weight=weight)
        for s in ("neg_log_loss", scorer)
    ]
    np.testing.assert_array_equal(results[0].importances, results[1].importances)
    seen = []

    def scoring(estimator, X, y, sample_weight=None):
        seen.append(sample_weight)
        return 0.0

    timestep_importance(clf, X, y, scoring=scoring, n_repeats=2, sample_weight=weight)
    assert len(seen) == 1 + 6 * 2
    assert all(each is weight for each in seen)


def test_another_thread_that_fits_meanwhile_changes_nothing(ragged):
    X, y = ragged
    clf = AttentionSequenceClassifier(4, epochs=1, random_state=0)
    fit_with_random_weights(clf, X, y)
    weights = []

    def score_while_another_thread_fits(estimator, X, y):
        weights.append(estimator._state[0])
        fit_with_random_weights(clf, X, y)
        return 0.0

    feature_importance(clf, X, y, scoring=score_while_another_thread_fits, n_repeats=1)
    assert len(weights) == 4
    assert all(each is weights[0] for each in weights)


class Anything:
    """In place of an estimator where X has 3 dimensions."""


def samples_named(lengths):
    """Values that say of which sample, timestep and feature they are."""
    return [
        100.0 * i + 10 * np.arange(n)[:, np.newaxis] + np.arange(2) for i, n in enumerate(lengths)
    ]


def test_what_is_exchanged():
    lengths = [5, 2, 4, 5, 1, 3]
    X = samples_named(lengths)
    permutable = _Permutable(Anything(), X)
    source = permutable.draw(np.random.RandomState(0))
    for timestep in range(5):
        new = permutable.exchange("timestep", timestep, source)
        assert [len(x) for x in new] == lengths
        for old, x in zip(X, new, strict=True):
            changed = (x != old).any(axis=1)
            assert set(np.flatnonzero(changed)) <= {timestep}
            if len(x) > timestep:
                assert changed[timestep]  # each gets the values of another
                np.testing.assert_array_equal(x[timestep] % 100, old[timestep] % 100)
        values = [[x[timestep, 0] for x in data if len(x) > timestep] for data in (X, new)]
        assert sorted(values[0]) == sorted(values[1])
    new = permutable.exchange("feature", 1, source)
    for old, x in zip(X, new, strict=True):
        np.testing.assert_array_equal(x[:, 0], old[:, 0])
        np.testing.assert_array_equal(x[:, 1] % 100, old[:, 1] % 100)
        giver = x[:, 1] // 100
        for now, later, timestep in zip(giver, giver[1:], range(1, len(x)), strict=False):
            # The series goes on with another only where the one has ended.
            assert now == later or lengths[int(now)] == timestep
    np.testing.assert_array_equal(X[0], samples_named(lengths)[0])


def test_series_of_equal_lengths_stay_whole():
    X = np.stack(samples_named([6] * 9))
    permutable = _Permutable(Anything(), X)
    new = permutable.exchange("feature", 0, permutable.draw(np.random.RandomState(0)))
    givers = new[:, :, 0] // 100
    assert (givers == givers[:, :1]).all()
    assert sorted(givers[:, 0]) == list(range(9))
    assert (givers[:, 0] != np.arange(9)).all()


@pytest.mark.parametrize("module", [pd, pl, pa])
def test_dataframes_keep_names_and_types(module):
    X, y = make_sequence_classification(60, 4, 3, random_state=0)
    table = X.reshape(60, 12)
    names = [f"column{i}" for i in range(12)]
    frame = pd.DataFrame(table, columns=names).astype({"column0": np.float32})
    if module is pl:
        frame = pl.from_dict({n: frame[n].to_numpy() for n in names})
    elif module is pa:
        frame = pa.Table.from_pandas(frame)
    seen = []

    def look(frame):
        if module is pa:
            seen.append((frame.column_names, frame.schema.types))
        else:
            seen.append((list(frame.columns), [str(d) for d in frame.dtypes]))
        return np.asarray(frame)

    clf = AttentionSequenceClassifier(4, epochs=2, n_timesteps=4, random_state=0)
    pipeline = make_pipeline(FunctionTransformer(look), clf)
    fit_with_random_weights(pipeline, frame, y)
    for measure in (timestep_importance, feature_importance):
        result = measure(pipeline, frame, y, random_state=0)
        expected = measure(pipeline[-1], np.asarray(frame), y, random_state=0)
        np.testing.assert_array_equal(result.importances, expected.importances)
    assert all(form == seen[0] for form in seen)


def scale_columns(columns):
    return ColumnTransformer([("scale", StandardScaler(), columns)], remainder="passthrough")


@pytest.fixture(scope="module")
def behind_steps():
    """Fit a pipeline of the steps and a network of 4 timesteps to 12 columns."""
    X, y = make_sequence_classification(60, 4, 3, random_state=0)

    def fit(*steps, n_timesteps=4):
        clf = AttentionSequenceClassifier(4, epochs=1, n_timesteps=n_timesteps, random_state=0)
        return fit_with_random_weights(make_pipeline(*steps, clf), X.reshape(60, 12), y)

    return fit, X.reshape(60, 12), y


@pytest.mark.parametrize(
    "step",
    [
        SelectKBest(k=8),
        PCA(12),  # as many columns, but others
        scale_columns([10, 11]),  # which it puts first
        TimestepTransformer(PCA(2), n_timesteps=6),
        FunctionTransformer(lambda X: X[:, :8]),  # which does not name what it makes
    ],
    ids=lambda step: type(step).__name__,
)
@pytest.mark.parametrize("measure", [timestep_importance, feature_importance])
def test_columns_that_the_network_does_not_see(step, measure, behind_steps):
    fit, X, y = behind_steps
    for steps in ((step,), (StandardScaler(), step), (step, StandardScaler())):
        with pytest.raises(ValueError, match=r"that \w+ replaces .* n_timesteps=4"):
            measure(fit(*steps), X, y)
    pipeline = fit(step)  # as the error says
    transformed = pipeline[:-1].transform(X)
    assert measure(pipeline[-1], transformed, y).importances.ndim == 2
    # Each column is a timestep of its own.
    result = timestep_importance(fit(step, n_timesteps=None), X, y, n_repeats=1)
    assert result.importances.shape == (12, 1)


@pytest.mark.parametrize(
    "step",
    [
        make_pipeline(StandardScaler(), "passthrough"),
        scale_columns([0, 1]),
        TimestepTransformer(PCA(2), n_timesteps=4),
        TimestepTransformer(StandardScaler()),
    ],
    ids=lambda step: type(step).__name__,
)
def test_steps_that_leave_columns_in_their_places(step, behind_steps):
    fit, X, y = behind_steps
    pipeline = fit(step, "passthrough")
    assert timestep_importance(pipeline, X, y, n_repeats=1).importances.shape == (4, 1)
    assert feature_importance(pipeline, X, y, n_repeats=1).importances.shape == (3, 1)


def test_rows_of_a_table_are_recordings_of_one_feature(behind_steps):
    """The network behind it may get windows of three dimensions, or rows of its own columns."""
    _, X, y = behind_steps
    for steps in ((), (FunctionTransformer(lambda X: X[:, :, 0]), StandardScaler())):
        network = AttentionSequenceClassifier(4, epochs=1, random_state=0)
        network.set_params(n_timesteps=2 if steps else None)
        recordings = RecordingClassifier(make_pipeline(*steps, network), 4)
        fit_with_random_weights(recordings, X, y)
        result = timestep_importance(recordings, X, y, n_repeats=1)
        assert result.importances.shape == (12, 1)
        assert feature_importance(recordings, X, y, n_repeats=1).importances.shape == (1, 1)


def test_wrong_arguments_of_importances(known):
    clf, X, y = known
    with pytest.raises(ValueError, match="n_repeats"):
        timestep_importance(clf, X, y, n_repeats=0)
    with pytest.raises(TypeError, match="one score"):
        feature_importance(clf, X, y, scoring=["accuracy"])
    with pytest.raises(ValueError, match="inconsistent numbers"):
        timestep_importance(clf, X, y[:-1])
    with pytest.raises(ValueError, match="Pass 3-dimensional X"):
        timestep_importance(clf, X[:, :, 0], y)
