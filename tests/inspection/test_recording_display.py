import numpy as np
import pandas as pd
import polars as pl
import pytest
from sklearn.frozen import FrozenEstimator
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from sk_attnseq import AttentionSequenceClassifier
from sk_attnseq.inspection import RecordingDisplay
from sk_attnseq.preprocessing import TimestepTransformer
from sk_attnseq.recordings import RecordingClassifier
from tests.data import pad_with_nan
from tests.networks import fit_with_random_weights

pytestmark = pytest.mark.usefixtures("figures")
RNG = np.random.default_rng(0)
RECORDING = RNG.normal(size=(6, 2))


def stretches(bars):
    """First and last timestep of each stretch of a label."""
    boxes = [path.get_extents() for path in bars.get_paths()]
    return [(box.x0 + 0.5, box.x1 - 0.5) for box in boxes]


@pytest.fixture(scope="module")
def fitted(ragged):
    classifier = AttentionSequenceClassifier(2, epochs=1, random_state=0)
    return fit_with_random_weights(RecordingClassifier(classifier, 4, 2), *ragged)


def test_labels_over_time():
    y_true, y_pred = ["a", "a", "b", None, "a", "a"], ["b", "b", "b", "b", "a", None]
    display = RecordingDisplay.from_predictions(RECORDING, y_true, y_pred)
    assert {key: stretches(bars) for key, bars in display.bars_.items()} == {
        ("true", "a"): [(0, 1), (4, 5)],
        ("true", "b"): [(2, 2)],
        ("predicted", "a"): [(4, 4)],
        ("predicted", "b"): [(0, 3)],
    }
    np.testing.assert_array_equal([line.get_ydata() for line in display.lines_], RECORDING.T)
    labels = display.axes_[1]
    assert [tick.get_text() for tick in labels.get_yticklabels()] == ["True", "Predicted"]
    assert labels.get_xlim() == display.ax_.get_xlim() == (-0.5, 5.5)
    assert [text.get_text() for text in labels.get_legend().get_texts()] == ["a", "b"]
    true_b, predicted_b = (display.bars_[row, "b"].get_facecolor() for row in ("true", "predicted"))
    np.testing.assert_array_equal(true_b, predicted_b)


def test_probabilities_and_one_label():
    probabilities = np.array([[0.9, 0.1], [0.2, 0.8], [np.nan] * 2, [0.4, 0.6], [1, 0], [1, 0]])
    display = RecordingDisplay.from_predictions(RECORDING, 7, probabilities, classes=[3, 7])
    assert {key: stretches(bars) for key, bars in display.bars_.items()} == {
        ("true", 7): [(0, 5)],
        ("predicted", 3): [(0, 0), (4, 5)],
        ("predicted", 7): [(1, 1), (3, 3)],
    }


@pytest.mark.parametrize("given", ["y_true", "y_pred"])
def test_one_row(given):
    display = RecordingDisplay(RECORDING, **{given: ["a"] * 6}).plot()
    assert len(display.axes_[1].get_yticks()) == 1


def test_names_of_a_dataframe():
    frame = pd.DataFrame(RECORDING, columns=["x", "y"])
    display = RecordingDisplay.from_predictions(frame, "a", ["a"] * 6)
    assert [line.get_label() for line in display.lines_] == ["x", "y"]


def test_a_fitted_classifier(fitted, ragged):
    X, y = ragged
    display = RecordingDisplay.from_estimator(fitted, X, y, sample=-1, feature_names=list("xyz"))
    timeline = fitted.predict_windows(X)[-1]
    np.testing.assert_array_equal(display.y_pred, timeline)
    np.testing.assert_array_equal(display.recording, X[-1])
    assert display.y_true == y[-1]
    assert sum(len(stretches(b)) for (row, _), b in display.bars_.items() if row == "true") == 1


def test_a_pipeline_shows_what_it_got(ragged):
    X, y = ragged
    frames = [pd.DataFrame(x, columns=list("xyz")) for x in X]
    classifier = AttentionSequenceClassifier(2, epochs=1, random_state=0)
    pipeline = make_pipeline(
        TimestepTransformer(StandardScaler()), RecordingClassifier(classifier, 4)
    )
    fit_with_random_weights(pipeline, frames, y)
    display = RecordingDisplay.from_estimator(pipeline, frames, sample=2)
    np.testing.assert_array_equal(display.recording, X[2])
    assert [line.get_label() for line in display.lines_] == ["x", "y", "z"]
    expected = pipeline[-1].predict_windows(pipeline[:-1].transform(frames))[2]
    np.testing.assert_array_equal(display.y_pred, expected)


def test_a_search_shows_its_best_estimator(fitted, ragged):
    X, y = ragged
    search = GridSearchCV(make_pipeline(FrozenEstimator(fitted)), {}, cv=2).fit(X, y)
    display = RecordingDisplay.from_estimator(search, X, y, sample=1)
    np.testing.assert_array_equal(display.y_pred, fitted.predict_windows(X)[1])


@pytest.mark.parametrize(
    "container",
    [
        lambda y: pd.DataFrame({"y": y}),
        lambda y: pl.DataFrame({"y": y}),
        lambda y: y[:, np.newaxis],
    ],
)
def test_one_column_of_labels(container, fitted, ragged):
    X, y = ragged
    display = RecordingDisplay.from_estimator(fitted, X, container(y), sample=1)
    assert display.y_true == y[1]


def test_padding_is_not_shown(fitted, ragged):
    X, _ = ragged
    labels = np.zeros((len(X), 9), int)
    display = RecordingDisplay.from_estimator(fitted, pad_with_nan(X, 9), labels, sample=0)
    np.testing.assert_array_equal(display.recording, X[0])
    assert stretches(display.bars_["true", 0]) == [(0, len(X[0]) - 1)]


def test_given_axes(figures):
    _, axes = figures.subplots(2)
    display = RecordingDisplay.from_predictions(RECORDING, "a", ["a"] * 6, ax=axes)
    assert list(display.axes_) == list(axes)
    _, ax = figures.subplots()
    display = RecordingDisplay.from_predictions(RECORDING, "a", ["a"] * 6, ax=ax)
    assert display.figure_ is ax.figure


@pytest.mark.parametrize(
    ("arguments", "options", "message"),
    [
        ((RECORDING, None, None), {}, "no labels to show"),
        ((RECORDING, ["a"] * 5, None), {}, r"y_true has shape \(5,\), but the recording has 6"),
        ((RECORDING, "a", ["a"] * 7), {}, r"y_pred has shape \(7,\)"),
        ((RECORDING, "a", "a"), {}, r"y_pred has shape \(\)"),
        ((RECORDING, "a", np.ones((6, 2))), {}, "pass as many classes"),
        ((RECORDING, "a", np.ones((6, 2))), {"classes": ["b", "c"]}, "true labels .* not in"),
        ((RECORDING[:, 0], "a", None), {}, "sequence has shape"),
        ((RECORDING, "a", None), {"feature_names": ["x"]}, "1 feature_names for 2"),
    ],
)
def test_bad_input(arguments, options, message):
    with pytest.raises(ValueError, match=message):
        RecordingDisplay.from_predictions(*arguments, **options)


def test_other_estimators(networks, ragged):
    with pytest.raises(TypeError, match="from_predictions"):
        RecordingDisplay.from_estimator(networks["pooling"], ragged[0])
