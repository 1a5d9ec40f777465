"""Export a fitted classifier as ONNX, which other languages and runtimes read."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import numpy as np
from sklearn.utils.validation import check_is_fitted

from sk_attnseq import AttentionSequenceClassifier, __version__

if TYPE_CHECKING:
    import onnx

__all__ = ["to_onnx"]

# Read by every ONNX Runtime since 1.6 of 2020. Later opsets let an LSTM take batches first,
# but ONNX Runtime does not implement that: here, time comes first.
_OPSET, _IR_VERSION = 13, 7


def to_onnx(estimator: AttentionSequenceClassifier) -> onnx.ModelProto:
    """Export a fitted classifier as an ONNX model.

    The model holds the weights and stands alone: neither TensorFlow nor this package is
    needed to run it. It uses the standard operators of opset 13.

    Parameters
    ----------
    estimator : AttentionSequenceClassifier
        A fitted classifier. Of a pipeline, that is the last step; what the other steps do
        to `X` is not in the model.

    Returns
    -------
    model : onnx.ModelProto
        ``onnx.save(model, path)`` writes it to a file. Its input is

        - ``X``, float32 of shape (n_samples, n_timesteps, n_features), with any number of
          samples and of timesteps, and NaN in all features of the last timesteps of
          shorter sequences; or of shape (n_samples, n_columns), if the classifier was
          fitted on a 2-D `X`.

        Its outputs, named as skl2onnx names them, are

        - ``label``, of shape (n_samples,): what `predict` gives, as strings or else as
          int64; bool and float classes, too, are int64, which compares equal;
        - ``probabilities``, float32 of shape (n_samples, n_classes), columns in the order
          of `classes_`, which the metadata of the model have as JSON under "classes".

    Raises
    ------
    TypeError
        If `estimator` is anything else, or its classes are neither strings nor whole
        numbers that fit int64.
    sklearn.exceptions.NotFittedError
        If the classifier is not fitted.
    ImportError
        If onnx is not installed.

    Notes
    -----
    The model computes in single precision, in which ONNX Runtime has its LSTM operator: of a
    classifier with ``dtype="float64"``, the weights are rounded. `predict_proba`, which
    computes in double precision, agrees to about 1e-6.

    A model cannot raise errors: where `predict` would refuse a sequence, for NaN that is not
    padding or for infinity, the probabilities of that sequence are NaN, and its label means
    nothing.

    Examples
    --------
    >>> import numpy as np
    >>> import onnxruntime
    >>> from sk_attnseq import AttentionSequenceClassifier
    >>> from sk_attnseq.datasets import load_digit_sequences
    >>> from sk_attnseq.export import to_onnx
    >>> X, y = load_digit_sequences(return_X_y=True)
    >>> clf = AttentionSequenceClassifier(epochs=2, random_state=0).fit(X, y)
    >>> session = onnxruntime.InferenceSession(to_onnx(clf).SerializeToString())
    >>> label, probabilities = session.run(None, {"X": X[:5].astype(np.float32)})
    >>> bool((label == clf.predict(X[:5])).all())
    True
    >>> np.allclose(probabilities, clf.predict_proba(X[:5]), atol=1e-5)
    True
    """
    if not isinstance(estimator, AttentionSequenceClassifier):
        raise TypeError(
            "to_onnx needs a fitted AttentionSequenceClassifier, but got "
            f"{type(estimator).__name__}. Of a pipeline, pass the last step, pipeline[-1]."
        )
    check_is_fitted(estimator)
    classes = _exported_classes(estimator.classes_)
    onnx = _import_onnx()
    network = _Network(onnx, estimator._architecture, estimator._state[0])
    network.build(n_columns=estimator.n_features_in_ if estimator._n_dimensions == 2 else None)
    network.add("Gather", network.store("classes", classes), "class_index", output="label")
    model = onnx.helper.make_model(
        _make_graph(onnx, estimator, network, label_dtype=classes.dtype),
        opset_imports=[onnx.helper.make_opsetid("", _OPSET)],
        ir_version=_IR_VERSION,
        producer_name="sk_attnseq",
        producer_version=__version__,
        doc_string=f"A fitted {type(estimator).__name__}, exported by sk_attnseq {__version__}.",
    )
    onnx.helper.set_model_props(
        model, {"classes": json.dumps(classes.tolist(), ensure_ascii=False)}
    )
    return model


def _import_onnx():
    try:
        import onnx
    except ImportError as error:
        raise ImportError(
            'to_onnx needs onnx, which is not installed: pip install "sk_attnseq[onnx]"'
        ) from error
    return onnx


def _exported_classes(classes):
    """The classes as an array of int64, or of objects that are strings."""
    if all(isinstance(label, str) for label in classes):
        return np.array([str(label) for label in classes], dtype=object)
    if classes.dtype.kind in "biuf":
        # Whole floats are the only ones that scikit-learn takes as classes.
        numbers = [int(label) for label in classes]
        limits = np.iinfo(np.int64)
        if (numbers == classes).all() and limits.min <= numbers[0] and numbers[-1] <= limits.max:
            return np.array(numbers, dtype=np.int64)
    raise TypeError(
        "to_onnx needs classes that are strings or whole numbers that fit int64, but got "
        f"{classes.tolist()}: fit to such labels, as sklearn.preprocessing.LabelEncoder makes."
    )


def _make_graph(onnx, estimator, network, label_dtype):
    """What was added to the network, with its input and outputs, as onnx.GraphProto."""
    timesteps = [] if estimator._n_dimensions == 2 else ["n_timesteps"]
    float_type = onnx.TensorProto.FLOAT
    label_type = onnx.TensorProto.STRING if label_dtype.kind == "O" else onnx.TensorProto.INT64
    info = onnx.helper.make_tensor_value_info
    return onnx.helper.make_graph(
        network.nodes,
        type(estimator).__name__,
        inputs=[info("X", float_type, ["n_samples", *timesteps, estimator.n_features_in_])],
        outputs=[
            info("label", label_type, ["n_samples"]),
            info("probabilities", float_type, ["n_samples", len(estimator.classes_)]),
        ],
        initializer=[
            onnx.numpy_helper.from_array(array, name) for name, array in network.arrays.items()
        ],
    )


class _Network:
    """The nodes of the network and the arrays that they take, gathered one by one.

    What a node puts out goes by a name. Shapes are written with T timesteps, B samples, F
    features of the input and W of the last LSTM layer.
    """

    def __init__(self, onnx, architecture, weights):
        self.nodes = []
        self.arrays = {}
        self._onnx = onnx
        self._architecture = architecture
        self._weights = architecture.split(weights.astype(np.float32))

    def store(self, name, array) -> str:
        """Store an array under a name."""
        # NumPy 1 makes int32 of integers on Windows; what ONNX takes is int64.
        self.arrays[name] = array.astype(np.int64) if array.dtype.kind == "i" else array
        return name

    def add(self, operator, *inputs, output=None, outputs_before=0, **attributes) -> str:
        """Add a node, and name the one output that is wanted.

        Inputs are names or else values, which are stored.
        """
        output = output or f"{operator.lower()}_{len(self.nodes)}"
        names = [
            value if isinstance(value, str) else self.store(f"{output}_{i}", np.asarray(value))
            for i, value in enumerate(inputs)
        ]
        outputs = [""] * outputs_before + [output]
        node = self._onnx.helper.make_node(operator, names, outputs, name=output, **attributes)
        self.nodes.append(node)
        return output

    def _cast(self, x, data_type):
        return self.add("Cast", x, to=self._onnx.TensorProto.DataType.Value(data_type))

    def build(self, n_columns):
        """Add the network, from "X" to "class_index" and "probabilities"."""
        x = "X"
        if n_columns is not None:  # (B, n_columns) -> (B, T, F); 0 leaves B as it is
            n_features = self._architecture.n_features
            x = self.add("Reshape", x, [0, n_columns // n_features, n_features])
        x = self.add("Transpose", x, perm=[1, 0, 2])  # (T, B, F)
        real, lengths = self._find_padding(x)
        without_padding = self._zero_padding(x, real)
        wrong = self._nan_if_not_finite(x if n_columns is not None else without_padding)
        x = self._recurrent(without_padding, lengths)
        if self._architecture.attention == "pooling":
            x = self._pooled(self._zero_padding(x, real), real)
        elif self._architecture.attention == "multihead":
            x = self._attended(self._zero_padding(x, real), real, lengths)
        hidden = self.add("Relu", self._dense(x, "hidden"))
        logits = self._dense(hidden, "output")
        self.add("ArgMax", logits, axis=1, keepdims=0, output="class_index")
        self.add("Add", self.add("Softmax", logits, axis=1), wrong, output="probabilities")

    def _find_padding(self, x):
        """Which timesteps are real, bool (T, B, 1), and how many of each sample, int64 (B).

        A sequence without any has one, which is NaN and makes its probabilities so.
        """
        missing = self._cast(self.add("IsNaN", x), "FLOAT")
        missing = self.add("ReduceMin", missing, axes=[2], keepdims=0)  # 1 if all are NaN, (T, B)
        padding = self._cast(missing, "BOOL")
        n_timesteps = self.add("Gather", self.add("Shape", x), 0)
        stop = self.add("Add", n_timesteps, 1)
        numbers = self.add("Range", 1, stop, 1)  # 1 to T
        numbers = self.add("Unsqueeze", numbers, [1])  # (T, 1)
        last_real = self.add("Where", padding, 0, numbers)
        last_real = self.add("ReduceMax", last_real, axes=[0], keepdims=0)
        lengths = self.add("Max", last_real, 1, output="lengths")
        real = self.add("LessOrEqual", numbers, lengths)  # (T, B)
        return self.add("Unsqueeze", real, [2], output="real"), lengths

    def _zero_padding(self, x, real):
        return self.add("Where", real, x, np.float32(0))

    def _nan_if_not_finite(self, x):
        """0 for a sample, or NaN if it has NaN or infinity: (B, 1)."""
        zeros = self.add("Mul", x, np.float32(0))
        zeros = self.add("ReduceSum", zeros, [0, 2], keepdims=0)
        return self.add("Unsqueeze", zeros, [1])

    def _recurrent(self, x, lengths):
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

    def _lstm_weights(self, layer):
        """Store the weights of a layer as ONNX lays them out; one more axis, the directions.

        Gates of Keras are in the order input, forget, cell, output; those of ONNX in the
        order input, output, forget, cell. ONNX has a second bias, that of the recurrent
        kernel, which is 0 here.
        """
        parts = {"kernel": [], "recurrent_kernel": [], "bias": []}
        for direction in self._architecture.directions:
            for part, arrays in parts.items():
                weight = self._weights[f"{direction}lstm_{layer}/{part}"]
                gates = np.split(weight, 4, axis=-1)
                arrays.append(np.concatenate([gates[gate] for gate in (0, 3, 1, 2)], axis=-1).T)
        parts["bias"] = [np.concatenate([bias, np.zeros_like(bias)]) for bias in parts["bias"]]
        return [
            self.store(f"lstm_{layer}/{part}", np.stack(arrays)) for part, arrays in parts.items()
        ]

    def _pooled(self, x, real):
        """Mean over time, weighted by attention: (T, B, W) -> (B, W)."""
        scores = self._dense(x, "score")  # (T, B, 1)
        scores = self.add("Where", real, scores, np.float32(-np.inf))
        weights = self.add("Softmax", scores, axis=0, output="attention")
        return self.add("ReduceSum", self.add("Mul", weights, x), [0], keepdims=0)

    def _attended(self, x, real, lengths):
        """Self-attention, then the mean over the real timesteps: (T, B, W) -> (B, W).

        Both are linear after the softmax, so the mean is taken of the weights first.
        """
        x = self.add("Transpose", x, perm=[1, 0, 2])  # (B, T, W)
        real = self.add("Unsqueeze", self.add("Transpose", real, perm=[1, 2, 0]), [1])
        query = self._projected(x, "query", perm=[0, 2, 1, 3])  # (B, heads, T, key_dim)
        key = self._projected(x, "key", perm=[0, 2, 3, 1])  # (B, heads, key_dim, T)
        value = self._projected(x, "value", perm=[0, 2, 1, 3])
        scale = np.float32(self._architecture.key_dim**-0.5)
        scores = self.add("Mul", self.add("MatMul", query, key), scale)  # (B, heads, T, T)
        scores = self.add("Where", real, scores, np.float32(-np.inf))  # real: (B, 1, 1, T)
        weights = self.add("Softmax", scores, axis=3, output="attention")
        n_real = self.add("Unsqueeze", self._cast(lengths, "FLOAT"), [1, 2, 3])
        share = self.add("Div", self._cast(real, "FLOAT"), n_real)  # (B, 1, 1, T)
        mean = self.add("MatMul", share, weights)  # (B, heads, 1, T)
        heads = self.add("MatMul", mean, value)  # (B, heads, 1, key_dim)
        kernel = self._weights["attention/output/kernel"]  # (heads, key_dim, W)
        kernel = kernel.reshape(-1, kernel.shape[-1])
        flat = self.add("Reshape", heads, [0, len(kernel)])
        return self._dense(flat, "attention/output", kernel=kernel)

    def _projected(self, x, name, perm):
        """(B, T, W) -> (B, T, heads, key_dim), and its axes in another order."""
        kernel = self._weights[f"attention/{name}/kernel"]
        width, *heads = kernel.shape
        x = self._dense(x, f"attention/{name}", kernel=kernel.reshape(width, -1))
        return self.add("Transpose", self.add("Reshape", x, [0, 0, *heads]), perm=perm)

    def _dense(self, x, name, kernel=None):
        if kernel is None:
            kernel = self._weights[f"{name}/kernel"]
        bias = self._weights[f"{name}/bias"].ravel()
        x = self.add("MatMul", x, self.store(f"{name}/kernel", kernel))
        return self.add("Add", x, self.store(f"{name}/bias", bias))
