"""Importances of timesteps and of features as a picture."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import KW_ONLY, dataclass, field
from typing import TYPE_CHECKING, Any, Literal, Self, get_args

import numpy as np
from numpy.typing import ArrayLike

from sk_attnseq._estimator.parameters import check_choice
from sk_attnseq.inspection._importance import measure_importance
from sk_attnseq.inspection._plotting import (
    COLORS,
    Display,
    label_rows,
    make_panels,
    use_integer_ticks,
)

if TYPE_CHECKING:
    from matplotlib.container import BarContainer
    from matplotlib.lines import Line2D

Kind = Literal["timestep", "feature"]
_KINDS = get_args(Kind)

# Of more, a line shows more than bars.
_MOST_BARS = 40


@dataclass(eq=False, repr=False)
class ImportanceDisplay(Display):
    """Permutation importance: how far the score falls if a timestep or feature is shuffled.

    Up to 40 are bars, with the standard deviation over the repeats as error bars. More are a line
    with a band. Features are drawn from top to bottom, so that names can be read.

    Further arguments of `plot` go to matplotlib's `bar`, `barh` or `plot`.

    Parameters
    ----------
    importances : array-like of shape (n, n_repeats)
        Importances that `timestep_importance` or `feature_importance` returned.

    kind : {"timestep", "feature"}, default="timestep"
        Kind of the importances.

    names : list of str, default=None
        Names of the features; None numbers them.

    Attributes
    ----------
    ax_, axes_, figure_ : matplotlib Axes, ndarray of Axes, Figure
        The axes, an array with them, and their figure.

    bars_ : matplotlib BarContainer or None
        The bars, if there are up to 40.

    line_ : matplotlib Line2D or None
        The line, if there are more.

    See Also
    --------
    timestep_importance : Measures importances of timesteps.
    feature_importance : Measures importances of features.

    Examples
    --------
    >>> from sk_attnseq.inspection import ImportanceDisplay
    >>> display = ImportanceDisplay([[0.1, 0.0], [0.4, 0.5], [0.0, 0.0]]).plot()
    >>> [float(bar.get_height()) for bar in display.bars_]
    [0.05, 0.45, 0.0]
    """

    importances: ArrayLike
    _: KW_ONLY
    kind: Kind = "timestep"
    names: Sequence[str] | None = None
    bars_: BarContainer | None = field(init=False)
    line_: Line2D | None = field(init=False)

    @classmethod
    def from_estimator(
        cls,
        estimator: Any,
        X: Any,
        y: ArrayLike,
        *,
        kind: Kind = "timestep",
        scoring: str | Callable[..., float] | None = None,
        n_repeats: int = 5,
        n_jobs: int | None = None,
        random_state: int | np.random.RandomState | None = None,
        sample_weight: ArrayLike | None = None,
        names: Sequence[str] | None = None,
        ax: Any = None,
        **kwargs: Any,
    ) -> Self:
        """Measure importances and plot them.

        Parameters
        ----------
        estimator : estimator
            A fitted classifier or regressor of sequences, as in `timestep_importance`.

        X : array-like or list of array-likes
            Sequences, as in the estimator's `predict`.

        y : array-like of shape (n_samples,) or (n_samples, n_outputs)
            Classes of the sequences, or numbers to predict.

        kind : {"timestep", "feature"}, default="timestep"
            Kind of the importances to measure.

        scoring : str, callable or None, default=None
            Score to measure, as in `timestep_importance`.

        n_repeats : int, default=5
            Number of permutations of each timestep or feature.

        n_jobs : int or None, default=None
            Number of timesteps or features to work on at once, in threads.

        random_state : int, RandomState instance or None, default=None
            Seed or generator of the permutations.

        sample_weight : array-like of shape (n_samples,), default=None
            Weights of the samples in the score.

        names : list of str, default=None
            Names of the features; None numbers them.

        ax : matplotlib Axes, default=None
            Axes to plot on, as in `plot`.

        **kwargs : dict
            Further arguments of `plot`.

        Returns
        -------
        display : ImportanceDisplay
            The plotted display.
        """
        check_choice("kind", kind, _KINDS)
        result = measure_importance(
            kind, estimator, X, y, scoring, n_repeats, n_jobs, random_state, sample_weight
        )
        return cls(result.importances, kind=kind, names=names).plot(ax, **kwargs)

    def _draw(self, ax: Any, **kwargs: Any) -> None:
        mean, std = self._check()
        self._set_panels(make_panels(ax, 1, n_columns=1, panel_size=(6, 4)))
        self.bars_, self.line_ = None, None
        options: dict[str, Any] = {"color": COLORS[0]} | kwargs
        places = np.arange(len(mean))
        lying = self.kind == "feature"
        if len(mean) > _MOST_BARS:
            points = (mean, places) if lying else (places, mean)
            (self.line_,) = self.ax_.plot(*points, **{"linewidth": 1} | options)
            fill = self.ax_.fill_betweenx if lying else self.ax_.fill_between
            color = self.line_.get_color()
            fill(places, mean - std, mean + std, color=color, alpha=0.3, linewidth=0)
        elif lying:
            self.bars_ = self.ax_.barh(places, mean, xerr=std, ecolor="black", **options)
        else:
            self.bars_ = self.ax_.bar(places, mean, yerr=std, ecolor="black", **options)
        zero: dict[str, Any] = {"color": "0.4", "linewidth": 0.8, "zorder": 0}
        if lying:
            self.ax_.axvline(0, **zero)
            self.ax_.invert_yaxis()  # the first on top
            use_integer_ticks(self.ax_.yaxis)
            if self.names is not None:
                label_rows(self.ax_, places, self.names)
            self.ax_.set_ylabel("Feature")
            # Long names may leave less room below the axes than this takes.
            self.ax_.set_xlabel("Decrease in score", loc="right")
        else:
            self.ax_.axhline(0, **zero)
            use_integer_ticks(self.ax_.xaxis)
            self.ax_.set(xlabel="Timestep", ylabel="Decrease in score")

    def _check(self) -> tuple[np.ndarray, np.ndarray]:
        check_choice("kind", self.kind, _KINDS)
        importances = np.asarray(self.importances, dtype=np.float64)
        if importances.ndim != 2 or 0 in importances.shape:
            raise ValueError(f"importances has shape {importances.shape}, expected (n, n_repeats).")
        if self.names is not None and (
            self.kind != "feature" or len(self.names) != len(importances)
        ):
            raise ValueError(
                f"names are of features, one for each: got {len(self.names)} for "
                f"{len(importances)} {self.kind}s."
            )
        return importances.mean(axis=1), importances.std(axis=1)
