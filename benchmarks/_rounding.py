"""Measured values as text: the one place that says how many digits they have."""

from __future__ import annotations

# Seconds in other units, the smallest first: the largest value that each is for, and its size.
_UNITS_OF_TIME = (("µs", 1e-3, 1e-6), ("ms", 1, 1e-3), ("s", 600, 1), ("min", float("inf"), 60))


def rounded(value: float, unit: str) -> str:
    """A value as it stands in a text.

    Scores have three decimals, everything else has two significant digits. What was written down
    as a whole number gets no decimals.

    Parameters
    ----------
    value : float
        The measured value.
    unit : str
        "s", "MB", "times" or another one; "score" for accuracies, log-losses, their deviations
        and their differences; "count" for a plain number.

    Returns
    -------
    str
        For example "0.978", "69 ms", "34 min", "150 MB" or "15 times".
    """
    if unit == "score":
        return f"{value:.3f}"
    if unit == "count":
        return f"{value}"
    whole = isinstance(value, int)
    if unit == "s":
        seconds = float(f"{value:.2g}")  # 0.9999 s is "1.0 s", not "1,000 ms"
        unit, size = next((name, size) for name, end, size in _UNITS_OF_TIME if seconds < end)
        value /= size
    value = float(f"{value:.2g}")
    return (f"{value:,.0f}" if whole or abs(value) >= 10 else f"{value:#.2g}") + f" {unit}"
