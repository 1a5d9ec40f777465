"""Padding in an ONNX graph, and sequences that cannot be predicted."""

from typing import NamedTuple

import numpy as np

from sk_attnseq.export._onnx_graph import OnnxGraph


class Padding(NamedTuple):
    """Which timesteps of (B, T, F) are real: bool (B, T, 1), and int64 (B) how many."""

    real: str
    lengths: str


def find_padding(graph: OnnxGraph, x: str) -> Padding:
    """Find the timesteps of (B, T, F) that are NaN in all features, as are all after them.

    A sequence with nothing else has one real timestep, which is NaN.
    """
    missing = graph.cast(graph.add("IsNaN", x), "FLOAT")
    missing = graph.add("ReduceMin", missing, axes=[2], keepdims=0)  # 1 if all are NaN, (B, T)
    stop = graph.add("Add", count_timesteps(graph, x), 1)
    numbers = graph.add("Range", 1, stop, 1)  # 1 to T
    last_real = graph.add("Where", graph.cast(missing, "BOOL"), 0, numbers)
    last_real = graph.add("ReduceMax", last_real, axes=[1], keepdims=1)  # (B, 1)
    lengths = graph.add("Max", last_real, 1)
    real = graph.add("LessOrEqual", numbers, lengths)  # (B, T)
    return Padding(
        graph.add("Unsqueeze", real, [2], output="real"),
        graph.add("Squeeze", lengths, [1], output="lengths"),
    )


def no_padding(graph: OnnxGraph, n_timesteps: int) -> Padding:
    """Of sequences in columns, all timesteps are real. B and T are 1, which NumPy broadcasts."""
    real = graph.store("real", np.ones((1, 1, 1), dtype=bool))
    return Padding(real, graph.store("lengths", np.array([n_timesteps])))


def count_timesteps(graph: OnnxGraph, x: str) -> str:
    """T of (B, T, F), as a scalar."""
    return graph.add("Gather", graph.add("Shape", x), 1)


def timestep_before(graph: OnnxGraph, x: str) -> tuple[str, str]:
    """The timestep before each of (B, T, F), and whether there is none: bool (T, 1)."""
    first = graph.add("Slice", x, [0], [1], [1])
    before = graph.add("Concat", first, graph.add("Slice", x, [0], [-1], [1]), axis=1)
    numbers = graph.add("Range", 0, count_timesteps(graph, x), 1)
    return before, graph.add("Unsqueeze", graph.add("Equal", numbers, 0), [1])


def nan_if_not_finite(graph: OnnxGraph, x: str) -> str:
    """(B, T, F) -> (B, 1): NaN for a sample with NaN or infinity, and else 0."""
    zeros = graph.add("Mul", x, 0.0)
    return graph.add("Unsqueeze", graph.add("ReduceSum", zeros, [1, 2], keepdims=0), [1])


def nan_if_infinite_or_empty(graph: OnnxGraph, x: str) -> str:
    """(B, ...) -> (B, 1): NaN for a sample with infinity or with NaN only, and else 0."""
    x = graph.add("Flatten", x)
    missing = graph.add("IsNaN", x)
    zeros = graph.add("Mul", graph.add("Where", missing, 0.0, x), 0.0)
    zeros = graph.add("ReduceSum", zeros, [1], keepdims=1)
    empty = graph.add("ReduceMin", graph.cast(missing, "FLOAT"), axes=[1], keepdims=1)
    return graph.add("Add", zeros, graph.zero_or_nan(graph.cast(empty, "BOOL")))
