"""Labels of recordings or of their timesteps, and the labels of windows that follow."""

from collections.abc import Mapping
from numbers import Real
from typing import Any

import numpy as np
from sklearn.utils import gen_batches
from sklearn.utils.multiclass import type_of_target

from sk_attnseq._input.values import read_values

# So many labels are looked at together, so that what is computed of them stays small.
_BLOCK = 1_000_000


def check_labels(
    labels: Any, recordings: list[np.ndarray], sizes: np.ndarray, *, is_one: bool
) -> np.ndarray | list[np.ndarray]:
    """Check labels against the recordings, which have so many timesteps without padding: `sizes`.

    There is a label for each recording, or for each of its timesteps. A single recording that was
    passed by itself, `is_one`, has its labels by themselves. Return the labels of the recordings
    (n_recordings,), or a list with the labels of the timesteps of each.
    """
    if is_one:
        labels = [labels]
    elif not _is_array(labels):
        raise ValueError(
            f"labels is {labels!r}, but there are {len(recordings)} recordings: pass a list with "
            "a label, or an array of labels, for each."
        )
    if len(labels) != len(recordings):
        raise ValueError(
            f"There are {len(recordings)} recordings, but {len(labels)} entries in labels: pass "
            "one label, or one array of labels, for each recording."
        )
    labels = list(labels)
    are_arrays = [_is_array(of_recording) for of_recording in labels]
    if not any(are_arrays):
        return _check_kind(read_values(labels), "labels")
    if not all(are_arrays):
        number = are_arrays.index(False)
        raise ValueError(
            f"Recording {number} has the label {labels[number]!r}, but others have a label for "
            "each timestep: pass labels of one kind."
        )
    return [
        _check_timestep_labels(of_recording, number, len(recording), size)
        for number, (of_recording, recording, size) in enumerate(
            zip(labels, recordings, sizes, strict=True)
        )
    ]


def _is_array(labels: Any) -> bool:
    return hasattr(labels, "__len__") and not isinstance(labels, (str, bytes, Mapping))


def _check_timestep_labels(labels: Any, number: int, n_timesteps: int, size: int) -> np.ndarray:
    """The labels of the timesteps of a recording, (size,)."""
    labels = _check_kind(read_values(labels), f"labels of recording {number}")
    if labels.ndim == 2 and labels.shape[1] == 1:
        labels = labels[:, 0]
    if labels.ndim != 1 or len(labels) not in (n_timesteps, size):
        raise ValueError(
            f"Recording {number} has {n_timesteps} timesteps, but its labels have shape "
            f"{labels.shape}: pass one label for each timestep (None or NaN if it has none), or "
            "one for each recording."
        )
    return labels[:size]


def _check_kind(labels: np.ndarray, name: str) -> np.ndarray:
    if labels.dtype.kind not in "buifOU":
        raise ValueError(
            f"{name} has values of dtype {labels.dtype}, but labels must be strings or numbers: "
            "convert them."
        )
    return labels


def label_windows(
    labels: np.ndarray | list[np.ndarray],
    groups: np.ndarray,
    starts: np.ndarray,
    stops: np.ndarray,
    rule: str,
    min_share: float,
) -> tuple[np.ndarray, np.ndarray]:
    """Label windows: return the labels of those that have one, and which windows these are.

    `labels` are from `check_labels`. The other arrays (n_windows,) have the recording of each
    window, in order, and its first timestep and the one after its last.
    """
    classes = _find_classes(labels if isinstance(labels, list) else [labels])
    if isinstance(labels, list):
        _check_rule(classes, rule, min_share)
        bounds = np.searchsorted(groups, np.arange(1, len(labels)))
        parts = zip(labels, np.split(starts, bounds), np.split(stops, bounds), strict=True)
        codes = np.concatenate(
            [
                _decide(_encode(part, classes), first, stop, len(classes), rule, min_share)
                for part, first, stop in parts
            ]
        )
    else:
        codes = _encode(labels, classes)[groups]
    kept = codes >= 0
    target = classes[codes[kept]]
    _check_target(target, classes, rule, min_share)
    return target, kept


def _find_classes(labels: list[np.ndarray]) -> np.ndarray:
    """All labels but those that are missing, sorted."""
    found: set[Any] = set()
    for values in labels:
        for block in gen_batches(len(values), _BLOCK):
            part = values[block]
            found.update(np.unique(part).tolist() if part.dtype.kind in "buif" else part.tolist())
    found = {label for label in found if label == label}
    are_strings = {isinstance(label, str) for label in found}
    if not all(isinstance(label, (str, Real)) for label in found) or len(are_strings) > 1:
        kinds = sorted({type(label).__name__ for label in found})
        raise ValueError(
            f"labels has values of the types {kinds}, but labels must be all strings or all "
            "numbers (None or NaN if there is none): convert them."
        )
    if not found:
        raise ValueError("labels has no label, only None or NaN: pass labels=None for no labels.")
    return np.array(sorted(found))


def _check_rule(classes: np.ndarray, rule: str, min_share: float) -> None:
    counts_labels = rule != "last" or min_share > 0
    if counts_labels and type_of_target(classes).startswith("continuous"):
        raise ValueError(
            f"labels has numbers with fractions, such as {classes[:3].tolist()}, that "
            f"label_rule={rule!r} with min_share={min_share} would count as classes: pass "
            "label_rule='last' and min_share=0."
        )


def _encode(labels: np.ndarray, classes: np.ndarray) -> np.ndarray:
    """The index of each label in the classes, -1 if it is missing: (n_labels,)."""
    codes = np.empty(len(labels), np.min_scalar_type(-len(classes)))
    code_of = {label: code for code, label in enumerate(classes.tolist())}
    for block in gen_batches(len(labels), _BLOCK):
        part = labels[block]
        if part.dtype.kind in "buif":
            codes[block] = np.where(part == part, np.searchsorted(classes, part), -1)
        else:
            codes[block] = [code_of.get(label, -1) for label in part.tolist()]
    return codes


def _decide(
    codes: np.ndarray,
    starts: np.ndarray,
    stops: np.ndarray,
    n_classes: int,
    rule: str,
    min_share: float,
) -> np.ndarray:
    """The code of each window of a recording, -1 if it has none: (n_windows,)."""
    if rule == "last" and min_share == 0:
        return codes[stops - 1]
    decided = np.empty(len(starts), codes.dtype)
    if not len(starts):
        return decided
    step = max(1, int(starts[-1] - starts[0]) // len(starts))
    for block in gen_batches(len(starts), max(1, _BLOCK // max(step, n_classes))):
        counts = _count(codes, starts[block], stops[block], n_classes)
        code = codes[stops[block] - 1] if rule == "last" else counts.argmax(axis=1)
        count = np.where(code >= 0, counts[np.arange(len(counts)), code], 0)
        labeled = (count > 0) & (count >= min_share * (stops[block] - starts[block]))
        if rule == "all":
            labeled &= count == counts.sum(axis=1)
        decided[block] = np.where(labeled, code, -1)
    return decided


def _count(codes: np.ndarray, starts: np.ndarray, stops: np.ndarray, n_classes: int) -> np.ndarray:
    """How many timesteps of each class are in each window: (n_windows, n_classes)."""
    first = starts[0]
    part = codes[first : stops.max()]
    counts = np.zeros((len(starts), n_classes), np.intp)
    for code in np.flatnonzero(np.bincount(part[part >= 0], minlength=n_classes)):
        total = np.concatenate([[0], np.cumsum(part == code)])
        counts[:, code] = total[stops - first] - total[starts - first]
    return counts


def _check_target(target: np.ndarray, classes: np.ndarray, rule: str, min_share: float) -> None:
    """Raise if the rule left no window, or only one class of several."""
    left = np.unique(target)
    if len(left) > min(1, len(classes) - 1):
        return
    how = f"label_rule={rule!r} with min_share={min_share}"
    what_to_do = (
        "choose a smaller length or min_share, another label_rule, or label more timesteps."
    )
    if not len(left):
        raise ValueError(f"{how} leaves no window with a label: {what_to_do}")
    raise ValueError(
        f"labels has the classes {classes.tolist()}, but {how} leaves only windows of "
        f"{left.tolist()[0]!r}: {what_to_do}"
    )
