"""What a network made of one sequence, as a picture."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike
from sklearn.base import is_classifier

from sk_attnseq.inspection._integrated_gradients import attribute
from sk_attnseq.inspection._plotting import (
    MOST_SHARP_TIMESTEPS,
    Display,
    label_rows,
    make_panels,
    use_integer_ticks,
)
from sk_attnseq.inspection._sequence_panel import check_sequence, choose_sample, draw_features
from sk_attnseq.inspection._unwrap import unwrap_with_data

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.colors import Colormap
    from matplotlib.image import AxesImage

_SMOOTH_ROWS = 1000


class IntegratedGradientsDisplay(Display):
    """One sequence explained: its features over time, their attributions below.

    Red values make the class more probable, or the prediction larger, than it is for the baseline,
    blue ones less.

    Parameters
    ----------
    sequence : array-like of shape (n_timesteps, n_features)
        The sequence, without padding.

    attributions : array-like of shape (n_timesteps, n_features)
        What each value adds to the probability or the prediction, as `integrated_gradients`
        returns it.

    feature_names : list of str, default=None
        The names of the features; None numbers them.

    title : str, default=None
        What stands above.

    Attributes
    ----------
    ax_ : matplotlib Axes
        The panel with the features.

    axes_ : ndarray of matplotlib Axes
        Both panels: that with the features, that with the attributions.

    figure_ : matplotlib Figure
        The figure with the panels.

    lines_ : list of matplotlib Line2D
        The features.

    im_ : matplotlib AxesImage
        The attributions.

    colorbar_ : matplotlib Colorbar
        What the colors mean.

    See Also
    --------
    integrated_gradients : Measures attributions.
    SampleAttentionDisplay : Where the network looks in one sequence.

    Examples
    --------
    >>> from sk_attnseq import AttentionSequenceClassifier
    >>> from sk_attnseq.datasets import make_sequence_classification
    >>> from sk_attnseq.inspection import IntegratedGradientsDisplay
    >>> X, y = make_sequence_classification(random_state=0)
    >>> clf = AttentionSequenceClassifier(epochs=5, random_state=0).fit(X, y)
    >>> display = IntegratedGradientsDisplay.from_estimator(clf, X, sample=3)
    >>> display.im_.get_array().shape
    (5, 10)
    """

    def __init__(
        self,
        sequence: ArrayLike,
        attributions: ArrayLike,
        *,
        feature_names: Sequence[str] | None = None,
        title: str | None = None,
    ) -> None:
        self.sequence = sequence
        self.attributions = attributions
        self.feature_names = feature_names
        self.title = title

    @classmethod
    def from_estimator(
        cls,
        estimator: Any,
        X: Any,
        *,
        sample: int = 0,
        class_of_interest: Any = None,
        target: int | None = None,
        baseline: ArrayLike | None = None,
        n_steps: int = 100,
        feature_names: Sequence[str] | None = None,
        ax: Any = None,
        **kwargs: Any,
    ) -> IntegratedGradientsDisplay:
        """Measure integrated gradients of one of the sequences and plot them.

        Parameters
        ----------
        estimator : estimator
            A fitted `AttentionSequenceClassifier` or `AttentionSequenceRegressor`, an ensemble of
            them, or a pipeline, search, threshold classifier, `TransformedTargetRegressor` or
            frozen estimator around one. The features are shown as they come to the network.

        X : array-like or list of array-likes
            Sequences, as in the estimator's `predict`.

        sample : int, default=0
            Which of them; a negative number counts from the end.

        class_of_interest : int, float, bool or str, default=None
            The class whose probability is explained; None takes the one that is predicted. Not for
            regressors.

        target : int, default=None
            The output that is explained, of a regressor with several outputs.

        baseline : array-like of shape (n_features,), default=None
            The features of the baseline, as in `integrated_gradients`; None takes zeros.

        n_steps : int, default=100
            Steps from the baseline to the sequence.

        feature_names : list of str, default=None
            The names of the features as they come to the network; None numbers them.

        ax : matplotlib Axes or array of them, default=None
            Where to plot, see `plot`.

        **kwargs : dict
            Further arguments of `plot`.

        Returns
        -------
        display : IntegratedGradientsDisplay
            The plotted display.
        """
        network, X = unwrap_with_data(estimator, X)
        one, sequence = choose_sample(network, X, sample)
        result = attribute(network, one, class_of_interest, target, baseline, n_steps)
        if is_classifier(network):
            title = (
                f"{result.classes[0]}: {result.probabilities[0]:.2f} "
                f"(baseline: {result.baseline_probabilities[0]:.2f})"
            )
        else:
            title = (
                f"Prediction: {result.predictions[0]:.4g} "
                f"(baseline: {result.baseline_predictions[0]:.4g})"
            )
        display = cls(sequence, result.attributions[0], feature_names=feature_names, title=title)
        return display.plot(ax, **kwargs)

    def plot(
        self, ax: Any = None, *, cmap: str | Colormap = "RdBu_r", **kwargs: Any
    ) -> IntegratedGradientsDisplay:
        """Plot the sequence and the attributions.

        Parameters
        ----------
        ax : matplotlib Axes or array of them, default=None
            Where to plot: two axes, for the features and for the attributions, or one whose
            place they take. None makes a figure.

        cmap : str or matplotlib Colormap, default="RdBu_r"
            The color map, whose middle stands for 0.

        **kwargs : dict
            More for matplotlib's `plot`, for the features.

        Returns
        -------
        display : IntegratedGradientsDisplay
            This display.
        """
        sequence, attributions = self._check()
        self._set_panels(make_panels(ax, 2, n_columns=1, panel_size=(6, 2.25)))
        panel = self.axes_[1]
        self.lines_ = draw_features(self.ax_, sequence, self.feature_names, kwargs)
        self.im_ = _draw_attributions(panel, attributions, cmap)
        # Within the panel's margin, so that both panels are as wide.
        self.colorbar_ = self.figure_.colorbar(
            self.im_, cax=panel.inset_axes((1.02, 0, 0.025, 1)), label="Attribution"
        )
        panel.set(xlabel="Timestep", ylabel="Feature", xlim=self.ax_.get_xlim())
        use_integer_ticks(panel.xaxis)
        use_integer_ticks(panel.yaxis)
        if self.feature_names is not None:
            label_rows(panel, np.arange(len(self.feature_names)), self.feature_names)
        self.ax_.set_xlabel("")
        if self.title is not None:
            self.ax_.set_title(self.title, fontsize="medium")
        return self

    def _check(self) -> tuple[np.ndarray, np.ndarray]:
        sequence = check_sequence(self.sequence, self.feature_names)
        attributions = np.asarray(self.attributions, dtype=np.float64)
        if attributions.shape != sequence.shape:
            raise ValueError(
                f"attributions has shape {attributions.shape}, expected that of the sequence: "
                f"{sequence.shape}."
            )
        return sequence, attributions


def _draw_attributions(panel: Axes, attributions: np.ndarray, cmap: str | Colormap) -> AxesImage:
    """A heat map with a row for each feature, whose colors are symmetric about 0."""
    n_timesteps, n_features = attributions.shape
    rows, interpolation = attributions.T, "nearest"
    if n_timesteps > MOST_SHARP_TIMESTEPS:
        # matplotlib smooths what has more timesteps than pixels, and the features, too: as
        # many rows each, they hardly mix.
        rows, interpolation = np.repeat(rows, -(-_SMOOTH_ROWS // n_features), axis=0), "auto"
    highest = np.abs(attributions).max()
    return panel.imshow(
        rows,
        cmap=cmap,
        vmin=-highest,
        vmax=highest,
        aspect="auto",
        interpolation=interpolation,
        extent=(-0.5, n_timesteps - 0.5, n_features - 0.5, -0.5),
    )
