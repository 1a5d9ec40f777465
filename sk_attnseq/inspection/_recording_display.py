"""A recording with its labels over time."""

from __future__ import annotations

from collections.abc import Sequence
from numbers import Integral
from typing import Any

import numpy as np
from sklearn.pipeline import Pipeline
from sklearn.utils import check_scalar
from sklearn.utils.validation import check_is_fitted

from sk_attnseq._input.frames import column_names, is_frame
from sk_attnseq._input.read_samples import read_samples
from sk_attnseq._input.values import read_values
from sk_attnseq.inspection._plotting import import_pyplot, make_panels, put_legend_beside
from sk_attnseq.inspection._sequence_panel import check_sequence, draw_features
from sk_attnseq.recordings import RecordingClassifier


class RecordingDisplay:
    """A recording over time: its features, and below its true and predicted labels.

    Parameters
    ----------
    recording : array-like or DataFrame of shape (n_timesteps, n_features)
        The recording, without padding.

    y_true : scalar or array-like of shape (n_timesteps,), default=None
        The true label, or that of each timestep; None and NaN stand for no label.

    y_pred : array-like of shape (n_timesteps,) or (n_timesteps, n_classes), default=None
        The predicted label of each timestep; or the probability of each class, of which the
        most probable is shown, and none where they are NaN.

    classes : array-like of shape (n_classes,), default=None
        The classes, in the order of the columns of `y_pred`, which need them. None stands for
        all labels in sorted order.

    feature_names : list of str, default=None
        The names of the features. None takes them from a DataFrame, or numbers them.

    Attributes
    ----------
    ax_ : matplotlib Axes
        The panel with the features.

    axes_ : ndarray of matplotlib Axes of shape (2,)
        The panels: features, labels.

    figure_ : matplotlib Figure
        The figure with the panels.

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

    def __init__(
        self,
        recording: Any,
        y_true: Any = None,
        y_pred: Any = None,
        *,
        classes: Any = None,
        feature_names: Sequence[str] | None = None,
    ) -> None:
        self.recording = recording
        self.y_true = y_true
        self.y_pred = y_pred
        self.classes = classes
        self.feature_names = feature_names

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
    ) -> RecordingDisplay:
        """Plot one of the recordings with the predictions of a fitted classifier.

        Parameters
        ----------
        estimator : estimator
            A fitted :class:`~sk_attnseq.recordings.RecordingClassifier`, or a pipeline that ends
            with one.

        X : list of array-likes or array-like
            Recordings, as in the estimator's `predict`.

        y : array-like of shape (n_recordings,) or list of array-likes, default=None
            The true label of each recording, or of each of its timesteps.

        sample : int, default=0
            Which of them; a negative number counts from the end.

        feature_names : list of str, default=None
            The names of the features. None takes them from a DataFrame, or numbers them.

        ax : matplotlib Axes or array of them, default=None
            Where to plot, see `plot`.

        **kwargs : dict
            More for matplotlib's `plot`, for the features.

        Returns
        -------
        display : RecordingDisplay
            The plotted display.
        """
        classifier = estimator[-1] if isinstance(estimator, Pipeline) else estimator
        if not isinstance(classifier, RecordingClassifier):
            raise TypeError(
                "Expected a RecordingClassifier, or a pipeline that ends with one, got "
                f"{type(classifier).__name__}. For a classifier of windows, pass "
                "to_timeline(classifier.predict_proba(windows.data), windows) to "
                "from_predictions."
            )
        check_is_fitted(classifier)
        samples, frame = read_samples(X, numeric=True)
        check_scalar(sample, "sample", Integral, min_val=-len(samples), max_val=len(samples) - 1)
        sample = int(sample) % len(samples)
        recording = samples[sample].reshape(len(samples[sample]), -1)  # also of a row of a table
        before = estimator[:-1].transform(X) if len(getattr(estimator, "steps", ())) > 1 else X
        probabilities = classifier.predict_windows(before)[sample]
        if feature_names is None and frame is not None and isinstance(samples, list):
            feature_names = column_names(frame)
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
        recording: Any,
        y_true: Any,
        y_pred: Any,
        *,
        classes: Any = None,
        feature_names: Sequence[str] | None = None,
        ax: Any = None,
        **kwargs: Any,
    ) -> RecordingDisplay:
        """Plot a recording with labels that were predicted before.

        Parameters
        ----------
        recording : array-like or DataFrame of shape (n_timesteps, n_features)
            The recording, without padding.

        y_true : scalar or array-like of shape (n_timesteps,)
            The true label, or that of each timestep; None and NaN stand for no label, and None
            for a recording without labels.

        y_pred : array-like of shape (n_timesteps,) or (n_timesteps, n_classes)
            The predicted label of each timestep; or the probability of each class, as
            :func:`~sk_attnseq.sequences.to_timeline` returns them.

        classes : array-like of shape (n_classes,), default=None
            The classes, in the order of the columns of `y_pred`, which need them.

        feature_names : list of str, default=None
            The names of the features. None takes them from a DataFrame, or numbers them.

        ax : matplotlib Axes or array of them, default=None
            Where to plot, see `plot`.

        **kwargs : dict
            More for matplotlib's `plot`, for the features.

        Returns
        -------
        display : RecordingDisplay
            The plotted display.
        """
        display = cls(recording, y_true, y_pred, classes=classes, feature_names=feature_names)
        return display.plot(ax, **kwargs)

    def plot(self, ax: Any = None, **kwargs: Any) -> RecordingDisplay:
        """Plot the features and the labels.

        Parameters
        ----------
        ax : matplotlib Axes or array of them, default=None
            Where to plot: axes for each of the two panels, or one whose place they take. None
            makes a figure.

        **kwargs : dict
            More for matplotlib's `plot`, for the features.

        Returns
        -------
        display : RecordingDisplay
            This display.
        """
        names = self.feature_names
        if names is None and is_frame(self.recording):
            names = column_names(self.recording)
        recording = check_sequence(self.recording, names)
        rows, classes = self._check_labels(len(recording))
        panel_size, ratios = (8, 1.85), (3, 0.4 + 0.4 * len(rows))
        axes = make_panels(ax, 2, n_columns=1, panel_size=panel_size, height_ratios=ratios)
        self.axes_, self.ax_, self.figure_ = axes, axes[0], axes[0].figure
        self.lines_ = draw_features(self.ax_, recording, names, kwargs)
        self.ax_.set_xlabel("")
        self.bars_: dict[tuple[str, Any], Any] = {}
        self._draw_labels(axes[1], rows, classes)
        axes[1].set_xlim(self.ax_.get_xlim())
        return self

    def _check_labels(self, n_timesteps: int) -> tuple[Any, Any]:
        """The index of each timestep's class, -1 for none, by row; and the classes."""
        rows = {}
        if self.y_true is not None:
            y_true = read_values(self.y_true)
            rows["true"] = np.full(n_timesteps, y_true) if y_true.ndim == 0 else y_true
        y_pred = None if self.y_pred is None else read_values(self.y_pred)
        if y_pred is not None:
            rows["predicted"] = y_pred
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
        classes = self.classes
        if y_pred is not None and y_pred.ndim == 2:
            if classes is None or len(classes) != y_pred.shape[1]:
                raise ValueError(
                    f"y_pred has {y_pred.shape[1]} columns: pass as many classes, such as "
                    "classes=classifier.classes_, or predicted labels."
                )
            rows["predicted"] = _most_probable(y_pred, np.asarray(classes))
        if classes is None:
            found = {label for labels in rows.values() for label in labels.tolist()}
            classes = sorted(label for label in found if label == label)
        classes = np.asarray(classes).tolist()
        return {row: _index_in(classes, labels, row) for row, labels in rows.items()}, classes

    def _draw_labels(self, panel: Any, rows: Any, classes: Any) -> None:
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


def _most_probable(probabilities: Any, classes: Any) -> Any:
    """The most probable class of each timestep, None where probabilities are NaN."""
    has_any = ~np.isnan(probabilities).any(axis=1)
    labels = np.full(len(probabilities), None)
    labels[has_any] = classes[probabilities[has_any].argmax(axis=1)].tolist()
    return read_values(labels)


def _index_in(classes: Any, labels: Any, row: Any) -> Any:
    """The index of each label in the classes, -1 for none."""
    code_of = {label: code for code, label in enumerate(classes)}
    present = [label for label in labels.tolist() if label == label]
    unknown = set(present) - code_of.keys()
    if unknown:
        raise ValueError(f"The {row} labels {sorted(unknown)} are not in classes: {classes}.")
    return np.array([code_of.get(label, -1) for label in labels.tolist()])
