"""The state of a training: what each step of the optimizer changes."""

import numpy as np

# The weights and Adam's two moments, each (n_weights,), and the number of steps. A plain
# tuple, so that it is pickled with an estimator as it is. The moments of an estimator that is
# for prediction only are (0,).
State = tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]


def is_finite(state: State, losses) -> bool:
    """Whether neither weights nor losses have overflowed."""
    return bool(np.isfinite(losses).all() and np.isfinite(state[0]).all())
