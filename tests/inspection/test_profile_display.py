import numpy as np
import pytest

from sk_attnseq.inspection import AttentionProfileDisplay

pytestmark = pytest.mark.usefixtures("figures")


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
    for ax in display.axes_:
        assert max(line.get_ydata().max() for line in ax.lines) < ax.get_ylim()[1]
    colors = {line.get_color() for line in display.axes_[0].lines[:7]}
    assert len(colors) == len(display.axes_[0].lines[:7])
    display.figure_.canvas.draw()


def test_profile_without_classes_and_from_estimator(networks, ragged):
    X, y = ragged
    display = AttentionProfileDisplay.from_estimator(networks["pooling"], X)
    assert display.ax_.get_legend() is None
    np.testing.assert_allclose(
        display.mean_[0, 0, 0], np.mean([part[0] for part in display.attention])
    )
    display = AttentionProfileDisplay.from_estimator(networks["multihead"], X, y, linewidth=3)
    assert display.lines_.shape == (2, 3)
    assert display.lines_[0, 0].get_linewidth() == 3


def test_wrong_arrays():
    with pytest.raises(ValueError, match="mean over the real"):
        AttentionProfileDisplay(np.ones((2, 2, 3, 3))).plot()


@pytest.mark.parametrize("n_classes", [2, 7, 26])
def test_legend_and_panels_fit_a_small_place(n_classes, figures):
    attention = np.random.default_rng(0).random((60, 2, 50))
    figure, ax = figures.subplots(figsize=(3, 2), layout="constrained")
    display = AttentionProfileDisplay(attention, y=np.arange(60) % n_classes).plot(ax)
    figure.canvas.draw()  # matplotlib warns where panels have no room
    box, frame = display.axes_[-1].get_legend().get_window_extent(), figure.bbox
    assert 0 <= box.y0 < box.y1 <= frame.height
    assert box.x1 <= frame.width
    assert not any(box.overlaps(panel.get_window_extent()) for panel in display.axes_)
