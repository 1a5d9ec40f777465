"""Export a fitted classifier as ONNX, which other languages and runtimes read."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import numpy as np
from sklearn.utils.validation import check_is_fitted

from sk_attnseq._classifier import AttentionSequenceClassifier
from sk_attnseq._runtime.floating_point import ignores_floating_point_errors
from sk_attnseq._version import __version__
from sk_attnseq.ensemble import AttentionSequenceEnsemble
from sk_attnseq.export._onnx_network import OnnxNetwork

if TYPE_CHECKING:
    import onnx

__all__ = ["to_onnx"]

# Read by every ONNX Runtime since 1.6 of 2020. Later opsets let an LSTM take batches first,
# but ONNX Runtime does not implement that: here, time comes first.
_OPSET, _IR_VERSION = 13, 7


def to_onnx(
    estimator: AttentionSequenceClassifier | AttentionSequenceEnsemble,
) -> onnx.ModelProto:
    """Export a fitted classifier as an ONNX model.

    The model holds the weights and stands alone: neither TensorFlow nor this package is
    needed to run it. It uses the standard operators of opset 13.

    Parameters
    ----------
    estimator : AttentionSequenceClassifier or AttentionSequenceEnsemble
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
    computes in double precision for an `X` of float64, agrees to about 1e-6.

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
    if not isinstance(estimator, AttentionSequenceClassifier | AttentionSequenceEnsemble):
        raise TypeError(
            "to_onnx needs a fitted AttentionSequenceClassifier or AttentionSequenceEnsemble, but "
            f"got {type(estimator).__name__}. Of a pipeline, pass the last step, pipeline[-1]."
        )
    check_is_fitted(estimator)
    classes = _exported_classes(estimator.classes_)
    onnx = _import_onnx()
    weights = [each._state[0] for each in getattr(estimator, "estimators_", [estimator])]
    network = OnnxNetwork(onnx, estimator._architecture, weights)
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


def _import_onnx() -> Any:
    try:
        import onnx
    except ImportError as error:
        raise ImportError("to_onnx needs onnx: pip install onnx") from error
    return onnx


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
def _make_graph(onnx: Any, estimator: Any, network: OnnxNetwork, label_dtype: np.dtype) -> Any:
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
