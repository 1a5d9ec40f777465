import numpy as np
import pytest

from sk_attnseq.inspection import AttentionDisplay
from tests.data import pad_with_nan
from tests.inspection.images import heat_map

pytestmark = pytest.mark.usefixtures("figures")


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
    monkeypatch.setattr(
        "sk_attnseq.inspection._attention_display._BLOCK_BYTES", 8 * 3 * 81 * 7
    )  # 7 samples
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


def test_all_forms_of_sequences_give_the_same(networks, ragged):
    X, y = ragged
    forms = (pad_with_nan(X, 12), np.fromiter(X, object, len(X)))  # 12: more than any has
    for attention in ("pooling", "multihead"):
        clf = networks[attention]
        expected = AttentionDisplay.from_estimator(clf, X, y).attention
        for other in forms:
            actual = AttentionDisplay.from_estimator(clf, other, y).attention
            np.testing.assert_array_equal(actual, expected)


def test_one_peaked_sequence_does_not_leave_the_others_dark():
    attention = np.full((9, 100), 0.01)
    attention[0] = np.eye(100)[0]
    display = AttentionDisplay(attention).plot()
    assert display.im_.norm.vmax == 0.01
    assert display.colorbar_.extend == "max"
    assert AttentionDisplay(attention).plot(vmax=1).colorbar_.extend == "neither"


def test_wrong_arrays():
    with pytest.raises(ValueError, match="attention has shape"):
        AttentionDisplay(np.ones(3)).plot()
    with pytest.raises(ValueError, match="inconsistent numbers"):
        AttentionDisplay(np.ones((2, 3)), y=[0]).plot()


def test_of_many_timesteps_the_colours_are_those_of_neighbours_together():
    attention = np.zeros((3, 1000))
    attention[:, 500] = 0.7  # 1,000 timesteps in at most 100 means are 10 in each
    attention[0, 800:] = np.nan
    assert AttentionDisplay(attention).plot().im_.norm.vmax == pytest.approx(0.07)
    assert AttentionDisplay(attention[:, 450:549]).plot().im_.norm.vmax == pytest.approx(0.7)


def test_each_given_axes_has_the_names_of_the_classes(networks, ragged, figures):
    _, axes = figures.subplots(1, 3)
    AttentionDisplay.from_estimator(networks["multihead"], *ragged, ax=axes)
    for ax in axes:
        assert [label.get_text() for label in ax.get_yticklabels()] == ["0", "1"]
    assert [ax.get_ylabel() for ax in axes] == ["Class", "", ""]
    assert [ax.get_xlabel() for ax in axes] == ["", "Timestep (grey: padding)", ""]
