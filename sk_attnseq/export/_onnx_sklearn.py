"""scikit-learn's transformers of tables as nodes of an ONNX graph, by skl2onnx."""

from collections.abc import Iterator
from typing import Any

import numpy as np
from sklearn.pipeline import Pipeline

from sk_attnseq._runtime.floating_point import ignores_floating_point_errors
from sk_attnseq.export._onnx_graph import OnnxGraph
from sk_attnseq.preprocessing import HeavyTailScaler

# Those of the graph, and what it had when they were new.
OPSETS = {"": 13, "ai.onnx.ml": 2}


def add_table_transformer(
    graph: OnnxGraph, name: str, transformer: Any, rows: str, n_features: int
) -> tuple[str, int]:
    """Add a fitted transformer: rows (n, n_features) -> (n, n_features_out), n_features_out.

    Raises
    ------
    TypeError
        If it cannot be exported. The error says that it is of the step of this name.
    """
    prefix = graph.prefix
    for step_name, step in steps_of(transformer):
        # One by one, because skl2onnx does not know how many features reach the second step.
        graph.prefix = f"{prefix}{step_name}/" if step_name else prefix
        rows, n_features = _add(graph, name, step, rows, n_features)
    graph.prefix = prefix
    return rows, n_features


def steps_of(estimator: Any, name: str = "") -> Iterator[tuple[str, Any]]:
    """The steps of a pipeline, also of those in it, by names such as those of its parameters."""
    if not isinstance(estimator, Pipeline):
        yield name, estimator
        return
    for step_name, step in estimator.steps:
        if step is not None and step != "passthrough":
            yield from steps_of(step, f"{name}__{step_name}" if name else step_name)


def _add(
    graph: OnnxGraph, name: str, transformer: Any, rows: str, n_features: int
) -> tuple[str, int]:
    skl2onnx = _import_skl2onnx()
    data_types = skl2onnx.common.data_types
    try:
        model = skl2onnx.convert_sklearn(
            transformer,
            initial_types=[("rows", data_types.FloatTensorType([None, n_features]))],
            target_opset=OPSETS,
            custom_shape_calculators={HeavyTailScaler: _set_shape_of_heavy_tails},
            custom_conversion_functions={HeavyTailScaler: _convert_heavy_tails},
        )
        n_features_out = _check(graph.onnx, model, transformer, n_features)
    except Exception as error:  # skl2onnx's errors have no base class of their own
        raise TypeError(
            f"Step {name!r} has a {type(transformer).__name__} that cannot be exported, because "
            f"skl2onnx cannot convert it to opset {OPSETS['']}: {error} Export the steps after it, "
            "pipeline[i:], and transform X first."
        ) from error
    model = graph.onnx.compose.add_prefix(model, graph.prefix)
    graph.nodes.append(graph.onnx.helper.make_node("Identity", [rows], [model.graph.input[0].name]))
    graph.nodes.extend(model.graph.node)
    for array in model.graph.initializer:
        graph.arrays[array.name] = graph.onnx.numpy_helper.to_array(array)
    return graph.cast(model.graph.output[0].name, "FLOAT"), n_features_out


def _import_skl2onnx() -> Any:
    try:
        import skl2onnx
    except ImportError as error:
        raise ImportError(
            "to_onnx needs skl2onnx for the transformers of a pipeline: pip install skl2onnx"
        ) from error
    return skl2onnx


@ignores_floating_point_errors  # of a row of zeros
def _check(onnx: Any, model: Any, transformer: Any, n_features: int) -> int:
    """The number of features that come out; raise if it is not that of the transformer.

    skl2onnx ignores some parameters, such as `add_indicator` of SimpleImputer.
    """
    domains = {opset.domain for opset in model.opset_import}
    if not domains <= OPSETS.keys() or len(model.graph.output) != 1:
        raise ValueError(f"it has the outputs {model.graph.output} and opsets of {domains}.")
    row = np.zeros((1, n_features), dtype=np.float32)
    (row_out,) = onnx.reference.ReferenceEvaluator(model).run(None, {"rows": row})
    n_features_out = row_out.shape[1]
    if hasattr(transformer, "get_feature_names_out"):
        names = transformer.get_feature_names_out()
        if len(names) != n_features_out:
            raise ValueError(
                f"it gives {n_features_out} features instead of {list(names)}, as if it had "
                "ignored a parameter."
            )
    return n_features_out


def _set_shape_of_heavy_tails(operator: Any) -> None:
    (x,) = operator.inputs
    n_features = operator.raw_operator.n_features_in_
    float_type = _import_skl2onnx().common.data_types.FloatTensorType
    operator.outputs[0].type = float_type([x.get_first_dimension(), n_features])


def _convert_heavy_tails(scope: Any, operator: Any, container: Any) -> None:
    """Add the nodes of a HeavyTailScaler to what skl2onnx has of a model."""
    import onnx

    graph = OnnxGraph(onnx)
    graph.prefix = scope.get_unique_variable_name("HeavyTailScaler") + "/"
    output = _add_heavy_tails(graph, operator.raw_operator, operator.inputs[0].full_name)
    container.initializers.extend(graph.initializers())
    for node in graph.nodes:
        attributes = {a.name: onnx.helper.get_attribute_value(a) for a in node.attribute}
        container.add_node(
            node.op_type,
            list(node.input),
            list(node.output),
            op_version=OPSETS[""],
            name=node.name,
            **attributes,
        )
    container.add_node("Identity", output, operator.outputs[0].full_name)


def _add_heavy_tails(graph: OnnxGraph, scaler: HeavyTailScaler, x: str) -> str:
    """(n, F) -> (n, F), in double precision, as it computes."""
    add, double = graph.add, graph.double
    x = graph.cast(x, "DOUBLE")
    standardized = add("Sub", x, double(scaler.scaler_.mean_))
    scaled = add("Div", standardized, double(scaler.scaler_.scale_))
    heavy = np.flatnonzero(scaler.heavy_tailed_)
    if len(heavy):
        scores = _add_interpolation(graph, add("Gather", x, heavy, axis=1), scaler._normal_scores)
        n_features = len(scaler.heavy_tailed_)
        columns = np.arange(n_features)
        columns[heavy] = n_features + np.arange(len(heavy))
        scaled = add("Gather", add("Concat", scaled, scores, axis=1), columns, axis=1)
    return graph.cast(scaled, "FLOAT")


def _add_interpolation(
    graph: OnnxGraph, x: str, tables: list[tuple[np.ndarray, np.ndarray]]
) -> str:
    """Column j of x (n, H) to what `np.interp` makes of it with the values and scores j.

    A binary search finds the last value that is not greater. So that one search serves all
    columns, tables are completed with infinity to (H, a power of 2), and stand in one row.
    """
    add = graph.add
    size = 2 ** int(np.ceil(np.log2(max(len(values) for values, _ in tables))))
    values = np.full((len(tables), size), np.inf)
    scores, slopes = np.zeros_like(values), np.zeros_like(values)
    for row, (known, of_known) in enumerate(tables):
        values[row, : len(known)], scores[row, : len(known)] = known, of_known
        slopes[row, : len(known) - 1] = np.diff(of_known) / np.diff(known.astype(np.float64))
    first = graph.double(values[:, 0])
    x = add("Where", add("Less", x, first), first, x)  # NaN stays
    flat_values = graph.double(values.ravel())
    place = graph.store("start", size * np.arange(len(tables))[np.newaxis])
    step = size // 2
    while step:
        further = add("Add", place, step)
        is_not_greater = add("LessOrEqual", add("Gather", flat_values, further), x)
        place = add("Where", is_not_greater, further, place)
        step //= 2
    beyond = add("Sub", x, add("Gather", flat_values, place))
    rise = add("Mul", beyond, add("Gather", graph.double(slopes.ravel()), place))
    return add("Add", add("Gather", graph.double(scores.ravel()), place), rise)
