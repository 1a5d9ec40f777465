"""Nothing that was fitted is lost to a call that fails."""

from __future__ import annotations

import contextlib


@contextlib.contextmanager
def as_it_was_on_error(estimator):
    """Put all attributes back if the block raises, so that a failed fit costs nothing."""
    before = dict(vars(estimator))
    try:
        yield
    except BaseException:
        vars(estimator).clear()
        vars(estimator).update(before)
        raise
