"""Keras's session: global state that every thread builds with, and that any may clear."""

import functools
from collections.abc import Callable
from typing import ParamSpec, TypeVar

from keras.backend import get_uid

from sk_attnseq._runtime.deferred_signals import signals_deferred

_P = ParamSpec("_P")
_Built = TypeVar("_Built")

_NAME = "sk_attnseq_builds"
_MAX_TRIES = 20


def rebuilds_if_session_is_cleared(build: Callable[_P, _Built]) -> Callable[_P, _Built]:
    """Make a function that builds with Keras build again if the session is cleared meanwhile.

    `keras.utils.clear_session()` takes away, from all threads, the names in use and the values
    that stand for variables in a `stateless_call`: what is being built fails, or, worse, is
    another network. That it happened shows in Keras's numbers of names, which begin anew.

    Signals wait meanwhile: an error from a handler in the midst of it can leave the graph that
    was being built as TensorFlow's default in this thread, where no other could be built then.
    """

    @functools.wraps(build)
    def building(*args: _P.args, **kwargs: _P.kwargs) -> _Built:
        for _ in range(_MAX_TRIES):
            get_uid(_NAME)
            try:
                with signals_deferred():
                    built = build(*args, **kwargs)
            except Exception:
                if get_uid(_NAME) > 1:
                    raise
            else:
                if get_uid(_NAME) > 1:
                    return built
        raise RuntimeError(
            f"Keras's session was cleared {_MAX_TRIES} times while a network was built: let no "
            "other thread call keras.utils.clear_session() over and over meanwhile."
        )

    return building
