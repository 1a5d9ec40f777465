"""Copies of an estimator: for a fit, which replaces its attributes at once, and for predictions."""

import functools
from collections.abc import Callable
from typing import Any, TypeVar, cast

_Estimator = TypeVar("_Estimator")
_Method = TypeVar("_Method", bound=Callable[..., Any])


def snapshot(estimator: _Estimator) -> _Estimator:
    """A shallow copy: it keeps what it has when a fit in another thread changes the original.

    `copy.copy` would go by way of pickling, and compute the checksum of all weights.
    """
    copied = object.__new__(type(estimator))
    vars(copied).update(vars(estimator))
    return copied


def on_a_draft(method: _Method) -> _Method:
    """Run a method on a snapshot, whose attributes become the estimator's when it returns.

    So whoever predicts in another thread meanwhile finds attributes that belong together, and a
    call that fails or is interrupted leaves everything as it was.
    """

    @functools.wraps(method)
    def drafted(self: Any, *args: Any, **kwargs: Any) -> Any:
        draft = snapshot(self)
        result = method(draft, *args, **kwargs)
        self.__dict__ = vars(draft)
        return self if result is draft else result

    return cast(_Method, drafted)
