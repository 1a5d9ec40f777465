"""Weights of samples, as users pass them and as training counts them."""

from numbers import Number

import numpy as np

from sk_attnseq._input.values import check_length, check_numbers


def check_sample_weight(sample_weight, name: str = "sample_weight", *, n_samples) -> np.ndarray:
    """Weights of the samples, (n_samples,): finite, none negative, not all zero."""
    if sample_weight is None:
        return np.ones(n_samples)
    if isinstance(sample_weight, Number):
        sample_weight = np.full(n_samples, sample_weight)
    sample_weight = check_numbers(
        sample_weight, name, dtype=np.float64, ensure_2d=False, allow_nd=True
    )
    if sample_weight.ndim != 1:
        raise ValueError(f"{name} must be 1-D, got shape {sample_weight.shape}.")
    check_length(name, sample_weight, n_samples)
    if (sample_weight < 0).any():
        raise ValueError(
            f"{name} has negative values, the least is {sample_weight.min()}: "
            "weights must be 0 or more."
        )
    if not sample_weight.any():
        raise ValueError(f"{name} is zero for all samples: nothing is left.")
    return sample_weight


def weigh(sample_weight, factors, dtype: str, *, relative: bool) -> np.ndarray | None:
    """Weights times factors, (n_samples,), as training counts them; None if they cannot be.

    Relative weights get a mean of 1. Weights that are too small for the precision become 0:
    XLA replaces subnormal numbers, and so parts of such weights, by 0, also in sums that are
    divided by.
    """
    if relative:
        sample_weight, factors = map(in_units_of_the_largest, (sample_weight, factors))
    weights = sample_weight * factors
    precision = np.finfo(dtype)
    if not weights.any() or not (weights < precision.max).all():
        return None
    unit = weights[weights > 0].mean() if relative else 1
    present = weights / unit > precision.tiny / precision.eps
    if not present.any():
        return None
    if relative:
        weights /= weights[present].mean()
    return np.where(present, weights, 0)


def in_units_of_the_largest(weights: np.ndarray) -> np.ndarray:
    """Weights divided by a power of 2, which rounds nothing, so that no sum is infinite."""
    return np.ldexp(weights, -np.frexp(weights.max())[1])
