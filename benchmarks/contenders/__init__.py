"""What is measured: one function for each row of the table and contender.

Each runs in a fresh process, gets ready (imports, data, and what the row does not count) and
returns its seconds, or megabytes, and an accuracy where there is one.
"""

from benchmarks.contenders import (
    epochs,
    fits,
    gaps,
    growth,
    numbers,
    predictions,
    processes,
    searches,
)


def measure(contender):
    """Call the function of this name."""
    for module in (epochs, fits, searches, predictions, numbers, processes, growth, gaps):
        if hasattr(module, contender):
            return getattr(module, contender)()
    raise LookupError(f"There is no contender {contender}.")
