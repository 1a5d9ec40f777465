import itertools
import subprocess
import sys

import matplotlib as mpl
import numpy as np
import pandas as pd
import polars as pl
import pytest
from sklearn.exceptions import NotFittedError
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import get_scorer
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import FunctionTransformer, StandardScaler

from sk_attnseq import AttentionSequenceClassifier, inspection
from sk_attnseq._importance import _Permutable
from sk_attnseq.datasets import make_sequence_classification
from sk_attnseq.inspection import (
    AttentionDisplay,
    AttentionProfileDisplay,
    ImportanceDisplay,
    SampleAttentionDisplay,
    TrainingHistoryDisplay,
    feature_importance,
    timestep_importance,
)
from sk_attnseq.preprocessing import TimestepTransformer
from tests.conftest import pad_with_nan

mpl.use("Agg")
plt = pytest.importorskip("matplotlib.pyplot")


@pytest.fixture(autouse=True)
def _close_figures():
    yield
    plt.close("all")


@pytest.fixture(scope="module")
def networks(ragged):
    """A network of each kind, fitted on sequences of different lengths."""
    X, y = ragged
    options = {"epochs": 2, "num_heads": 3, "early_stopping": True, "random_state": 0}
    return {
        attention: AttentionSequenceClassifier(4, attention=attention, **options).fit(X, y)
        for attention in ("pooling", "multihead", None)
    }


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


def heat_map(image):
    return np.ma.filled(image.get_array().astype(float), np.nan)


def test_pooling_heat_map_is_ordered_by_class_and_blank_where_padded(networks, ragged):
    X, y = ragged
    clf = networks["pooling"]
    display = AttentionDisplay.from_estimator(clf, X, y)
    order = np.r_[np.flatnonzero(y == 0), np.flatnonzero(y == 1)]
    np.testing.assert_array_equal(display.order_, order)
    lengths = np.array([len(x) for x in X])
    expected = clf.attention_weights(X)
    expected[np.arange(9) >= lengths[:, np.newaxis]] = np.nan
    assert np.isnan(expected).any()
    np.testing.assert_array_equal(heat_map(display.im_), expected[order])
    # Blank is grey, which no map has, and 0 is not.
    color = display.im_.cmap(np.ma.masked_invalid([np.nan, 0.0]))
    np.testing.assert_array_equal(color[0], [0.9, 0.9, 0.9, 1.0])
    assert len(set(color[1, :3])) > 1
    assert display.ax_.get_xlabel() == "Timestep (grey: padding)"
    assert display.ax_.get_ylabel() == "Class"
    assert [label.get_text() for label in display.ax_.get_yticklabels()] == ["0", "1"]
    np.testing.assert_array_equal(display.ax_.get_yticks(), [9.5, 29.5])
    (line,) = display.ax_.collections[0].get_segments()
    np.testing.assert_array_equal(line[:, 1], 19.5)
    assert display.colorbar_.ax.get_ylabel() == "Attention"
    assert display.figure_ is display.ax_.figure


def test_multihead_heat_maps_are_means_over_real_queries(networks, ragged, monkeypatch):
    X, _ = ragged
    clf = networks["multihead"]
    monkeypatch.setattr("sk_attnseq._attention_display._BLOCK_BYTES", 8 * 3 * 81 * 7)  # 7 samples
    display = AttentionDisplay.from_estimator(clf, X)
    weights = clf.attention_weights(X)
    assert len(display.axes_) == len(display.images_) == 3
    assert [ax.get_title() for ax in display.axes_] == ["Head 0", "Head 1", "Head 2"]
    assert display.ax_.get_ylabel() == "Sample"
    for head, image in enumerate(display.images_):
        drawn = heat_map(image)
        for sample, x in enumerate(X):
            n = len(x)
            expected = weights[sample, head, :n, :n].mean(axis=0)
            np.testing.assert_allclose(drawn[sample, :n], expected)
            assert np.isnan(drawn[sample, n:]).all()
    np.testing.assert_allclose(np.nansum(display.attention, axis=2), 1)


@pytest.mark.parametrize("form", ["list", "padded", "objects"])
def test_all_forms_of_sequences_give_the_same(networks, ragged, form):
    X, y = ragged
    if form == "padded":
        other = pad_with_nan(X, 12)  # 3 timesteps that no sequence has
    else:
        other = X if form == "list" else np.fromiter(X, object, len(X))
    for attention in ("pooling", "multihead"):
        clf = networks[attention]
        displays = [AttentionDisplay.from_estimator(clf, data, y) for data in (X, other)]
        np.testing.assert_array_equal(displays[0].attention, displays[1].attention)
    results = [timestep_importance(networks["pooling"], d, y, random_state=0) for d in (X, other)]
    np.testing.assert_array_equal(results[0].importances, results[1].importances)
    assert results[0].importances.shape == (9, 5)


def test_pipelines_and_searches(ragged):
    X, y = ragged
    clf = AttentionSequenceClassifier(4, epochs=1, random_state=0)
    steps = [("scale", TimestepTransformer(StandardScaler())), ("none", "passthrough")]
    pipeline = Pipeline([*steps, ("classify", clf)]).fit(X, y)
    search = GridSearchCV(pipeline, {"classify__units": [4]}, cv=2).fit(X, y)
    expected = pipeline[-1].attention_weights(pipeline[0].transform(X))
    for estimator in (pipeline, search, make_pipeline(pipeline)):
        if estimator not in (pipeline, search):
            estimator.steps[0] = ("pipeline", pipeline)
        attention = AttentionDisplay.from_estimator(estimator, X, y).attention
        np.testing.assert_array_equal(np.nan_to_num(attention), expected)
        display = TrainingHistoryDisplay.from_estimator(estimator)
        np.testing.assert_array_equal(display.line_.get_ydata(), pipeline[-1].loss_curve_)
        sample = SampleAttentionDisplay.from_estimator(estimator, X, sample=-1)
        np.testing.assert_allclose(sample.sequence, pipeline[0].transform(X)[-1])


def test_a_table_is_read_as_the_classifier_reads_it():
    X, y = make_sequence_classification(60, 4, 3, random_state=0)
    clf = AttentionSequenceClassifier(4, epochs=2, n_timesteps=4, random_state=0)
    pipeline = make_pipeline(FunctionTransformer(), clf).fit(X.reshape(60, 12), y)
    assert AttentionDisplay.from_estimator(pipeline, X.reshape(60, 12)).attention.shape == (60, 4)
    display = SampleAttentionDisplay.from_estimator(clf, X.reshape(60, 12))
    np.testing.assert_allclose(display.sequence, X[0], rtol=1e-6)


def test_profiles_are_means_and_percentiles_of_classes():
    rng = np.random.default_rng(0)
    attention = rng.random((30, 4))
    attention[:5, 2:] = np.nan
    attention[5:10, 3] = np.nan
    y = np.array(["b"] * 10 + ["a"] * 20)  # no sequence of b has timestep 3
    display = AttentionProfileDisplay(attention, y=y).plot()
    assert display.classes_.tolist() == ["a", "b"]
    np.testing.assert_allclose(display.mean_[0, 0], attention[10:].mean(axis=0))
    np.testing.assert_allclose(display.mean_[1, 0, 2], attention[5:10, 2].mean())
    np.testing.assert_allclose(display.lower_[0, 0], np.percentile(attention[10:], 10, axis=0))
    np.testing.assert_allclose(display.upper_[0, 0], np.percentile(attention[10:], 90, axis=0))
    assert np.isnan(display.mean_[1, 0, 3])
    assert len(display.ax_.lines) == len(display.ax_.collections) == 2
    np.testing.assert_array_equal(display.lines_[1, 0].get_ydata(), display.mean_[1, 0])
    assert [text.get_text() for text in display.ax_.get_legend().get_texts()] == ["a", "b"]
    assert (display.ax_.get_xlabel(), display.ax_.get_ylabel()) == ("Timestep", "Mean attention")


@pytest.mark.parametrize(
    ("n_classes", "n_heads", "n_panels"), [(1, 1, 1), (7, 1, 1), (7, 2, 2), (8, 1, 8), (26, 2, 26)]
)
def test_many_classes_get_panels_of_their_own(n_classes, n_heads, n_panels):
    rng = np.random.default_rng(0)
    attention = rng.random((60, n_heads, 5))
    display = AttentionProfileDisplay(attention, y=np.arange(60) % n_classes).plot()
    assert len(display.axes_) == n_panels
    assert display.lines_.shape == (n_classes, n_heads)
    if n_panels == n_classes > 1:
        assert [ax.get_title() for ax in display.axes_] == [str(c) for c in range(n_classes)]
        assert all(len(ax.lines) == n_heads + 1 for ax in display.axes_)  # and that of all
        np.testing.assert_allclose(display.ax_.lines[-1].get_ydata(), attention.mean(axis=(0, 1)))
    elif n_panels == n_heads > 1:
        assert [ax.get_title() for ax in display.axes_] == ["Head 0", "Head 1"]
    colors = {line.get_color() for line in display.axes_[0].lines[:7]}
    assert len(colors) == len(display.axes_[0].lines[:7])
    display.figure_.canvas.draw()


def test_profile_without_classes_and_from_estimator(networks, ragged):
    X, y = ragged
    display = AttentionProfileDisplay.from_estimator(networks["pooling"], X)
    assert display.ax_.get_legend() is None
    np.testing.assert_allclose(display.mean_[0, 0, 0], display.attention[:, 0].mean())
    display = AttentionProfileDisplay.from_estimator(networks["multihead"], X, y, linewidth=3)
    assert display.lines_.shape == (2, 3)
    assert display.lines_[0, 0].get_linewidth() == 3


def test_one_sequence_with_pooling(networks, ragged):
    X, _ = ragged
    clf = networks["pooling"]
    display = SampleAttentionDisplay.from_estimator(clf, X, sample=0, feature_names=["x", "y", "z"])
    n = len(X[0])
    assert n < max(map(len, X))
    assert [line.get_label() for line in display.lines_] == ["x", "y", "z"]
    np.testing.assert_array_equal([line.get_ydata() for line in display.lines_], X[0].T)
    np.testing.assert_allclose(display.bars_.get_data().values, clf.attention_weights(X)[0, :n])
    assert display.images_ == []
    assert [ax.get_ylabel() for ax in display.axes_] == ["Value", "Attention"]
    assert display.axes_[0].get_xlim() == display.axes_[1].get_xlim() == (-0.5, n - 0.5)


def test_one_sequence_with_heads(networks, ragged):
    X, _ = ragged
    clf = networks["multihead"]
    display = SampleAttentionDisplay.from_estimator(clf, X, sample=0)
    n = len(X[0])
    assert len(display.axes_) == 4
    for head, image in enumerate(display.images_):
        np.testing.assert_allclose(heat_map(image), clf.attention_weights(X)[0, head, :n, :n])
    # Rows are the timesteps that attend, whose weights add up to 1.
    np.testing.assert_allclose(heat_map(display.images_[0]).sum(axis=1), 1)
    assert display.axes_[1].get_ylabel() == "from timestep"
    assert display.axes_[1].get_xlabel() == "to timestep"


def test_history():
    losses, scores = [3.0, 2.0, 1.5, 1.2], [0.5, 0.9, 0.9]
    display = TrainingHistoryDisplay(losses, validation_scores=scores).plot()
    np.testing.assert_array_equal(display.line_.get_xdata(), [1, 2, 3, 4])
    np.testing.assert_array_equal(display.line_.get_ydata(), losses)
    np.testing.assert_array_equal(display.score_line_.get_xdata(), [2, 3, 4])  # after a warm start
    np.testing.assert_array_equal(display.score_line_.get_ydata(), scores)
    assert display.best_epoch_ == 3  # the first of equally good ones, as early stopping keeps
    assert display.ax_.get_title() == "Best: 0.900 in epoch 3"
    for ax in display.axes_:
        assert any(list(line.get_xdata()) == [3, 3] for line in ax.lines)
    assert [ax.get_ylabel() for ax in display.axes_] == ["Training\nloss", "Validation\nscore"]
    assert display.axes_[1].get_xlabel() == "Epoch"
    alone = TrainingHistoryDisplay(losses).plot()
    assert len(alone.axes_) == 1
    assert alone.best_epoch_ is alone.score_line_ is None


def test_history_of_early_stopping(networks):
    clf = networks["pooling"]
    display = TrainingHistoryDisplay.from_estimator(clf)
    np.testing.assert_array_equal(display.score_line_.get_ydata(), clf.validation_scores_)
    assert clf.validation_scores_[display.best_epoch_ - 1] == clf.best_validation_score_


def test_axes_that_are_given(networks, ragged):
    X, y = ragged
    _, ax = plt.subplots()
    assert AttentionDisplay.from_estimator(networks["pooling"], X, y, ax=ax).ax_ is ax
    figure, (left, right) = plt.subplots(1, 2)
    display = AttentionDisplay.from_estimator(networks["multihead"], X, y, ax=left)
    assert display.figure_ is figure
    assert not left.axison
    assert right.axison
    _, axes = plt.subplots(1, 3)
    display = AttentionDisplay.from_estimator(networks["multihead"], X, y, ax=axes)
    assert list(display.axes_) == list(axes)
    _, axes = plt.subplots(1, 2)
    for wrong in (
        lambda: AttentionDisplay.from_estimator(networks["multihead"], X, y, ax=axes),
        lambda: SampleAttentionDisplay.from_estimator(networks["multihead"], X, ax=axes),
    ):
        with pytest.raises(ValueError, match="Expected one ax or"):
            wrong()
    with pytest.raises(ValueError, match=r"plt\.subplots"):
        TrainingHistoryDisplay([2, 1], validation_scores=[0, 1]).plot(
            plt.figure().add_axes((0, 0, 1, 1))
        )
    history = TrainingHistoryDisplay([2, 1], validation_scores=[0, 1]).plot(axes)
    assert list(history.axes_) == list(axes)


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
        new = permutable.timestep(timestep, source)
        assert [len(x) for x in new] == lengths
        for old, x in zip(X, new, strict=True):
            changed = (x != old).any(axis=1)
            assert set(np.flatnonzero(changed)) <= {timestep}
            if len(x) > timestep:
                assert changed[timestep]  # each gets the values of another
                np.testing.assert_array_equal(x[timestep] % 100, old[timestep] % 100)
        values = [[x[timestep, 0] for x in data if len(x) > timestep] for data in (X, new)]
        assert sorted(values[0]) == sorted(values[1])
    new = permutable.feature(1, source)
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
    new = permutable.feature(0, permutable.draw(np.random.RandomState(0)))
    givers = new[:, :, 0] // 100
    assert (givers == givers[:, :1]).all()
    assert sorted(givers[:, 0]) == list(range(9))
    assert (givers[:, 0] != np.arange(9)).all()


@pytest.mark.parametrize("module", [pd, pl])
def test_dataframes_keep_names_and_types(module):
    X, y = make_sequence_classification(60, 4, 3, random_state=0)
    table = X.reshape(60, 12)
    names = [f"column{i}" for i in range(12)]
    frame = pd.DataFrame(table, columns=names).astype({"column0": np.float32})
    frame = frame if module is pd else pl.from_dict({n: frame[n].to_numpy() for n in names})
    seen = []

    def look(frame):
        seen.append((list(frame.columns), [str(d) for d in frame.dtypes]))
        return np.asarray(frame)

    clf = AttentionSequenceClassifier(4, epochs=2, n_timesteps=4, random_state=0)
    pipeline = make_pipeline(FunctionTransformer(look), clf).fit(frame, y)
    for measure in (timestep_importance, feature_importance):
        result = measure(pipeline, frame, y, random_state=0)
        expected = measure(pipeline[-1], np.asarray(frame), y, random_state=0)
        np.testing.assert_array_equal(result.importances, expected.importances)
    assert all(form == seen[0] for form in seen)


def test_importance_displays(known):
    clf, X, y = known
    display = ImportanceDisplay.from_estimator(clf, X, y, random_state=0)
    assert [bar.get_height() for bar in display.bars_] == list(
        timestep_importance(clf, X, y, random_state=0).importances_mean
    )
    assert display.ax_.get_xlabel() == "Timestep"
    assert display.ax_.get_ylabel() == "Decrease in score"
    names = ["a", "b", "c", "d"]
    display = ImportanceDisplay.from_estimator(
        clf, X, y, kind="feature", n_repeats=1, random_state=0, names=names
    )
    assert [label.get_text() for label in display.ax_.get_yticklabels()] == names
    assert display.ax_.yaxis_inverted()
    assert display.ax_.get_xlabel() == "Decrease in score"
    many = np.random.default_rng(0).random((500, 4))
    display = ImportanceDisplay(many).plot(plt.subplots()[1], color="black")
    np.testing.assert_allclose(display.line_.get_ydata(), many.mean(axis=1))
    assert display.bars_ is None
    assert len(display.ax_.collections) == 1


def test_labels_do_not_overlap():
    _, ax = plt.subplots(figsize=(3, 2))
    attention = np.random.default_rng(0).random((260, 5))
    display = AttentionDisplay(attention, y=np.arange(260) // 5).plot(ax)
    display.figure_.canvas.draw()
    boxes = [label.get_window_extent() for label in ax.get_yticklabels()]
    assert 5 < len(boxes) < 52
    assert all(upper.y0 >= lower.y1 - 1 for upper, lower in itertools.pairwise(boxes))


def test_one_peaked_sequence_does_not_leave_the_others_dark():
    attention = np.full((9, 100), 0.01)
    attention[0] = np.eye(100)[0]
    display = AttentionDisplay(attention).plot()
    assert display.im_.norm.vmax == 0.01
    assert display.colorbar_.extend == "max"
    assert AttentionDisplay(attention).plot(vmax=1).colorbar_.extend == "neither"


def test_no_attention_unfitted_and_other_estimators(networks, ragged):
    X, y = ragged
    for display in (AttentionDisplay, AttentionProfileDisplay, SampleAttentionDisplay):
        with pytest.raises(ValueError, match="attention=None"):
            display.from_estimator(networks[None], X)
    TrainingHistoryDisplay.from_estimator(networks[None])
    timestep_importance(networks[None], X, y, n_repeats=1)
    clf = AttentionSequenceClassifier()
    for estimator in (clf, make_pipeline(clf), GridSearchCV(clf, {"units": [4]})):
        for call in (
            lambda e: AttentionDisplay.from_estimator(e, X),
            TrainingHistoryDisplay.from_estimator,
            lambda e: timestep_importance(e, X, y),
        ):
            with pytest.raises(NotFittedError):
                call(estimator)
    with pytest.raises(TypeError, match="got LogisticRegression"):
        AttentionDisplay.from_estimator(LogisticRegression(), X)
    search = GridSearchCV(clf.set_params(epochs=1), {"units": [4]}, cv=2, refit=False).fit(X, y)
    with pytest.raises(ValueError, match="refit=True"):
        TrainingHistoryDisplay.from_estimator(search)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: AttentionDisplay(np.ones(3)).plot(), "attention has shape"),
        (lambda: AttentionProfileDisplay(np.ones((2, 2, 3, 3))).plot(), "mean over the real"),
        (lambda: AttentionDisplay(np.ones((2, 3)), y=[0]).plot(), "inconsistent numbers"),
        (lambda: SampleAttentionDisplay(np.ones(3), np.ones(3)).plot(), "sequence has shape"),
        (lambda: SampleAttentionDisplay(np.ones((3, 2)), np.ones(2)).plot(), "n_timesteps=3"),
        (
            lambda: SampleAttentionDisplay(np.ones((3, 2)), np.ones(3), feature_names=["x"]).plot(),
            "1 feature_names for 2",
        ),
        (lambda: TrainingHistoryDisplay([]).plot(), "loss_curve has shape"),
        (lambda: TrainingHistoryDisplay([1], validation_scores=[1, 2]).plot(), "of the 1 epochs"),
        (lambda: ImportanceDisplay([1, 2]).plot(), "importances has shape"),
        (lambda: ImportanceDisplay([[1, 2]], kind="sample").plot(), "kind must be"),
        (lambda: ImportanceDisplay([[1, 2]], names=["a"]).plot(), "names are of features"),
    ],
)
def test_wrong_arrays(call, message):
    with pytest.raises(ValueError, match=message):
        call()


def test_wrong_arguments_of_importances(known, networks, ragged):
    clf, X, y = known
    with pytest.raises(ValueError, match="n_repeats"):
        timestep_importance(clf, X, y, n_repeats=0)
    with pytest.raises(TypeError, match="one score"):
        feature_importance(clf, X, y, scoring=["accuracy"])
    with pytest.raises(ValueError, match="inconsistent numbers"):
        timestep_importance(clf, X, y[:-1])
    with pytest.raises(ValueError, match="Pass 3-dimensional X"):
        timestep_importance(clf, X[:, :, 0], y)
    with pytest.raises(ValueError, match="sample"):
        SampleAttentionDisplay.from_estimator(networks["pooling"], ragged[0], sample=40)


def test_matplotlib_comes_only_when_something_is_plotted(monkeypatch):
    program = "import sys, sk_attnseq.inspection; print('matplotlib' in sys.modules)"
    run = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert run.stdout.strip() == "False", run.stderr
    monkeypatch.setitem(sys.modules, "matplotlib.pyplot", None)
    with pytest.raises(ImportError, match=r"sk_attnseq\[plot\]"):
        inspection.TrainingHistoryDisplay([1, 2]).plot()
