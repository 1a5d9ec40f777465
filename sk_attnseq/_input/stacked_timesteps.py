"""Sequences as a table of their timesteps, and back."""

from dataclasses import dataclass

import numpy as np

from sk_attnseq._input.read_sequences import columns_to_timesteps, find_padding
from sk_attnseq._input.transformed_list import SampleList
from sk_attnseq._input.values import simplify_objects


@dataclass(frozen=True)
class TimestepTable:
    """Timesteps of all samples, one below another, and how to put back what becomes of them.

    `rows` is (n_rows, n_features), without padding and not the user's memory: `lengths` of
    them (n_samples,) are of each sample. With padding, `sizes` (n_samples,) are of each, and
    `real` tells which are in `rows`, unless all are (None).
    """

    rows: np.ndarray
    lengths: np.ndarray
    sizes: np.ndarray
    real: np.ndarray | None
    form: str

    def repeat(self, values):
        """What has an entry for each sample, with one for each row; the rest as it is."""
        array = np.asarray(values)
        if array.ndim == 0 or len(array) != len(self.lengths):
            return values
        return np.repeat(array, self.lengths, axis=0)

    def put_back(self, output):
        """(n_rows, n_features_out) -> sequences in the form that was stacked."""
        if hasattr(output, "toarray"):  # a sparse matrix
            output = output.toarray()
        elif not isinstance(output, np.ndarray):
            output = np.array(output)  # of a dataframe, whose memory can be read-only
        if output.ndim != 2 or len(output) != len(self.rows):
            raise ValueError(
                f"The transformer made an output of shape {output.shape} of {len(self.rows)} "
                "timesteps: it must give one row of features for each."
            )
        if output.dtype == object:
            output = simplify_objects(output)
        if self.form != "columns" and output.shape[1]:
            self._check_ends(output)
        if self.real is not None:
            dtype = np.result_type(output.dtype, np.float16)  # integers have no NaN
            padded = np.full((len(self.real), output.shape[1]), np.nan, dtype)
            padded[self.real] = output
            output = padded
        n_samples, n_timesteps, n_features = len(self.sizes), self.sizes[0], output.shape[1]
        if self.form == "columns":
            return output.reshape(n_samples, n_timesteps * n_features)
        if self.form == "array":
            return output.reshape(n_samples, n_timesteps, n_features)
        samples = np.split(output, np.cumsum(self.sizes)[:-1])
        if self.form == "list":
            return SampleList(samples)
        return np.fromiter(samples, object, n_samples)

    def _check_ends(self, output):
        """Raise if a last timestep that is real would be padding for whoever reads the output."""
        lost = _all_nan(output[np.cumsum(self.lengths) - 1])
        if lost.any():
            raise ValueError(
                f"The transformer leaves sample {np.argmax(lost)} no value in any feature of its "
                "last timestep, which would be read as padding: impute what is missing, or leave "
                "the timestep out."
            )


def stack_timesteps(samples, n_timesteps, *, as_list) -> TimestepTable:
    """Stack the timesteps of a list of samples, or of a 2-D or 3-D array of them."""
    if isinstance(samples, list):
        form = "list" if as_list else "object array"
        # Row by row also if samples are column by column, as dataframes are: sums depend on it.
        rows = np.ascontiguousarray(np.concatenate(samples))
        sizes = np.array([len(sample) for sample in samples])
    else:
        form = "array" if samples.ndim == 3 else "columns"
        if form == "columns":
            samples = columns_to_timesteps(samples, n_timesteps)
        rows = samples.reshape(-1, samples.shape[2])
        sizes = np.full(len(samples), samples.shape[1])
    lengths, real = sizes, None
    if form != "columns" and _all_nan(rows[np.cumsum(sizes) - 1]).any():
        lengths, real = find_padding(_all_nan(rows), sizes)
        if not lengths.all():
            raise ValueError(
                f"Sample {np.argmin(lengths)} of X has no timestep that is not NaN: leave it out."
            )
        rows = rows[real]
    elif not isinstance(samples, list):
        rows = rows.copy()  # the transformer may change it in place, as with copy=False
    return TimestepTable(rows, lengths, sizes, real, form)


def _all_nan(rows):
    return (rows != rows).all(axis=1)  # not isnan, which takes no objects
