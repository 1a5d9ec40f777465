import itertools
import subprocess
import sys

import numpy as np
import pytest

from sk_attnseq.inspection import (
    AttentionDisplay,
    SampleAttentionDisplay,
    TrainingHistoryDisplay,
)

pytestmark = pytest.mark.usefixtures("figures")


def test_axes_that_are_given(networks, ragged, figures):
    X, y = ragged
    _, ax = figures.subplots()
    assert AttentionDisplay.from_estimator(networks["pooling"], X, y, ax=ax).ax_ is ax
    figure, (left, right) = figures.subplots(1, 2)
    display = AttentionDisplay.from_estimator(networks["multihead"], X, y, ax=left)
    assert display.figure_ is figure
    assert not left.axison
    assert right.axison
    _, axes = figures.subplots(1, 3)
    display = AttentionDisplay.from_estimator(networks["multihead"], X, y, ax=axes)
    assert list(display.axes_) == list(axes)
    _, axes = figures.subplots(1, 2)
    for wrong in (
        lambda: AttentionDisplay.from_estimator(networks["multihead"], X, y, ax=axes),
        lambda: SampleAttentionDisplay.from_estimator(networks["multihead"], X, ax=axes),
    ):
        with pytest.raises(ValueError, match="Expected one ax or"):
            wrong()
    with pytest.raises(ValueError, match=r"plt\.subplots"):
        TrainingHistoryDisplay([2, 1], validation_scores=[0, 1]).plot(
            figures.figure().add_axes((0, 0, 1, 1))
        )
    history = TrainingHistoryDisplay([2, 1], validation_scores=[0, 1]).plot(axes)
    assert list(history.axes_) == list(axes)


def test_labels_do_not_overlap(figures):
    _, ax = figures.subplots(figsize=(3, 2))
    attention = np.random.default_rng(0).random((260, 5))
    display = AttentionDisplay(attention, y=np.arange(260) // 5).plot(ax)
    display.figure_.canvas.draw()
    boxes = [label.get_window_extent() for label in ax.get_yticklabels()]
    assert 5 < len(boxes) < 52
    assert all(upper.y0 >= lower.y1 - 1 for upper, lower in itertools.pairwise(boxes))


def test_matplotlib_comes_only_when_something_is_plotted(monkeypatch):
    program = "import sys, sk_attnseq.inspection; print('matplotlib' in sys.modules)"
    run = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert run.stdout.strip() == "False", run.stderr
    monkeypatch.setitem(sys.modules, "matplotlib.pyplot", None)
    with pytest.raises(ImportError, match="pip install matplotlib"):
        TrainingHistoryDisplay([1, 2]).plot()


@pytest.mark.parametrize("n_timesteps", [1, 2, 5, 50, 500])
def test_ticks_are_whole_numbers_and_at_least_two(n_timesteps, figures):
    figure, axes = figures.subplots(1, 3, figsize=(3, 2), layout="constrained")
    display = AttentionDisplay(np.ones((3, 3, n_timesteps))).plot(axes)
    figure.canvas.draw()
    ticks = display.ax_.get_xticks()
    np.testing.assert_array_equal(ticks, np.round(ticks))
    inside = ticks[(ticks >= 0) & (ticks < n_timesteps)]
    assert len(inside) >= min(2, n_timesteps)
    labels = [t.label1 for t in display.ax_.xaxis.get_major_ticks() if t.get_loc() in inside]
    boxes = [label.get_window_extent() for label in labels]
    assert all(left.x1 < right.x0 for left, right in itertools.pairwise(boxes))
