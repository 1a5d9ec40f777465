"""`SequenceImputer` as nodes of an ONNX graph.

The algorithm is that of `sk_attnseq.preprocessing._gaps`: all values stand in one row, feature by
feature within each sample, N = B F T of them, and are addressed by their positions in it.
"""

import numpy as np

from sk_attnseq.export._onnx_graph import OnnxGraph
from sk_attnseq.export._onnx_padding import Padding, count_timesteps, timestep_before
from sk_attnseq.preprocessing import SequenceImputer

_TIME_LAST = [0, 2, 1]  # (B, T, F) -> (B, F, T), and back


def add_imputer(
    graph: OnnxGraph, name: str, step: SequenceImputer, x: str, padding: Padding, n_features: int
) -> tuple[str, list[str], int]:
    """Add a fitted imputer: x (B, T, F) -> (B, T, F + appended features), and errors (B, 1)."""
    gaps = _Gaps(graph, step, x, padding)
    parts = [graph.add("Where", padding.real, gaps.filled(), np.nan)]
    with_gaps = step.features_with_gaps_
    appended = [gaps.indicator()] * bool(step.add_indicator)
    appended += [gaps.elapsed()] * bool(step.add_elapsed)
    for part in appended:
        part = graph.add("Gather", part, with_gaps, axis=2)
        parts.append(graph.add("Where", padding.real, part, np.nan))
    x = graph.add("Concat", *parts, axis=2) if len(parts) > 1 else parts[0]
    return x, gaps.errors, n_features + len(appended) * len(with_gaps)


class _Gaps:
    """Values with gaps, and what is known of them. All names are of arrays (N,) or scalars."""

    def __init__(
        self, graph: OnnxGraph, imputer: SequenceImputer, x: str, padding: Padding
    ) -> None:
        self._graph, self._imputer = graph, imputer
        self._add = add = graph.add
        transposed = add("Transpose", x, perm=_TIME_LAST)
        self._shape = add("Shape", transposed)
        self._values = add("Reshape", transposed, [-1])
        self._missing = add("IsNaN", self._values)
        self._is_observed = graph.cast(add("Not", self._missing), "INT64")
        self._n = add("Squeeze", add("Shape", self._values), [0])
        self._position = add("Range", 0, self._n, 1)
        self._timestep = self._spread(add("Range", 0, count_timesteps(graph, x), 1))
        self._first = add("Sub", self._position, self._timestep)
        lengths = self._spread(add("Unsqueeze", padding.lengths, [1, 2]))
        self._last = add("Sub", add("Add", self._first, lengths), 1)
        observed = add("NonZero", add("Not", self._missing))  # (1, n_observed)
        end = add("Unsqueeze", self._n, [0])
        self._observed = add("Concat", [-1], add("Squeeze", observed, [0]), end, axis=0)
        self.errors: list[str] = []
        if imputer._time_feature is None:
            self._times = graph.cast(self._timestep, "DOUBLE")
        else:
            time = add("Gather", x, [imputer._time_feature], axis=2)  # (B, T, 1)
            self.errors.append(self._nan_if_it_does_not_rise(time, padding))
            time = graph.cast(add("Transpose", time, perm=_TIME_LAST), "DOUBLE")
            self._times = self._spread(time)

    def _spread(self, array: str) -> str:
        """Values that are the same for all samples or features, for each position."""
        return self._add("Reshape", self._add("Expand", array, self._shape), [-1])

    def _nan_if_it_does_not_rise(self, time: str, padding: Padding) -> str:
        add = self._add
        before, is_first = timestep_before(self._graph, time)
        rises = add("Or", add("Greater", time, before), is_first)
        is_right = add("And", rises, add("Not", add("IsNaN", time)))
        is_wrong = add("And", padding.real, add("Not", is_right))
        return add("ReduceSum", self._graph.zero_or_nan(is_wrong), [1], keepdims=0)  # (B, 1)

    def filled(self) -> str:
        """Without gaps, (B, T, F)."""
        add, imputer = self._add, self._imputer
        n_before = add("CumSum", self._is_observed, 0)
        before = add("Gather", self._observed, n_before)
        after = add("Gather", self._observed, add("Add", n_before, 1))
        # Beyond the ends of a sequence, a gap extends to these ends.
        before = add("Max", before, add("Sub", self._first, 1))
        after = add("Min", after, add("Add", self._last, 1))
        has_before = add("GreaterOrEqual", before, self._first)
        has_after = add("LessOrEqual", after, self._last)
        if imputer.strategy == "forward":
            can_fill, length = has_before, add("Sub", self._position, before)
        else:
            can_fill = add("Or", has_before, has_after)
            length = add("Sub", add("Sub", after, before), 1)
        if imputer.max_gap is not None:
            can_fill = add("And", can_fill, add("LessOrEqual", length, int(imputer.max_gap)))
        # Where there is no observation, any position will do that is one.
        before_or_self = add("Where", has_before, before, self._position)
        after = add("Where", has_after, after, before_or_self)
        before = add("Where", has_before, before, after)
        default = self._graph.store("fill_values", imputer.statistics_[:, np.newaxis])
        values = add("Where", can_fill, self._along_time(before, after), self._spread(default))
        return self._with_axes(add("Where", self._missing, values, self._values))

    def _along_time(self, before: str, after: str) -> str:
        """Values from observations at these positions on both sides."""
        add, strategy = self._add, self._imputer.strategy
        if strategy == "forward":
            return add("Gather", self._values, before)
        time_before = add("Gather", self._times, before)
        time_after = add("Gather", self._times, after)
        since = add("Sub", self._times, time_before)
        if strategy == "nearest":
            is_after_nearer = add("Less", add("Sub", time_after, self._times), since)
            return add("Gather", self._values, add("Where", is_after_nearer, after, before))
        double = self._graph.double
        span = add("Sub", time_after, time_before)
        is_one = add("Equal", before, after)
        weight = add("Div", since, add("Where", is_one, double(1), span))
        values = self._graph.cast(self._values, "DOUBLE")
        value, value_after = add("Gather", values, before), add("Gather", values, after)
        rise = add("Mul", weight, add("Sub", value_after, value))
        # With an observation on one side only, the weight may be large, and the rise is 0.
        return self._graph.cast(add("Add", value, rise), "FLOAT")

    def indicator(self) -> str:
        """1 for what was missing, (B, T, F)."""
        return self._with_axes(self._graph.cast(self._missing, "FLOAT"))

    def elapsed(self) -> str:
        """Time since an observation in an earlier timestep, (B, T, F)."""
        add = self._add
        n_before = add("CumSum", self._is_observed, 0, exclusive=1)
        before = add("Max", add("Gather", self._observed, n_before), self._first)
        elapsed = add("Sub", self._times, add("Gather", self._times, before))
        return self._with_axes(self._graph.cast(elapsed, "FLOAT"))

    def _with_axes(self, array: str) -> str:
        return self._add("Transpose", self._add("Reshape", array, self._shape), perm=_TIME_LAST)
