"""Groups of samples, which early stopping keeps together."""

import numpy as np

from sk_attnseq._input.values import check_length, check_no_mask, read_values, simplify_strings


def check_groups(groups, *, n_samples: int) -> np.ndarray | None:
    """The group of each sample as an array (n_samples,), if any were passed."""
    if groups is None:
        return None
    check_no_mask(groups, "groups")
    groups = simplify_strings(read_values(groups))
    if groups.ndim == 2 and groups.shape[1] == 1:
        groups = groups[:, 0]
    if groups.ndim != 1:
        raise ValueError(f"groups must be 1-D, got shape {groups.shape}.")
    check_length("groups", groups, n_samples)
    missing = groups != groups
    if missing.any():
        raise ValueError(
            f"groups has no value for sample {np.argmax(missing)}: give a sample without a group "
            "one of its own."
        )
    kinds = sorted({type(group).__name__ for group in groups.tolist()})
    if len(kinds) > 1:
        raise ValueError(
            f"groups has objects of the types {kinds}, but groups must be all strings or all "
            "numbers: convert them."
        )
    return groups
