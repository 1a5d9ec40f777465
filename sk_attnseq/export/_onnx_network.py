"""The network as nodes of an ONNX graph, with its weights."""

import numpy as np

from sk_attnseq._network.architecture import Architecture
from sk_attnseq._network.layers_before_lstm import folded_convolutions
from sk_attnseq.export._onnx_graph import OnnxGraph


class OnnxNetwork:
    """A network that is added to a graph.

    Shapes are written with T timesteps, B samples, F features of what a layer reads and W of the
    last LSTM layer.
    """

    def __init__(self, graph: OnnxGraph, architecture: Architecture, weights: np.ndarray) -> None:
        self.add, self.store, self._cast = graph.add, graph.store, graph.cast
        self._architecture = architecture
        self._weights = architecture.split(weights.astype(np.float64))

    def outputs(self, x: str, real: str, lengths: str) -> str:
        """Add the network: x (T, B, F), real (T, B, 1), lengths (B) -> (B, n_outputs).

        The outputs are those of the last layer after its activation.
        """
        if self._architecture.conv_filters or self._architecture.pool_size > 1:
            x, real, lengths = self._before_lstm(x, real, lengths)
        x = self._recurrent(x, lengths)
        if self._architecture.attention == "pooling":
            x = self._pooled(self._zero_padding(x, real), real)
        elif self._architecture.attention == "multihead":
            x = self._attended(self._zero_padding(x, real), real, lengths)
        hidden = self.add("Relu", self._dense(x, "hidden"))
        x = self._dense(hidden, "output")
        if self._architecture.output_activation == "softmax":
            x = self.add("Softmax", x, axis=1)
        return x

    def _zero_padding(self, x: str, real: str) -> str:
        return self.add("Where", real, x, 0.0)

    def _before_lstm(self, x: str, real: str, lengths: str) -> tuple[str, str, str]:
        """Convolutions, then means of timesteps: x (T, B, F), real (T, B, 1), lengths (B)."""
        pool_size = self._architecture.pool_size
        convolutions = folded_convolutions(self._architecture, self._weights)
        time_last = [1, 2, 0]
        x = self.add("Transpose", x, perm=time_last)  # (B, F, T)
        real_last = self.add("Transpose", real, perm=time_last)  # (B, 1, T)
        for layer, (kernel, bias) in enumerate(convolutions):
            before, after = (len(kernel) - 1) // 2, len(kernel) // 2
            x = self.add(
                "Conv",
                x,
                # (size, features, filters) -> (filters, features, size)
                self.store(f"conv_{layer}/kernel", kernel.transpose(2, 1, 0)),
                self.store(f"conv_{layer}/bias", bias),
                pads=[before, after],
            )
            x = self._zero_padding(self.add("Relu", x), real_last)
        if pool_size > 1:
            share = self._window_means(self._cast(real_last, "FLOAT"))  # that is real
            # No window of a sequence has a smaller share; windows behind it have none.
            share = self.add("Max", share, 1 / pool_size)
            x = self.add("Div", self._window_means(x), share)
            # A window is real if its first timestep is.
            end = np.iinfo(np.int64).max
            real = self.add("Slice", real, [0], [end], [0], [pool_size])
            lengths = self.add("Add", lengths, pool_size - 1)
            lengths = self.add("Div", lengths, pool_size)  # rounds down
        return self.add("Transpose", x, perm=[2, 0, 1]), real, lengths

    def _window_means(self, x: str) -> str:
        """Means of `pool_size` timesteps, the last ones completed with zeros, over (B, F, T).

        Zeros come from a Pad: what AveragePool's own padding and ceil_mode count as part of a
        window differs between runtimes.
        """
        size = self._architecture.pool_size
        padded = self.add("Pad", x, [0, 0, 0, 0, 0, size - 1])
        return self.add("AveragePool", padded, kernel_shape=[size], strides=[size])

    def _recurrent(self, x: str, lengths: str) -> str:
        """The LSTM layers: (T, B, F) -> (T, B, W) or, without attention, (B, W)."""
        lengths = self._cast(lengths, "INT32")
        architecture = self._architecture
        layers = list(zip(architecture.units, architecture.lstm_widths, strict=True))
        for layer, (units, width) in enumerate(layers):
            is_last = layer == len(layers) - 1
            last_output_only = is_last and architecture.attention is None
            outputs = self.add(
                "LSTM",
                x,
                *self._lstm_weights(layer),
                lengths,
                hidden_size=units,
                direction="bidirectional" if architecture.bidirectional else "forward",
                outputs_before=int(last_output_only),
                output=f"lstm_{layer}",
            )
            if last_output_only:  # (directions, B, units) -> (B, directions, units) -> (B, W)
                outputs = self.add("Transpose", outputs, perm=[1, 0, 2])
                return self.add("Reshape", outputs, [0, width])
            # (T, directions, B, units) -> (T, B, directions, units) -> (T, B, W)
            outputs = self.add("Transpose", outputs, perm=[0, 2, 1, 3])
            x = self.add("Reshape", outputs, [0, 0, width])
        return x

    def _lstm_weights(self, layer: int) -> list[str]:
        """Store the weights of a layer as ONNX lays them out; one more axis, the directions.

        Gates of Keras are in the order input, forget, cell, output; those of ONNX in the
        order input, output, forget, cell. ONNX has a second bias, that of the recurrent
        kernel, which is 0 here.
        """
        parts: dict[str, list[np.ndarray]] = {"kernel": [], "recurrent_kernel": [], "bias": []}
        for direction in self._architecture.directions:
            for part, arrays in parts.items():
                weight = self._weights[f"{direction}lstm_{layer}/{part}"]
                gates = np.split(weight, 4, axis=-1)
                arrays.append(np.concatenate([gates[gate] for gate in (0, 3, 1, 2)], axis=-1).T)
        parts["bias"] = [np.concatenate([bias, np.zeros_like(bias)]) for bias in parts["bias"]]
        return [
            self.store(f"lstm_{layer}/{part}", np.stack(arrays)) for part, arrays in parts.items()
        ]

    def _pooled(self, x: str, real: str) -> str:
        """Mean over time, weighted by attention: (T, B, W) -> (B, W)."""
        scores = self._dense(x, "score")  # (T, B, 1)
        scores = self.add("Where", real, scores, -np.inf)
        weights = self.add("Softmax", scores, axis=0, output="attention")
        return self.add("ReduceSum", self.add("Mul", weights, x), [0], keepdims=0)

    def _attended(self, x: str, real: str, lengths: str) -> str:
        """Self-attention, then the mean over the real timesteps: (T, B, W) -> (B, W).

        Both are linear after the softmax, so the mean is taken of the weights first.
        """
        x = self.add("Transpose", x, perm=[1, 0, 2])  # (B, T, W)
        real = self.add("Unsqueeze", self.add("Transpose", real, perm=[1, 2, 0]), [1])
        query = self._projected(x, "query", perm=[0, 2, 1, 3])  # (B, heads, T, key_dim)
        key = self._projected(x, "key", perm=[0, 2, 3, 1])  # (B, heads, key_dim, T)
        value = self._projected(x, "value", perm=[0, 2, 1, 3])
        scale = self._architecture.key_dim**-0.5
        scores = self.add("Mul", self.add("MatMul", query, key), scale)  # (B, heads, T, T)
        scores = self.add("Where", real, scores, -np.inf)  # real: (B, 1, 1, T)
        weights = self.add("Softmax", scores, axis=3, output="attention")
        n_real = self.add("Unsqueeze", self._cast(lengths, "FLOAT"), [1, 2, 3])
        share = self.add("Div", self._cast(real, "FLOAT"), n_real)  # (B, 1, 1, T)
        mean = self.add("MatMul", share, weights)  # (B, heads, 1, T)
        heads = self.add("MatMul", mean, value)  # (B, heads, 1, key_dim)
        kernel = self._weights["attention/output/kernel"]  # (heads, key_dim, W)
        kernel = kernel.reshape(-1, kernel.shape[-1])
        flat = self.add("Reshape", heads, [0, len(kernel)])
        return self._dense(flat, "attention/output", kernel=kernel)

    def _projected(self, x: str, name: str, perm: list[int]) -> str:
        """(B, T, W) -> (B, T, heads, key_dim), and its axes in another order."""
        kernel = self._weights[f"attention/{name}/kernel"]
        width, *heads = kernel.shape
        x = self._dense(x, f"attention/{name}", kernel=kernel.reshape(width, -1))
        return self.add("Transpose", self.add("Reshape", x, [0, 0, *heads]), perm=perm)

    def _dense(self, x: str, name: str, kernel: np.ndarray | None = None) -> str:
        if kernel is None:
            kernel = self._weights[f"{name}/kernel"]
        bias = self._weights[f"{name}/bias"].ravel()
        x = self.add("MatMul", x, self.store(f"{name}/kernel", kernel))
        return self.add("Add", x, self.store(f"{name}/bias", bias))
