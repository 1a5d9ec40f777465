"""How a network is trained, in plain numbers, which go into its program as arguments."""

from dataclasses import dataclass
from typing import Literal

import numpy as np

Schedule = Literal["constant", "one_cycle"]

# The one-cycle schedule: the part of the steps in which the rate rises, and the rates at the
# start and at the end, relative to the highest.
_RISE, _FIRST, _LAST = 0.3, 0.04, 1e-4

# The part of the epochs after which sequences are not mixed any more, so that the network
# ends with what it is for. (Ge et al., 2021, "YOLOX: Exceeding YOLO Series in 2021", do so.)
_MIXED = 0.8


@dataclass(frozen=True)
class TrainingOptions:
    """What a user may change from fit to fit, mostly without a new program.

    A program is for a loss and a batch size, and for dropout and mixing or for none.
    """

    learning_rate: float
    learning_rate_schedule: Schedule = "constant"
    weight_decay: float = 0.0
    clipnorm: float | None = None
    alpha: float = 0.0
    dropout: float = 0.0
    loss: str = "cross_entropy"
    loss_parameter: float = 0.0  # label smoothing, the quantile, or Huber's delta
    mixup: float = 0.0
    cutmix: float = 0.0
    batch_size: int = 32

    @property
    def mixes(self) -> bool:
        """Whether training sequences are made of two."""
        return self.mixup > 0 or self.cutmix > 0

    def mixing(self, epoch: int, n_epochs: int) -> dict[str, float]:
        """How the sequences of an epoch, of `n_epochs` in all, are mixed: the first ones are.

        Of several epochs, the last is not; a single one, as in `partial_fit`, is.
        """
        if epoch < max(1, min(_MIXED * n_epochs, n_epochs - 1)):
            return {"mixup": self.mixup, "cutmix": self.cutmix}
        return {"mixup": 0.0, "cutmix": 0.0}

    def learning_rates(self, steps: np.ndarray, n_steps: int) -> np.ndarray:
        """The learning rate of each of these steps, of `n_steps` in all.

        "one_cycle" rises along half a cosine, and falls along another (Smith & Topin, 2018,
        "Super-convergence: very fast training of neural networks using large learning
        rates").
        """
        if self.learning_rate_schedule == "constant":
            return np.full(len(steps), self.learning_rate)
        position = (steps + 0.5) / n_steps
        rising = _FIRST + (1 - _FIRST) * _half_cosine(position / _RISE)
        falling = 1 - (1 - _LAST) * _half_cosine((position - _RISE) / (1 - _RISE))
        return self.learning_rate * np.where(position < _RISE, rising, falling)


def _half_cosine(x):
    """From 0 at 0 to 1 at 1, level at both ends."""
    return (1 - np.cos(np.pi * x)) / 2
