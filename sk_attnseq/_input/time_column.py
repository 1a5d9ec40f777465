"""The times of a long table: read, and ranked for sorting; text that would not sort by time."""

import contextlib
import re
from itertools import pairwise

import numpy as np

from sk_attnseq._input.long_table_columns import read_column

_DIGITS = str.maketrans("123456789", "000000000")

# In text with 0 for each digit: dates that begin with the day or the month, and the 12-hour clock,
# which do not sort as text even if all their numbers have the same width.
_DOES_NOT_SORT = re.compile(
    r"(?<!0)00?[-/.]00?[-/.]0000(?!0)|00?[- ][A-Za-z]{3}[- ]0000(?!0)|00?:00(?::00)? ?[AaPp][Mm]\b"
)
# The format for `strptime`, part by part.
_FORMATS = (
    (r"^0000([-/.])00?\1(?:00?)", r"%Y\1%m\1%d"),
    (r"^00?([-/])00?\1(0000)", r"%m\1%d\1%Y"),
    (r"^00?\.00?\.0000", "%d.%m.%Y"),
    (r"^00?([- ])[A-Za-z]{3}\1(0000)", r"%d\1%b\1%Y"),
    (r"00?:00:00$", "%H:%M:%S"),
    (r"00?:00$", "%H:%M"),
    (r"00?:00:00 [AaPp][Mm]$", "%I:%M:%S %p"),
    (r"00?:00 [AaPp][Mm]$", "%I:%M %p"),
)


def read_times(frame, name):
    """A column of times as an array; those with a time zone in UTC."""
    column = frame[name]
    dtype = getattr(column, "dtype", None)
    dtype = getattr(dtype, "pyarrow_dtype", dtype)
    if getattr(dtype, "tz", None) is None:
        return read_column(frame, name)
    # At once: NumPy would make an object of each time, which takes forty times as long.
    return np.asarray(column, dtype=f"M8[{dtype.unit}]")


def rank_times(frame, times, *, name):
    """What sorts as the times do, and fast: numbers, not text."""
    places = _places_in_order(frame[name], name)
    if places is not None:
        return places
    if times.dtype.kind in "buifmM":
        return times
    times = times.tolist()
    try:
        in_order = sorted(set(times))
    except TypeError as error:
        raise ValueError(
            f"Column {name!r} has times that cannot be sorted ({error}): make them all numbers, "
            "dates or strings."
        ) from error
    if all(issubclass(kind, str) for kind in set(map(type, in_order))):
        _check_text(in_order, name, frame)
    ranks = {time: rank for rank, time in enumerate(in_order)}
    return np.fromiter(map(ranks.__getitem__, times), dtype=np.intp, count=len(times))


def _places_in_order(column, name):
    """The place of each value among ordered categories; None if a column has none."""
    dtype = getattr(column, "dtype", None)
    if getattr(dtype, "ordered", False):  # of pandas, in a table or a dict of columns
        return np.asarray(getattr(column, "cat", column).codes)
    if type(dtype).__name__ == "Enum":  # of polars
        return np.asarray(column.to_physical())
    if hasattr(dtype, "pyarrow_dtype"):
        column = getattr(column, "array", column).__arrow_array__()
    if not getattr(getattr(column, "type", None), "ordered", False):  # of pyarrow
        return None
    chunks = [chunk for chunk in getattr(column, "chunks", [column]) if len(chunk)]
    if any(not chunk.dictionary.equals(chunks[0].dictionary) for chunk in chunks):
        raise ValueError(
            f"Column {name!r} has other categories in some of its chunks, so that their order is "
            "not known: make a column of numbers of it."
        )
    return np.concatenate([chunk.indices.to_numpy() for chunk in chunks])


def _check_text(texts, name, frame):
    """Raise if sorted texts are not in the order of the numbers or dates in them."""
    pair = _first_out_of_order(texts)
    if pair is not None:
        raise ValueError(
            f"Column {name!r} has times as text, such as {pair[0]!r} and {pair[1]!r}, which would "
            f"not sort by time: convert them{_way(frame, name, texts)}."
        )


def _first_out_of_order(texts):
    """Two of the sorted texts whose numbers or dates have another order; None if none have."""
    try:
        numbers = list(map(float, texts))
    except ValueError:
        shapes = _shapes(texts)
    else:
        falls = (a > b for a, b in pairwise(numbers))
        return next(
            (pair for pair, falls in zip(pairwise(texts), falls, strict=True) if falls), None
        )
    if len(shapes) > 1:  # else all numbers have the same width
        for pair in pairwise(texts):
            if _numbers_fall(*pair):
                return pair
    if any(map(_DOES_NOT_SORT.search, shapes)):
        found = ((text, _DOES_NOT_SORT.search(text.translate(_DIGITS))) for text in texts)
        dates = {text[slice(*part.span())]: text for text, part in found if part}
        if len(dates) > 1:  # not one date with several times of the day
            return list(dates.values())[:2]
    return None


def _shapes(texts):
    """The texts with 0 for each digit, in one go, as most of them are the same."""
    return set("\0".join(texts).translate(_DIGITS).split("\0"))


def _numbers_fall(before, after):
    """Whether the first numbers that differ in two texts, after text that is equal, fall."""
    for i, (a, b) in enumerate(zip(_split(before), _split(after), strict=False)):
        is_number = i % 2 == 1
        if is_number and float(a) != float(b):
            return float(a) > float(b)
        if not is_number and a != b:
            return False
    return False


def _split(text):
    """Text, number, text, ...; a point is decimal if it is not one of several, as in a date."""
    return re.split(r"((?<![.\d])\d+\.\d+(?!\.?\d)|\d+)", text)


def _way(frame, name, texts):
    """The line of pandas or polars that makes times of the texts."""
    if type(frame).__module__.startswith("polars"):
        column, line = f"polars.col({name!r})", "frame = frame.with_columns({})"
        numbers = f"{column}.cast(polars.Float64)"
        date, clock = f"{column}.str.to_datetime({{!r}})", f"{column}.str.to_time({{!r}})"
    else:
        column, line = f"frame[{name!r}]", f"frame[{name!r}] = {{}}"
        if hasattr(frame, "to_pandas"):  # of pyarrow, whose columns cannot be set
            line = f"frame = frame.to_pandas(); {line}"
        numbers = f"pandas.to_numeric({column})"
        date = clock = f"pandas.to_datetime({column}, format={{!r}})"
    format = _format(texts)
    if format is None:
        return " to numbers, dates or ordered categories"
    conversion = (date if "%Y" in format else clock).format(format) if format else numbers
    ambiguous = format.startswith(("%m/%d", "%m-%d"))
    remark = " (%d before %m if days come first)" if ambiguous else ""
    return f", with `{line.format(conversion)}`{remark}"


def _format(texts):
    """The format of all texts for `strptime`; "" if they are numbers, None if it is not known."""
    with contextlib.suppress(ValueError):
        list(map(float, texts))
        return ""
    formats = set(map(_format_of_shape, _shapes(texts)))
    format = formats.pop() if len(formats) == 1 else None
    if format and format.startswith("%m") and any(int(re.split("[-/]", t)[0]) > 12 for t in texts):
        format = format.replace("%m", "%_").replace("%d", "%m").replace("%_", "%d")
    return format


def _format_of_shape(shape):
    for form, format in _FORMATS:
        shape = re.sub(form, format, shape)
    return None if "0" in shape else shape
