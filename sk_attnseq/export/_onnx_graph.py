"""An ONNX graph that is put together node by node."""

from collections.abc import Iterable, Iterator
from typing import Any

import numpy as np


class OnnxGraph:
    """Nodes, and the arrays that they read.

    The result of a node has a name, which starts with `prefix`.
    """

    def __init__(self, onnx: Any) -> None:
        self.onnx = onnx
        self.nodes: list[Any] = []
        self.arrays: dict[str, np.ndarray] = {}
        self.prefix = ""

    def store(self, name: str, array: np.ndarray) -> str:
        """Store an array under a name, in single precision if it is of floats."""
        # NumPy 1 makes int32 of integers on Windows; what ONNX takes is int64.
        data_type = {"f": np.float32, "i": np.int64}.get(array.dtype.kind, array.dtype)
        name = self.prefix + name
        self.arrays[name] = array.astype(data_type)
        return name

    def double(self, array: Any) -> str:
        """Store an array in double precision, and return its name."""
        name = f"{self.prefix}double_{len(self.arrays)}"
        self.arrays[name] = np.asarray(array, dtype=np.float64)
        return name

    def add(
        self,
        operator: str,
        *inputs: Any,
        output: str | None = None,
        outputs_before: int = 0,
        **attributes: Any,
    ) -> str:
        """Add a node, and name the one output that is wanted.

        Inputs are names or else values, which are stored.
        """
        local = output or f"{operator.lower()}_{len(self.nodes)}"
        names = [
            value if isinstance(value, str) else self.store(f"{local}_{i}", np.asarray(value))
            for i, value in enumerate(inputs)
        ]
        output = self.prefix + local
        outputs = [""] * outputs_before + [output]
        node = self.onnx.helper.make_node(operator, names, outputs, name=output, **attributes)
        self.nodes.append(node)
        return output

    def cast(self, x: str, data_type: str) -> str:
        """Convert to the data type of this name, such as "FLOAT"."""
        return self.add("Cast", x, to=self.onnx.TensorProto.DataType.Value(data_type))

    def zero_or_nan(self, is_wrong: str) -> str:
        """NaN where this is true and 0 elsewhere."""
        return self.add("Where", is_wrong, np.nan, 0.0)

    def initializers(self) -> list[Any]:
        """The arrays that nodes read, as onnx.TensorProto."""
        read = set(_inputs(self.nodes))
        return [
            self.onnx.numpy_helper.from_array(array, name)
            for name, array in self.arrays.items()
            if name in read
        ]


def _inputs(nodes: Iterable[Any]) -> Iterator[str]:
    """All names that nodes read, also in the graphs that they contain."""
    for node in nodes:
        yield from node.input
        for attribute in node.attribute:
            yield from _inputs(attribute.g.node)
