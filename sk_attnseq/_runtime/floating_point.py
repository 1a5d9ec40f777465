"""NumPy's reports of floating-point errors."""

import functools
from collections.abc import Callable
from typing import ParamSpec, TypeVar

import numpy as np

_Parameters = ParamSpec("_Parameters")
_Result = TypeVar("_Result")


def ignores_floating_point_errors(
    function: Callable[_Parameters, _Result],
) -> Callable[_Parameters, _Result]:
    """Keep what NumPy reports of the arithmetic in a function of ours from its user.

    That a number is rounded to 0 or to infinity is meant here, or is seen in the result, and
    said in our words. What NumPy would report depends on how the user has set it (`np.seterr`)
    and on the library that multiplies matrices: Apple's sets flags in correct products. A
    function that calls code of others is not for this, as they have settings of their own.
    """

    @functools.wraps(function)
    def silent(*args: _Parameters.args, **kwargs: _Parameters.kwargs) -> _Result:
        with np.errstate(all="ignore"):  # not as a decorator, which before NumPy 2 threads share
            return function(*args, **kwargs)

    return silent
