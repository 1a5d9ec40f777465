"""Parameters with a number for each layer."""

from numbers import Integral

import numpy as np


def each(value):
    """The items of a tuple, list or array; a number alone; nothing of None."""
    if value is None:
        return ()
    if isinstance(value, np.ndarray):
        value = value.tolist()
    return tuple(value) if isinstance(value, (tuple, list)) else (value,)


def widths(value, n_layers: int | None = None) -> tuple[int, ...]:
    """A parameter with a number for each layer as Python's integers.

    A single number is for all of `n_layers`, or else the only layer's.
    """
    if n_layers == 0:
        return ()
    numbers = tuple(int(item) for item in each(value))
    return numbers * n_layers if isinstance(value, Integral) and n_layers else numbers
