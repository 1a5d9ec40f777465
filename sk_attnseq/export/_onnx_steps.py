"""The transformers before a network as nodes of an ONNX graph.

Shapes are written with B samples, T timesteps and F features. Padding is NaN before and after
each step.
"""

from collections.abc import Callable
from typing import Any

import numpy as np

from sk_attnseq.export._onnx_gaps import add_imputer
from sk_attnseq.export._onnx_graph import OnnxGraph
from sk_attnseq.export._onnx_padding import Padding, no_padding, timestep_before
from sk_attnseq.export._onnx_sklearn import add_table_transformer
from sk_attnseq.preprocessing import (
    DifferenceFeatures,
    SequenceImputer,
    SequenceScaler,
    TimestepTransformer,
)


def add_step(
    graph: OnnxGraph, name: str, step: Any, x: str, padding: Padding | None
) -> tuple[str, list[str]]:
    """Add a fitted transformer of x, (B, T, F) with padding; else (B, n_columns).

    Return the transformed sequences in the same form, and errors (B, 1): each is NaN for samples
    that `transform` would refuse, and else 0. Without padding, columns hold the timesteps, and
    the step can also be a transformer of tables.
    """
    of_sequences = _OF_SEQUENCES.get(type(step))
    if of_sequences is None and padding is not None:
        raise TypeError(
            f"Step {name!r}, a {type(step).__name__}, cannot be exported: put it into a "
            "TimestepTransformer if it transforms each timestep by itself. Otherwise export the "
            "pipeline without it, pipeline[i:], and transform X first."
        )
    graph.prefix = f"{name}/"
    if of_sequences is None:
        x, _ = add_table_transformer(graph, name, step, x, step.n_features_in_)
        errors: list[str] = []
    elif padding is not None:
        x, errors, _ = of_sequences(graph, name, step, x, padding, step.n_features_in_)
    else:
        n_timesteps = step._n_in_columns()
        n_features = step.n_features_in_ // n_timesteps
        x = graph.add("Reshape", x, [0, n_timesteps, n_features])  # 0 leaves B as it is
        padding = no_padding(graph, n_timesteps)
        x, errors, n_out = of_sequences(graph, name, step, x, padding, n_features)
        x = graph.add("Reshape", x, [0, n_timesteps * n_out])
    graph.prefix = ""
    return x, errors


# What each kind of step adds: (graph, name, step, x, padding, F) -> (x, errors, F of that x).
_Added = tuple[str, list[str], int]


def _add_timestep_transformer(
    graph: OnnxGraph, name: str, step: Any, x: str, padding: Padding, n_features: int
) -> _Added:
    """The real timesteps become the rows of a table, and its rows go back to where they were."""
    table = graph.add("Reshape", x, [-1, n_features])  # (B T, F)
    shape = graph.add("Slice", graph.add("Shape", x), [0], [2])  # [B, T]
    real = graph.add("Reshape", graph.add("Expand", padding.real, _and(graph, shape, 1)), [-1])
    rows = graph.add("Compress", table, real, axis=0)
    rows, n_out = add_table_transformer(graph, name, step.transformer_, rows, n_features)
    where = graph.add("Transpose", graph.add("NonZero", real), perm=[1, 0])
    n_rows = graph.add("Shape", real)
    empty = graph.add("Expand", np.nan, _and(graph, n_rows, n_out))
    table = graph.add("ScatterND", empty, where, rows)
    return graph.add("Reshape", table, _and(graph, shape, n_out)), [], n_out


def _and(graph: OnnxGraph, shape: str, size: int) -> str:
    """A shape with one more axis."""
    return graph.add("Concat", shape, [size], axis=0)


def _add_differences(
    graph: OnnxGraph, name: str, step: DifferenceFeatures, x: str, padding: Padding, n_features: int
) -> _Added:
    before, is_first = timestep_before(graph, x)
    differences = graph.add("Where", is_first, 0.0, graph.add("Sub", x, before))
    return graph.add("Concat", x, differences, axis=2), [], 2 * n_features


def _add_scaler(
    graph: OnnxGraph, name: str, step: SequenceScaler, x: str, padding: Padding, n_features: int
) -> _Added:
    """In double precision, as `SequenceScaler` computes."""
    observed = graph.add("Not", graph.add("IsNaN", x))
    ones = graph.cast(observed, "DOUBLE")
    n_observed = graph.add("ReduceSum", ones, [1])  # (B, 1, F)
    at_least_1 = graph.add("Max", n_observed, graph.double(1))

    def mean_of_each(values: str) -> str:
        total = graph.add("ReduceSum", graph.add("Where", observed, values, graph.double(0)), [1])
        return graph.add("Div", total, at_least_1)

    values = graph.cast(x, "DOUBLE")
    mean = mean_of_each(values)
    deviations = graph.add("Sub", values, mean)
    variance = mean_of_each(graph.add("Mul", deviations, deviations))
    eps = graph.double(np.finfo(np.float64).eps)
    of_variance = graph.add("Mul", graph.add("Mul", n_observed, eps), variance)
    of_mean = graph.add("Mul", graph.add("Mul", n_observed, mean), eps)
    rounding = graph.add("Add", of_variance, graph.add("Mul", of_mean, of_mean))
    is_constant = graph.add("LessOrEqual", variance, rounding)
    scale = graph.add("Where", is_constant, graph.double(np.inf), graph.add("Sqrt", variance))
    return graph.cast(graph.add("Div", deviations, scale), "FLOAT"), [], n_features


_OF_SEQUENCES: dict[type, Callable[..., _Added]] = {
    TimestepTransformer: _add_timestep_transformer,
    DifferenceFeatures: _add_differences,
    SequenceScaler: _add_scaler,
    SequenceImputer: add_imputer,
}
