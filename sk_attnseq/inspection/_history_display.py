"""How a training went."""

from __future__ import annotations

from dataclasses import KW_ONLY, dataclass, field
from typing import TYPE_CHECKING, Any, Self

import numpy as np
from numpy.typing import ArrayLike
from sklearn.base import is_regressor

from sk_attnseq._data.score_label import label_of_score
from sk_attnseq.inspection._plotting import COLORS, Display, make_panels, use_integer_ticks
from sk_attnseq.inspection._unwrap import unwrap

if TYPE_CHECKING:
    from matplotlib.lines import Line2D


@dataclass(eq=False, repr=False)
class TrainingHistoryDisplay(Display):
    """Course of a training: the loss of each epoch and, below, the validation scores.

    The epoch with the best validation score, whose weights early stopping keeps, is marked
    in both panels. After a warm start, the scores are those of the last epochs.

    Further arguments of `plot` go to matplotlib's `plot` of both lines.

    Parameters
    ----------
    loss_curve : array-like of shape (n_epochs,)
        Training loss of each epoch.

    validation_scores : array-like of shape (n_scores,), default=None
        Validation scores of the last n_scores of these epochs; None if there are none.

    score_name : str, default="score"
        Name of the scores, for the label of their axis.

    Attributes
    ----------
    ax_, axes_, figure_ : matplotlib Axes, ndarray of Axes, Figure
        The panel with the loss, all panels (that with the scores second), and their figure.

    line_ : matplotlib Line2D
        The loss.

    score_line_ : matplotlib Line2D or None
        The validation scores.

    best_epoch_ : int or None
        The epoch with the best score (the last of them), counted from 1.

    Examples
    --------
    >>> from sk_attnseq import AttentionSequenceClassifier
    >>> from sk_attnseq.datasets import make_sequence_classification
    >>> from sk_attnseq.inspection import TrainingHistoryDisplay
    >>> X, y = make_sequence_classification(random_state=0)
    >>> clf = AttentionSequenceClassifier(epochs=5, early_stopping=True, random_state=0)
    >>> display = TrainingHistoryDisplay.from_estimator(clf.fit(X, y))
    >>> len(display.axes_)
    2
    """

    loss_curve: ArrayLike
    _: KW_ONLY
    validation_scores: ArrayLike | None = None
    score_name: str = "score"
    line_: Line2D = field(init=False)
    score_line_: Line2D | None = field(init=False)
    best_epoch_: int | None = field(init=False)

    @classmethod
    def from_estimator(cls, estimator: Any, *, ax: Any = None, **kwargs: Any) -> Self:
        """Plot how the training of a network went.

        Parameters
        ----------
        estimator : estimator
            A fitted network or `RecordingClassifier`, alone or in a pipeline, search, threshold
            classifier, `TransformedTargetRegressor` or frozen estimator.

        ax : matplotlib Axes or array of them, default=None
            Axes to plot on, as in `plot`.

        **kwargs : dict
            Further arguments of `plot`.

        Returns
        -------
        display : TrainingHistoryDisplay
            The plotted display.
        """
        network, _ = unwrap(estimator)
        if not hasattr(network, "loss_curve_"):
            raise TypeError(
                "The networks of an ensemble were trained each by itself: pass one of its "
                "estimators_."
            )
        default = "R2" if is_regressor(network) else "accuracy"
        display = cls(
            network.loss_curve_,
            validation_scores=network.validation_scores_,
            score_name=label_of_score(network.scoring, default=default),
        )
        return display.plot(ax, **kwargs)

    def _draw(self, ax: Any, **kwargs: Any) -> None:
        losses, scores = self._check()
        epochs = np.arange(1, len(losses) + 1)
        n_panels = 1 if scores is None else 2
        self._set_panels(make_panels(ax, n_panels, n_columns=1, panel_size=(5.4, 2.3)))
        self.score_line_, self.best_epoch_ = None, None
        # A single epoch makes no line: points show where there are few.
        options: dict[str, Any] = {"marker": "." if len(epochs) <= 20 else None} | kwargs
        (self.line_,) = self.ax_.plot(epochs, losses, **{"color": COLORS[0]} | options)
        self.ax_.set_ylabel("Training\nloss")
        if scores is not None:
            lower, of_scores = self.axes_[1], epochs[len(epochs) - len(scores) :]
            (self.score_line_,) = lower.plot(of_scores, scores, **{"color": COLORS[1]} | options)
            lower.set_ylabel(f"Validation\n{self.score_name}")
            best = np.nanmax(scores)
            self.best_epoch_ = int(of_scores[scores == best][-1])
            for panel in self.axes_:
                panel.axvline(self.best_epoch_, color="0.4", linewidth=1, linestyle=(0, (4, 2)))
            lower.plot(self.best_epoch_, best, "o", color=COLORS[1])
            title = f"Best: {best:.3f} in epoch {self.best_epoch_}"
            self.ax_.set_title(title, fontsize="medium")
        for panel in self.axes_:
            use_integer_ticks(panel.xaxis)
            panel.set_xlim(self.ax_.get_xlim())
        self.axes_[-1].set_xlabel("Epoch")

    def _check(self) -> tuple[np.ndarray, np.ndarray | None]:
        losses = np.asarray(self.loss_curve, dtype=np.float64)
        if losses.ndim != 1 or len(losses) == 0:
            raise ValueError(f"loss_curve has shape {losses.shape}, expected (n_epochs,).")
        if self.validation_scores is None:
            return losses, None
        scores = np.asarray(self.validation_scores, dtype=np.float64)
        if scores.ndim != 1 or not 0 < len(scores) <= len(losses):
            raise ValueError(
                f"validation_scores has shape {scores.shape}, expected 1 score for each of the "
                f"{len(losses)} epochs of loss_curve, or for the last of them."
            )
        return losses, scores
