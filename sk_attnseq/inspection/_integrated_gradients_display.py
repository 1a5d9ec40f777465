"""What a network made of one sequence, as a picture."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import KW_ONLY, dataclass, field
from typing import TYPE_CHECKING, Any, Self

import numpy as np
from numpy.typing import ArrayLike
from sklearn.base import is_classifier

from sk_attnseq.inspection._integrated_gradients import integrated_gradients
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
    from matplotlib.colorbar import Colorbar
    from matplotlib.colors import Colormap
    from matplotlib.image import AxesImage
    from matplotlib.lines import Line2D

_SMOOTH_ROWS = 1000


@dataclass(eq=False, repr=False)
class IntegratedGradientsDisplay(Display):
    """One sequence explained: its features over time, their attributions below.

    Red values make the class more probable, or the prediction larger, than it is for the baseline.
    Blue values make it less probable, or smaller.

    Further arguments of `plot` go to matplotlib's `plot` of the features, except for `cmap`, which
    is the color map of the attributions. Its middle stands for 0.

    Parameters
    ----------
    sequence : array-like of shape (n_timesteps, n_features)
        The sequence, without padding.

    attributions : array-like of shape (n_timesteps, n_features)
        Contribution of each value to the probability or the prediction, as
        `integrated_gradients` returns it.

    feature_names : list of str, default=None
        Names of the features; None numbers them.

    title : str, default=None
        Title above the features.

    Attributes
    ----------
    ax_, axes_, figure_ : matplotlib Axes, ndarray of Axes, Figure
        The panel with the features, both panels (then that with the attributions), and their
        figure.

    lines_ : list of matplotlib Line2D
        The features.

    im_ : matplotlib AxesImage
        The attributions.

    colorbar_ : matplotlib Colorbar
        The color bar of the attributions.

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

    sequence: ArrayLike
    attributions: ArrayLike
    _: KW_ONLY
    feature_names: Sequence[str] | None = None
    title: str | None = None
    lines_: list[Line2D] = field(init=False)
    im_: AxesImage = field(init=False)
    colorbar_: Colorbar = field(init=False)

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
    ) -> Self:
        """Measure integrated gradients of one of the sequences and plot them.

        Parameters
        ----------
        estimator : estimator
            A fitted network, ensemble or `RecordingClassifier`, alone or in a pipeline, search,
            threshold classifier, `TransformedTargetRegressor` or frozen estimator. The features
            are shown as they reach the network.

        X : array-like or list of array-likes
            Sequences, as in the estimator's `predict`. Of recordings, windows are the sequences.

        sample : int, default=0
            Index of the sequence; a negative number counts from the end.

        class_of_interest : int, float, bool or str, default=None
            The class whose probability is explained; None explains the predicted one. Not for
            regressors.

        target : int, default=None
            Index of the output that is explained, for a regressor with several outputs.

        baseline : array-like of shape (n_features,), default=None
            Features of the baseline, as in `integrated_gradients`; None means zeros.

        n_steps : int, default=100
            Number of steps from the baseline to the sequence.

        feature_names : list of str, default=None
            Names of the features that reach the network; None numbers them.

        ax : matplotlib Axes or array of them, default=None
            Axes to plot on, as in `plot`.

        **kwargs : dict
            Further arguments of `plot`.

        Returns
        -------
        display : IntegratedGradientsDisplay
            The plotted display.
        """
        network, X, _ = unwrap_with_data(estimator, X)
        one, sequence = choose_sample(network, X, sample)
        result = integrated_gradients(
            network,
            one,
            class_of_interest=class_of_interest,
            target=target,
            baseline=baseline,
            n_steps=n_steps,
        )
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

    def _draw(self, ax: Any, *, cmap: str | Colormap = "RdBu_r", **kwargs: Any) -> None:
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
        if self.title is not None:
            self.ax_.set_title(self.title, fontsize="medium")

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
