import numpy as np
import pytest

from sk_attnseq.inspection import ImportanceDisplay, timestep_importance

pytestmark = pytest.mark.usefixtures("figures")


def test_bars_and_lines(networks, ragged, figures):
    clf, (X, y) = networks["pooling"], ragged
    display = ImportanceDisplay.from_estimator(clf, X, y, random_state=0)
    assert [bar.get_height() for bar in display.bars_] == list(
        timestep_importance(clf, X, y, random_state=0).importances_mean
    )
    assert display.ax_.get_xlabel() == "Timestep"
    assert display.ax_.get_ylabel() == "Decrease in score"
    names = ["a", "b", "c"]
    display = ImportanceDisplay.from_estimator(
        clf, X, y, kind="feature", n_repeats=1, random_state=0, names=names
    )
    assert [label.get_text() for label in display.ax_.get_yticklabels()] == names
    assert display.ax_.yaxis_inverted()
    assert display.ax_.get_xlabel() == "Decrease in score"
    many = np.random.default_rng(0).random((500, 4))
    display = ImportanceDisplay(many).plot(figures.subplots()[1], color="black")
    np.testing.assert_allclose(display.line_.get_ydata(), many.mean(axis=1))
    assert display.bars_ is None
    assert len(display.ax_.collections) == 1


@pytest.mark.parametrize(
    ("importances", "options", "message"),
    [
        ([1, 2], {}, "importances has shape"),
        ([[1, 2]], {"kind": "sample"}, "kind == .sample., must be one of"),
        ([[1, 2]], {"names": ["a"]}, "names are of features"),
    ],
)
def test_wrong_arrays(importances, options, message):
    with pytest.raises(ValueError, match=message):
        ImportanceDisplay(importances, **options).plot()


def test_many_features_are_a_line_beside_their_names(figures):
    importances = np.random.default_rng(0).random((60, 4))
    names = [f"mean acceleration of sensor number {i}" for i in range(60)]
    figure, ax = figures.subplots(figsize=(3, 2), layout="constrained")
    display = ImportanceDisplay(importances, kind="feature", names=names).plot(ax)
    np.testing.assert_allclose(display.line_.get_xdata(), importances.mean(axis=1))
    np.testing.assert_array_equal(display.line_.get_ydata(), range(60))
    shown = [label.get_text() for label in ax.get_yticklabels()]
    assert [names.index(name) for name in shown] == list(ax.get_yticks())
    figure.canvas.draw()
    assert ax.xaxis.label.get_window_extent().x1 <= figure.bbox.width
