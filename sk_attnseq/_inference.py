"""The forward pass in NumPy: predictions from plain weight arrays, without TensorFlow."""

from __future__ import annotations

import numpy as np

from sk_attnseq._architecture import Architecture
from sk_attnseq._sequences import Sequences

# Rows are taken in blocks whose widest array, the gates of all timesteps, stays about
# this large, so that it stays in the processor's cache.
_BLOCK_BYTES = 4_000_000


class ForwardPass:
    """A trained network as a function of sequences.

    It computes in double precision, whatever the precision of the weights: so the order
    of the samples, and which others come with one, do not show in its probabilities.

    Parameters
    ----------
    architecture : Architecture
    weights : ndarray of shape (n_weights,)
        All weights, in the order of `Architecture.weights`.
    """

    def __init__(self, architecture: Architecture, weights: np.ndarray):
        self._architecture = architecture
        self._weights = architecture.split(weights.astype(np.float64))
        directions = ("forward_", "backward_") if architecture.bidirectional else ("",)
        self._lstms = [
            [self._prepared_lstm(f"{direction}lstm_{layer}", units) for direction in directions]
            for layer, units in enumerate(architecture.units)
        ]
        self._block_timesteps = _BLOCK_BYTES // (8 * 4 * max(architecture.lstm_widths))

    def logits(self, sequences: Sequences) -> np.ndarray:
        """Scores of the classes before the softmax, (n_samples, n_classes)."""
        weights = self._weights
        result = np.empty((len(sequences), self._architecture.n_classes))
        for rows, x, lengths in self._blocks(sequences):
            x = self._recurrent(x, lengths)
            if self._architecture.attention == "pooling":
                x = np.einsum("tb,tbw->bw", self._pooling_weights(x, lengths), x)
            elif self._architecture.attention == "multihead":
                x = self._attended(x, lengths)
            hidden = np.maximum(x @ weights["hidden/kernel"] + weights["hidden/bias"], 0)
            result[rows] = hidden @ weights["output/kernel"] + weights["output/bias"]
        return result

    def attention_weights(self, sequences: Sequences) -> np.ndarray:
        """Where the network looks; padding gets exactly 0.

        Returns
        -------
        weights : ndarray
            (n_samples, n_timesteps) for pooling; (n_samples, num_heads, n_timesteps,
            n_timesteps) for multihead, from each timestep (third axis) to all others.
        """
        n_samples, n_timesteps = len(sequences), sequences.longest
        pooling = self._architecture.attention == "pooling"
        shape = (n_timesteps,) if pooling else (self._architecture.num_heads,) + 2 * (n_timesteps,)
        result = np.zeros((n_samples, *shape))
        for rows, x, lengths in self._blocks(sequences):
            x = self._recurrent(x, lengths)
            longest = len(x)
            if pooling:
                result[rows, :longest] = self._pooling_weights(x, lengths).T
            else:
                weights = self._multihead_weights(x, lengths)
                weights *= _real(lengths, longest)[:, np.newaxis, :, np.newaxis]
                result[rows, :, :longest, :longest] = weights
        return result

    def _blocks(self, sequences):
        """Yield (rows, time-major values, lengths) of samples, longest first.

        With the longest first, the samples that reach a timestep are the first ones.
        """
        lengths = sequences.lengths
        n_rows = max(1, self._block_timesteps // sequences.longest)
        order = np.argsort(-lengths, kind="stable") if sequences.ragged else np.arange(len(lengths))
        for start in range(0, len(order), n_rows):
            samples = order[start : start + n_rows]
            longest = int(lengths[samples[0]])
            x = sequences.gather(samples, n_timesteps=longest, dtype=np.float64)
            # (rows, timesteps, features) -> (timesteps, rows, features)
            yield samples, np.ascontiguousarray(x.transpose(1, 0, 2)), lengths[samples]

    def _prepared_lstm(self, name, units):
        """Kernels and bias with gates in the order input, forget, output, cell.

        The three sigmoid gates then are one slice. As sigmoid(z) = (1 + tanh(z / 2)) / 2,
        halving their weights here lets one tanh serve all four gates.
        """
        gates = np.arange(4 * units).reshape(4, units)[[0, 1, 3, 2]].ravel()
        half = np.where(np.arange(4 * units) < 3 * units, 0.5, 1.0)
        return tuple(
            np.ascontiguousarray(self._weights[f"{name}/{part}"][..., gates] * half)
            for part in ("kernel", "recurrent_kernel", "bias")
        )

    def _recurrent(self, x, lengths):
        """The LSTM layers: (timesteps, rows, features) -> (timesteps, rows, width).

        Without attention, only the last output of each direction: (rows, width).
        """
        # Of the rows, sorted by length, the first n_active[t] have timestep t.
        n_active = np.searchsorted(-lengths, -np.arange(len(x)), side="left").tolist()
        for directions in self._lstms:
            outputs = [_lstm(x, n_active, *directions[0], backwards=False)]
            if len(directions) == 2:
                outputs.append(_lstm(x, n_active, *directions[1], backwards=True))
            x = np.concatenate(outputs, axis=2) if len(outputs) == 2 else outputs[0]
        if self._architecture.attention is not None:
            return x
        units = self._architecture.units[-1]
        last = x[lengths - 1, np.arange(len(lengths))]
        last[:, units:] = x[0, :, units:]  # backwards, the last timestep read is the first
        return last

    def _pooling_weights(self, x, lengths):
        """(timesteps, rows, width) -> (timesteps, rows), each column adding up to 1."""
        scores = (x @ self._weights["score/kernel"])[..., 0] + self._weights["score/bias"]
        if lengths[-1] < len(x):
            scores[~_real(lengths, len(x)).T] = -np.inf
        return softmax(scores, axis=0)

    def _multihead_weights(self, x, lengths):
        """(timesteps, rows, width) -> (rows, heads, timesteps, timesteps)."""
        # (timesteps, rows, width) . (width, heads, key_dim) -> (rows, heads, timesteps, key_dim)
        query = self._projected(x, "query").transpose(1, 2, 0, 3)
        key = self._projected(x, "key").transpose(1, 2, 3, 0)
        scores = (query @ key) * (self._architecture.key_dim**-0.5)
        if lengths[-1] < len(x):
            scores += np.where(_real(lengths, len(x)), 0, -np.inf)[:, np.newaxis, np.newaxis, :]
        return softmax(scores, axis=3)

    def _attended(self, x, lengths):
        """Self-attention, then the mean over the real timesteps: -> (rows, width).

        Both are linear after the softmax, so the mean is taken of the weights first.
        """
        weights = self._multihead_weights(x, lengths)
        share = _real(lengths, len(x)) / lengths[:, np.newaxis]  # (rows, timesteps)
        mean = share[:, np.newaxis, np.newaxis, :] @ weights
        value = self._projected(x, "value").transpose(1, 2, 0, 3)
        heads = (mean @ value)[:, :, 0]  # (rows, heads, key_dim)
        kernel = self._weights["attention/output/kernel"]
        flat = heads.reshape(len(heads), -1) @ kernel.reshape(-1, kernel.shape[-1])
        return flat + self._weights["attention/output/bias"]

    def _projected(self, x, name):
        kernel = self._weights[f"attention/{name}/kernel"]
        return np.tensordot(x, kernel, axes=1) + self._weights[f"attention/{name}/bias"]


def _lstm(x, n_active, kernel, recurrent_kernel, bias, *, backwards):
    """One direction of an LSTM: (timesteps, rows, features) -> (timesteps, rows, units).

    Outputs of padded timesteps are zeros. For one sequence, calls of NumPy are what takes
    the time, so a step makes as few as can be and copies nothing.
    """
    n_timesteps, n_rows, n_features = x.shape
    units = len(recurrent_kernel)
    gates = x.reshape(-1, n_features) @ kernel
    gates += bias
    gates = gates.reshape(n_timesteps, n_rows, 4 * units)
    outputs = np.zeros((n_timesteps, n_rows, units))
    h, c, tanh_c = np.zeros((3, n_rows, units))
    z = np.empty((n_rows, 4 * units))
    n = None
    for t in range(n_timesteps - 1, -1, -1) if backwards else range(n_timesteps):
        if n_active[t] != n:  # sequences end here or, backwards, begin: with zeros as h and c
            n = n_active[t]
            z_n, c_n, tanh_c_n = z[:n], c[:n], tanh_c[:n]
            sigmoids, i, f, o, g = (
                z_n[:, start * units : stop * units]
                for start, stop in ((0, 3), (0, 1), (1, 2), (2, 3), (3, 4))
            )
        np.matmul(h[:n], recurrent_kernel, out=z_n)
        z_n += gates[t, :n]
        np.tanh(z_n, out=z_n)
        sigmoids *= 0.5
        sigmoids += 0.5
        c_n *= f
        i *= g
        c_n += i
        np.tanh(c_n, out=tanh_c_n)
        h = outputs[t]
        np.multiply(o, tanh_c_n, out=h[:n])
    return outputs


def _real(lengths, n_timesteps):
    """True where a timestep is real, (rows, timesteps)."""
    return np.arange(n_timesteps) < lengths[:, np.newaxis]


def softmax(scores: np.ndarray, axis: int) -> np.ndarray:
    """exp(scores), scaled to add up to 1 along an axis."""
    scores = scores - scores.max(axis=axis, keepdims=True)
    np.exp(scores, out=scores)
    scores /= scores.sum(axis=axis, keepdims=True)
    return scores
