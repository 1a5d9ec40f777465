"""How many epochs `epochs="auto"` is."""

import numpy as np

from sk_attnseq._data.training_data import TrainingData

# So many for ten batches; more batches take more steps to learn from, but fewer epochs. Chosen on
# parts of the training sets of eight public data sets, of 2 to 190 batches.
_EPOCHS, _BATCHES, _POWER = 120, 10, 1 / 3
# With more classes than this, epochs grow in proportion, up to this factor. Chosen on the training
# sets of four data sets with 15 to 37 classes.
_CLASSES, _MOST = 15, 3


def count_epochs(estimator, data: TrainingData) -> int:
    """The epochs of a fit: the parameter, or what follows from batches and classes."""
    if estimator.epochs != "auto":
        return int(estimator.epochs)
    n_batches = -(-len(data) // int(estimator.batch_size))
    of_classes = min(max(1, len(np.unique(data.strata)) / _CLASSES), _MOST)
    return round(_EPOCHS * (_BATCHES / n_batches) ** _POWER * of_classes)
