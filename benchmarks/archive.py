"""Data sets with an official train/test split, read from files of two kinds.

`NAME_TRAIN.ts` and `NAME_TEST.ts`, as the UEA and UCR archives have them, in the directory or in
a folder NAME, are read by aeon (`pip install aeon`); `NAME.npz` needs NumPy only and has the
arrays X_train, y_train, X_test and y_test, X of shape (n_samples, n_timesteps, n_features) with
NaN as padding at the end, in the directory or in a folder of it. Where there are both, the .npz is
taken.
"""

from __future__ import annotations

import importlib.util
from pathlib import Path

import numpy as np

KEYS = {"X_train", "y_train", "X_test", "y_test"}
NO_AEON = (
    "The data sets {} are .ts files, which aeon reads, and it is not installed here:\n"
    "    pip install aeon\n"
    "It may need other versions of NumPy and pandas: then give it an environment of its own."
)


def find_data_sets(directory) -> dict[str, Path]:
    """Names and files of all data sets in a directory, the .npz or the training .ts file."""
    directory = Path(directory)
    if not directory.is_dir():
        raise SystemExit(f"{directory} is no directory: pass one with NAME.npz or NAME_TRAIN.ts.")
    found = {}
    for pattern in ("*_TRAIN.ts", "*/*_TRAIN.ts"):
        for path in directory.glob(pattern):
            name = path.name.removesuffix("_TRAIN.ts")
            if path.parent in (directory, directory / name) and _test_file(path).exists():
                found[name] = path
    for path in (*directory.glob("*/*.npz"), *directory.glob("*.npz")):
        with np.load(path) as data:
            if set(data) >= KEYS:
                found[path.stem] = path
    return dict(sorted(found.items()))


def add_arguments(parser):
    """The arguments of a command line that say which data sets to take."""
    parser.add_argument("directory", metavar="DIR", help="where the data sets are")
    parser.add_argument("--only", nargs="+", metavar="NAME", help="data sets to measure")


def choose_data_sets(parser, options) -> dict[str, Path]:
    """Names and files of those that were asked for, all of which can be read."""
    data_sets = find_data_sets(options.directory)
    missing = set(options.only or ()) - set(data_sets)
    if missing or not data_sets:
        wanted = ", ".join(sorted(missing)) or "any data set"
        parser.error(f"no files of {wanted} in {options.directory}, only {list(data_sets)}")
    chosen = {name: data_sets[name] for name in options.only or data_sets}
    check_readable(chosen)
    return chosen


def _test_file(path):
    """The test file beside a training .ts file."""
    return path.with_name(path.name.removesuffix("_TRAIN.ts") + "_TEST.ts")


def check_readable(data_sets):
    """Exit with a message unless all data sets can be read, before hours are spent on some."""
    needs_aeon = [name for name, path in data_sets.items() if path.suffix == ".ts"]
    if needs_aeon and importlib.util.find_spec("aeon") is None:
        raise SystemExit(NO_AEON.format(", ".join(needs_aeon)))


def read_part(path, part):
    """X (n_samples, n_timesteps, n_features), NaN as padding, and y of "train" or "test".

    The other part is not read.
    """
    if path.suffix == ".npz":
        with np.load(path) as data:
            X, y = data[f"X_{part}"], data[f"y_{part}"]
    else:
        from aeon.datasets import load_from_ts_file

        X, y = load_from_ts_file(str(path if part == "train" else _test_file(path)))
        X = padded([np.transpose(series) for series in X])  # aeon has channels first
    return X.astype(np.float32), y


def padded(sequences):
    """Arrays (n_timesteps_i, n_features) as one, with NaN after the end of the shorter ones."""
    longest = max(map(len, sequences))
    X = np.full((len(sequences), longest, sequences[0].shape[1]), np.nan)
    for row, sequence in zip(X, sequences, strict=True):
        row[: len(sequence)] = sequence
    return X


def lengths(X):
    """How many timesteps each sequence has before its padding."""
    real = ~np.isnan(X).all(axis=2)
    return np.where(real.any(axis=1), X.shape[1] - real[:, ::-1].argmax(axis=1), 0)
