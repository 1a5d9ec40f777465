"""Export a fitted pipeline, classifier or regressor as ONNX."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import numpy as np
from sklearn.pipeline import Pipeline
from sklearn.utils.validation import check_is_fitted

from sk_attnseq._classifier import AttentionSequenceClassifier
from sk_attnseq._regressor import AttentionSequenceRegressor
from sk_attnseq._runtime.estimator_copies import snapshot
from sk_attnseq._runtime.floating_point import ignores_floating_point_errors
from sk_attnseq._version import __version__
from sk_attnseq.ensemble import AttentionSequenceEnsembleBase
from sk_attnseq.export._onnx_graph import OnnxGraph
from sk_attnseq.export._onnx_network import OnnxNetwork
from sk_attnseq.export._onnx_padding import (
    Padding,
    find_padding,
    nan_if_infinite_or_empty,
    nan_if_not_finite,
)
from sk_attnseq.export._onnx_sklearn import OPSETS, steps_of
from sk_attnseq.export._onnx_steps import add_step

if TYPE_CHECKING:
    import onnx

# Read by every ONNX Runtime since 1.6 of 2020, as are the opsets. Later opsets let an LSTM take
# batches first, but ONNX Runtime does not implement that: before the LSTM, time comes first.
_IR_VERSION = 7


def to_onnx(
    estimator: (
        AttentionSequenceClassifier
        | AttentionSequenceRegressor
        | AttentionSequenceEnsembleBase
        | Pipeline
    ),
) -> onnx.ModelProto:
    """Export a fitted pipeline, classifier or regressor as an ONNX model.

    The model of a pipeline transforms raw data and predicts. It stands alone: neither TensorFlow,
    scikit-learn nor this package is needed to run it. It uses the standard operators of opset 13
    and, for the transformers of scikit-learn, of version 2 of "ai.onnx.ml".

    Parameters
    ----------
    estimator : estimator
        A fitted :class:`~sk_attnseq.AttentionSequenceClassifier`,
        :class:`~sk_attnseq.AttentionSequenceRegressor` or ensemble of either, or a pipeline that
        ends with one. Its other steps may be

        - :class:`~sk_attnseq.preprocessing.SequenceImputer`,
          :class:`~sk_attnseq.preprocessing.SequenceScaler` and
          :class:`~sk_attnseq.preprocessing.DifferenceFeatures`;
        - :class:`~sk_attnseq.preprocessing.TimestepTransformer` around a
          :class:`~sk_attnseq.preprocessing.HeavyTailScaler`, a transformer of scikit-learn that
          skl2onnx converts to opset 13, or a `Pipeline`, `ColumnTransformer` or `FeatureUnion` of
          these;
        - for a 2-D `X`, such transformers on their own.

    Returns
    -------
    model : onnx.ModelProto
        ``onnx.save(model, path)`` writes it to a file. Its input is

        - ``X``, float32 of shape (n_samples, n_timesteps, n_features), with any number of
          samples and of timesteps. NaN in all features of the last timesteps pads shorter
          sequences. If the pipeline imputes, other NaN are missing values. The shape is
          (n_samples, n_columns) if the estimator was fitted on a 2-D `X`.

        Its outputs, named as skl2onnx names them, are for a classifier

        - ``label``, of shape (n_samples,): what `predict` gives, as strings or else as
          int64; bool and float classes, too, are int64, which compares equal;
        - ``probabilities``, float32 of shape (n_samples, n_classes), columns in the order
          of `classes_`, which the metadata of the model have as JSON under "classes";

        and for a regressor

        - ``variable``, float32 of shape (n_samples, n_outputs), in the units of the targets.

    Raises
    ------
    TypeError
        If `estimator` is anything else, a step cannot be exported, or the classes are neither
        strings nor whole numbers that fit int64.
    sklearn.exceptions.NotFittedError
        If the estimator is not fitted.
    ImportError
        If onnx is not installed, or skl2onnx, which transformers of scikit-learn need.

    Notes
    -----
    The model computes in single precision, in which ONNX Runtime has its LSTM operator: weights
    of an estimator with ``dtype="float64"`` are rounded. `predict_proba`, which computes in double
    precision for an `X` of float64, agrees to about 1e-6. skl2onnx converts transformers of
    scikit-learn to single precision, too. With these, the difference is larger for features that
    vary little around a large value, such as a time in seconds since 1970: subtract a constant
    first.

    A model cannot raise errors. If `predict` would refuse a sequence, because of NaN that is not
    padding, infinity or times that do not rise, its probabilities or numbers are NaN. Its label
    means nothing.

    Examples
    --------
    The accurate configuration as one file that takes raw data:

    >>> import numpy as np
    >>> import onnxruntime
    >>> from sk_attnseq.datasets import load_digit_sequences
    >>> from sk_attnseq.export import to_onnx
    >>> from sk_attnseq.presets import make_accurate_classifier
    >>> X, y = load_digit_sequences(return_X_y=True)
    >>> pipeline = make_accurate_classifier(epochs=1, random_state=0).fit(X[:200], y[:200])
    >>> session = onnxruntime.InferenceSession(to_onnx(pipeline).SerializeToString())
    >>> label, probabilities = session.run(None, {"X": X[:5].astype(np.float32)})
    >>> bool((label == pipeline.predict(X[:5])).all())
    True
    >>> np.allclose(probabilities, pipeline.predict_proba(X[:5]), atol=1e-5)
    True
    """
    steps, final = _split(estimator)
    classes = _exported_classes(final.classes_) if hasattr(final, "classes_") else None
    onnx = _import_onnx()
    graph = OnnxGraph(onnx)
    outputs, wrong = _add_predictions(graph, steps, final)
    if classes is not None:
        graph.add("ArgMax", outputs, axis=1, keepdims=0, output="class_index")
        graph.add("Gather", graph.store("classes", classes), "class_index", output="label")
        graph.add("Add", outputs, wrong, output="probabilities")
    else:
        numbers = graph.add("Mul", outputs, final._coding.scale)
        numbers = graph.add("Add", numbers, final._coding.mean)
        graph.add("Add", numbers, wrong, output="variable")
    domains = {node.domain for node in graph.nodes}
    model = onnx.helper.make_model(
        _make_graph(onnx, graph, steps, final, classes),
        opset_imports=[
            onnx.helper.make_opsetid(domain, version)
            for domain, version in OPSETS.items()
            if domain in domains
        ],
        ir_version=_IR_VERSION,
        producer_name="sk_attnseq",
        producer_version=__version__,
        doc_string=f"A fitted {type(final).__name__}, exported by sk_attnseq {__version__}.",
    )
    if classes is not None:
        onnx.helper.set_model_props(
            model, {"classes": json.dumps(classes.tolist(), ensure_ascii=False)}
        )
    return model


def _split(estimator: Any) -> tuple[list[tuple[str, Any]], Any]:
    """The transformers of a pipeline with their names, and the estimator at its end.

    They are snapshots, as another thread may fit them meanwhile.
    """
    *steps, (_, final) = [(name, snapshot(step)) for name, step in steps_of(estimator)]
    kinds = AttentionSequenceClassifier | AttentionSequenceRegressor | AttentionSequenceEnsembleBase
    if not isinstance(final, kinds):
        is_last = isinstance(estimator, Pipeline)
        at_end = f", which ends with {type(final).__name__}" if is_last else ""
        raise TypeError(
            "to_onnx needs a fitted AttentionSequenceClassifier, AttentionSequenceRegressor or "
            "ensemble of either, or a pipeline that ends with one, but got "
            f"{type(estimator).__name__}{at_end}."
        )
    for step in [*(step for _, step in steps), final]:
        check_is_fitted(step)
    return steps, final


def _import_onnx() -> Any:
    try:
        import onnx
        import onnx.compose
        import onnx.reference
    except ImportError as error:
        raise ImportError("to_onnx needs onnx: pip install onnx") from error
    return onnx


def _add_predictions(graph: OnnxGraph, steps: list[tuple[str, Any]], final: Any) -> tuple[str, str]:
    """Add all from "X" to the outputs of the network, and return their name.

    The second name is of (n_samples, 1), which is NaN for samples that `predict` would refuse.
    Shapes are written with T timesteps, B samples and F features.
    """
    x, in_columns = "X", final._n_dimensions == 2
    errors: list[str] = []
    padding: Padding | None = None
    if not in_columns:
        padding = find_padding(graph, x)
    if steps:
        errors.append(nan_if_infinite_or_empty(graph, x))
    for name, step in steps:
        x, further = add_step(graph, name, step, x, padding)
        errors += further
    architecture = final._architecture
    if padding is None:  # (B, n_columns) -> (B, T, F); 0 leaves B as it is
        x = graph.add("Reshape", x, [0, -1, architecture.n_features])
        errors.append(nan_if_not_finite(graph, x))
        padding = find_padding(graph, x)
    x = graph.add("Where", padding.real, x, 0.0)
    if not in_columns:
        errors.append(nan_if_not_finite(graph, x))
    x = graph.add("Transpose", x, perm=[1, 0, 2])  # (T, B, F)
    real = graph.add("Transpose", padding.real, perm=[1, 0, 2])  # (T, B, 1)
    networks = getattr(final, "estimators_", [final])
    outputs = []
    for number, network in enumerate(networks):
        graph.prefix = f"network_{number}/" if len(networks) > 1 else ""
        added = OnnxNetwork(graph, architecture, network._state[0])
        outputs.append(added.outputs(x, real, padding.lengths))
    graph.prefix = ""
    mean = graph.add("Mean", *outputs) if len(outputs) > 1 else outputs[0]
    return mean, graph.add("Sum", *errors)


def _exported_classes(classes: np.ndarray) -> np.ndarray:
    """The classes as an array of int64, or of objects that are strings."""
    if all(isinstance(label, str) for label in classes):
        return np.array([str(label) for label in classes], dtype=object)
    if classes.dtype.kind in "biuf":
        # Whole floats are the only ones that scikit-learn takes as classes.
        numbers = [int(label) for label in classes]
        limits = np.iinfo(np.int64)
        fits = limits.min <= numbers[0] and numbers[-1] <= limits.max
        if fits and np.equal(numbers, classes).all():
            return np.array(numbers, dtype=np.int64)
    raise TypeError(
        "to_onnx needs classes that are strings or whole numbers that fit int64, but got "
        f"{classes.tolist()}: fit to such labels, as sklearn.preprocessing.LabelEncoder makes."
    )


@ignores_floating_point_errors
def _make_graph(
    onnx: Any,
    graph: OnnxGraph,
    steps: list[tuple[str, Any]],
    final: Any,
    classes: np.ndarray | None,
) -> Any:
    """What was added, with its input and outputs, as onnx.GraphProto."""
    timesteps = [] if final._n_dimensions == 2 else ["n_timesteps"]
    first = steps[0][1] if steps else final
    types = onnx.TensorProto
    info = onnx.helper.make_tensor_value_info
    n_outputs = final._architecture.n_outputs
    if classes is None:
        outputs = [info("variable", types.FLOAT, ["n_samples", n_outputs])]
    else:
        label_type = types.STRING if classes.dtype.kind == "O" else types.INT64
        outputs = [
            info("label", label_type, ["n_samples"]),
            info("probabilities", types.FLOAT, ["n_samples", n_outputs]),
        ]
    return onnx.helper.make_graph(
        graph.nodes,
        type(final).__name__,
        inputs=[info("X", types.FLOAT, ["n_samples", *timesteps, first.n_features_in_])],
        outputs=outputs,
        initializer=graph.initializers(),
    )
