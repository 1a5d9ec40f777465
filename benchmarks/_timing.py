"""How long calls take."""

from __future__ import annotations

import time


def timings(function, repeats=1) -> list[float]:
    """Seconds of each of some calls."""
    seconds = []
    for _ in range(repeats):
        started = time.perf_counter()
        function()
        seconds.append(time.perf_counter() - started)
    return seconds
