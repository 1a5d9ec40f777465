import numpy as np
import pytest

from sk_attnseq.inspection import AttentionDisplay, AttentionProfileDisplay
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
    expected = clf.attention_weights(pad_with_nan(X, 9))
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
        "sk_attnseq.inspection._received_attention._BLOCK_BYTES", 8 * 3 * 81 * 7
    )  # 7 samples
    display = AttentionDisplay.from_estimator(clf, X)
    weights = clf.attention_weights(pad_with_nan(X, 9))
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
    np.testing.assert_allclose([part.sum(axis=1) for part in display.attention], 1)


def test_all_forms_of_sequences_give_the_same(networks, ragged):
    X, y = ragged
    forms = (pad_with_nan(X, 12), np.fromiter(X, object, len(X)))  # 12: more than any has
    for attention in ("pooling", "multihead"):
        clf = networks[attention]
        expected = AttentionDisplay.from_estimator(clf, X, y).attention
        for other in forms:
            actual = AttentionDisplay.from_estimator(clf, other, y).attention
            for part, expected_part in zip(actual, expected, strict=True):
                np.testing.assert_array_equal(part, expected_part)


@pytest.mark.parametrize("display", [AttentionDisplay, AttentionProfileDisplay])
def test_lists_are_drawn_as_arrays_padded_with_nan(display):
    rng = np.random.default_rng(0)
    attention = [rng.random((2, length)) for length in (3, 250, 1, 120, 250)]
    padded = np.full((5, 2, 250), np.nan)
    for row, sample in zip(padded, attention, strict=True):
        row[:, : sample.shape[1]] = sample
    plots = display(attention).plot(), display(padded).plot()
    if display is AttentionDisplay:
        heat_maps = [[heat_map(image) for image in plot.images_] for plot in plots]
        np.testing.assert_array_equal(heat_maps[0], padded.swapaxes(0, 1))
        np.testing.assert_array_equal(heat_maps[1], heat_maps[0])
        assert plots[0].im_.norm.vmax == plots[1].im_.norm.vmax
    else:
        np.testing.assert_allclose(plots[0].mean_[0], np.nanmean(padded, axis=0))
        np.testing.assert_allclose(plots[0].lower_[0], np.nanpercentile(padded, 10, axis=0))
        np.testing.assert_array_equal(plots[0].upper_, plots[1].upper_)


def test_a_picture_has_no_more_columns_than_can_be_seen():
    """2,500 timesteps are 834 columns, each the mean of three, the last of what is left."""
    attention = [np.arange(2_500.0), np.ones(7), np.ones(4)]
    image = AttentionDisplay(attention).plot().im_
    assert heat_map(image).shape == (3, 834)
    np.testing.assert_array_equal(heat_map(image)[0, [0, 1, 833]], [1, 4, 2_499])
    np.testing.assert_array_equal(np.isnan(heat_map(image)[1:, :4]).sum(axis=1), [1, 2])
    assert list(image.get_extent()) == [-0.5, 2_501.5, 2.5, -0.5]


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
    with pytest.raises(ValueError, match=r"arrays of the shapes \[\(1, 4\), \(2, 3\)\]"):
        AttentionDisplay([np.ones((2, 3)), np.ones((1, 4))]).plot()
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
