"""Nothing that was fitted is lost to a call that fails."""

from __future__ import annotations

import functools


def as_it_was_on_error(method):
    """Make a method put all attributes back if it raises, so that a failed fit costs nothing."""

    @functools.wraps(method)
    def restoring(self, *args, **kwargs):
        before = dict(vars(self))
        try:
            return method(self, *args, **kwargs)
        except BaseException:
            self.__dict__ = before  # at once: a second Ctrl-C finds nothing half done
            raise

    return restoring
