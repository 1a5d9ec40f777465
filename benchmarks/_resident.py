"""How much memory and how many threads a process has (Linux)."""

from __future__ import annotations

import ctypes
import os
import threading
from pathlib import Path


def resident(pid: int | str = "self") -> float:
    """Resident memory of a process, by default this one, in MB."""
    pages = int(Path(f"/proc/{pid}/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 1e6


def n_threads() -> int:
    """Threads of this process, those of libraries included."""
    return len(list(Path("/proc/self/task").iterdir()))


class PeakMemory:
    """Watches the resident memory while the block runs; `growth` is its largest, in MB."""

    def __enter__(self):
        # Else what was used before and is kept by the allocator would be used unseen.
        ctypes.CDLL(None).malloc_trim(0)
        self.growth, self._before, self._done = 0.0, resident(), threading.Event()
        self._thread = threading.Thread(target=self._watch)
        self._thread.start()
        return self

    def _watch(self):
        while not self._done.wait(0.002):
            self.growth = max(self.growth, resident() - self._before)

    def __exit__(self, *_):
        self._done.set()
        self._thread.join()
