"""How much memory the machine has, held against what a call would need."""

import os


def check_fits_in_memory(n_bytes: int, what: str, remedy: str) -> None:
    """Raise a ValueError if so many bytes are more than the machine has."""
    if not hasattr(os, "sysconf"):  # Windows
        return
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    if n_bytes > memory:
        raise ValueError(
            f"{what} need about {n_bytes / 1e9:.0f} GB, and this machine has "
            f"{memory / 1e9:.0f} GB. {remedy}"
        )
