import numpy as np
import pytest

from sk_attnseq.inspection import SampleAttentionDisplay
from tests.inspection.images import heat_map

pytestmark = pytest.mark.usefixtures("figures")


def test_one_sequence_with_pooling(networks, ragged):
    X, _ = ragged
    clf = networks["pooling"]
    display = SampleAttentionDisplay.from_estimator(clf, X, sample=0, feature_names=["x", "y", "z"])
    n = len(X[0])
    assert n < max(map(len, X))
    assert [line.get_label() for line in display.lines_] == ["x", "y", "z"]
    np.testing.assert_array_equal([line.get_ydata() for line in display.lines_], X[0].T)
    np.testing.assert_allclose(display.bars_.get_data().values, clf.attention_weights(X)[0])
    assert display.images_ == []
    assert [ax.get_ylabel() for ax in display.axes_] == ["Value", "Attention"]
    assert display.axes_[0].get_xlim() == display.axes_[1].get_xlim() == (-0.5, n - 0.5)


def test_one_sequence_with_heads(networks, ragged):
    X, _ = ragged
    clf = networks["multihead"]
    display = SampleAttentionDisplay.from_estimator(clf, X, sample=0)
    assert len(display.axes_) == 4
    for head, image in enumerate(display.images_):
        np.testing.assert_allclose(heat_map(image), clf.attention_weights(X)[0][head])
    # Rows are the timesteps that attend, whose weights add up to 1.
    np.testing.assert_allclose(heat_map(display.images_[0]).sum(axis=1), 1)
    # The axes are named once, in the middle of the bottom row and of the left column.
    assert [ax.get_ylabel() for ax in display.axes_[1:]] == ["from", "", ""]
    assert [ax.get_xlabel() for ax in display.axes_[1:]] == ["", "to timestep", ""]


@pytest.mark.parametrize(
    ("shape", "feature_names", "message"),
    [
        ((3,), None, "sequence has shape"),
        ((2, 2), None, "n_timesteps=2"),
        ((3, 2), ["x"], "1 feature_names for 2"),
    ],
)
def test_wrong_arrays(shape, feature_names, message):
    display = SampleAttentionDisplay(np.ones(shape), np.ones(3), feature_names=feature_names)
    with pytest.raises(ValueError, match=message):
        display.plot()


def test_a_sample_that_is_not_there(networks, ragged):
    with pytest.raises(ValueError, match="sample"):
        SampleAttentionDisplay.from_estimator(networks["pooling"], ragged[0], sample=40)


@pytest.mark.parametrize("n_features", [7, 10, 26])
def test_names_that_fit_beside_a_small_panel(n_features, figures):
    figure, ax = figures.subplots(figsize=(3, 2), layout="constrained")
    sequence = np.random.default_rng(0).random((5, n_features))
    display = SampleAttentionDisplay(sequence, np.full(5, 0.2)).plot(ax)
    legend = display.ax_.get_legend()
    names = [text.get_text() for text in legend.get_texts()]
    # Lines of distinct colours are all named, those of a scale by some of them.
    assert len(names) == 7 if n_features == 7 else 5 <= len(names) < 10
    assert names[0] == "Feature 0"
    assert names[-1] == f"Feature {n_features - 1}"
    figure.canvas.draw()
    assert legend.get_window_extent().y0 > display.axes_[1].get_window_extent().y1
