import numpy as np
import pytest

from sk_attnseq.inspection import IntegratedGradientsDisplay, integrated_gradients
from tests.inspection.images import heat_map

pytestmark = pytest.mark.usefixtures("figures")


def test_one_sequence(networks, ragged):
    X, _ = ragged
    clf = networks[None]  # it needs no attention
    n = len(X[0])
    display = IntegratedGradientsDisplay.from_estimator(
        clf, X, sample=0, feature_names=["x", "y", "z"], n_steps=10
    )
    result = integrated_gradients(clf, X[:1], n_steps=10)
    np.testing.assert_array_equal([line.get_ydata() for line in display.lines_], X[0].T)
    np.testing.assert_allclose(heat_map(display.im_), result.attributions[0].T)
    assert n < max(map(len, X))
    low, high = display.im_.get_clim()
    assert -low == high == np.abs(result.attributions).max()
    assert [label.get_text() for label in display.axes_[1].get_yticklabels()] == ["x", "y", "z"]
    assert display.axes_[0].get_xlim() == display.axes_[1].get_xlim() == (-0.5, n - 0.5)
    assert display.ax_.get_title() == (
        f"{result.classes[0]}: {result.probabilities[0]:.2f} "
        f"(baseline: {result.baseline_probabilities[0]:.2f})"
    )
    other = IntegratedGradientsDisplay.from_estimator(
        clf, X, class_of_interest=1 - result.classes[0], n_steps=10
    )
    np.testing.assert_allclose(heat_map(other.im_), -heat_map(display.im_), atol=1e-7)


@pytest.mark.parametrize("n_timesteps", [1, 5, 50, 500])
@pytest.mark.parametrize("n_features", [1, 26])
def test_both_panels_are_as_wide_and_features_stay_apart(n_timesteps, n_features, figures):
    attributions = np.zeros((n_timesteps, n_features))
    attributions[:, -1] = 1
    display = IntegratedGradientsDisplay(attributions, attributions).plot()
    display.figure_.canvas.draw()
    upper, lower = (panel.get_position() for panel in display.axes_)
    assert (upper.x0, upper.x1) == pytest.approx((lower.x0, lower.x1))
    rows = heat_map(display.im_)
    np.testing.assert_array_equal(rows[: len(rows) * (n_features - 1) // n_features], 0)
    np.testing.assert_array_equal(rows[len(rows) * (n_features - 1) // n_features :], 1)
    assert display.im_.get_extent() == [-0.5, n_timesteps - 0.5, n_features - 0.5, -0.5]


def test_nothing_to_attribute(figures):
    display = IntegratedGradientsDisplay(np.ones((3, 2)), np.zeros((3, 2))).plot()
    display.figure_.canvas.draw()


def test_axes_that_are_given(figures):
    _, axes = figures.subplots(2)
    display = IntegratedGradientsDisplay(np.ones((3, 2)), np.ones((3, 2))).plot(axes)
    assert list(display.axes_) == list(axes)
    _, axes = figures.subplots(3)
    with pytest.raises(ValueError, match="Expected one ax or 2"):
        display.plot(axes)


def test_wrong_arrays():
    with pytest.raises(ValueError, match=r"attributions has shape \(2, 3\)"):
        IntegratedGradientsDisplay(np.ones((3, 2)), np.ones((2, 3))).plot()
    with pytest.raises(ValueError, match="1 feature_names for 2"):
        IntegratedGradientsDisplay(np.ones((3, 2)), np.ones((3, 2)), feature_names=["x"]).plot()
