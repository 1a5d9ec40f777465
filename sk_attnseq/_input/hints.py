"""What to do about input that is refused: a table, for messages and for pages of the guide."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

# What users have, and a sentence that says what to do; code is in backquotes, for an input `X`.
HINTS = {
    "a row for each timestep": (
        "If X has a row for each timestep, sk_attnseq.sequences.from_long makes sequences."
    ),
    "dataframes that are parts of a long table": (
        "Of long tables, sk_attnseq.sequences.from_long makes sequences."
    ),
    "records": "Make dataframes of records: `[pandas.DataFrame(x) for x in X]`.",
    "series of one feature": ("Series of one feature are `[np.reshape(x, (-1, 1)) for x in X]`."),
    "a single series": (
        "Reshape your data: a single series is X.reshape({shape}). Sequences of different lengths "
        "may come as a list of 2D arrays."
    ),
    "a single sequence": "A single sequence is np.expand_dims(X, 0).",
    "a list with features before timesteps": (
        "If features come before timesteps, pass `[x.T for x in X]`."
    ),
    "an array with features before timesteps": (
        "If features come before timesteps, pass `X.transpose(0, 2, 1)`."
    ),
    "rows that end in NaN": (
        "If its series is shorter, pass `np.reshape(X, (-1, {n_timesteps}, {n_features}))`, or a "
        "list of arrays of shape (n_timesteps_i, n_features); if values are missing, impute them."
    ),
    "masked values": ("Fill them in; if they are missing, with `.astype(float).filled(np.nan)`."),
    "columns of several levels": (
        "If the first are features and the second timesteps, pass "
        "`np.stack([X[name] for name in X.columns.unique(0)], axis=2)`; if the first are "
        "timesteps, the same with `axis=1`."
    ),
    "an index of samples and times": (
        "Make sequences of it with sk_attnseq.sequences.from_long(X.reset_index(), "
        "sample={sample!r}, time={time!r}). If its rows are sequences, pass "
        "`X.reset_index(drop=True)`."
    ),
    "columns of ids and times": (
        "All columns are features: leave out those that tell the sample or the time, or let "
        "sk_attnseq.sequences.from_long take them apart."
    ),
}

# Types that NumPy makes no array of: what they are, how to tell, and what to pass instead.
OTHER_TYPES: tuple[tuple[str, Callable[[Any], bool], str], ...] = (
    (
        "dicts",
        lambda X: isinstance(X, Mapping),
        "a list of its sequences, such as `list(X.values())`",
    ),
    (
        "groups of pandas and polars",
        lambda X: "GroupBy" in type(X).__name__,
        "the long table itself to sk_attnseq.sequences.from_long",
    ),
    ("tensors of PyTorch", lambda X: bool(tensor_as_array(X)), "`{tensor}`"),
    (
        "ragged tensors of TensorFlow, arrays of awkward",
        lambda X: hasattr(X, "to_list"),
        "`X.to_list()`",
    ),
    ("lazy frames of polars", lambda X: hasattr(X, "collect"), "`X.collect()`"),
    (
        "generators and views",
        lambda X: (
            isinstance(X, Iterable) and not (hasattr(X, "__len__") and hasattr(X, "__getitem__"))
        ),
        "`list(X)`",
    ),
    (
        "all else",
        lambda X: True,
        "an array of shape (n_samples, n_timesteps, n_features) or a list of arrays of shape "
        "(n_timesteps_i, n_features)",
    ),
)


def hint(about: str, **values) -> str:
    """The sentence about what users have, to follow another one."""
    return f" {HINTS[about].format(**values)}"


def what_to_pass(X) -> str:
    """What to pass for an X of a type that is not read."""
    instead = next(instead for _, is_type, instead in OTHER_TYPES if is_type(X))
    return instead.format(tensor=tensor_as_array(X))


def tensor_as_array(X, name: str = "X") -> str:
    """Code that makes an array of a tensor of PyTorch that is none; "" for other types.

    NumPy cannot read one that requires a gradient, that is on a device, or of bfloat16.
    """
    if not (hasattr(X, "detach") and hasattr(X, "cpu")):
        return ""
    to_float = ".float()" if "bfloat16" in str(getattr(X, "dtype", "")) else ""
    code = f".detach(){to_float}.cpu().numpy()"
    return f"[x{code} for x in {name}.unbind()]" if getattr(X, "is_nested", False) else name + code
