"""Numbers to predict, as users pass them, and standardized, as a network learns them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from sklearn.utils import column_or_1d

from sk_attnseq._input.values import check_length, check_numbers
from sk_attnseq._runtime.floating_point import ignores_floating_point_errors

# Standardized numbers below this have squares that single precision holds.
_LARGEST = 1e18


@dataclass(frozen=True)
class NumericTargets:
    """Mean and scale of each output, (n_outputs,): numbers to standardized ones, and back."""

    mean: np.ndarray
    scale: np.ndarray

    @classmethod
    def of(cls, y: np.ndarray, sample_weight: np.ndarray) -> NumericTargets:
        """The weighted mean and standard deviation of y; the scale of constants is their size."""
        columns = y.reshape(len(y), -1)
        # In units in which no square overflows.
        unit = np.abs(columns).max(axis=0)
        unit[unit == 0] = 1
        columns = columns / unit
        weights = sample_weight / sample_weight.max()
        mean = np.average(columns, axis=0, weights=weights)
        scale = np.sqrt(np.average((columns - mean) ** 2, axis=0, weights=weights))
        scale[scale < 10 * np.finfo(np.float64).eps] = 1  # what rounding makes of a constant
        return cls(mean * unit, np.maximum(scale * unit, np.finfo(np.float64).tiny))

    @property
    def n_outputs(self) -> int:
        return len(self.mean)

    def encode(self, y: np.ndarray, name: str = "y") -> np.ndarray:
        """Standardized numbers, (n_samples, n_outputs)."""
        columns = y.reshape(len(y), -1)
        if columns.shape[1] != self.n_outputs:
            raise ValueError(
                f"{name} has {columns.shape[1]} outputs for each sample, but training is for "
                f"{self.n_outputs}."
            )
        standardized = (columns - self.mean) / self.scale
        if not (np.abs(standardized) < _LARGEST).all():
            raise ValueError(
                f"{name} has numbers from {y.min():.4g} to {y.max():.4g}, which are too far from "
                f"those that training is for: their mean is {_listed(self.mean)}, and their "
                f"standard deviation {_listed(self.scale)}. Scale {name}, or fit a clone."
            )
        return standardized

    @ignores_floating_point_errors
    def decode(self, targets: np.ndarray) -> np.ndarray:
        """The numbers in the units of y, (n_samples,) or (n_samples, n_outputs)."""
        y = targets * self.scale + self.mean
        return y[:, 0] if self.n_outputs == 1 else y


def _listed(numbers):
    return ", ".join(f"{number:.4g}" for number in numbers)


def read_numbers(estimator, y, name: str = "y", *, n_samples: int) -> np.ndarray:
    """Y as an array (n_samples,) or (n_samples, n_outputs) of finite numbers."""
    if y is None:
        raise ValueError(
            f"{type(estimator).__name__} requires y to be passed, but the target y is None."
        )
    y = check_numbers(
        y, name, dtype=np.float64, ensure_2d=False, allow_nd=True, estimator=estimator
    )
    if y.ndim == 2 and y.shape[1] == 1:
        y = column_or_1d(y, warn=True)
    if y.ndim not in (1, 2) or 0 in y.shape:
        raise ValueError(
            f"{name} has shape {y.shape}, expected (n_samples,) or (n_samples, n_outputs)."
        )
    check_length(name, y, n_samples, estimator)
    return y
