"""From what users pass as X to checked samples, for whatever estimator takes them."""

import numpy as np
from sklearn.utils import check_array

from sk_attnseq._input.containers import open_container
from sk_attnseq._input.frames import column_names
from sk_attnseq._input.list_of_samples import hint_if_records, read_list
from sk_attnseq._input.values import check_numbers, usual_checks


def read_samples(X, *, numeric: bool, estimator=None):
    """Read X, whatever container it is; errors name the estimator.

    X has shape (n_samples, n_timesteps, n_features) or (n_samples, n_columns), or lists n_samples
    arrays (n_timesteps_i, n_features). If not `numeric`, objects that are no numbers stay what
    they are.

    Returns
    -------
    samples : ndarray or list of ndarray
        A 2-D or 3-D array, or a list of 2-D arrays of equally many features, with NaN for what is
        missing.
    frame : dataframe or None
        That which names the features or, of 2-D X, the columns.
    """
    if type(X) is np.ndarray and X.ndim == 3 and X.dtype in (np.float32, np.float64) and X.size:
        return X, None  # check_array would find nothing, and take a quarter of a prediction's time
    opened, frame = open_container(X)
    if isinstance(opened, list):
        return read_list(opened, numeric=numeric), frame
    if isinstance(opened, np.ndarray) and len(opened):
        _check_ndim(opened, estimator)
    options = {"allow_nd": True, "ensure_2d": False, "ensure_all_finite": False}
    if numeric:
        samples = check_numbers(opened, "X", _place_in(frame), estimator=estimator, **options)
    else:
        with usual_checks():
            samples = check_array(
                opened, dtype=None, input_name="X", estimator=estimator, **options
            )
    if 0 in samples.shape:
        raise ValueError(
            f"Found array with {samples.shape[1]} timestep(s) and {samples.shape[2]} feature(s) "
            f"(shape={samples.shape}) while a minimum of 1 each is required."
        )
    return samples, frame


def _place_in(frame):
    """A function that says where in a dataframe a value is; None without one."""
    if frame is None:
        return None
    names = column_names(frame)
    return lambda index: f"in row {index[0]} of column {names[index[1]]!r}"


def _check_ndim(X, estimator):
    if X.dtype.names and X.ndim > 1:
        raise ValueError(f"X has records, of dtype {X.dtype}.{hint_if_records(X)}")
    if X.ndim == 1:
        shape = "1, -1" if getattr(estimator, "_n_dimensions", 3) == 2 else "1, -1, 1"
        raise ValueError(
            "Expected 3D array of shape (n_samples, n_timesteps, n_features), or 2D array, got "
            f"1D array instead. Reshape your data: a single series is X.reshape({shape}). "
            "Sequences of different lengths may come as a list of 2D arrays."
            f"{hint_if_records(X)}"
        )
    if X.ndim > 3:
        raise ValueError(
            f"Found array with dim {X.ndim}, while dim <= 3 is required: pass sequences of shape "
            "(n_samples, n_timesteps, n_features)."
        )
