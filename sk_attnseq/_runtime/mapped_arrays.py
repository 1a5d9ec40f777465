"""Memory-mapped files, whose pages are let go when they were read."""

import contextlib
import mmap


def mapped_file(X) -> mmap.mmap | None:
    """The memory-mapped file that an array, or what it is a view of, reads; None if none.

    Only a map through which nobody can write is meant: all that its pages hold is in the
    file. What was written to a private map is nowhere else, and a map does not tell whether
    it is private.
    """
    while hasattr(X, "base"):  # arrays, and what NumPy makes sliding windows of them with
        X = X.base
    if not isinstance(X, mmap.mmap):
        return None
    with memoryview(X) as view:
        return X if view.readonly else None


def release_pages(file):
    """Let go of a file's pages that were read; else they stay as long as there is memory."""
    if file is not None and hasattr(mmap, "MADV_DONTNEED"):
        with contextlib.suppress(OSError):  # pages that are locked stay
            file.madvise(mmap.MADV_DONTNEED)
