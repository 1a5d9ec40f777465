"""Memory-mapped files, whose pages are let go when they were read."""

from __future__ import annotations

import mmap

import numpy as np


def mapped_file(X) -> mmap.mmap | None:
    """The memory-mapped file that an array, or what it is a view of, reads; None if none.

    Nor is a copy-on-write map meant, whose changed pages are nowhere else.
    """
    while isinstance(X, np.ndarray):
        if isinstance(X, np.memmap) and X.mode not in ("r", "r+"):
            return None
        X = X.base
    return X if isinstance(X, mmap.mmap) else None


def release_pages(file):
    """Let go of a file's pages that were read; else they stay as long as there is memory."""
    if file is not None and hasattr(mmap, "MADV_DONTNEED"):
        file.madvise(mmap.MADV_DONTNEED)
