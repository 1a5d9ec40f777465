"""scikit-learn's callbacks: a fit and its epochs as the tasks that they follow."""

import functools
from collections.abc import Callable, Iterator

try:
    from sklearn.callback import CallbackSupportMixin, with_callbacks
except ImportError:  # scikit-learn < 1.9, where estimators have no callbacks

    class _NoContext:
        _callbacks = ()

        def subcontext(self, **_):
            return self

        def call_on_fit_task_begin(self, **_):
            pass

        def call_on_fit_task_end(self, **_):
            return False

    class CallbackSupportMixin:  # type: ignore[no-redef]
        def _init_callback_context(self, **_):
            return _NoContext()

    def with_callbacks(method):
        @functools.wraps(method)  # a frame as in scikit-learn, for the stacklevel of warnings
        def same_method(self, *args, **kwargs):
            return method(self, *args, **kwargs)

        return same_method


__all__ = ["CallbackSupportMixin", "FitTask", "with_callbacks"]


class FitTask:
    """A fit, whose subtasks are its epochs; made when the arguments of `fit` were checked.

    `X`, `y` and `sample_weight` are those of `fit`, which callbacks may ask for. Its other
    arguments have no place there: scikit-learn's `ScoringMonitor` hands all metadata on to scorers
    of `X` and `y`. There are `epochs` at most.
    """

    def __init__(self, estimator, X, y, sample_weight, *, epochs: int):
        metadata = None if sample_weight is None else {"sample_weight": sample_weight}
        self._arguments = {"estimator": estimator, "X": X, "y": y, "metadata": metadata}
        self.n_epochs = epochs
        # The one way to a context that scikit-learn documents for estimators.
        self._fit = estimator._init_callback_context(max_subtasks=epochs)
        self._fit.call_on_fit_task_begin(**self._arguments)
        # There is no public way to ask. Where it is not to be seen, there may be some.
        self.has_callbacks = bool(getattr(self._fit, "_callbacks", True))

    def epochs(self) -> Iterator[int]:
        """Count the epochs, each begun as a subtask when it comes."""
        for epoch in range(self.n_epochs):
            self._epoch = self._fit.subcontext(task_name="epoch")
            self._epoch.call_on_fit_task_begin(**self._arguments)
            yield epoch

    def end_epoch(self, fitted_attributes: Callable[[], dict]) -> bool:
        """Tell callbacks that an epoch is over; return whether one asks to stop.

        A callback that asks for a fitted estimator gets one with `fitted_attributes()`.
        """
        return self._epoch.call_on_fit_task_end(
            reconstruction_attributes=fitted_attributes, **self._arguments
        )

    def end(self) -> None:
        """Tell callbacks that the fit is over, and the estimator fitted."""
        self._fit.call_on_fit_task_end(reconstruction_attributes=dict, **self._arguments)
