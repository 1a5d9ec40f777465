"""Several networks as one."""

from __future__ import annotations

import numpy as np

from sk_attnseq._input.sequence_store import Sequences
from sk_attnseq._network.forward_pass import ForwardPass, log_softmax
from sk_attnseq._runtime.floating_point import ignores_floating_point_errors


class MeanForwardPass:
    """Trained networks of one architecture as one function: the mean of their predictions."""

    def __init__(self, networks: list[ForwardPass]):
        self._networks = networks

    @ignores_floating_point_errors
    def outputs(self, sequences: Sequences) -> np.ndarray:
        """Mean predictions, (n_samples, n_outputs).

        For classifiers, these are logarithms of the mean probabilities, whose softmax they are.
        """
        each = [network.outputs(sequences) for network in self._networks]
        if self._networks[0].output_activation == "linear":
            return np.mean(each, axis=0)
        total: np.ndarray = np.logaddexp.reduce([log_softmax(one, axis=1) for one in each])
        return total - np.log(len(each))

    def attention_weights(self, sequences: Sequences) -> list[np.ndarray]:
        """Mean weights of each sample, in the shape of each network's."""
        totals = self._networks[0].attention_weights(sequences)
        for network in self._networks[1:]:
            for total, weights in zip(totals, network.attention_weights(sequences), strict=True):
                total += weights
        return [total / len(self._networks) for total in totals]
