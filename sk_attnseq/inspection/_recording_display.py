"""A recording with its labels over time."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import KW_ONLY, dataclass, field
from numbers import Integral
from typing import TYPE_CHECKING, Any, Self

import numpy as np
from numpy.typing import ArrayLike
from sklearn.utils import check_scalar, column_or_1d

from sk_attnseq._input.frames import column_names, is_frame
from sk_attnseq._input.read_samples import read_samples
from sk_attnseq._input.values import read_values
from sk_attnseq.inspection._plotting import Display, import_pyplot, make_panels, put_legend_beside
from sk_attnseq.inspection._sequence_panel import check_sequence, draw_features
from sk_attnseq.inspection._unwrap import unwrap
from sk_attnseq.recordings import RecordingClassifier

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.collections import PolyCollection
    from matplotlib.lines import Line2D

_EXPECTED = (
    "a RecordingClassifier (for a classifier of windows, pass "
    "to_timeline(classifier.predict_proba(windows.data), windows) to from_predictions)"
)


@dataclass(eq=False, repr=False)
class RecordingDisplay(Display):
    """A recording over time: its features, and below its true and predicted labels.

    Further arguments of `plot` go to matplotlib's `plot` of the features.

    Parameters
    ----------
    recording : array-like or DataFrame of shape (n_timesteps, n_features)
        The recording, without padding.

    y_true : scalar or array-like of shape (n_timesteps,), default=None
        The true label, or that of each timestep. None and NaN mean that there is no label.

    y_pred : array-like of shape (n_timesteps,) or (n_timesteps, n_classes), default=None
        The predicted label of each timestep; or the probability of each class, of which the most
        probable is shown, or none if they are NaN.

    classes : array-like of shape (n_classes,), default=None
        The classes, in the order of the columns of `y_pred`, which need them. None means all
        labels in sorted order.

    feature_names : list of str, default=None
        Names of the features. None uses those of a DataFrame, or else numbers them.

    Attributes
    ----------
    ax_, axes_, figure_ : matplotlib Axes, ndarray of Axes, Figure
        The panel with the features, both panels (then that with the labels), and their figure.

    lines_ : list of matplotlib Line2D
        The features.

    bars_ : dict of matplotlib PolyCollection
        The stretches with a label, by row ("true" or "predicted") and class.

    See Also
    --------
    sk_attnseq.sequences.to_timeline : From predictions for windows to those for timesteps.
    SampleAttentionDisplay : Where the network looks in a sequence.

    Examples
    --------
    >>> import numpy as np
    >>> from sk_attnseq.inspection import RecordingDisplay
    >>> recording = np.sin(np.arange(100) / 5).reshape(100, 1)
    >>> y_true = np.repeat(["rest", "move"], 50)
    >>> y_pred = np.repeat(["rest", "move"], [60, 40])
    >>> display = RecordingDisplay.from_predictions(recording, y_true, y_pred)
    >>> sorted(display.bars_)
    [('predicted', 'move'), ('predicted', 'rest'), ('true', 'move'), ('true', 'rest')]
    """

    recording: ArrayLike
    y_true: Any = None
    y_pred: ArrayLike | None = None
    _: KW_ONLY
    classes: ArrayLike | None = None
    feature_names: Sequence[str] | None = None
    lines_: list[Line2D] = field(init=False)
    bars_: dict[tuple[str, Any], PolyCollection] = field(init=False)

    @classmethod
    def from_estimator(
        cls,
        estimator: Any,
        X: Any,
        y: Any = None,
        *,
        sample: int = 0,
        feature_names: Sequence[str] | None = None,
        ax: Any = None,
        **kwargs: Any,
    ) -> Self:
        """Plot one of the recordings with the predictions of a fitted classifier.

        Parameters
        ----------
        estimator : estimator
            A fitted :class:`~sk_attnseq.recordings.RecordingClassifier`, alone or in a pipeline,
            search or frozen estimator. For a threshold classifier, the most probable classes are
            shown, because its threshold is for whole recordings.

        X : list of array-likes or array-like
            Recordings, as in the estimator's `predict`.

        y : array-like of shape (n_recordings,) or list of array-likes, default=None
            True label of each recording, or of each of its timesteps.

        sample : int, default=0
            Index of the recording; a negative number counts from the end.

        feature_names : list of str, default=None
            Names of the features. None uses those of a DataFrame, or else numbers them.

        ax : matplotlib Axes or array of them, default=None
            Axes to plot on, as in `plot`.

        **kwargs : dict
            Further arguments of `plot`.

        Returns
        -------
        display : RecordingDisplay
            The plotted display.
        """
        classifier, pipelines = unwrap(estimator, RecordingClassifier, _EXPECTED)
        samples, frame = read_samples(X, numeric=True)
        check_scalar(sample, "sample", Integral, min_val=-len(samples), max_val=len(samples) - 1)
        sample = int(sample) % len(samples)
        recording = samples[sample].reshape(len(samples[sample]), -1)  # also of a row of a table
        for pipeline in pipelines:
            X = pipeline.transform(X)
        probabilities = classifier.predict_windows(X)[sample]
        if feature_names is None and frame is not None and isinstance(samples, list):
            feature_names = column_names(frame)
        if is_frame(y) or (isinstance(y, np.ndarray) and y.shape[1:] == (1,)):
            y = column_or_1d(y)
        y_true: Any = None if y is None else list(y)[sample]
        display = cls(
            recording[: len(probabilities)],
            y_true[: len(probabilities)] if np.ndim(y_true) else y_true,  # without padding
            probabilities,
            classes=classifier.classes_,
            feature_names=feature_names,
        )
        return display.plot(ax, **kwargs)

    @classmethod
    def from_predictions(
        cls,
        recording: ArrayLike,
        y_true: Any,
        y_pred: ArrayLike | None,
        *,
        classes: ArrayLike | None = None,
        feature_names: Sequence[str] | None = None,
        ax: Any = None,
        **kwargs: Any,
    ) -> Self:
        """Plot a recording with labels that were predicted before.

        Parameters
        ----------
        recording : array-like or DataFrame of shape (n_timesteps, n_features)
            The recording, without padding.

        y_true : scalar or array-like of shape (n_timesteps,)
            The true label, or that of each timestep. None and NaN mean that there is no label.

        y_pred : array-like of shape (n_timesteps,) or (n_timesteps, n_classes)
            The predicted label of each timestep; or the probability of each class, as
            :func:`~sk_attnseq.sequences.to_timeline` returns it.

        classes : array-like of shape (n_classes,), default=None
            The classes, in the order of the columns of `y_pred`, which need them.

        feature_names : list of str, default=None
            Names of the features. None uses those of a DataFrame, or else numbers them.

        ax : matplotlib Axes or array of them, default=None
            Axes to plot on, as in `plot`.

        **kwargs : dict
            Further arguments of `plot`.

        Returns
        -------
        display : RecordingDisplay
            The plotted display.
        """
        display = cls(recording, y_true, y_pred, classes=classes, feature_names=feature_names)
        return display.plot(ax, **kwargs)

    def _draw(self, ax: Any, **kwargs: Any) -> None:
        names = self.feature_names
        if names is None and is_frame(self.recording):
            names = column_names(self.recording)
        recording = check_sequence(self.recording, names)
        rows, classes = self._check_labels(len(recording))
        ratios = (3, 0.4 + 0.4 * len(rows))
        panels = make_panels(ax, 2, n_columns=1, panel_size=(8, 1.85), height_ratios=ratios)
        self._set_panels(panels)
        self.lines_ = draw_features(self.ax_, recording, names, kwargs)
        self.bars_ = {}
        self._draw_labels(panels[1], rows, classes)
        panels[1].set_xlim(self.ax_.get_xlim())

    def _check_labels(self, n_timesteps: int) -> tuple[dict[str, np.ndarray], list[Any]]:
        """The index of each timestep's class, -1 for none, by row; and the classes."""
        rows = {}
        if self.y_true is not None:
            y_true = read_values(self.y_true)
            rows["true"] = np.full(n_timesteps, y_true) if y_true.ndim == 0 else y_true
        if self.y_pred is not None:
            rows["predicted"] = read_values(self.y_pred)
        if not rows:
            raise ValueError("There are no labels to show: pass y_true, y_pred or both.")
        for row, labels in rows.items():
            most = 2 if row == "predicted" else 1
            if not 1 <= labels.ndim <= most or len(labels) != n_timesteps:
                name = "y_true" if row == "true" else "y_pred"
                raise ValueError(
                    f"{name} has shape {labels.shape}, but the recording has {n_timesteps} "
                    "timesteps: pass one label for each."
                )
        classes, y_pred = self.classes, rows.get("predicted")
        if y_pred is not None and y_pred.ndim == 2:
            if classes is None or len(np.asarray(classes)) != y_pred.shape[1]:
                raise ValueError(
                    f"y_pred has {y_pred.shape[1]} columns: pass as many classes, such as "
                    "classes=classifier.classes_, or predicted labels."
                )
            has_any = ~np.isnan(y_pred).any(axis=1)
            labels = np.full(n_timesteps, None)
            labels[has_any] = np.asarray(classes)[y_pred[has_any].argmax(axis=1)].tolist()
            rows["predicted"] = read_values(labels)
        if classes is None:
            found = {label for labels in rows.values() for label in labels.tolist()}
            classes = sorted(label for label in found if label == label)
        classes = np.asarray(classes).tolist()
        return {row: _index_in(classes, labels, row) for row, labels in rows.items()}, classes

    def _draw_labels(self, panel: Axes, rows: dict[str, np.ndarray], classes: list[Any]) -> None:
        colors = import_pyplot().get_cmap("viridis")(np.linspace(0, 0.95, max(2, len(classes))))
        for height, (row, codes) in enumerate(rows.items()):
            edges = np.flatnonzero(np.diff(codes, prepend=-2, append=-2))  # of stretches
            of_stretches, widths = codes[edges[:-1]], np.diff(edges)
            for code in np.unique(codes[codes >= 0]):
                chosen = of_stretches == code
                self.bars_[row, classes[code]] = panel.broken_barh(
                    list(zip(edges[:-1][chosen] - 0.5, widths[chosen], strict=True)),
                    (height - 0.4, 0.8),
                    facecolor=colors[code],
                    label=str(classes[code]),
                )
        panel.set(xlabel="Timestep", ylim=(len(rows) - 0.5, -0.5))
        panel.set_yticks(range(len(rows)), [row.capitalize() for row in rows])
        of_classes = {label: bars for (_, label), bars in reversed(self.bars_.items())}
        put_legend_beside(panel, [of_classes[label] for label in classes if label in of_classes])


def _index_in(classes: list[Any], labels: np.ndarray, row: str) -> np.ndarray:
    """The index of each label in the classes, -1 for none."""
    code_of = {label: code for code, label in enumerate(classes)}
    present = [label for label in labels.tolist() if label == label]
    unknown = set(present) - code_of.keys()
    if unknown:
        raise ValueError(f"The {row} labels {sorted(unknown)} are not in classes: {classes}.")
    return np.array([code_of.get(label, -1) for label in labels.tolist()])
