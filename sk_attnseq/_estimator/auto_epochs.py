"""How many epochs `epochs="auto"` is."""

from __future__ import annotations

# So many for ten batches; more batches take more steps to learn from, but fewer epochs. Chosen on
# parts of the training sets of eight public data sets, of 2 to 190 batches.
_EPOCHS, _BATCHES, _POWER = 120, 10, 1 / 3


def count_epochs(estimator, n_samples: int) -> int:
    """The epochs of a fit: the parameter, or what follows from the batches in an epoch."""
    if estimator.epochs != "auto":
        return int(estimator.epochs)
    n_batches = -(-n_samples // int(estimator.batch_size))
    return round(_EPOCHS * (_BATCHES / n_batches) ** _POWER)
