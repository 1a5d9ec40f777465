"""Example sequences: scikit-learn's digits read row by row, and generated ones."""

from numbers import Integral, Real
from typing import Literal, overload

import numpy as np
from sklearn.datasets import load_digits
from sklearn.utils import Bunch, check_random_state, check_scalar

__all__ = ["load_digit_sequences", "make_sequence_classification"]


@overload
def load_digit_sequences(*, return_X_y: Literal[False] = False) -> Bunch: ...
@overload
def load_digit_sequences(*, return_X_y: Literal[True]) -> tuple[np.ndarray, np.ndarray]: ...
def load_digit_sequences(*, return_X_y: bool = False) -> Bunch | tuple[np.ndarray, np.ndarray]:
    """Load the 1,797 handwritten digits of scikit-learn, each as a sequence of rows.

    Parameters
    ----------
    return_X_y : bool, default=False
        Whether to return only ``(data, target)``.

    Returns
    -------
    data : :class:`~sklearn.utils.Bunch`
        Dictionary-like object with the attributes:

        data : ndarray of shape (1797, 8, 8)
            The images, with pixels from 0 to 16; axes are samples, rows (timesteps), pixels
            (features).
        target : ndarray of shape (1797,)
            The digits, from 0 to 9.
        target_names : ndarray of shape (10,)
            The names of the classes.
        feature_names : list of str
            The names of the pixels of a row.
        DESCR : str
            The description of the data set.

    (data, target) : tuple if ``return_X_y`` is True
        The first two of these.

    See Also
    --------
    sklearn.datasets.load_digits : The same as a table and as images.

    Examples
    --------
    >>> from sk_attnseq.datasets import load_digit_sequences
    >>> X, y = load_digit_sequences(return_X_y=True)
    >>> X.shape, y.shape
    ((1797, 8, 8), (1797,))
    """
    digits = load_digits()
    data = digits.data.reshape(-1, 8, 8)  # (1797, 64) -> samples, rows, pixels
    if return_X_y:
        return data, digits.target
    return Bunch(
        data=data,
        target=digits.target,
        target_names=digits.target_names,
        feature_names=[f"pixel_{column}" for column in range(8)],
        DESCR=(
            "Each image is a sequence of its 8 rows from top to bottom, with the 8 pixels of a "
            "row as features.\n\n" + digits.DESCR
        ),
    )


def make_sequence_classification(
    n_samples: int = 100,
    n_timesteps: int = 10,
    n_features: int = 5,
    *,
    n_classes: int = 2,
    informative_timestep: int | None = None,
    class_sep: float = 2.0,
    random_state: int | np.random.RandomState | None = None,
    return_informative: bool = False,
) -> tuple[np.ndarray, ...]:
    """Make noise in which one timestep of each sequence determines the class.

    Each class has a direction in feature space. A sequence is standard normal noise, with the
    direction of its class, times `class_sep`, added at its informative timestep. A marker is also
    added to the first feature of that timestep, so that a network can learn where to look.

    Parameters
    ----------
    n_samples : int, default=100
        Number of sequences.

    n_timesteps : int, default=10
        Number of timesteps of each sequence.

    n_features : int, default=5
        Number of features of each timestep, at least 2: the marker's and those of the classes.
        With 2, the directions of the classes are numbers, from ``-class_sep`` to ``class_sep`` in
        equal steps.

    n_classes : int, default=2
        Number of classes, which are equally frequent up to one sample.

    informative_timestep : int or None, default=None
        Index of the timestep that determines the class, the same in all sequences. None draws one
        for each sequence.

    class_sep : float, default=2.0
        Length of the classes' directions, in standard deviations of the noise; with 2 features,
        of the longest.

    random_state : int, RandomState instance or None, default=None
        Seed or generator of the data.

    return_informative : bool, default=False
        Whether to return the informative timesteps as well.

    Returns
    -------
    X : ndarray of shape (n_samples, n_timesteps, n_features)
        The sequences.

    y : ndarray of shape (n_samples,)
        Classes of the sequences, 0 to ``n_classes - 1``.

    informative : ndarray of shape (n_samples,)
        Index of the timestep of each sequence that tells its class. Only returned if
        ``return_informative=True``.

    Examples
    --------
    >>> from sk_attnseq.datasets import make_sequence_classification
    >>> X, y = make_sequence_classification(n_samples=50, random_state=0)
    >>> X.shape, y.shape
    ((50, 10, 5), (50,))
    """
    check_scalar(n_samples, "n_samples", Integral, min_val=1)
    check_scalar(n_timesteps, "n_timesteps", Integral, min_val=1)
    check_scalar(n_features, "n_features", Integral, min_val=2)
    check_scalar(n_classes, "n_classes", Integral, min_val=2)
    check_scalar(class_sep, "class_sep", Real, min_val=0)
    if not np.isfinite(class_sep):
        raise ValueError(f"class_sep == {class_sep}, must be finite.")
    rng = check_random_state(random_state)
    if informative_timestep is None:
        informative = rng.randint(n_timesteps, size=n_samples)
    else:
        last = n_timesteps - 1
        check_scalar(
            informative_timestep, "informative_timestep", Integral, min_val=0, max_val=last
        )
        informative = np.full(n_samples, informative_timestep)
    y = rng.permutation(np.arange(n_samples) % n_classes)
    directions = rng.normal(size=(n_classes, n_features))
    directions[:, 0] = 0
    directions *= class_sep / np.linalg.norm(directions, axis=1, keepdims=True)
    if n_features == 2:  # where a random direction is one of two
        directions[:, 1] = np.linspace(-class_sep, class_sep, n_classes)
    directions[:, 0] = 3.0  # the marker
    X = rng.normal(size=(n_samples, n_timesteps, n_features))
    X[np.arange(n_samples), informative] += directions[y]
    return (X, y, informative) if return_informative else (X, y)
