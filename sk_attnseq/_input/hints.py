"""What to do about input that is refused: sentences for error messages."""

from collections.abc import Iterable, Mapping

# What to do, in sentences that follow others.
HINT_OF_ROWS = " If X has a row for each timestep, sk_attnseq.sequences.from_long makes sequences."
HINT_OF_TRANSPOSED_LIST = " If features come before timesteps, pass `[x.T for x in X]`."


def what_to_pass(X) -> str:
    """What to pass for an X of a type that NumPy makes no array of."""
    if isinstance(X, Mapping):
        return "a list of its sequences, such as `list(X.values())`"
    if "GroupBy" in type(X).__name__:  # of pandas and polars
        return "the long table itself to sk_attnseq.sequences.from_long"
    if tensor := tensor_as_array(X):
        return f"`{tensor}`"
    if hasattr(X, "to_list"):  # ragged tensors of TensorFlow, arrays of awkward
        return "`X.to_list()`"
    if hasattr(X, "collect"):  # lazy frames of polars
        return "`X.collect()`"
    if isinstance(X, Iterable) and not (hasattr(X, "__len__") and hasattr(X, "__getitem__")):
        return "`list(X)`"
    return (
        "an array of shape (n_samples, n_timesteps, n_features) or a list of arrays of shape "
        "(n_timesteps_i, n_features)"
    )


def tensor_as_array(X, name: str = "X") -> str:
    """Code that makes an array of a tensor of PyTorch that is none; "" for other types.

    NumPy cannot read one that requires a gradient, that is on a device, or of bfloat16.
    """
    if not (hasattr(X, "detach") and hasattr(X, "cpu")):
        return ""
    to_float = ".float()" if "bfloat16" in str(getattr(X, "dtype", "")) else ""
    code = f".detach(){to_float}.cpu().numpy()"
    return f"[x{code} for x in {name}.unbind()]" if getattr(X, "is_nested", False) else name + code
