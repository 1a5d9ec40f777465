"""Only what is in a file, and stays there, is let go from memory."""

import mmap

import joblib
import numpy as np
import pytest

from sk_attnseq import AttentionSequenceClassifier
from sk_attnseq._runtime.mapped_arrays import mapped_file, release_pages

SHAPE, SIZE = (20, 4, 3), 20 * 4 * 3 * 8


class Subclass(np.memmap):
    """A view of a map, whose mode is not its own."""

    mode = "r"


def private_view_as_memmap(path, make_map):
    array = np.ndarray.__new__(Subclass, SHAPE, buffer=make_map(path))
    array.mode = "r"
    return array


def file_map(path, **options):
    with path.open("r+b") as file:
        return mmap.mmap(file.fileno(), SIZE, **options)


def copy_on_write(path):
    return file_map(path, access=mmap.ACCESS_COPY)


def in_joblib(path):
    joblib.dump(np.zeros(SHAPE), path)
    return joblib.load(path, mmap_mode="c")


WRITABLE = {
    "copy on write": lambda path: np.ndarray(SHAPE, buffer=copy_on_write(path)),
    "view of copy on write": lambda path: np.ndarray(SHAPE, buffer=copy_on_write(path))[:, :, :],
    "frombuffer": lambda path: np.frombuffer(copy_on_write(path)).reshape(SHAPE),
    "memoryview": lambda path: np.asarray(memoryview(copy_on_write(path)).cast("d", SHAPE)),
    "a memmap of a view": lambda path: private_view_as_memmap(path, copy_on_write),
    "memmap, mode c": lambda path: np.memmap(path, float, "c", shape=SHAPE),
    "memmap, mode r+": lambda path: np.memmap(path, float, "r+", shape=SHAPE),
    "joblib, mode c": in_joblib,
    "no file": lambda path: np.ndarray(SHAPE, buffer=mmap.mmap(-1, SIZE)),
}
if hasattr(mmap, "MAP_PRIVATE"):  # no Windows
    WRITABLE["private"] = lambda path: np.ndarray(
        SHAPE, buffer=file_map(path, flags=mmap.MAP_PRIVATE)
    )
    WRITABLE["private, no file"] = lambda path: np.ndarray(
        SHAPE, buffer=mmap.mmap(-1, SIZE, flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS)
    )


@pytest.fixture
def path(tmp_path):
    np.zeros(SHAPE).tofile(tmp_path / "X")
    return tmp_path / "X"


@pytest.fixture(scope="module")
def fitted():
    X = np.random.default_rng(0).normal(size=SHAPE)
    return AttentionSequenceClassifier(2, epochs=1, random_state=0).fit(X, np.arange(20) % 2)


def test_the_file_of_sliding_windows_is_found(path):
    X = np.memmap(path, float, "r", shape=(80, 3))
    windows = np.lib.stride_tricks.sliding_window_view(X, 5, axis=0)
    assert mapped_file(windows[::2]) is mapped_file(X) is not None


@pytest.mark.parametrize("how", WRITABLE)
def test_what_was_written_to_a_map_survives(how, path, fitted):
    X = WRITABLE[how](path)
    X[:] = 7
    release_pages(mapped_file(X))
    assert (X == 7).all()
    for read_only in (False, True):
        X.flags.writeable = not read_only
        fitted.predict_proba(X)
        fitted.partial_fit(X, np.arange(20) % 2)
        assert (X == 7).all()


@pytest.mark.parametrize("make", [np.asarray, lambda X: X[::2], lambda X: X.view(np.ndarray)])
def test_a_map_that_can_only_be_read_is_let_go(make, path):
    X = make(np.memmap(path, float, "r", shape=SHAPE))
    assert isinstance(mapped_file(X), mmap.mmap)
    release_pages(mapped_file(X))
    assert (X == 0).all()


def test_arrays_in_memory_are_no_files(path):
    assert mapped_file(np.zeros(3)) is None
    assert mapped_file([1.0]) is None
    release_pages(None)


@pytest.mark.skipif(not hasattr(mmap, "MADV_DONTNEED"), reason="needs madvise")
def test_pages_that_the_system_keeps_are_no_error(path):
    """As those of a process that locks its memory."""

    class Locked(mmap.mmap):
        def madvise(self, *_):
            raise OSError(22, "Invalid argument")

    with path.open("rb") as file:
        release_pages(Locked(file.fileno(), SIZE, access=mmap.ACCESS_READ))
