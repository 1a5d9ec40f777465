"""Dataframes of pandas and polars and tables of pyarrow, told by what they have."""


def is_frame(X) -> bool:
    """Whether X is a dataframe of pandas or polars, or a table of pyarrow."""
    return hasattr(type(X), "columns") and hasattr(X, "__array__")


def column_names(frame) -> list | None:
    """Names of a table's columns; None if it has none."""
    if hasattr(type(frame), "column_names"):  # pyarrow, whose `columns` are not names
        return list(frame.column_names)
    return list(frame.columns) if hasattr(frame, "columns") else None


def first_frame(samples):
    """The first dataframe in a list of samples; None if there is none."""
    return next((sample for sample in samples if is_frame(sample)), None)


def feature_names(frame):
    """Names of a dataframe's columns; None where they are no names, as scikit-learn sees it."""
    names = None if frame is None else column_names(frame)
    return names if names and all(isinstance(name, str) for name in names) else None
