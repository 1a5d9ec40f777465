import numpy as np
import pytest

from sk_attnseq.inspection import TrainingHistoryDisplay

pytestmark = pytest.mark.usefixtures("figures")


def test_a_score_that_is_missing():
    display = TrainingHistoryDisplay([3, 2, 1], validation_scores=[0.5, np.nan, 0.7]).plot()
    assert display.best_epoch_ == 3


def test_history():
    losses, scores = [3.0, 2.0, 1.5, 1.2], [0.5, 0.9, 0.9]
    display = TrainingHistoryDisplay(losses, validation_scores=scores).plot()
    np.testing.assert_array_equal(display.line_.get_xdata(), [1, 2, 3, 4])
    np.testing.assert_array_equal(display.line_.get_ydata(), losses)
    np.testing.assert_array_equal(display.score_line_.get_xdata(), [2, 3, 4])  # after a warm start
    np.testing.assert_array_equal(display.score_line_.get_ydata(), scores)
    assert display.best_epoch_ == 4  # the last of equally good ones, as early stopping keeps
    assert display.ax_.get_title() == "Best: 0.900 in epoch 4"
    for ax in display.axes_:
        assert any(list(line.get_xdata()) == [4, 4] for line in ax.lines)
    assert [ax.get_ylabel() for ax in display.axes_] == ["Training\nloss", "Validation\nscore"]
    assert display.axes_[1].get_xlabel() == "Epoch"
    named = TrainingHistoryDisplay(losses, validation_scores=scores, score_name="f1 macro").plot()
    assert named.axes_[1].get_ylabel() == "Validation\nf1 macro"
    alone = TrainingHistoryDisplay(losses).plot()
    assert len(alone.axes_) == 1
    assert alone.best_epoch_ is alone.score_line_ is None


def test_history_of_early_stopping(networks):
    clf = networks["pooling"]
    display = TrainingHistoryDisplay.from_estimator(clf)
    assert display.axes_[1].get_ylabel() == "Validation\naccuracy"
    np.testing.assert_array_equal(display.score_line_.get_ydata(), clf.validation_scores_)
    assert clf.validation_scores_[display.best_epoch_ - 1] == clf.best_validation_score_


def test_wrong_arrays():
    with pytest.raises(ValueError, match="loss_curve has shape"):
        TrainingHistoryDisplay([]).plot()
    with pytest.raises(ValueError, match="of the 1 epochs"):
        TrainingHistoryDisplay([1], validation_scores=[1, 2]).plot()
