"""The forward pass in NumPy: predictions from plain weight arrays, without TensorFlow."""

import warnings

import numpy as np

from sk_attnseq._input.sequence_store import Sequences, is_real
from sk_attnseq._network.architecture import Architecture
from sk_attnseq._network.layers_before_lstm import LayersBeforeLstm
from sk_attnseq._runtime.floating_point import ignores_floating_point_errors

# Rows are taken in blocks whose widest array, the states of all timesteps, stays about
# this large, so that it stays in the processor's cache.
_BLOCK_BYTES = 4_000_000
# Self-attention's scores, (rows, heads, timesteps, timesteps), stay about this large: a block
# has fewer rows for them, and those of one long sequence are taken in blocks of queries.
_SCORES_BYTES = 32_000_000


class ForwardPass:
    """A trained network as a function of sequences.

    It computes in the precision of the sequences, as scikit-learn's `MLPClassifier` does: in
    single precision for float32, else in double, whatever the precision of the weights.
    Rounding depends on the order of the samples, and on which others come with one.

    Weights (n_weights,) are in the order of `Architecture.weights`.
    """

    def __init__(self, architecture: Architecture, weights: np.ndarray):
        self._architecture = architecture
        self._weights = weights
        self._networks: dict[type, _Network] = {}

    @ignores_floating_point_errors
    def outputs(self, sequences: Sequences) -> np.ndarray:
        """The last layer before its activation, (n_samples, n_outputs), in double precision.

        For a classifier, these are the logits of the classes.
        """
        if sequences.values.dtype == np.float32:
            outputs = self._network(np.float32).outputs(sequences)
            if np.isfinite(outputs).all():
                return outputs
            # Sums of values near the largest may be infinite: in double, they saturate gates.
        outputs = self._network(np.float64).outputs(sequences)
        failed = (~np.isfinite(outputs)).any(axis=1).sum()
        if failed:
            warnings.warn(
                f"Predictions of {failed} of the {len(outputs)} sequences are not numbers, as sums "
                "of their values are too large: scale X.",
                RuntimeWarning,
                stacklevel=5,
            )
        return outputs

    @ignores_floating_point_errors
    def attention_weights(self, sequences: Sequences) -> list[np.ndarray]:
        """Where the network looks, sample by sample. In double precision, always.

        Weights are (n_timesteps_i,) for pooling, and (num_heads, n_timesteps_i, n_timesteps_i) for
        multihead, from each timestep (second axis) to all others.
        """
        return self._network(np.float64).attention_weights(sequences)

    def _network(self, dtype):
        """The network in a precision, made when first needed."""
        network = self._networks.get(dtype)
        if network is None:
            network = self._networks[dtype] = _Network(self._architecture, self._weights, dtype)
        return network


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
        if self._networks[0]._architecture.output_activation == "linear":
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


class _Network:
    """The arrays of a network in one precision, and what is computed with them."""

    def __init__(self, architecture, weights, dtype):
        self._architecture = architecture
        self._dtype = dtype
        self._weights = architecture.split(weights.astype(dtype))
        self._lstms = [
            [
                self._prepared_lstm(f"{direction}lstm_{layer}", units)
                for direction in architecture.directions
            ]
            for layer, units in enumerate(architecture.units)
        ]
        self._before_lstm = LayersBeforeLstm(architecture, self._weights)
        widest = max(matrix.shape[1] for directions in self._lstms for matrix in directions)
        self._block_timesteps = _BLOCK_BYTES // (8 * max(widest, self._before_lstm.widest))

    def outputs(self, sequences):
        weights = self._weights
        result = np.empty((len(sequences), self._architecture.n_outputs))
        for rows, x, lengths in self._blocks(sequences):
            x = self._recurrent(x, lengths)
            if self._architecture.attention == "pooling":
                x = np.einsum("tb,twb->bw", self._pooling_weights(x, lengths), x)
            elif self._architecture.attention == "multihead":
                x = self._attended(_rows_first(x), lengths)
            hidden = np.maximum(x @ weights["hidden/kernel"] + weights["hidden/bias"], 0)
            result[rows] = hidden @ weights["output/kernel"] + weights["output/bias"]
        return result

    def attention_weights(self, sequences):
        result: list = [None] * len(sequences)
        for rows, x, lengths in self._blocks(sequences):
            x = self._recurrent(x, lengths)
            full = sequences.lengths[rows]  # before timesteps became means
            if self._architecture.attention == "pooling":
                weights = self._pooling_weights(x, lengths).T
                weights = self._before_lstm.spread(weights, full, axis=1)
            else:
                x = _rows_first(x)
                weights = self._multihead_weights(self._queries(x), self._keys(x), lengths)
                weights = self._before_lstm.spread(weights, full, axis=3)
                weights = self._before_lstm.repeat(weights, full, axis=2)
            for row, part, n in zip(rows.tolist(), weights, full.tolist(), strict=True):
                result[row] = part[(..., *(part.ndim // 2 + 1) * [slice(n)])].copy()
        return result

    def _blocks(self, sequences):
        """Yield (rows, what the LSTM reads, lengths) of samples; rows are the last axis.

        With the longest first, the samples that reach a timestep are the first ones. A block
        ends before a sample that is less than half as long as its longest.
        """
        lengths = sequences.lengths
        if len(lengths) == 1:  # for which sorting and gathering would take as long as the network
            x, new_lengths = self._before_lstm(sequences.only(self._dtype), lengths)
            yield np.zeros(1, np.intp), x.transpose(1, 2, 0), new_lengths
            return
        order = np.argsort(-lengths, kind="stable") if sequences.ragged else np.arange(len(lengths))
        longest_first = lengths[order]
        start = 0
        while start < len(order):
            longest = int(longest_first[start])
            stop = start + self._block_rows(longest)
            block = longest_first[start:stop]
            if 2 * block[-1] < longest:
                stop = start + int(np.searchsorted(-2 * block, -longest, side="right"))
            samples = order[start:stop]
            x = sequences.gather(samples, n_timesteps=longest, dtype=self._dtype)
            x, new_lengths = self._before_lstm(x, lengths[samples])
            # (rows, timesteps, features) -> (timesteps, features, rows)
            yield samples, x.transpose(1, 2, 0), new_lengths
            start = stop

    def _block_rows(self, longest):
        """How many samples of so many timesteps a block has at most."""
        n_rows = self._block_timesteps // longest
        if self._architecture.attention == "multihead":
            n_pooled = self._architecture.n_pooled(longest)
            scores_bytes = 8 * self._architecture.num_heads * n_pooled**2
            n_rows = min(n_rows, _SCORES_BYTES // scores_bytes)
        return max(1, n_rows)

    def _prepared_lstm(self, name, units):
        """Recurrent kernel, kernel and bias as one matrix, (4 units, units + inputs + 1).

        Its gates are in the order output, input, forget, cell: the three sigmoid gates then
        are one slice, and so are those that `_lstm` multiplies. As sigmoid(z) = (1 + tanh(z / 2))
        / 2, halving their weights here lets one tanh serve all four gates.
        """
        gates = np.arange(4 * units).reshape(4, units)[[3, 0, 1, 2]].ravel()
        half = np.where(np.arange(4 * units) < 3 * units, 0.5, 1.0).astype(self._dtype)
        parts = (self._weights[f"{name}/{part}"] for part in ("recurrent_kernel", "kernel", "bias"))
        return np.ascontiguousarray((np.vstack(list(parts))[:, gates] * half).T)

    def _recurrent(self, x, lengths):
        """The LSTM layers: (timesteps, features, rows) -> (timesteps, width, rows).

        Without attention, only the last output of each direction: (rows, width).
        """
        # Of the rows, sorted by length, the first n_active[t] have timestep t.
        if lengths[-1] == len(x):
            n_active = [len(lengths)] * len(x)
        else:
            n_active = np.searchsorted(-lengths, -np.arange(len(x)), side="left").tolist()
        for directions in self._lstms:
            outputs = [_lstm(x, n_active, directions[0])]
            if len(directions) == 2:
                outputs.append(_lstm(x[::-1], n_active[::-1], directions[1])[::-1])
            x = np.concatenate(outputs, axis=1) if len(outputs) == 2 else outputs[0]
        if self._architecture.attention is not None:
            return x
        units = self._architecture.units[-1]
        last = x[lengths - 1, :, np.arange(len(lengths))]
        last[:, units:] = x[0, units:].T  # backwards, the last timestep read is the first
        return last

    def _pooling_weights(self, x, lengths):
        """(timesteps, width, rows) -> (timesteps, rows), each column adding up to 1."""
        scores = self._weights["score/kernel"][:, 0] @ x + self._weights["score/bias"]
        if lengths[-1] < len(x):
            scores[~is_real(lengths, len(x)).T] = -np.inf
        return _softmax(scores, axis=0)

    def _queries(self, x):
        """(timesteps, rows, width) -> (rows, heads, timesteps, key_dim)."""
        return self._projected(x, "query").transpose(1, 2, 0, 3)

    def _keys(self, x):
        """(timesteps, rows, width) -> (rows, heads, key_dim, timesteps)."""
        return self._projected(x, "key").transpose(1, 2, 3, 0)

    def _multihead_weights(self, queries, keys, lengths):
        """(rows, heads, queries, timesteps), of which the last axis adds up to 1."""
        scores = (queries @ keys) * (self._architecture.key_dim**-0.5)
        n_timesteps = keys.shape[3]
        if lengths[-1] < n_timesteps:
            scores += np.where(is_real(lengths, n_timesteps), 0, -np.inf)[:, np.newaxis, np.newaxis]
        return _softmax(scores, axis=3)

    def _attended(self, x, lengths):
        """(timesteps, rows, width) -> (rows, width): self-attention, then the mean over time.

        Both are linear after the softmax, so the mean is taken of the weights first.
        """
        n_timesteps = len(x)
        queries, keys = self._queries(x), self._keys(x)
        share = is_real(lengths, n_timesteps) / lengths[:, np.newaxis]  # (rows, timesteps)
        share = share[:, np.newaxis, np.newaxis, :].astype(x.dtype)
        n_queries = max(1, _SCORES_BYTES // (8 * self._architecture.num_heads * n_timesteps))
        blocks = [slice(start, start + n_queries) for start in range(0, n_timesteps, n_queries)]
        mean = sum(
            share[..., block] @ self._multihead_weights(queries[:, :, block], keys, lengths)
            for block in blocks
        )  # (rows, heads, 1, timesteps)
        value = self._projected(x, "value").transpose(1, 2, 0, 3)
        heads = (mean @ value)[:, :, 0]  # (rows, heads, key_dim)
        kernel = self._weights["attention/output/kernel"]
        flat = heads.reshape(len(heads), -1) @ kernel.reshape(-1, kernel.shape[-1])
        return flat + self._weights["attention/output/bias"]

    def _projected(self, x, name):
        """(timesteps, rows, width) -> (timesteps, rows, heads, key_dim)."""
        kernel = self._weights[f"attention/{name}/kernel"]
        bias = self._weights[f"attention/{name}/bias"]
        return np.tensordot(x, kernel, axes=1) + bias


def _rows_first(x):
    """(timesteps, width, rows) -> (timesteps, rows, width)."""
    return np.ascontiguousarray(x.transpose(0, 2, 1))


def _lstm(x, n_active, matrix):
    """One direction of an LSTM: (timesteps, features, rows) -> (timesteps, units, rows).

    Outputs of padded timesteps are zeros. Rows come last, so that each gate is one piece of
    memory. For one sequence, calls of NumPy are what takes the time, so a step makes as few
    as can be and copies nothing: gates that are multiplied lie beside each other.
    """
    n_timesteps, n_features, n_rows = x.shape
    units = len(matrix) // 4
    # What the matrix multiplies in each timestep: the output before, the input, and 1.
    states = np.zeros((n_timesteps + 1, units + n_features + 1, n_rows), x.dtype)
    states[:-1, units:-1] = x
    states[:, -1] = 1
    outputs = states[1:, :units]
    half = np.asarray(0.5, x.dtype)
    n, gates = 0, np.zeros((5 * units, 0), x.dtype)
    for t in range(n_timesteps):
        if n_active[t] != n:  # sequences end here or, backwards, begin: with zeros as states
            n, before = n_active[t], gates
            # Output, input and forget gates, candidates and, behind them, the cell states.
            gates = np.zeros((5 * units, n), x.dtype)
            gates[4 * units :, : before.shape[1]] = before[4 * units :, :n]
            z, sigmoids, o = gates[: 4 * units], gates[: 3 * units], gates[:units]
            shares, parts, c = gates[units : 3 * units], gates[3 * units :], gates[4 * units :]
            tanh_c = np.empty((units, n), x.dtype)
        np.dot(matrix, states[t, :, :n], out=z)
        np.tanh(z, z)
        np.multiply(sigmoids, half, sigmoids)
        np.add(sigmoids, half, sigmoids)
        np.multiply(shares, parts, shares)  # of candidates, and of cell states
        np.add(shares[:units], shares[units:], c)
        np.tanh(c, tanh_c)
        np.multiply(o, tanh_c, outputs[t, :, :n])
    return outputs


def _softmax(scores, axis):
    scores = scores - scores.max(axis=axis, keepdims=True)
    np.exp(scores, out=scores)
    scores /= scores.sum(axis=axis, keepdims=True)
    return scores


@ignores_floating_point_errors
def softmax(scores: np.ndarray, axis: int) -> np.ndarray:
    """exp(scores), scaled to add up to 1 along an axis."""
    return _softmax(scores, axis)


@ignores_floating_point_errors
def log_softmax(scores: np.ndarray, axis: int) -> np.ndarray:
    """The logarithm of the softmax; finite also where that rounds to 0."""
    scores = scores - scores.max(axis=axis, keepdims=True)
    return scores - np.log(np.exp(scores).sum(axis=axis, keepdims=True))
